"""Loop, ring and polarity against each country's timing windows, through the simulated card.

A tick is 10 ms, so a break may be seen up to one tick shorter or longer than it is: what must be taken lies 10 ms
within the window, what must be refused 10 ms outside, and "in time" allows 20 ms.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from drivers.binding.convert import timer_table
from drivers.binding.events import Feed, Kind, PortEvent
from drivers.binding.plan import Plan
from drivers.binding.simcard import PortSpec
from firmware.config import load_country
from firmware.conformance.bench import PERFECT, Bench, on_wires
from firmware.conformance.rows import Bound, Job, Row, Scale, share

GROUP = "timing"
OWN = "callbox figure"
TICK_MS = 10
ALLOWED_MS = 20  # later than the window
STATION: tuple[PortSpec, ...] = (("fxs", "1"),)
LINE: tuple[PortSpec, ...] = (("fxo", "1"),)
# Dial pulses: breaks and makes in ms, at 8 to 12 pulses a second and 60 to 67 % break, to whole 5 ms.
DIALS = ((60, 40), (65, 35), (75, 50), (85, 40), (50, 35), (55, 30))
DIGITS = "1234567890"


def timers(plan: Plan) -> dict[str, int]:
    """The country's line timings, ms."""
    return {name: plan.timers.get(name, standard) for name, (standard, _, _) in timer_table().items()}


@dataclass(slots=True)
class Count:
    """Trials, those that went as they should, and which did not."""

    of: int = 0
    right: int = 0
    wrong: str = ""
    worst_ms: float = 0.0

    def add(self, right: bool, words: str, late_ms: float = 0.0) -> None:
        """One more."""
        self.of += 1
        self.right += right
        self.worst_ms = max(self.worst_ms, late_ms)
        if not right and self.wrong.count(";") < 4:
            self.wrong += f"; {words}"

    def row(self, requirement: str, clause: str) -> Row:
        """All of them must be right."""
        return Row(
            GROUP,
            requirement,
            clause,
            "at least",
            100.0,
            share(self.right, self.of),
            "%",
            note=f"{self.of} times{self.wrong}",
        )

    def late(self, requirement: str, clause: str, limit: float) -> Row:
        """The worst must be in time."""
        bound: Bound = "at most"
        measured = self.worst_ms if self.right else float("nan")
        return Row(GROUP, requirement, clause, bound, limit, measured, "ms", note=f"{self.of} times{self.wrong}")


# -- stations ------------------------------------------------------------------------------------------------


def station(country: str) -> list[Row]:
    """Flash, hang-up, bounce and dial pulses of a telephone."""
    plan = load_country(country)
    times = timers(plan)
    rows = on_wires(STATION, PERFECT, plan, _over(_breaks, times))
    rows += on_wires(STATION, PERFECT, plan, _over(_pulses, times), tick_ms=5)
    return [_named(country, row) for row in rows]


def _over(
    story: Callable[[Bench, dict[str, int]], Awaitable[list[Row]]], times: dict[str, int]
) -> Callable[[Bench], Awaitable[list[Row]]]:
    async def with_times(bench: Bench) -> list[Row]:
        return await story(bench, times)

    return with_times


def _named(country: str, row: Row) -> Row:
    return Row(
        row.group,
        f"{country}: {row.requirement}",
        row.clause,
        row.bound,
        row.limit,
        row.measured,
        row.unit,
        row.compare,
        row.note,
    )


async def _off_hook(bench: Bench) -> None:
    await bench.card.far.ports[0].seize()
    await bench.wait(500)


async def _breaks(bench: Bench, times: dict[str, int]) -> list[Row]:
    least, most = times["flash_min"], times["flash_max"]
    pulse = (times["pulse_break_min"], times["pulse_break_max"])
    flashes, bounces, hangs = Count(), Count(), Count()
    await _off_hook(bench)
    for ms in range(least + TICK_MS, most, TICK_MS):
        told = await _after_break(bench, ms, 600)
        good = [event.kind for event in told] == [Kind.FLASH]
        flashes.add(good, f"{ms} ms: {_words(told)}", abs(told[0].value - ms) if good else 0.0)
    for ms in range(TICK_MS, min(least, pulse[0]), TICK_MS):
        told = await _after_break(bench, ms, 600)
        bounces.add(not told, f"{ms} ms: {_words(told)}")
    for ms in (most + 2 * TICK_MS, most + 100, 3000):
        began = bench.now_ms
        told = await _after_break(bench, ms, 1500)
        kinds = [event.kind for event in told]
        good = kinds == [Kind.ONHOOK, Kind.OFFHOOK]  # the cable is whole again: off-hook anew
        late = bench.told_ms(told[0]) - began - most if good else 0.0
        hangs.add(good, f"{ms} ms: {_words(told)}", late)
    return [
        flashes.row(
            f"breaks of {least + TICK_MS} to {most - TICK_MS} ms are a flash", "the country's window (line/timers.h)"
        ),
        flashes.late("length of a flash, worst error", OWN, float(TICK_MS)),
        bounces.row(f"breaks shorter than {min(least, pulse[0])} ms mean nothing", "the country's window"),
        hangs.row(f"breaks longer than {most} ms are a hang-up", "the country's window"),
        hangs.late("hang-up told after the window", OWN, float(ALLOWED_MS)),
    ]


async def _after_break(bench: Bench, ms: int, then_ms: int) -> list[PortEvent]:
    """What a break of the loop makes the box tell."""
    before = len(bench.news)
    await bench.broken(ms)
    await bench.wait(then_ms)
    wanted = (Kind.FLASH, Kind.ONHOOK, Kind.OFFHOOK, Kind.PULSE, Kind.SURPRISE)
    return [event for event in bench.news[before:] if event.kind in wanted]


def _words(events: Sequence[PortEvent]) -> str:
    return ", ".join(f"{event.kind.name.lower()} {event.word or event.value}" for event in events) or "nothing"


async def _pulses(bench: Bench, times: dict[str, int]) -> list[Row]:
    digits, lone = Count(), Count()
    await _off_hook(bench)
    for made, closed in DIALS:
        for digit in DIGITS:
            before = len(bench.news)
            for _ in range(int(digit) or 10):
                await bench.broken(made)
                await bench.wait(closed)
            await bench.wait(max(500, times["pulse_gap"] + 50))
            told = [
                event
                for event in bench.news[before:]
                if event.kind in (Kind.PULSE, Kind.FLASH, Kind.ONHOOK, Kind.SURPRISE)
            ]
            good = [(event.kind, event.word) for event in told] == [(Kind.PULSE, digit)]
            counts = lone if digit == "1" else digits
            # One break within both windows is a flash by design: no dial sends a lone 1 in talk, an R key does.
            flash = digit == "1" and times["flash_min"] <= made <= times["flash_max"]
            counts.add(
                good or (flash and [event.kind for event in told] == [Kind.FLASH]),
                f"{digit} at {made}/{closed}: {_words(told)}",
            )
    return [
        digits.row(
            "dial pulses 2 to 0, 8 to 12 a second, 60 to 67 % break: right",
            "ITU-T Q.23's predecessor: 10 +/-2 pulses/s, 60 to 67 % break",
        ),
        lone.row("a single pulse: 1, or a flash where the windows overlap", "the country's windows"),
    ]


# -- lines ---------------------------------------------------------------------------------------------------


def line(country: str) -> list[Row]:
    """Ringing, loop drop, polarity and battery of an outside line."""
    plan = load_country(country)
    times = timers(plan)
    rows = on_wires(LINE, PERFECT, plan, _over(_rings, times))
    rows += on_wires(LINE, PERFECT, plan, _over(_cadence, times))
    rows += on_wires(LINE, PERFECT, plan, _over(_drops, times))
    rows += on_wires(LINE, PERFECT, plan, _over(_reversals, times))
    return [_named(country, row) for row in rows]


async def _rings(bench: Bench, times: dict[str, int]) -> list[Row]:
    glitches, bursts = Count(), Count()
    far, least, stop = bench.card.far.ports[0], times["ring_debounce"], times["ring_stop"]
    for ms in (*range(TICK_MS, least - TICK_MS + 1, TICK_MS), *range(least + 2 * TICK_MS, 400, 40)):
        before, began = len(bench.news), bench.now_ms
        far.ring()
        await bench.wait(ms)
        far.stop_ring()
        await bench.wait(stop + 500)
        told = [event for event in bench.news[before:] if event.kind in (Kind.RING, Kind.RING_STOP, Kind.SURPRISE)]
        kinds = [event.kind for event in told]
        if ms < least:
            glitches.add(not told, f"{ms} ms: {_words(told)}")
        else:
            good = kinds == [Kind.RING, Kind.RING_STOP]
            bursts.add(good, f"{ms} ms: {_words(told)}", bench.told_ms(told[0]) - began - least if good else 0.0)
    return [
        glitches.row(f"ringing for less than {least} ms is none", "the country's window (line/timers.h)"),
        bursts.row(f"ringing for {least + 2 * TICK_MS} ms and more is told", "the country's window"),
        bursts.late("ringing told after the window", OWN, float(ALLOWED_MS)),
    ]


async def _cadence(bench: Bench, times: dict[str, int]) -> list[Row]:
    whole, stops = Count(), Count()
    far, plan = bench.card.far.ports[0], bench.card.box.plan
    cycle, bursts = sum(plan.ring), len(plan.ring) // 2
    for cycles in (1, 2, 5):
        before = len(bench.news)
        far.ring()
        await bench.wait(cycle * cycles - plan.ring[-1])
        far.stop_ring()
        ended = bench.now_ms
        await bench.wait(times["ring_stop"] + 1000)
        told = [event for event in bench.news[before:] if event.kind in (Kind.RING, Kind.RING_STOP)]
        rings = [event for event in told if event.kind is Kind.RING]
        good = len(rings) == cycles * bursts and [event.value for event in rings] == list(range(1, len(rings) + 1))
        whole.add(
            good and told[-1].kind is Kind.RING_STOP and len(told) == len(rings) + 1, f"{cycles} cycles: {_words(told)}"
        )
        if told and told[-1].kind is Kind.RING_STOP:
            stops.add(True, "", bench.told_ms(told[-1]) - ended - times["ring_stop"])
    cadence = "/".join(str(ms) for ms in plan.ring)
    return [
        whole.row(f"cadence {cadence}: each burst told once, one call one ring-stop", "the country's cadence"),
        stops.late("ring-stop told after its window", OWN, float(ALLOWED_MS)),
    ]


async def _drops(bench: Bench, times: dict[str, int]) -> list[Row]:
    drops, breaks, early = Count(), Count(), Count()
    box, far, window = bench.card.box.ports[0], bench.card.far.ports[0], times["loop_drop"]

    async def drop(ms: int, after_ms: int) -> tuple[list[PortEvent], int]:
        await box.seize()
        await bench.wait(after_ms)
        before, began = len(bench.news), bench.now_ms
        far.feed(Feed.OFF, ms)
        await bench.wait(max(ms, window) + 400)
        told = [event for event in bench.news[before:] if event.kind is Kind.LOOP_DROP]
        await box.release()
        await bench.wait(times["release_guard"] + 600)
        return told, began

    for ms in (window + 2 * TICK_MS, 250, 350, 500, 900):
        if ms > window:
            told, began = await drop(ms, 1500)
            drops.add(len(told) == 1, f"{ms} ms: {_words(told)}", bench.told_ms(told[0]) - began if told else 0.0)
    for ms in range(2 * TICK_MS, window - TICK_MS + 1, 2 * TICK_MS):
        told, _ = await drop(ms, 1500)
        breaks.add(not told, f"{ms} ms: {_words(told)}")
    for after in (times["offhook_settle"] + 2 * TICK_MS, 400, 600):
        told, began = await drop(900, after)
        early.add(len(told) == 1, f"{after} ms after seizing: {_words(told)}")
    return [
        drops.row(f"loop drop of {window + 2 * TICK_MS} to 900 ms is a hang-up", "CPC in the field: 250 to 900 ms"),
        drops.late("loop drop told after it began", "callbox figure: window + 20 ms", float(window + ALLOWED_MS)),
        breaks.row(f"breaks shorter than {window} ms are none", "the country's window"),
        Row(
            GROUP, "loop drop soon after seizing is told", OWN, "at least", 100.0, share(early.right, early.of), "%",
            "DAHDI loses it within 600 ms", f"{early.of} times{early.wrong}",
        ),
    ]  # fmt: skip


async def _reversals(bench: Bench, times: dict[str, int]) -> list[Row]:
    reversals, shakes, cuts = Count(), Count(), Count()
    box, far, least = bench.card.box.ports[0], bench.card.far.ports[0], times["polarity_debounce"]
    await box.seize()
    await bench.wait(1500)
    for ms in (*range(TICK_MS, least - TICK_MS + 1, TICK_MS), least + 2 * TICK_MS, least + 100, 500):
        before, began = len(bench.news), bench.now_ms
        far.feed(Feed.REVERSED, ms)
        await bench.wait(ms + 400)
        told = [event for event in bench.news[before:] if event.kind in (Kind.POLARITY, Kind.LOOP_DROP, Kind.SURPRISE)]
        if ms < least:
            shakes.add(not told, f"{ms} ms: {_words(told)}")
        else:
            good = [(event.kind, event.value) for event in told] == [(Kind.POLARITY, 1), (Kind.POLARITY, 0)]
            reversals.add(good, f"{ms} ms: {_words(told)}", bench.told_ms(told[0]) - began - least if good else 0.0)
    await box.release()
    await bench.wait(times["release_guard"] + 500)
    for ms, lost in ((times["battery_lost"] - 50, False), (times["battery_lost"] + 50, True), (3000, True)):
        before, began = len(bench.news), bench.now_ms
        await bench.broken(ms)
        await bench.wait(500)
        told = [event for event in bench.news[before:] if event.kind is Kind.BATTERY]
        good = [event.value for event in told] == ([0, 1] if lost else [])
        late = bench.told_ms(told[0]) - began - times["battery_lost"] if lost and told else 0.0
        cuts.add(good, f"{ms} ms: {_words(told)}", late)
    return [
        reversals.row(
            f"polarity reversed for {least + 2 * TICK_MS} ms and more is told, there and back",
            "the country's window (line/timers.h)",
        ),
        reversals.late("reversal told after its window", OWN, float(ALLOWED_MS)),
        shakes.row(f"reversed for less than {least} ms is none", "the country's window"),
        cuts.row(
            f"line without battery for {times['battery_lost']} ms is told as cut, and when it is back",
            "the country's window",
        ),
        cuts.late("cut told after its window", OWN, float(ALLOWED_MS)),
    ]


def jobs(scale: Scale) -> list[Job]:
    """A telephone and a line for each country."""
    return [Job(function, (country,)) for country in scale.countries() for function in (station, line)]


def rows(results: Sequence[list[Row]], scale: Scale) -> list[Row]:
    """The group's rows."""
    return [row for result in results for row in result]
