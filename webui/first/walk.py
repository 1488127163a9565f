"""A test call as stages: what happened when, what comes next, what to do if it does not come. Pure functions."""

from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from firmware.store.models import CallRecord, EventRow
from webui.story import tell
from webui.translate import _, _l

State = Literal["done", "left", "now", "late", "ahead"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A stage: it is done by the first of these kinds of event; `within` seconds after the stage before. `meanwhile`:
    what whoever makes the call does now; `advice`: what to do if it does not come."""

    key: str
    title: Any
    kinds: tuple[str, ...]
    within: float
    meanwhile: Any
    advice: Any


@dataclass(frozen=True, slots=True)
class Stage:
    """`state` 'left': this call came to later stages without it. `after`: seconds since the first ring."""

    key: str
    title: str
    state: State
    after: float | None = None
    told: str | Markup = ""
    advice: str = ""


PLAN: tuple[Planned, ...] = (
    Planned("ring", _l("It rings"), ("call.started",), 60,
            _l("Waiting for a call from outside."),
            _l("No ring has come. See that you call the number of a line that is plugged in, and that the line test "
               "finds voltage on it.")),
    Planned("callerid", _l("Caller id"), ("line.callerid",), 8,
            _l("The exchange sends the number, usually between the first two rings."),
            _l("No number has come. Ask the operator to switch on caller id for this line; calls work without it.")),
    Planned("answer", _l("The box answers"), ("call.answered",), 12,
            "",
            _l("The box does not answer. Under Setup, Lines, see that the line is in use and after how many rings it "
               "answers.")),
    Planned("greeting", _l("Greeting"), ("call.prompt",), 8,
            "",
            _l("Nothing is played. Listen to the greeting in its step, and see under Who answers which menu has this "
               "line.")),
    Planned("menu", _l("Menu"), ("call.flow_step", "call.queued"), 40,
            _l("Press 1 when you have heard the choice."),
            _l("No key has come. Press it longer; if the telephone sends no tones, wait: the menu goes on by itself.")),
    Planned("queue", _l("Queue"), ("call.queued",), 15,
            "",
            _l("The menu has not led to a queue. Look at the menu under Setup, Flows.")),
    Planned("rings", _l("A telephone rings"), ("station.ringing",), 20,
            "",
            _l("Nobody is rung. Somebody must be free: handset down, signed in if agents sign in, and a member of the "
               "queue.")),
    Planned("talk", _l("You talk"), ("call.connected",), 40,
            _l("Lift the handset that rings, and say something on both sides."),
            _l("Nobody has picked up. Lift the telephone that rings; if none rings, look at its plug.")),
    Planned("end", _l("Hung up"), ("call.ended",), 90,
            _l("Now hang up the telephone outside; the box has to notice by itself."),
            _l("The call goes on. If you have hung up outside, the box has not heard it: the line doctor measures what "
               "the exchange sends then.")),
    Planned("record", _l("Recording"), ("call.recorded",), 10,
            "",
            _l("There is no recording. Under Setup, Company, board, country, see what is recorded.")),
)  # fmt: skip


def walk(
    record: CallRecord | None, events: list[EventRow], *, begun: float, now: float, country: str = "cn"
) -> list[Stage]:
    """The stages of the call, as far as it has come; without a call, the first one waits since `begun`."""
    found = [_first(events, planned) for planned in PLAN]
    ended = any(event.kind == "call.ended" for event in events)
    if not ended:  # the recording is closed first, but told after the end
        found[-1] = None
    reached = max((at for at, event in enumerate(found) if event is not None), default=-1)
    start = events[0].at if events else begun
    last = max((event.at for event in found if event is not None), default=begun)
    stages = []
    for at, (planned, event) in enumerate(zip(PLAN, found, strict=True)):
        title = str(planned.title)
        if event is not None and record is not None:
            told = _key(event) if planned.key == "menu" else _told(record, event, country)
            stages.append(Stage(planned.key, title, "done", max(0.0, event.at - start), told))
        elif at < reached or (ended and _in_vain(planned, events)):
            stages.append(Stage(planned.key, title, "left", None, _left(planned), _missed(planned)))
        elif at == reached + 1:
            late = now - last > planned.within
            words = str(planned.meanwhile)
            stages.append(Stage(planned.key, title, "late" if late else "now", None, words,
                                str(planned.advice) if late else ""))  # fmt: skip
        else:
            stages.append(Stage(planned.key, title, "ahead"))
    return stages


def _first(events: list[EventRow], planned: Planned) -> EventRow | None:
    entry = {"queue_entry"} if planned.key == "greeting" else set()
    return next((one for one in events if one.kind in planned.kinds and one.data.get("prompt") not in entry), None)


def _told(record: CallRecord, event: EventRow, country: str) -> Markup:
    """As the story of the call tells it."""
    return Markup(" ").join(one.words for one in tell(record, [event], country))


def _key(event: EventRow) -> str:
    """What led out of the menu."""
    pressed = str(event.data.get("exit", ""))
    if pressed and pressed in "0123456789*#":
        return _("Key %(key)s was heard.", key=pressed)
    return _("No key was pressed; the menu went on by itself.")


def _in_vain(planned: Planned, events: list[EventRow]) -> bool:
    """The call is over, so this will not come. The recording is closed a moment after the end."""
    return planned.key != "record" or not any(event.kind == "call.recording" for event in events)


def _left(planned: Planned) -> str:
    if planned.key == "callerid":
        return _("No number came on this line.")
    if planned.key == "record":
        return _("Nothing was recorded of this call.")
    return _("This call ended or went on without it.")


def _missed(planned: Planned) -> str:
    return str(planned.advice) if planned.key in ("callerid", "rings", "talk", "record") else ""
