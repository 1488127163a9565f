"""The night's work comes at its hour, once, whatever the clock does; a missed night is made up for."""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from firmware.clock import SteppedLoop
from firmware.nightly import MAKE_UP_S, Job, Nightly, next_time

HOUR = 3600.0


@pytest.fixture(params=["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _on_the_wall(when: float) -> datetime:
    return datetime.fromtimestamp(when)  # noqa: DTZ006 - people's clock


def test_the_next_time(zone: str) -> None:
    assert next_time(at("2026-01-05 02:00"), "03:30", None) == at("2026-01-05 03:30")
    assert next_time(at("2026-01-05 03:30"), "03:30", None) == at("2026-01-06 03:30")
    assert next_time(at("2026-01-05 23:00"), "03:30", at("2026-01-05 03:30")) == at("2026-01-06 03:30")
    for night in ("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01"):  # where clocks are changed
        found = _on_the_wall(next_time(at(f"{night} 00:10"), "02:30", None))
        assert found.date().isoformat() == night and found.hour in (2, 3)


def test_a_missed_night_is_made_up_for() -> None:
    now = at("2026-01-08 09:00")
    assert next_time(now, "03:30", at("2026-01-06 03:30")) == now + MAKE_UP_S
    assert next_time(now, "03:30", at("2026-01-08 03:30")) == at("2026-01-09 03:30")


class House:
    def __init__(self, began: str) -> None:
        self.loop = SteppedLoop()
        self.began = at(began)
        self.set_by = 0.0  # how far somebody has moved the clock
        self.done: list[tuple[str, str]] = []
        self.failures: list[str] = []
        self.night = "03:30"

    def now(self) -> float:
        return self.began + self.set_by + self.loop.time()

    async def _work(self, name: str) -> None:
        self.done.append((name, _on_the_wall(self.now()).isoformat(" ", "minutes")))
        if name == "bad":
            raise ValueError("no")

    def live(self, hours: float, *names: str, last: float | None = None, meanwhile: object = None) -> None:
        jobs = [Job(name, lambda name=name: self._work(name)) for name in names]

        async def whole() -> None:
            nightly = Nightly(
                self.now, lambda: self.night, jobs, last=last, failed=lambda name, _: self.failures.append(name)
            )
            nightly.start()
            if callable(meanwhile):
                self.loop.call_later(HOUR, meanwhile)
            await asyncio.sleep(hours * HOUR)
            await nightly.stop()

        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(whole())


def test_three_nights() -> None:
    house = House("2026-01-05 12:00")
    house.live(72, "audit", "backup")
    assert house.done == [
        (name, f"2026-01-0{day} 03:30") for day in (6, 7, 8) for name in ("audit", "backup")
    ]  # fmt: skip


def test_one_fails_and_the_next_is_done() -> None:
    house = House("2026-01-05 12:00")
    house.live(24, "bad", "backup")
    assert [name for name, _ in house.done] == ["bad", "backup"] and house.failures == ["bad"]


def test_the_hour_is_changed() -> None:
    house = House("2026-01-05 12:00")
    house.live(24, "audit", meanwhile=lambda: setattr(house, "night", "14:00"))
    assert house.done == [("audit", "2026-01-05 14:00")]


@pytest.mark.parametrize(
    ("hours", "seen"),
    [(-30, ["2026-01-05 03:30", "2026-01-06 03:30"]), (10, ["2026-01-06 03:30"]), (20, ["2026-01-06 09:00"])],
)
def test_the_clock_is_set(hours: float, seen: list[str]) -> None:
    """As when the box learns the time from the network an hour after it was started."""
    house = House("2026-01-05 12:00")
    house.live(46 if hours < 0 else 16, "audit", meanwhile=lambda: setattr(house, "set_by", hours * HOUR))
    assert [when for _, when in house.done] == seen
