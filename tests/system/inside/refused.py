"""What is told when the card cannot be had: no driver, a busy channel, the wrong kind, none of that number."""

from typing import Any

from drivers.binding.dahdicard import NOTHING_ASKED, DahdiCard
from drivers.binding.engine import CoreError
from drivers.binding.plan import DahdiSound
from drivers.binding.simcard import PortSpec
from firmware.config import load_country
from firmware.tools import board
from tests.system.inside.bench import report
from tests.system.inside.spanwork import load, unload

PLAN = load_country("cn")


def _words(ports: list[PortSpec], channels: list[int], sound: DahdiSound = NOTHING_ASKED) -> str:
    try:
        DahdiCard(ports, channels, PLAN, sound=sound).close()
    except CoreError as error:
        return str(error.strerror)
    return "opened"


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
    found["board"] = {
        "channels": len(board.found_channels()),
        "proposed": board.propose(board.found_channels()[:16]),
        "written": [str(path) for path in board.apply("dahdi-loop", "cn")],
        "after_apply": _words(line, [1]),
    }
    load(there=True)


if __name__ == "__main__":
    report("refused", program)
