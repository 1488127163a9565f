"""Over which line an outgoing call goes: pure, with reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, field_validator

from drivers.binding.plan import Strict
from firmware.dialplan.numbers import Dialled, Kind, begins_with
from firmware.dialplan.permission import Beginning
from firmware.reasons import Reason, reason
from firmware.setup.base import wrong

LineNumber = Annotated[int, Field(ge=1, le=64)]
Order = Literal["order", "least_used", "in_turn"]


class Route(Strict):
    """Numbers of these kinds (empty: all) and beginnings (empty: all) go over these lines. Routes are tried in their
    order: a later one is the fall-back of an earlier one."""

    kinds: tuple[Kind, ...] = ()
    beginnings: tuple[Beginning, ...] = ()
    lines: Annotated[tuple[LineNumber, ...], Field(min_length=1)]
    order: Order = "order"

    @field_validator("lines")
    @classmethod
    def _once(cls, lines: tuple[int, ...]) -> tuple[int, ...]:
        twice = sorted({line for line in lines if lines.count(line) > 1})
        if twice:
            raise wrong("Each line may stand once, but {lines} stands more often.", lines=", ".join(map(str, twice)))
        return lines

    def takes(self, dialled: Dialled) -> bool:
        """Whether the number may go this way."""
        kind = not self.kinds or dialled.kind in self.kinds
        return kind and (not self.beginnings or begins_with(dialled, self.beginnings))


@dataclass(frozen=True, slots=True)
class LineNow:
    """An outside line as the choice sees it. `used_s`: how long outgoing calls held it this month; `call_s`: how long
    its present call has lasted; `emergency`: that is an emergency call; `outgoing`: the box dialled it."""

    number: int
    state: Literal["free", "busy", "out_of_service"] = "free"
    used_s: float = 0.0
    call_s: float = 0.0
    emergency: bool = False
    outgoing: bool = False


@dataclass(frozen=True, slots=True)
class LineChoice:
    """`line` None: the number cannot go out now. `take_over`: the line's present call must be ended first."""

    line: int | None
    route: str | None
    why: tuple[Reason, ...]
    take_over: bool = False


def choose_line(
    dialled: Dialled, routes: Mapping[str, Route], lines: Sequence[LineNow], after: int | None = None
) -> LineChoice:
    """The line for a number. `after`: the line chosen last, for the order 'in_turn'. An emergency call goes over any
    line there is, by the routes first, and over a busy one if none is free: the one whose call is the youngest, of
    those that the box dialled if there are any: an exchange may not give back a line whose caller has not hung up."""
    by_number = {line.number: line for line in lines}
    why: list[Reason] = []
    for name, route in routes.items():
        if not route.takes(dialled):
            continue
        why.append(reason("route", route=name, kind=dialled.kind))
        there = [by_number[number] for number in route.lines if number in by_number]
        why += [
            reason("line_busy" if line.state == "busy" else "line_out_of_service", line=line.number)
            for line in there
            if line.state != "free"
        ]
        free = [line for line in there if line.state == "free"]
        if free:
            chosen, how = _by_order(route, free, after)
            return LineChoice(chosen, name, (*why, how))
        why.append(reason("next_route", route=name))
    if dialled.kind == "emergency":
        return _emergency(lines, why)
    if not why:
        why.append(reason("no_route", kind=dialled.kind))
    return LineChoice(None, None, tuple(why))


def _by_order(route: Route, free: Sequence[LineNow], after: int | None) -> tuple[int, Reason]:
    match route.order:
        case "least_used":
            line = min(free, key=lambda one: one.used_s)  # equal: the route's order
            return line.number, reason("line_least_used", line=line.number, minutes=line.used_s / 60)
        case "in_turn" if after in route.lines:
            seat, size = route.lines.index(after), len(route.lines)
            line = min(free, key=lambda one: (route.lines.index(one.number) - seat - 1) % size)
            return line.number, reason("line_in_turn", line=line.number, after=after)
        case _:
            return free[0].number, reason("line_in_order", line=free[0].number)


def _emergency(lines: Sequence[LineNow], why: Sequence[Reason]) -> LineChoice:
    free = next((line for line in lines if line.state == "free"), None)
    if free is not None:
        return LineChoice(free.number, None, (*why, reason("line_in_order", line=free.number)))
    busy = [line for line in lines if line.state == "busy" and not line.emergency]
    if not busy:
        return LineChoice(None, None, tuple(why) or (reason("no_route", kind="emergency"),))
    youngest = min(busy, key=lambda line: (not line.outgoing, line.call_s))
    return LineChoice(youngest.number, None, (*why, reason("line_taken_over", line=youngest.number)), take_over=True)
