"""Who may dial what: class of service, and the fuse against toll fraud (issue of a weekend that cost 4,000 euro).

Emergency numbers are always allowed, whatever else is set.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from drivers.binding.plan import Strict
from firmware.dialplan.numbers import Dialled, Kind, begins_with
from firmware.reasons import Reason, reason
from firmware.setup.base import wrong

Beginning = Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")]
Origin = Literal["station", "outside"]
CHARGED: frozenset[Kind] = frozenset({"special", "local", "national", "mobile", "premium", "international", "unknown"})
RISKY: frozenset[Kind] = frozenset({"international", "premium"})


class ServiceClass(Strict):
    """What a station may dial: `allows` while the box is open, `when_closed` outside of these hours (None: the same).
    `barred` and `allowed` are beginnings of numbers; an allowed one wins over everything but the fuse."""

    allows: tuple[Kind, ...] = ("inside", "special", "toll_free", "local", "national", "mobile")
    when_closed: tuple[Kind, ...] | None = None
    barred: tuple[Beginning, ...] = ()
    allowed: tuple[Beginning, ...] = ()


class Fuse(Strict):
    """Against toll fraud, for the whole box. Night is from `night_begins` to `night_ends`; `night_minutes` is what all
    outgoing calls of one night together may last; `at_once`: international and premium calls under way."""

    international: bool = False
    premium: bool = False
    outside_to_outside: bool = False
    night_begins: time = time(20, 0)
    night_ends: time = time(7, 0)
    night_minutes: Annotated[float, Field(ge=0, le=100_000)] = 60.0
    at_once: Annotated[int, Field(ge=0, le=64)] = 2

    @model_validator(mode="after")
    def _a_night(self) -> "Fuse":
        if self.night_begins == self.night_ends:
            raise wrong(
                "The night begins and ends at {time}; it must have a length.",
                field="night_ends", time=f"{self.night_begins:%H:%M}",
            )  # fmt: skip
        return self

    def night(self, now: datetime) -> tuple[datetime, datetime] | None:
        """Begin and end of the night that `now` (local time) lies in; None by day."""
        for begin_day in (now.date() - timedelta(days=1), now.date()):
            begin = datetime.combine(begin_day, self.night_begins, now.tzinfo)
            end = datetime.combine(begin_day, self.night_ends, now.tzinfo)
            if self.night_ends <= self.night_begins:
                end += timedelta(days=1)
            if begin <= now < end:
                return begin, end
        return None


@dataclass(frozen=True, slots=True)
class Use:
    """What outgoing calls have used: minutes of this night, and international and premium calls under way."""

    night_minutes: float = 0.0
    risky_now: int = 0


@dataclass(frozen=True, slots=True)
class Permission:
    """`ok` or not, and why. `seconds`: the call must end after so long; None: no limit. `alarm`: somebody should
    look: the fuse has blown."""

    ok: bool
    why: tuple[Reason, ...]
    seconds: float | None = None
    alarm: bool = False


def may_dial(
    dialled: Dialled, *, station: str, service: ServiceClass, fuse: Fuse, use: Use, now: datetime,
    origin: Origin = "station", is_open: bool = True, hours: str = "now",
) -> Permission:  # fmt: skip
    """Whether this number may be dialled. `now` is local time; `station` is who dials, or for whom the box does.
    `origin` 'outside': the call comes from an outside caller (transfer, forward, follow-me, DISA)."""
    if dialled.kind == "emergency":
        return Permission(True, (reason("emergency", number=dialled.number),))
    if not dialled.number:
        return Permission(False, (reason("not_dialable", number=dialled.number),))
    if dialled.kind == "inside":
        return Permission(True, (reason("inside", number=dialled.number),))
    by_class = _by_class(dialled, station, service, is_open, hours)
    if not by_class.ok:
        return by_class
    by_fuse = _by_fuse(dialled, fuse, use, now, origin)
    return Permission(by_fuse.ok, (*by_class.why, *by_fuse.why), by_fuse.seconds, by_fuse.alarm)


def _by_class(dialled: Dialled, station: str, service: ServiceClass, is_open: bool, hours: str) -> Permission:
    if begins_with(dialled, service.allowed):
        return Permission(True, (reason("number_allowed", number=dialled.number),))
    if begins_with(dialled, service.barred):
        return Permission(False, (reason("number_barred", number=dialled.number),))
    kinds = service.allows if is_open or service.when_closed is None else service.when_closed
    if dialled.kind in kinds:
        return Permission(True, (reason("class_allows", station=station, kind=dialled.kind),))
    return Permission(False, (reason("class_forbids", station=station, kind=dialled.kind, hours=hours),))


def _by_fuse(dialled: Dialled, fuse: Fuse, use: Use, now: datetime, origin: Origin) -> Permission:
    if origin == "outside" and not fuse.outside_to_outside:
        return Permission(False, (reason("outside_to_outside"),), alarm=True)
    if (dialled.kind == "international" and not fuse.international) or (dialled.kind == "premium" and not fuse.premium):
        return Permission(False, (reason("kind_off", kind=dialled.kind),), alarm=True)
    if dialled.kind in RISKY and use.risky_now >= fuse.at_once:
        return Permission(False, (reason("too_many_at_once", now=use.risky_now, most=fuse.at_once),), alarm=True)
    night = fuse.night(now)
    if night is None or dialled.kind not in CHARGED:
        return Permission(True, ())
    left = fuse.night_minutes - use.night_minutes
    if left <= 0:
        return Permission(False, (reason("night_budget_spent", most=fuse.night_minutes),), alarm=True)
    why = reason("night_budget", used=use.night_minutes, most=fuse.night_minutes)
    return Permission(True, (why,), seconds=left * 60)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One outgoing call, done or under way (`ended` None)."""

    kind: Kind
    began: datetime
    ended: datetime | None = None


def used(calls: Iterable[Outgoing], fuse: Fuse, now: datetime) -> Use:
    """What these calls count for the fuse: by night, only the part that lies in this night."""
    night = fuse.night(now)
    minutes, risky = 0.0, 0
    for call in calls:
        risky += call.ended is None and call.kind in RISKY
        if night is not None and call.kind in CHARGED:
            begin, end = max(call.began, night[0]), min(call.ended or now, now)
            minutes += max(0.0, (end - begin).total_seconds() / 60)
    return Use(minutes, risky)
