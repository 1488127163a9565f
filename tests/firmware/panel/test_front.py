"""What is set up at the front takes the place of the board's, at once and on real lines."""

import asyncio
from pathlib import Path

import pytest

from firmware.api.messages import Nothing, Refused
from firmware.config import load_board
from firmware.config.board import LinePanel, Smdr
from firmware.panel.front import Front
from firmware.panel.ports import ports
from firmware.panel.section import Devices
from tests.firmware.panel.conftest import Device, Told


@pytest.fixture
def other() -> Device:
    return Device()


def test_set_up_tested_and_taken_away(device: Device, other: Device, told: Told) -> None:
    async def story() -> None:
        front = Front(told.bus, load_board("sim-8x8"))
        told.bus.publish("alarm.raised", name="disk_low", text="x")
        front.start()
        ask = front.handlers
        state = await ask["panel.state"](Nothing())
        assert (state["lamp"], state["printer"]) == (None, None) and isinstance(state["ports"], list)
        for intent in ("panel.test", "panel.silence"):
            with pytest.raises(Refused):
                await ask[intent](Nothing())

        lamp = LinePanel(kind="line", device=device.path)
        front.use(Devices(as_board=False, lamp=lamp, printer=Smdr(device=other.path, baud=19200)))
        assert [await device.line(), await device.line()] == ["LAMP RED", "BUZZ OFF"]  # the alarm stood before
        assert await ask["panel.test"](Nothing()) == {"lamp": True, "printer": True}
        assert [await device.line(), await device.line()] == ["LAMP RED", "BUZZ ON"]
        assert "TEST OF THE CALL PRINTER" in await other.line()
        state = await ask["panel.state"](Nothing())
        assert state["printer"] == {
            "device": other.path, "why": "", "waiting": 0, "sent": 1, "dropped": 0, "breaks": 0,
        }  # fmt: skip

        front.use(Devices(as_board=False, lamp=lamp, printer=Smdr(device="/dev/callbox-none")))
        await told.until("alarm.raised", "smdr")
        assert (await ask["panel.state"](Nothing()))["printer"]["why"]
        front.use(Devices(as_board=False, lamp=lamp))
        await told.until("alarm.cleared", "smdr")
        assert front.counters() == {}
        front.close()

    asyncio.run(story())


def test_ports_have_names_that_stay(tmp_path: Path) -> None:
    assert all(one["device"].startswith("/dev/") for one in ports(tmp_path / "none"))
