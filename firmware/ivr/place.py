"""The place `ToFlow`: the caller goes through a flow, and comes back to it if the place behind could not keep him."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from drivers.binding.plan import Strict
from firmware.calls.call import Call, Place
from firmware.calls.places import HangUp, Name, Target, ToFlow
from firmware.ivr.caller import Guest
from firmware.ivr.checks import variables_named
from firmware.ivr.document import Document
from firmware.ivr.house import House
from firmware.ivr.interpreter import Run
from firmware.ivr.library import Library
from firmware.ivr.nodes import Language
from firmware.ivr.ports import Facts
from firmware.ivr.way import Flows, Published

log = logging.getLogger(__name__)

DRAFT = -1  # its version, where the version is told
MAIN = "main"  # answers where the flow that should is not there
OF_RECORDS = {"earlier_calls", "last_station"}  # facts for which the records must be asked
# Exits by what places say; every other word is not_possible.
WHY = {"busy": "busy", "disturb": "busy", "no_answer": "no_answer", "left": "left"}


class TryFlow(Strict):
    """Somebody inside tries a draft."""

    flow: Name


class FlowGoesOn(Strict):
    """The caller is led on from where his flow had sent him."""


@dataclass(slots=True)
class _Led:
    """One call that a flow leads, and where it was sent last."""

    run: Run
    guest: Guest
    place: Target | None = None


class InFlow:
    """Serves `ToFlow` and `FlowGoesOn`. A call keeps to the flows there were as it came in; `prefer(call, priority)`
    tells the queues."""

    def __init__(
        self, library: Library, house: House, data: Path, language: Language,
        prefer: Callable[[str, int | None], None], called: Callable[[int], str] = str,
    ) -> None:  # fmt: skip
        """`called`: what was dialled to come in on a line."""
        self._library = library
        self._house = house
        self._data = data
        self._language = language
        self._prefer = prefer
        self._called = called
        self._led: dict[str, _Led] = {}
        self._asking: dict[str, tuple[Document, bool]] = {}  # by flow: whether this document wants facts of the records

    async def __call__(self, call: Call, place: ToFlow) -> Place | None:
        """The box answers, and leads him."""
        return await self._comes(call, place.flow, self._library.published())

    async def tries(self, call: Call, place: TryFlow) -> Place | None:
        """As if the draft were published."""
        draft = await asyncio.to_thread(self._library.to_try, place.flow)
        return await self._comes(call, place.flow, self._library.published() | {place.flow: Published(DRAFT, draft)})

    async def _comes(self, call: Call, flow: str, flows: Flows) -> Place | None:
        await call.identify()
        await call.answer()
        if flow not in flows:
            log.error("call %s should come into flow %s, which is not there; %s takes it", call.id, flow, MAIN)
            flow = MAIN
        facts = await self._facts(call, flows)
        guest = Guest(call, facts, self._data, lambda priority: self._prefer(call.id, priority))
        if call.id not in self._led:
            call.ended.add_done_callback(lambda _: self._forget(call.id))
            call.came_back = partial(self._came_back, call)
        led = self._led[call.id] = _Led(Run(flow, flows, guest, self._house), guest)
        return await self._lead(led)

    def callers(self) -> Counter[str]:
        """How many are in each flow just now, the one that they are led by."""
        return Counter(led.run.flow for led in self._led.values() if led.place is None)

    async def goes_on(self, call: Call, _: FlowGoesOn) -> Place | None:
        """Behind the exit by which he came back."""
        return await self._lead(self._led[call.id])

    def _came_back(self, call: Call, place: Place, why: str) -> Place | None:
        """As Call.came_back says."""
        led = self._led.get(call.id)
        if led is None or led.place is not place or not led.run.came_back(WHY.get(why, "not_possible")):
            return None
        return FlowGoesOn()

    async def _lead(self, led: _Led) -> Place | None:
        led.place = None
        try:
            led.place = await led.run.walk()
        finally:
            led.guest.close()
        if isinstance(led.place, HangUp) and led.place.prompt is None:
            return None
        return led.place

    async def _facts(self, call: Call, flows: Flows) -> Facts:
        caller, known = call.caller, Facts()
        if any(self._asks_records(name, one.document) for name, one in flows.items()):
            known = await self._house.known(caller.number)
        language: Language = call.voice.language or self._language
        called = "" if call.line is None else self._called(call.line)
        return replace(
            known, number=caller.number, name=caller.name, line=call.line, called=called, language=language
        )  # fmt: skip

    def _asks_records(self, flow: str, document: Document) -> bool:
        known = self._asking.get(flow)
        if known is None or known[0] is not document:
            known = self._asking[flow] = document, bool(OF_RECORDS & variables_named(document))
        return known[1]

    def _forget(self, call: str) -> None:
        self._led.pop(call, None)
        self._prefer(call, None)
