"""Lamp and buzzer: when they tell is a table; that they are told is proved on a real line."""

import asyncio
import os
import termios
from pathlib import Path

import pytest
import serial

from firmware.api.messages import Nothing
from firmware.config import Board, load_board
from firmware.config.board import GpioPanel, LinePanel, RelayPanel
from firmware.panel.look import Look, look
from firmware.panel.panel import Panel
from tests.firmware.panel.conftest import Device, Told


@pytest.mark.parametrize(
    ("standing", "newest", "silenced", "now", "found"),
    [
        ([], None, False, 0.0, Look("green", False)),
        ([], 5.0, False, 6.0, Look("green", False)),
        (["store"], 5.0, False, 5.0, Look("red", True, 10.0)),
        (["store"], 5.0, False, 14.0, Look("red", True, 1.0)),
        (["store"], 5.0, False, 15.0, Look("red", False, 590.0)),
        (["store"], 5.0, False, 605.0, Look("red", True, 1.0)),
        (["store"], 5.0, False, 606.0, Look("red", False, 599.0)),
        (["store"], 5.0, True, 6.0, Look("red", False)),
    ],
)
def test_look(standing: list[str], newest: float | None, silenced: bool, now: float, found: Look) -> None:
    assert look(standing, newest, silenced, now) == found


def test_the_line_protocol(device: Device, told: Told) -> None:
    async def story() -> None:
        panel = Panel(told.bus, LinePanel(kind="line", device=device.path))
        panel.start()
        assert [await device.line() for _ in range(2)] == ["LAMP GREEN", "BUZZ OFF"]
        told.bus.publish("alarm.raised", name="store", text="No space left on device")
        assert [await device.line() for _ in range(2)] == ["LAMP RED", "BUZZ ON"]
        told.bus.publish("alarm.raised", name="store", text="No space left on device")  # no news
        device.say("SILENCE\r\n")
        assert [await device.line() for _ in range(2)] == ["LAMP RED", "BUZZ OFF"]
        told.bus.publish("alarm.raised", name="line_3_no_battery", text="")  # a new one is heard again
        assert [await device.line() for _ in range(2)] == ["LAMP RED", "BUZZ ON"]
        assert await panel.silence(Nothing()) == {"standing": ["line_3_no_battery", "store"]}
        assert [await device.line() for _ in range(2)] == ["LAMP RED", "BUZZ OFF"]
        told.bus.publish("alarm.cleared", name="store")
        assert [await device.line() for _ in range(2)] == ["LAMP RED", "BUZZ OFF"]
        told.bus.publish("alarm.cleared", name="line_3_no_battery")
        assert [await device.line() for _ in range(2)] == ["LAMP GREEN", "BUZZ OFF"]
        panel.close()
        assert [await device.line() for _ in range(2)] == ["LAMP RED", "BUZZ OFF"]  # nobody answers any more

    asyncio.run(story())


def test_rubbish_from_the_panel(device: Device, told: Told, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        panel = Panel(told.bus, LinePanel(kind="line", device=device.path))
        panel.start()
        told.bus.publish("alarm.raised", name="store", text="")
        device.say("\x00\xffnonsense\r\n" + "x" * 3_000 + "\r\nSILENCE\r\n")
        while await device.line() != "BUZZ ON":
            pass
        while await device.line() != "BUZZ OFF":
            pass
        panel.close()

    asyncio.run(story())
    assert "which means nothing" in caplog.text


def test_plugged_in_later(device: Device, told: Told, tmp_path: Path) -> None:
    async def story() -> None:
        plug = tmp_path / "dev"
        panel = Panel(told.bus, LinePanel.model_construct(kind="line", device=str(plug), baud=9600), retry_s=0.01)
        panel.start()
        assert (await told.until("alarm.raised", "panel")).data["text"] == "it is not plugged in"
        plug.symlink_to(device.path)
        await told.until("alarm.cleared", "panel")
        while await device.line() != "LAMP GREEN":
            pass
        panel.close()

    asyncio.run(story())


def test_two_wires(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyserial's own loop: its DSR shows what DTR is set to, its CTS what RTS is."""
    opened: list[serial.SerialBase] = []
    really = serial.serial_for_url

    def open_(url: str, **how: object) -> serial.SerialBase:
        opened.append(really(url, **how))
        return opened[-1]

    monkeypatch.setattr(serial, "serial_for_url", open_)

    async def story() -> None:
        panel = Panel(told.bus, RelayPanel(kind="relay", device="loop://", lamp="rts", buzzer="dtr"))
        panel.start()
        (port,) = opened
        assert (port.cts, port.dsr) == (False, False)
        told.bus.publish("alarm.raised", name="store", text="")
        await asyncio.sleep(0)
        assert (port.cts, port.dsr) == (True, True)
        await panel.silence(Nothing())
        assert (port.cts, port.dsr) == (True, False)
        told.bus.publish("alarm.cleared", name="store")
        await asyncio.sleep(0)
        assert (port.cts, port.dsr) == (False, False)
        panel.close()

    asyncio.run(story())


def test_the_wires_stay_when_the_box_stops(device: Device, told: Told) -> None:
    """A pseudo terminal has no such wires; that they are not let fall is a setting of its line."""

    async def story() -> None:
        panel = Panel(told.bus, RelayPanel(kind="relay", device=device.path, lamp="rts", buzzer="dtr"))
        panel.start()
        panel.close()

    asyncio.run(story())
    near = os.open(device.path, os.O_RDWR | os.O_NOCTTY)
    try:
        assert not termios.tcgetattr(near)[2] & termios.HUPCL
    finally:
        os.close(near)


def test_a_chip_that_is_not_there(told: Told) -> None:
    """The library and the kernel are real; a chip with lines is not to be had without the kernel's gpio-sim."""

    async def story() -> None:
        panel = Panel(told.bus, GpioPanel(kind="gpio", chip="/dev/gpiochip250", red=1, buzzer=2))
        panel.start()
        assert (await told.until("alarm.raised", "panel")).data["text"] == "No such file or directory"
        panel.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        ({"kind": "line", "device": "COM1"}, "should match pattern"),
        ({"kind": "line", "device": "/dev/ttyS0", "baud": 1234}, "Input should be"),
        ({"kind": "relay", "device": "/dev/ttyS0", "lamp": "rts"}, "different wires"),
        ({"kind": "gpio", "chip": "/dev/gpiochip0"}, "at least one of them"),
        ({"kind": "gpio", "chip": "/dev/gpiochip0", "red": 1, "buzzer": 1}, "lines of their own"),
        ({"kind": "bell"}, "does not match any of the expected tags"),
    ],
)
def test_a_board_file_with_a_mistake(panel: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Board.model_validate(load_board("sim-8x8").model_dump() | {"panel": panel})
