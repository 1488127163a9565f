"""The printer: fixed columns, on a real line; away, stuck and unplugged it costs an alarm and no memory."""

import asyncio
import time
from pathlib import Path

import pytest

from firmware.config.board import Smdr
from firmware.panel import smdr
from firmware.panel.smdr import COLUMNS, Printer, line_of
from firmware.store.derive import CallFacts
from tests.firmware.panel.conftest import Device, Told

BEGIN = 1_767_600_000.0
WHEN = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(BEGIN))


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"line": 3, "station": "801", "number": "13800138000", "wait_s": 42.9, "talk_s": 725.0, "result": "answered"},
         "IN  03 801    13800138000      00:00:42 00:12:05 ANSWERED"),
        ({"line": 8, "withheld": "private", "wait_s": 7.0, "result": "abandoned"},
         "IN  08 -      PRIVATE          00:00:07 00:00:00 ABANDONED"),
        ({"direction": "outbound", "line": 1, "station": "802", "number": "9" * 30, "talk_s": 36_000.0,
          "result": "answered"},
         "OUT 01 802    9999999999999999 00:00:00 10:00:00 ANSWERED"),
        ({"direction": "inside", "station": "803", "result": "failed", "number": "王"},
         "INT -- 803    ?                00:00:00 00:00:00 FAILED"),
    ],
)  # fmt: skip
def test_columns(facts: dict[str, object], line: str) -> None:
    found = line_of(CallFacts(**({"id": "c", "direction": "inbound", "started": BEGIN} | facts)))  # type: ignore[arg-type]
    assert found == f"{WHEN} {line}"
    for name in ("DIR", "LN", "STN", "NUMBER", "WAIT", "TALK", "RESULT"):
        assert found[COLUMNS.index(name) - 1] == " "
    assert len(found) <= 80


def _call(told: Told, number: int) -> None:
    call = f"c{number}"
    told.bus.publish("call.started", call=call, line=1, direction="inbound")
    told.bus.publish("call.caller", call=call, line=1, number=f"1380013{number:04d}", name="", withheld=None)
    told.bus.publish("call.ended", call=call, line=1, side="caller", cue="rang_out", result="abandoned")


def _number(line: str) -> int:
    return int(line.split()[5][7:])


def test_one_line_a_call(device: Device, told: Told) -> None:
    async def story() -> None:
        printer = Printer(told.bus, Smdr(device=device.path))
        printer.start()
        for number in range(3):
            _call(told, number)
        told.bus.publish("call.started", call="own", line=2, direction="inbound")
        told.bus.publish("call.selfcall", call="own", line=2)
        told.bus.publish("call.ended", call="own", line=2, side="agent", cue="onhook", result="answered")
        told.bus.publish("call.ended", call="never began", side="box", cue="x", result="failed")
        _call(told, 3)
        assert [_number(await device.line()) for _ in range(4)] == [0, 1, 2, 3]
        printer.close()
        assert printer.port.counters.sent == 4 and not printer.port.counters.dropped

    asyncio.run(story())
    assert not [event for event in told.events if event.kind == "alarm.raised"]


def test_a_printer_that_comes_later(device: Device, told: Told, tmp_path: Path) -> None:
    """Lines wait for it."""

    async def story() -> None:
        plug = tmp_path / "dev"
        printer = Printer(told.bus, Smdr.model_construct(device=str(plug), baud=9600, xonxoff=True), retry_s=0.01)
        printer.start()
        _call(told, 7)
        alarm = await told.until("alarm.raised", "smdr")
        assert alarm.data["text"] == "it is not plugged in"
        plug.symlink_to(device.path)
        await told.until("alarm.cleared", "smdr")
        assert _number(await device.line()) == 7
        printer.close()

    asyncio.run(story())


def test_out_of_paper(device: Device, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded; the oldest lines are given up and the paper says how many."""
    monkeypatch.setattr(smdr, "LINES_MOST", 50)

    async def story() -> None:
        printer = Printer(told.bus, Smdr(device=device.path))
        printer.start()
        for number in range(1_000):  # nobody reads: the line's own buffer fills
            _call(told, number)
        assert printer.port.waiting <= 51
        dropped = printer.port.counters.dropped
        assert dropped > 500
        assert (await told.until("alarm.raised", "smdr")).data["text"] == "it does not take anything"
        lines = [await device.line() for _ in range(1_000 - dropped + 1)]
        assert lines[-1] == f"*** {dropped} LINES LOST ***" or f"*** {dropped} LINES LOST ***" in lines
        numbers = [_number(line) for line in lines if not line.startswith("***")]
        assert numbers == sorted(numbers) and numbers[-1] == 999 and len(numbers) == 1_000 - dropped
        await told.until("alarm.cleared", "smdr")
        printer.close()

    asyncio.run(story())


def test_out_of_paper_with_few_calls(device: Device, told: Told) -> None:
    """Told long before a line is given up."""

    async def story() -> None:
        printer = Printer(told.bus, Smdr(device=device.path), stuck_s=0.05)
        printer.start()
        for number in range(1_000):  # nobody reads: the line's own buffer fills
            _call(told, number)
        assert printer.port.waiting and not told.events[-1].kind.startswith("alarm.")
        assert (await told.until("alarm.raised", "smdr")).data["text"] == "it does not take anything"
        assert [_number(await device.line()) for _ in range(1_000)] == list(range(1_000))
        await told.until("alarm.cleared", "smdr")
        printer.close()
        assert printer.port.counters.sent == 1_000 and not printer.port.counters.dropped

    asyncio.run(story())


def test_closing_waits_for_no_printer(device: Device, told: Told) -> None:
    """A real line's last close waits half a minute for what it has not taken, and all calls with it."""

    async def story() -> None:
        printer = Printer(told.bus, Smdr(device=device.path, xonxoff=True))
        printer.start()
        for number in range(1_000):
            _call(told, number)
        assert printer.port.waiting
        printer.close()
        assert len(device.take()) < 40 * printer.port.counters.sent  # half of what the system had taken for it

    asyncio.run(story())


def test_unplugged_in_mid_line(device: Device, told: Told) -> None:
    async def story() -> None:
        printer = Printer(told.bus, Smdr(device=device.path), retry_s=3600)
        printer.start()
        _call(told, 1)
        await device.line()
        device.unplug()
        await told.until("alarm.raised", "smdr")
        assert printer.port.counters.breaks == 1
        _call(told, 2)
        assert printer.port.waiting == 1
        printer.close()
        assert printer.port.counters.dropped == 1

    asyncio.run(story())


def test_calls_that_never_end_are_not_kept_for_ever(device: Device, told: Told) -> None:
    async def story() -> None:
        printer = Printer(told.bus, Smdr(device=device.path))
        printer.start()
        for number in range(1_000):
            told.bus.publish("call.started", call=f"c{number}", line=1, direction="inbound")
        assert len(printer._calls) == smdr.CALLS_MOST
        printer.close()

    asyncio.run(story())
