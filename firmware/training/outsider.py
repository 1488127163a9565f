"""An outside party's telephone in a person's hand: calls the box, and is called by it."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from firmware.api.telephones import Call, Reach, State
from firmware.training.caller import Caller
from firmware.training.exchange import ExchangeLine
from firmware.training.handset import Handset
from firmware.training.inhand import InHand, No
from firmware.training.party import Party
from firmware.training.subscribers import PAUSE_S, Callee, Subscriber
from firmware.training.world import World

RUNG_WITHIN_S = 5.0  # the exchange puts a call through at once

Begin = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]


class Outsider(InHand):
    """`reach` says what becomes of calls from the box; see `subscriber`. `begin` starts a task, by its name."""

    def __init__(self, name: str, world: World, speech: Path, begin: Begin) -> None:
        super().__init__(name, world.far, speech)
        self._world = world
        self._begin = begin
        self._state = "idle"
        self._number = self._caller_name = ""
        self._line: int | None = None
        self._party: Party | None = None
        self._call: asyncio.Task[None] | None = None
        self._machine: asyncio.Task[None] | None = None
        self.reach = Reach(do="reach")

    @property
    def handset(self) -> Handset | None:
        """While both parties hear each other."""
        return self._party.line.handset if self._party is not None and self._state == "talking" else None

    def state(self) -> State:
        """`state` is idle, calling (it rings at the box), ringing (the box calls), talking, engaged (the line was
        busy), unanswered, or gone (the other side hung up); in the last three a tone is heard until one hangs up."""
        return {
            "state": self._state, "number": self._number, "name": self._caller_name, "line": self._line,
            "hears": self.hears, "sound": self.sound.open,
        }  # fmt: skip

    # -- calling the box -----------------------------------------------------------------------------------

    def call(self, wanted: Call) -> None:
        """Dials. Raises No."""
        if self._state != "idle":
            raise No("in_use")
        number, line = self._choose(wanted.line)
        self._number, self._caller_name, self._line = wanted.number, wanted.name, number
        self._sets_out(self._calls(line, wanted) if line.idle else self._tone("engaged"))

    def _choose(self, wanted: int | None) -> tuple[int, ExchangeLine]:
        lines = self._world.lines
        if wanted is None:
            free = [number for number, line in lines.items() if line.idle]
            wanted = free[0] if free else next(iter(lines))
        if wanted not in lines:
            raise No("no_line")
        return wanted, lines[wanted]

    async def _calls(self, line: ExchangeLine, wanted: Call) -> None:
        caller = self._party = Caller(line, wanted.number, wanted.name, withheld=wanted.withheld)
        line.handset.listen_in(self.sound.ear)
        self.sound.listen()
        self._set("calling", "ringback")
        try:
            answered = await caller.dials()
            if answered:
                await self._talks(line)
        finally:
            await self._leaves(caller)
        await self._tone("gone" if answered else "unanswered")

    async def _talks(self, line: ExchangeLine) -> None:
        line.handset.on_news = self.heard
        line.handset.listen_in(self.sound.ear)
        self.sound.join(line.port)
        self._set("talking")
        await line.until_released()

    async def _leaves(self, party: Party) -> None:
        self.forget_keys()
        if self._machine is not None:
            self._machine.cancel()
            self._machine = None
        self.sound.part()
        party.line.handset.listen_in(None)
        party.line.handset.on_news = None
        self._party = None
        await party.hangs_up()

    async def _tone(self, state: str) -> None:
        """Busy tone until he hangs up."""
        with self._engine.player() as player:
            self._engine.link(player.source, self.sound.ear)
            self.sound.listen()
            self._set(state, "busy")
            await player.tone("busy")

    # -- called by the box ---------------------------------------------------------------------------------

    def subscriber(self, number: str) -> Subscriber | None:
        """Whom the exchange finds under this number; None: somebody else."""
        if self.reach.number not in ("", number):
            return None
        if self.reach.busy or self._state != "idle":
            return Subscriber(number, "busy") if self.reach.number else None
        subscriber = Subscriber(number)
        self._sets_out(self._called(subscriber))
        return subscriber

    async def _called(self, subscriber: Subscriber) -> None:
        callee = await subscriber.called(within=RUNG_WITHIN_S)
        self._party = callee
        self._number, self._caller_name = subscriber.number, ""
        self._line = next((n for n, line in self._world.lines.items() if line is callee.line), None)
        self._set("ringing")
        answered = await self._rung(callee)
        try:
            if answered:
                await self._talks(callee.line)
        finally:
            await self._leaves(callee)
        if answered:
            await self._tone("gone")
        else:
            self._idle()

    async def _rung(self, callee: Callee) -> bool:
        """Until he picks up, or the other side gives up."""
        picked_up = asyncio.create_task(callee.picked_up.wait(), name=f"telephone {self.name} rings")
        gave_up = asyncio.create_task(callee.line.until_released(), name=f"telephone {self.name}: caller")
        try:
            await asyncio.wait([picked_up, gave_up], return_when=asyncio.FIRST_COMPLETED)
            return picked_up.done() and not callee.refused
        finally:
            for task in (picked_up, gave_up):
                task.cancel()

    def refuse(self) -> None:
        """Busy tone to the caller. Raises No."""
        self._callee().refuses()

    async def announce(self) -> None:
        """A machine answers. Raises No."""
        callee, sounds = self._callee(), self._world.office.sounds
        if sounds is None:
            raise No("faulty")
        callee.answers()
        self._machine = self._begin(self._announces(callee, sounds.machine, sounds.beep), f"machine at {self.name}")

    async def _announces(self, callee: Callee, *words: Path) -> None:
        await asyncio.sleep(PAUSE_S)
        for one in words:
            if self._party is not callee or self._state != "talking":
                return
            await callee.speaks(one)

    # -- both ----------------------------------------------------------------------------------------------

    async def pick_up(self) -> None:
        """Answers. Raises No."""
        self._callee().answers()

    async def hang_up(self) -> None:
        """Ends whatever is under way."""
        if self._state == "ringing":
            self._callee().refuses()
        call, self._call = self._call, None
        if call is not None and not call.done():
            call.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await call
        self._idle()

    def _callee(self) -> Callee:
        if not isinstance(self._party, Callee) or self._state != "ringing":
            raise No("not_now")
        return self._party

    def _sets_out(self, work: Coroutine[Any, Any, None]) -> None:
        self._call = self._begin(work, f"telephone {self.name}")

    def _set(self, state: str, hears: str = "") -> None:
        self._state, self.hears = state, hears
        self.on_change()

    def _idle(self) -> None:
        self.sound.shut()
        self._number = self._caller_name = ""
        self._line = None
        self._set("idle")
