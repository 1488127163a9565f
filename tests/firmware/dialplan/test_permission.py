"""Who may dial what, and the fuse against toll fraud: tables, and what must hold for any setting."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.dialplan.numbers import Dialled, Numbering, classify
from firmware.dialplan.permission import Fuse, Outgoing, Permission, ServiceClass, Use, may_dial, used

NOON, NIGHT = datetime.fromisoformat("2026-01-05 12:00"), datetime.fromisoformat("2026-01-05 23:00")
BEIJING = Numbering(country="cn", area="10", inside=("801",))
EVERYTHING = ServiceClass(
    allows=("inside", "special", "toll_free", "local", "national", "mobile", "premium", "international", "unknown")
)
OPEN_FUSE = Fuse(international=True, premium=True, outside_to_outside=True)


def ask(number: str, service: ServiceClass = EVERYTHING, fuse: Fuse = OPEN_FUSE, **more: Any) -> Permission:
    rest = {"use": Use(), "now": NOON} | more
    return may_dial(classify(number, BEIJING), station="801", service=service, fuse=fuse, **rest)


@pytest.mark.parametrize(
    ("number", "service", "is_open", "ok"),
    [
        ("13800138000", ServiceClass(), True, True),
        ("0012125550123", ServiceClass(), True, False),
        ("17909008522345678", ServiceClass(), True, False),
        ("801", ServiceClass(allows=()), True, True),
        ("110", ServiceClass(allows=(), barred=("1",)), True, True),
        ("13800138000", ServiceClass(allows=("inside", "local")), True, False),
        ("88886666", ServiceClass(allows=("inside", "local")), True, True),
        ("88886666", ServiceClass(when_closed=("inside",)), True, True),
        ("88886666", ServiceClass(when_closed=("inside",)), False, False),
        ("88886666", ServiceClass(), False, True),
        ("13800138000", ServiceClass(barred=("138",)), True, False),
        ("+8613800138000", ServiceClass(barred=("+86138",)), True, False),
        ("13800138000", ServiceClass(barred=("+86138",)), True, False),
        ("13800138000", ServiceClass(barred=("138",), allowed=("13800138000",)), True, True),
        ("0012125550123", ServiceClass(allowed=("+1212",)), True, True),
    ],
)
def test_class_of_service(number: str, service: ServiceClass, is_open: bool, ok: bool) -> None:
    found = ask(number, service, is_open=is_open)
    assert found.ok is ok and found.why[0].words()


@pytest.mark.parametrize(
    ("number", "fuse", "more", "ok"),
    [
        ("0012125550123", Fuse(), {}, False),
        ("0012125550123", Fuse(international=True), {}, True),
        ("0019005550123", Fuse(international=True), {}, False),  # premium abroad is premium
        ("0019005550123", Fuse(premium=True), {}, True),
        ("0012125550123", OPEN_FUSE, {"use": Use(risky_now=2)}, False),
        ("13800138000", OPEN_FUSE, {"use": Use(risky_now=2)}, True),
        ("13800138000", Fuse(), {"origin": "outside"}, False),
        ("801", Fuse(), {"origin": "outside"}, True),
        ("110", Fuse(), {"origin": "outside", "now": NIGHT, "use": Use(999, 9)}, True),
        ("13800138000", OPEN_FUSE, {"origin": "outside"}, True),
        ("13800138000", Fuse(), {"use": Use(60)}, True),  # by day
        ("13800138000", Fuse(), {"now": NIGHT, "use": Use(60)}, False),
        ("8008888888", Fuse(), {"now": NIGHT, "use": Use(60)}, True),  # costs nothing
        ("13800138000", Fuse(night_minutes=0), {"now": NIGHT}, False),
    ],
)
def test_the_fuse(number: str, fuse: Fuse, more: dict[str, Any], ok: bool) -> None:
    found = ask(number, EVERYTHING, fuse, **more)
    assert found.ok is ok
    assert found.alarm is not ok


def test_by_night_a_call_ends_with_the_budget() -> None:
    found = ask("13800138000", fuse=Fuse(), now=NIGHT, use=Use(45.5))
    assert found.ok and found.seconds == 870
    assert found.why[-1].words() == "46 of 60 minutes of this night are used"
    assert ask("13800138000", fuse=Fuse()).seconds is None


@pytest.mark.parametrize(
    ("moment", "begin"),
    [("05 19:59", None), ("05 20:00", "05 20:00"), ("06 00:00", "05 20:00"), ("06 06:59", "05 20:00"),
     ("06 07:00", None)],
)  # fmt: skip
def test_the_night(moment: str, begin: str | None) -> None:
    night = Fuse().night(datetime.fromisoformat(f"2026-01-{moment}"))
    assert (f"{night[0]:%d %H:%M}" if night else None) == begin
    assert night is None or night[1] - night[0] == timedelta(hours=11)


def test_a_night_without_length() -> None:
    with pytest.raises(ValidationError, match="it must have a length"):
        Fuse.model_validate({"night_begins": "20:00", "night_ends": "20:00"})


def test_what_was_used() -> None:
    """Of a call that began by day only the night's part counts; one under way counts until now."""

    def call(kind: str, begin: str, end: str | None) -> Outgoing:
        moments = [None if one is None else datetime.fromisoformat(f"2026-01-{one}") for one in (begin, end)]
        assert moments[0] is not None
        return Outgoing(kind, moments[0], moments[1])  # type: ignore[arg-type]

    calls = [
        call("mobile", "05 19:50", "05 20:10"), call("toll_free", "05 21:00", "05 22:00"),
        call("international", "05 22:50", None), call("mobile", "04 23:00", "04 23:30"),
        call("mobile", "05 12:00", None),
    ]  # fmt: skip
    assert used(calls, Fuse(), NIGHT) == Use(10 + 10 + 180, 1)
    assert used(calls, Fuse(), NOON).night_minutes == 0


@given(
    st.builds(Fuse, international=st.booleans(), premium=st.booleans(), outside_to_outside=st.booleans(),
              night_minutes=st.floats(0, 100), at_once=st.integers(0, 3)),
    st.sampled_from(["inside", "emergency", "special", "toll_free", "local", "national", "mobile", "premium",
                     "international", "unknown"]),
    st.builds(Use, st.floats(0, 200), st.integers(0, 5)), st.sampled_from([NOON, NIGHT]),
    st.sampled_from(["station", "outside"]), st.booleans(), st.lists(st.sampled_from(["1", "138"]), max_size=1),
)  # fmt: skip
def test_whatever_is_set(
    fuse: Fuse, kind: Any, use: Use, now: datetime, origin: Any, is_open: bool, barred: list[str]
) -> None:
    service = EVERYTHING.model_copy(update={"barred": tuple(barred)})
    found = may_dial(
        Dialled(kind, "13800138000"), station="801", service=service, fuse=fuse, use=use, now=now, origin=origin,
        is_open=is_open,
    )  # fmt: skip
    if kind == "emergency":
        assert found.ok and found.seconds is None
    if found.ok and kind == "international":
        assert fuse.international and use.risky_now < fuse.at_once
    if found.ok and kind == "premium":
        assert fuse.premium
    if found.ok and origin == "outside" and kind not in ("inside", "emergency"):
        assert fuse.outside_to_outside
    if found.ok and now is NIGHT and kind in ("mobile", "international"):
        assert found.seconds is not None and found.seconds <= (fuse.night_minutes - use.night_minutes) * 60 + 1e-6
    assert found.why
