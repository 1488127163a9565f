"""What became of calls that only outgoing calls come to; alarms of the protection against fraud and of surges."""

from firmware.api.messages import Alarm
from webui.translate import _, _l

# How a call ended that was not answered; `Call.result` of the box.
RESULTS = {
    "busy": _l("the number was busy"),
    "no_answer": _l("nobody answered"),
    "no_station": _l("there is no such station"),
    "congestion": _l("the network did not put it through"),
    "vacant": _l("the number is not in use"),
    "no_line": _l("no line was free"),
    "refused": _l("the number may not be dialled"),
    "paged": _l("spoke to the loudspeaker"),
    "messages": _l("listened to messages"),
}
CUES = {
    "fuse": _l("ended by the protection against fraud"),
    "not_both_outside": _l("ended: nobody of the house was left in it"),
    "emergency": _l("ended: an emergency call needed the line"),
}


def ended(result: str | None, cue: str | None) -> str:
    """How an outgoing call ended, where only it ends so; else empty."""
    return str(CUES.get(cue or "") or RESULTS.get(result or "") or "")


def alarm(found: Alarm) -> tuple[str, str] | None:
    """What the protection against fraud says, and what too many callers mean."""
    if found.name.startswith("surge_"):
        return _surge(found)
    if found.name != "fraud_fuse":
        return None
    return (
        _("The protection against fraud stopped a call to %(number)s.", number=found.args.get("number", "")),
        _("Find out who dialled it. If nobody of yours did, change PINs and look at forwards to the outside."),
    )


def _surge(found: Alarm) -> tuple[str, str]:
    args = found.args
    if args.get("queue") is None:
        return (
            _("All %(lines)s lines are in use.", lines=args.get("lines", "")),
            _("Whoever calls now hears the exchange's busy tone, and the box does not see him. More lines would help."),
        )
    return (
        _("Queue %(queue)s: %(waiting)s callers wait for %(agents)s agents.", queue=args["queue"],
          waiting=args.get("waiting", ""), agents=args.get("agents", "")),
        _("Ask more agents to sign in, or send callers elsewhere by the queue's rules."),
    )  # fmt: skip
