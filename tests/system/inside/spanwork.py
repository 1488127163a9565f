"""Spans taken away from under a running box, as an unplugged card does, and given back; the driver unloaded, too."""

import asyncio
import subprocess
import time
from pathlib import Path

DEVICES = Path("/sys/bus/dahdi_devices/devices")
MODULES = ("dahdi_dummy", "dahdi_dynamic_loc", "dahdi_dynamic", "dahdi_echocan_mg2", "dahdi")
TRIES, PAUSE_S = 10, 0.2
TAP = Path("/tmp/tap.conf")
SPANS = "/opt/callbox/callbox/tests/system/inside/spans"


def device(channel: int) -> Path:
    """The device whose one span has the channel."""
    for found in sorted(DEVICES.iterdir()):
        for span in found.glob("span-*"):
            # A span without channels, as the clock's, has no first one.
            if int((span / "channels").read_text()) and int((span / "basechan").read_text()) == channel:
                return found
    raise LookupError(f"no span begins with channel {channel}")


async def take(span: Path) -> None:
    """The card is unplugged."""
    await asyncio.to_thread((span / "unassign_span").write_text, "1")


async def give(span: Path, number: int, channel: int) -> None:
    """The card is back, under its old numbers, and nobody runs dahdi_cfg."""
    await asyncio.to_thread((span / "assign_span").write_text, f"1:{number}:{channel}")


def unload() -> list[int]:
    """Ends the spans and takes the driver's modules out of the kernel; rmmod's answer for each."""
    subprocess.run(["dahdi_cfg", "-s"], check=False)
    return [_removed(name) for name in MODULES]


def _removed(module: str) -> int:
    """A box that looks for its card just then holds the driver for a moment."""
    for _ in range(TRIES):
        answer = subprocess.run(["rmmod", module], check=False).returncode
        if not answer:
            break
        time.sleep(PAUSE_S)
    return answer


def tap_lines() -> None:
    """Channels 49 to 56 hear what the box sends into its lines. Not there from the start: each span costs the driver
    instructions, and those are compared."""
    TAP.write_text("dynamic=loc,1:3:0,8,0\nfxsks=49-56\n", encoding="utf-8")
    clock = "dahdi_dummy"  # behind its span of no channels the driver would count from 1 again
    for command in (["rmmod", clock], ["dahdi_cfg", "-c", str(TAP)], ["modprobe", clock]):
        subprocess.run(command, check=True)


def load(*, there: bool = False) -> None:
    """The driver with its spans, as at the start. `there`: they are, and only their channels are set up."""
    subprocess.run(["sh", SPANS], check=not there)
