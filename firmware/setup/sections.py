"""Every section of the setup: its name in the document, its model, and what must fit together across sections.

A room adds one line. Names are lower case and never change: they stand in people's documents and histories.
"""

from dataclasses import dataclass

from firmware.acd.model import Queues
from firmware.acd.references import members_are_there, queues_are_there, schedules_and_rooms_are_there
from firmware.acd.vip import Vip
from firmware.agents.section import Agents, owners_are_there
from firmware.guard.section import Callers, HangUps
from firmware.ivr.answering import Answering, unknown_schedules
from firmware.jacks.section import InsideStations, OutsideLines
from firmware.keeping.section import Keeping
from firmware.outbound.section import Dialling, prefix_is_free
from firmware.panel.section import Devices
from firmware.people import People
from firmware.setup.base import Check, Section
from firmware.setup.first import FirstSteps
from firmware.setup.programs import Pop, Programs, Webhooks
from firmware.setup.site import Site, can_start
from firmware.sound.section import SoundSockets, headsets_fit
from firmware.surge.section import Surge
from firmware.switching.section import Telephones, numbers_free, rooms_apart
from firmware.voicemail.section import Mail, Voicemail


@dataclass(frozen=True, slots=True)
class Registered:
    """A model, and checks that may look at other sections, too."""

    model: type[Section]
    checks: tuple[Check, ...] = ()


SECTIONS: dict[str, Registered] = {
    "agents": Registered(Agents, (owners_are_there,)),
    "answering": Registered(Answering, (unknown_schedules,)),
    "box": Registered(Site, (can_start,)),
    "devices": Registered(Devices),
    "dialling": Registered(Dialling, (prefix_is_free,)),
    "first": Registered(FirstSteps),
    "keeping": Registered(Keeping),
    "people": Registered(People),
    "callers": Registered(Callers),
    "hangups": Registered(HangUps),
    "lines": Registered(OutsideLines),
    "mail": Registered(Mail),
    "pop": Registered(Pop),
    "programs": Registered(Programs),
    "queues": Registered(Queues, (members_are_there, schedules_and_rooms_are_there, queues_are_there)),
    "sound": Registered(SoundSockets, (headsets_fit,)),
    "surge": Registered(Surge),
    "vip": Registered(Vip),
    "stations": Registered(InsideStations),
    "telephones": Registered(Telephones, (rooms_apart, numbers_free)),
    "voicemail": Registered(Voicemail),
    "webhooks": Registered(Webhooks),
}
