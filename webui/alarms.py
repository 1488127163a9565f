"""Alarms of what is set up and cannot be, in words: queues and flows, mail, what could not be kept. Pure functions."""

import re
from typing import Any

from firmware.api.messages import Alarm
from webui.jacks import line_called, station_called
from webui.oserrors import in_words
from webui.translate import _


def alarm(found: Alarm) -> tuple[str, str] | None:
    """What happened and what to do; None: it is another's alarm."""
    args = found.args
    text = in_words(str(args.get("text", "")))
    if re.fullmatch(r"line_\d+_no_dial_tone", found.name):
        return (
            _("Line %(line)s gives no dial tone.", line=line_called(int(found.name.split("_")[1]))),
            _("Nobody is called on it until it does, which the box tries by itself; calls on it are answered. Check "
              "the plug, then ask the provider."),
        )  # fmt: skip
    if (headset := re.fullmatch(r"station_(\d+)_no_headset", found.name)) is not None:
        return (
            _("The headset of station %(station)s is not there.", station=station_called(headset[1])),
            _("A call at it was ended, and it gets no calls. See that it is plugged in where Setup, Sound "
              "sockets says (%(socket)s); once it is, it is used again by itself.", socket=args.get("socket", "")),
        )  # fmt: skip
    if found.name == "line_in_gone":
        return (
            _("Nothing comes from the line-in %(socket)s.", socket=args.get("socket", "")),
            _("Callers on hold hear the box’s own music. See that the right one is chosen under Setup, Sound sockets, "
              "and that the sound card is plugged in; it is looked for every few seconds."),
        )  # fmt: skip
    if found.name == "loudspeaker_gone":
        return (
            _("The loudspeaker %(socket)s is not there.", socket=args.get("socket", "")),
            _("Nobody can be paged. See that the right one is chosen under Setup, Sound sockets, and that the sound "
              "card is plugged in; it is looked for every few seconds."),
        )  # fmt: skip
    if found.name == "lines_not_kept":
        return (
            _("What the box knows of its lines cannot be kept: %(why)s.", why=text),
            _("Calls are not affected; after a restart the box learns it anew. Make room on the disk."),
        )
    if found.name == "mail":
        return (
            _("A message could not be sent by mail: %(why)s.", why=text),
            _("It stays in its box and is tried again. Setup, Mail sends a test."),
        )
    if found.name == "voicemail":
        return (
            _("A message that a caller left could not be kept: %(why)s.", why=text),
            _("He believes that it was left. Calls done has his number: call him back, and make room on the disk."),
        )
    if found.name.startswith("queue_"):
        return _queue(str(args.get("queue") or found.name.removeprefix("queue_")), args)
    if found.name.startswith("nobody_"):
        return (
            _("Callers wait in the queue “%(queue)s”, and none of its agents is there.", queue=args.get("queue", "")),
            _("They hear music and their place and wait on. Somebody has to sign in or be ready; a rule “nobody is "
              "there” in Setup, Queues leads such callers elsewhere."),
        )  # fmt: skip
    if found.name.startswith("number_"):
        return (
            _("The inside number %(number)s leads to what this box has not.", number=args.get("number", "")),
            _("Whoever dials it gets no further. Change it in Setup, Telephones."),
        )
    if found.name.startswith("flow_file_"):
        return (
            _("The file of the flow “%(flow)s” is damaged.", flow=found.name.removeprefix("flow_file_")),
            _("Callers hear the version before it. Open it in the editor and publish it anew."),
        )
    if found.name.startswith("flow_"):
        return (
            _("The flow “%(flow)s” cannot be used as it is.", flow=found.name.removeprefix("flow_")),
            _("Callers who come to such a place may not get on. The editor marks what is wrong; publish it again."),
        )
    return None


def _queue(name: str, args: dict[str, Any]) -> tuple[str, str]:
    stations = ", ".join(station_called(str(one)) for one in args.get("stations") or ())
    if stations:
        return (
            _("The queue “%(queue)s” names telephones that this box has not: %(stations)s.", queue=name,
              stations=stations),
            _("They are never rung; its other agents are. Take them out in Setup, Queues."),
        )  # fmt: skip
    return (
        _("The queue “%(queue)s” has a rule that leads to what this box has not.", queue=name),
        _("The rule is passed over, and callers wait on. Change it in Setup, Queues."),
    )
