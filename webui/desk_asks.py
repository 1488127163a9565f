"""What the desk's buttons ask for. Each acts at the station where whoever asks sits, never at one that is named."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firmware.errors import UserError
from firmware.people import Person
from webui.desk_view import Desk
from webui.refusals import Words
from webui.refusals import refusal as refused
from webui.translate import _, _l

Said = Callable[[dict[str, Any]], str]
Asked = tuple[str, dict[str, Any], Said]

MORE_S = 60  # so long a wrap-up lasts from the moment in which more is asked for
NUMBER = re.compile(r"\+?[0-9*#]{1,24}")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}|[0-9]{1,6}")

# The desk speaks of the user's own telephone.
OWN: Words = {"station_in_use": _l("Your telephone is in use. Put the handset down, or hold the call first.")}


class NotNow(Exception):
    """It cannot be asked; the message is a sentence for people."""


def refusal(error: UserError) -> str:
    """What the box said, in the page's language."""
    return refused(error, OWN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who asks, what is at his desk, and the fields he sent."""

    me: Person
    desk: Desk
    fields: dict[str, str]
    box: Any

    @property
    def station(self) -> str:
        """Where he sits; NotNow: nowhere."""
        if not self.desk.station:
            raise NotNow(_("Choose the station where you sit first."))
        return self.desk.station

    def field(self, name: str, pattern: re.Pattern[str] = NAME) -> str:
        """What he sent; NotNow if it is not of that form."""
        value = re.sub(r"[\s()-]", "", self.fields.get(name, "")) if pattern is NUMBER else self.fields.get(name, "")
        if not pattern.fullmatch(value):
            raise NotNow(_("Type a number first: digits, and + in front of a foreign one."))
        return value

    def call(self) -> str:
        """The call that he is in; NotNow."""
        if self.desk.active is None:
            raise NotNow(_("You speak with nobody just now."))
        return self.desk.active.call.id


def _nothing(_result: dict[str, Any]) -> str:
    return ""


def _plain(intent: str) -> Callable[[Wanted], Asked]:
    return lambda wanted: (intent, {"station": wanted.station}, _nothing)


def _of(intent: str) -> Callable[[Wanted], Asked]:
    return lambda wanted: (intent, {"station": wanted.station, "of": wanted.field("of")}, _nothing)


def _state(state: str) -> Callable[[Wanted], Asked]:
    def asked(wanted: Wanted) -> Asked:
        args = {"agent": wanted.me.number, "state": state}
        if state == "busy":
            args["reason"] = wanted.fields.get("reason", "")[:2]
        return "agent.state", args, _nothing

    return asked


def _sign_in(wanted: Wanted) -> Asked:
    return "agent.sign_in", {"agent": wanted.me.number, "station": wanted.field("station")}, _nothing


def _sign_out(wanted: Wanted) -> Asked:
    return "agent.sign_out", {"agent": wanted.me.number}, _nothing


def _more(wanted: Wanted) -> Asked:
    return "agent.wrap_up", {"agent": wanted.me.number, "seconds": MORE_S}, _nothing


def _dial(wanted: Wanted) -> Asked:
    said = _("Your telephone rings. Lift the handset, and the number is dialled.") if _rests(wanted) else ""
    return "desk.dial", {"station": wanted.station, "to": wanted.field("to", NUMBER)}, lambda _result: said


def _page(wanted: Wanted) -> Asked:
    said = _("Your telephone rings. Lift the handset, and after the chime you are heard.") if _rests(wanted) else ""
    return "desk.page", {"station": wanted.station}, lambda _result: said


def _rests(wanted: Wanted) -> bool:
    """His telephone will ring first."""
    lamp = None if wanted.desk.here is None else wanted.desk.here.lamp
    return lamp is not None and lamp.state in ("idle", "wrap_up") and not lamp.headset


def _transfer(wanted: Wanted) -> Asked:
    kind, to = (
        wanted.fields.get("kind", ""),
        wanted.field("to", NUMBER if "number" in wanted.fields.get("kind", "") else NAME),
    )
    if kind not in ("station", "queue", "number"):
        raise NotNow(_("Choose somebody to transfer to first."))
    if kind == "number" and any(to == one.station for one in wanted.desk.team):
        kind = "station"
    return "desk.transfer", {"station": wanted.station, "to": {"kind": kind, kind: to}}, _nothing


def _park(wanted: Wanted) -> Asked:
    return (
        "desk.park",
        {"station": wanted.station},
        lambda result: _("Parked at %(slot)s.", slot=result.get("slot", "")),
    )


def _record(action: str) -> Callable[[Wanted], Asked]:
    return lambda wanted: ("call.record", {"call": wanted.call(), "action": action}, _nothing)


def _mark(marked: bool) -> Callable[[Wanted], Asked]:
    return lambda wanted: ("call.mark", {"call": wanted.call(), "marked": marked}, _nothing)


def _gone(wanted: Wanted) -> Asked:
    """Of the line of the call, or of the last one."""
    line = wanted.desk.active.call.line if wanted.desk.active is not None else None
    if line is None:
        from firmware.store.records import Wanted as Sought

        mine = (wanted.me.number, wanted.station)
        last = wanted.box.records.find(Sought(agents=mine), size=1).items
        line = last[0].line if last else None
    if line is None:
        raise NotNow(_("Your last call was not from outside; there is no line to learn from."))
    return "line.caller_had_gone", {"line": line}, _heard


def _heard(result: dict[str, Any]) -> str:
    cadence = " / ".join(f"{ms / 1000:.2f}" for ms in result.get("ms", ()))
    return _(
        "Thank you. The exchange played %(hz)s Hz, %(cadence)s s. The technician can have the box go by it.",
        hz=result.get("hz", "?"), cadence=cadence,
    )  # fmt: skip


ASKS: dict[str, Callable[[Wanted], Asked]] = {
    "sign_in": _sign_in,
    "sign_out": _sign_out,
    "ready": _state("ready"),
    "busy": _state("busy"),
    "away": _state("away"),
    "more": _more,
    "answer": _plain("desk.answer"),
    "hold": _plain("desk.hold"),
    "retrieve": _plain("desk.retrieve"),
    "swap": _plain("desk.swap"),
    "confer": _plain("desk.confer"),
    "through": _plain("desk.transfer"),
    "transfer": _transfer,
    "hang_up": _plain("desk.hang_up"),
    "park": _park,
    "fetch": _of("desk.fetch"),
    "pick_up": _of("desk.pick_up"),
    "dial": _dial,
    "page": _page,
    "pause": _record("pause"),
    "resume": _record("resume"),
    "mark": _mark(True),
    "unmark": _mark(False),
    "gone": _gone,
}
