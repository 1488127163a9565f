"""The first place of a call from outside: whether it may come in (C7)."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Literal

from drivers.binding.plan import Strict
from firmware.calls.call import Call, Place
from firmware.calls.party import Ending
from firmware.dialplan.firewall import admit
from firmware.dialplan.numbers import Numbering
from firmware.guard.section import Callers
from firmware.reasons import data

BUSY_TONE_S = 8.0
REMEMBERED = 1000  # calls of one number; more are as many
NUMBERS_MOST = 10_000  # then those who have not called for a day are forgotten
DAY_S = 86_400.0


class Screened(Strict):
    """A place: who may come in goes on to `then`."""

    kind: Literal["screened"] = "screened"
    then: Strict


class Screening:
    """Serves `Screened`. An analog line cannot refuse a call: a caller who may not come in is left ringing, which costs
    him nothing, or is answered with busy tone and released, which frees the line. `earlier`: numbers and times of
    calls of the last day."""

    def __init__(
        self, callers: Callable[[], Callers], numbering: Callable[[], Numbering], earlier: Iterable[tuple[str, float]]
    ) -> None:
        self._callers = callers
        self._numbering = numbering
        self._earlier: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        for number, at in earlier:
            self._earlier[number].append(at)

    async def __call__(self, call: Call, place: Screened) -> Place | None:
        """Waits for the number first."""
        await call.identify()
        callers, now = self._callers(), call.switch.now()
        number = call.caller.number
        verdict = admit(callers.firewall, number, self._numbering(), self._earlier[number], now)
        if number:
            self._earlier[number].append(now)
        if len(self._earlier) > NUMBERS_MOST:
            self._earlier = forgetting(self._earlier, now - DAY_S)
        if verdict.ok:
            return place.then
        how = callers.how(call.line or 0)
        call.publish("call.screened", why=data(verdict.why), how=how)
        call.result, call.ending = "refused", Ending("box", "firewall")
        if how == "ring":
            await asyncio.get_running_loop().create_future()  # until the caller gives up
        await call.answer()
        await call.busy(BUSY_TONE_S)
        return None


def forgetting(earlier: "defaultdict[str, deque[float]]", before: float) -> "defaultdict[str, deque[float]]":
    """Without the numbers whose last call was earlier: a box that runs for years does not grow with its callers."""
    kept = {number: times for number, times in earlier.items() if times and times[-1] >= before}
    return defaultdict(lambda: deque(maxlen=REMEMBERED), kept)
