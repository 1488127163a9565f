"""What is told when the card cannot be had: no driver, a busy channel, the wrong kind, none of that number."""

import subprocess
from typing import Any

from drivers.binding.dahdicard import NOTHING_ASKED, DahdiCard
from drivers.binding.engine import CoreError
from drivers.binding.plan import DahdiSound
from drivers.binding.simcard import PortSpec
from firmware.config import countries, load_country
from firmware.tools import board
from tests.system.inside.bench import report
from tests.system.inside.spanwork import device, load, take, unload

PLAN = load_country("cn")
CARDS = ("wctdm", "wctdm24xxp", "opvxa1200")  # they load without their hardware


def _words(ports: list[PortSpec], channels: list[int], sound: DahdiSound = NOTHING_ASKED) -> str:
    try:
        DahdiCard(ports, channels, PLAN, sound=sound).close()
    except CoreError as error:
        return str(error.strerror)
    return "opened"


def _country(country: str) -> str:
    """The driver with the country's files: its tone zone, and what the cards' modules say to their options."""
    try:
        board.apply("dahdi-loop", country)
    except board.BoardError as error:
        return str(error)
    for module in CARDS:
        loaded = subprocess.run(["modprobe", module], capture_output=True, text=True, check=False)
        if loaded.returncode:
            return loaded.stderr
        subprocess.run(["modprobe", "-r", module], check=True)  # with what it needed, which holds the driver
    return "fine"


async def program(found: dict[str, Any]) -> None:
    line: list[PortSpec] = [("fxo", "line 1")]
    found["fine"] = _words(line, [1])
    first = DahdiCard(line, [1], PLAN)
    found["busy"] = _words(line, [1])
    first.close()
    found["again"] = _words(line, [1])
    found["wrong_kind"] = _words(line, [9])
    found["no_such_channel"] = _words(line, [400])
    found["no_canceller"] = _words(line, [1], DahdiSound(echo_taps=128))
    found["canceller"] = _words(line, [8], DahdiSound(echo_taps=128, echo_train_ms=300))
    found["unload"] = unload()
    found["no_driver"] = _words(line, [1])
    load()
    found["after_reload"] = _words(line, [1])
    await take(device(1))  # as Debian's driver leaves a card at the start, if nobody tells it otherwise
    found["board"] = {
        "channels": len(board.found_channels()),
        "written": [str(path) for path in board.apply("dahdi-loop", "cn")],
        "proposed": board.propose(board.found_channels()[:16]),  # these jacks are of the kind that dahdi_cfg makes them
        "after_apply": _words(line, [1]),
    }
    found["countries"] = {country: _country(country) for country in (*countries(), "cn")}
    load(there=True)


if __name__ == "__main__":
    report("refused", program)
