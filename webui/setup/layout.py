"""How fields stand on their pages, where the type alone does not say it well: one table.

`Model.field`: where its choices come from (webui/setup/sources.py), that it stands under “More”, its unit, how it is
written in a text field (webui/setup/codecs.py).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Look:
    """`source`: of the choices. `keys`: a table with one row for each of these, instead of rows to add. `more`: few
    people need it. `unit`: key of UNITS in words.py; what is typed counts `times` as much in the model. `codec`: it is
    written as text. `week`: hours by weekday. `example`: shown in the empty field. `omits`: choices that mean
    nothing here."""

    source: str = ""
    keys: str = ""
    more: bool = False
    unit: str = ""
    times: float = 1
    codec: str = ""
    week: bool = False
    example: str = ""
    omits: tuple[str, ...] = ()


PLAIN: Final = Look()

LOOKS: Final[dict[str, Look]] = {
    # hours, and who answers
    "Schedule.hours": Look(week=True),
    "Schedule.otherwise": Look(source="entries"),
    "Schedule.holiday": Look(source="entries"),
    "Schedule.make_up_as": Look(more=True),
    "Schedule.promotions": Look(more=True),
    "Hours.entry": Look(source="entries"),
    "Promotion.entry": Look(source="entries"),
    "Answering.schedule": Look(source="schedules"),
    "Answering.flow": Look(source="flows"),
    "Answering.lines": Look(keys="lines"),
    "LineAnswer.schedule": Look(source="schedules"),
    "LineAnswer.flow": Look(source="flows"),
    "Answering.night": Look(source="flows"),
    "Answering.night_flow": Look(source="flows"),
    "Answering.night_by": Look(source="stations", more=True),
    "Answering.surveys": Look(keys="queues", source="flows", more=True),
    "Answering.http_allowed": Look(more=True),
    "Calendar.holidays": Look(codec="days"),
    "Calendar.make_up": Look(codec="days"),
    "Calendar.sources": Look(more=True),
    "Calendar.years": Look(more=True),
    "Allowed.host": Look(example="192.168.1.20"),
    # who may come in
    "Firewall.only_whitelist": Look(more=True),
    "Firewall.whitelist": Look(example="13800138000"),
    "Firewall.blacklist": Look(example="0951*"),
    "Often.within_s": Look(unit="min", times=60),
    "Often.most": Look(unit="calls"),
    "Callers.lines": Look(keys="lines", more=True),
    "HangUps.lines": Look(keys="lines", codec="tones"),
    "Card.agent": Look(source="agents"),
    "Queue.label": Look(keys="languages"),
    "Queue.ring_s": Look(unit="s"),
    "Queue.wrap_up_s": Look(unit="s"),
    "Queue.rest_s": Look(unit="s", more=True),
    "Queue.weight": Look(more=True),
    "Queue.vip_credit_s": Look(unit="min", times=60, more=True),
    "Queue.last_agent_wait_s": Look(unit="s", more=True),
    "Queue.needs": Look(more=True),
    "Queue.handling_s": Look(unit="min", times=60, more=True),
    "Queue.entry_prompt": Look(source="prompts", more=True),
    "Queue.announce_agent": Look(more=True),
    "Queue.whisper": Look(source="prompts", more=True),
    "Queue.schedule": Look(source="schedules"),
    "Queue.open": Look(more=True),
    "Queue.callback": Look(more=True),
    "Queue.door": Look(more=True),
    "Surge.lines_after_s": Look(unit="s"),
    "Surge.calm_s": Look(unit="s", more=True),
    "Surge.flow": Look(source="flows"),
    "Surge.when": Look(more=True),
    "Surge.menus": Look(source="flows", more=True),
    "Member.station": Look(source="stations"),
    "Member.agent": Look(source="agents"),
    "Member.tier": Look(more=True),
    "Member.weight": Look(more=True),
    "Member.skills": Look(more=True, example="english 7"),
    "Relaxed.after_s": Look(unit="s"),
    "Announce.first_s": Look(unit="s"),
    "Announce.every_s": Look(unit="s"),
    "Announce.at_least_s": Look(unit="s", more=True),
    "Announce.position_most": Look(more=True),
    "Announce.message": Look(source="prompts", more=True),
    "Announce.message_every_s": Look(unit="s", more=True),
    "CallBack.retry_s": Look(unit="min", times=60),
    "Waited.after_s": Look(unit="s"),
    "ExpectedWait.most_s": Look(unit="s"),
    "Length.most": Look(unit="calls"),
    # out
    "Dialling.area": Look(example="10"),
    "Dialling.stations": Look(keys="stations", source="classes"),
    "Dialling.otherwise": Look(source="classes"),
    "Dialling.automatic": Look(more=True),
    "ServiceClass.allows": Look(omits=("emergency",)),
    "ServiceClass.when_closed": Look(more=True, omits=("emergency",)),
    "NamedRoute.lines": Look(codec="order", example="8 7 6"),
    "NamedRoute.beginnings": Look(example="0951"),
    "Fuse.night_minutes": Look(unit="min"),
    "Fuse.outside_to_outside": Look(more=True),
    "LineDialling.dial_tone_s": Look(unit="s", more=True),
    "LineDialling.settle_s": Look(unit="s", more=True),
    "LineDialling.no_answer_s": Look(unit="s"),
    "LineDialling.flash_ms": Look(unit="ms", more=True),
    "LineDialling.early_voice_answers": Look(more=True),
    "LineDialling.reversal": Look(more=True),
    "LineDialling.before": Look(example="9w"),
    # people and telephones
    "Agents.stations": Look(keys="stations", source="agents"),
    "Telephones.supervisors": Look(source="stations"),
    "Telephones.rights": Look(keys="stations"),
    "Telephones.lamp": Look(more=True),
    "Telephones.lamps": Look(keys="stations", more=True),
    "Telephones.park_s": Look(unit="s"),
    "Telephones.park_places": Look(more=True),
    "Telephones.page_s": Look(unit="s", more=True),
    "Telephones.speed": Look(example="1 13800138000"),
    "Diversion.ring_s": Look(unit="s"),
    "Diversion.follow_me": Look(more=True),
    "Diversion.waiting": Look(more=True),
    "Diversion.always": Look(example="802"),
    "MeetingRoom.most": Look(more=True),
    "ToStation.station": Look(source="stations"),
    "ToStation.ring_s": Look(unit="s"),
    "ToQueue.queue": Look(source="queues"),
    "ToFlow.flow": Look(source="flows"),
    "ToVoicemail.box": Look(source="boxes"),
    "ToNumber.ring_s": Look(unit="s"),
    "ToRoom.room": Look(source="rooms"),
    "HangUp.prompt": Look(source="prompts"),
    # voicemail and mail
    "MailBox.stations": Look(source="stations"),
    "MailBox.greeting": Look(source="prompts"),
    "MailBox.seconds_most": Look(unit="min", times=60),
    "MailBox.silence_s": Look(unit="s", more=True),
    "MailBox.messages_most": Look(more=True),
    "MailBox.days": Look(unit="days", more=True),
    "MailBox.mail": Look(example="wang@example.com"),
    "MailBox.delete_when_sent": Look(more=True),
    "Mail.port": Look(more=True),
    # the box itself
    "Network.timezone": Look(source="zones"),
    "Network.hostname": Look(example="callbox"),
    "LinePanel.device": Look(source="serial"),
    "LinePanel.baud": Look(more=True),
    "RelayPanel.device": Look(source="serial"),
    "GpioPanel.active_low": Look(more=True),
    "Smdr.device": Look(source="serial"),
    "Smdr.xonxoff": Look(more=True),
    "SoundSockets.loudspeaker": Look(source="playing"),
    "SoundSockets.line_in": Look(source="listening"),
    "SoundSockets.microphone": Look(source="listening"),
    "Headset.station": Look(example="809"),
    "Headset.play": Look(source="playing"),
    "Headset.capture": Look(source="listening"),
    "FixedAddress.jack": Look(source="jacks"),
    "FixedAddress.address": Look(example="192.168.1.20"),
    "FixedAddress.gateway": Look(example="192.168.1.1"),
    "Mail.host": Look(example="smtp.example.com"),
}
