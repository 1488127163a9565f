"""One caller's way through flows: where he is, what is known of him, how he is spoken to. What the acts work with."""

import asyncio
import logging
from collections import ChainMap
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from firmware.calls.places import Target
from firmware.ivr.document import Document
from firmware.ivr.nodes import GoTo, Language, Prompt, Return, SubFlow, say
from firmware.ivr.ports import Box, Caller, Sound, Unplayable
from firmware.ivr.speaking import sounds
from firmware.ivr.values import VALUE_MOST, VARIABLES_MOST, Variables, fill

log = logging.getLogger(__name__)

T = TypeVar("T")

# The name of an exit; or where the caller goes; or None: the way itself has moved on.
Outcome = str | Target | None

DEEP_MOST = 8  # flows within flows
PATIENCE_S = 1.5  # a caller who waits for a look-up hears something after so long, and again and again
STALE_KEY_S = 3.0  # an end key so soon after the last digit that was wanted belongs to the number
OTHER: dict[Language, Language] = {"zh": "en", "en": "zh"}
ONE_MOMENT = say("one_moment")


class Published(NamedTuple):
    """A version of a flow that callers come into; 0: as the box came."""

    version: int
    document: Document


Flows = Mapping[str, Published]


@dataclass(slots=True)
class Frame:
    """One flow under way, at one of its nodes. `called_by`: the node that called it."""

    flow: str
    version: int
    document: Document
    node: str
    variables: dict[str, str]
    called_by: SubFlow | None = None


@dataclass(slots=True)
class Trail:
    """What happened, for tests and for a call from the editor: nodes by flow and id, and what went wrong."""

    nodes: list[tuple[str, str]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)


class Way:
    """State and means of one run. Flows are those there were as it began."""

    def __init__(self, flow: str, flows: Flows, caller: Caller, box: Box) -> None:
        """KeyError if there is no such flow."""
        self.caller = caller
        self.box = box
        self.trail = Trail()
        self.language = caller.facts.language
        self._flows = flows
        self._stale: tuple[str, float] | None = None
        self.frames: list[Frame] = [self._frame(flow, {})]

    @property
    def frame(self) -> Frame:
        """The flow he is in."""
        return self.frames[-1]

    # -- variables ----------------------------------------------------------------------------------------

    def variables(self) -> Variables:
        """The call's facts, which nothing overrides, and the flow's variables."""
        known, now = self.caller.facts, self.box.now()
        facts = {
            "number": known.number, "name": known.name, "line": "" if known.line is None else str(known.line),
            "called": known.called, "language": self.language, "earlier_calls": str(known.earlier_calls),
            "last_station": known.last_station, "today": now.date().isoformat(), "now": f"{now:%H:%M}",
            "flow": self.frame.flow,
        }  # fmt: skip
        return ChainMap(facts, self.frame.variables)

    def fill(self, text: str) -> str:
        """A text with its variables."""
        return fill(text, self.variables())

    def set(self, name: str, value: str) -> None:
        """Sets a variable of the flow he is in; one too many is a fault and not set."""
        variables = self.frame.variables
        if name not in variables and len(variables) >= VARIABLES_MOST:
            self.fault("variables", f"more than {VARIABLES_MOST} variables")
            return
        variables[name] = value[:VALUE_MOST]

    # -- talking ------------------------------------------------------------------------------------------

    def speak(self, language: Language) -> None:
        """From now on in this language."""
        self.language = language
        self.caller.speaks(language)

    def sounds(self, prompt: Prompt) -> list[Sound]:
        """What can be played of a prompt. Unplayable if it is not empty and nothing can."""
        found: list[Sound] = []
        variables = self.variables()
        for part in prompt:
            try:
                wanted = sounds(part, variables, self.language)
            except ValueError as error:
                self.fault("unsayable", str(error))
                continue
            for sound in wanted:
                there = self._playable(sound)
                if there is None:
                    self.fault("prompt", f"no prompt {sound.name!r} in {sound.language}")
                else:
                    found.append(there)
        if prompt and not found:
            raise Unplayable("nothing of it can be played")
        return found

    def _playable(self, sound: Sound) -> Sound | None:
        other = sound._replace(language=OTHER[sound.language])
        return next((one for one in (sound, other) if self.box.playable(one)), None)

    async def say(self, prompt: Prompt, *, interruptible: bool = False) -> None:
        """Plays it; Unplayable."""
        found = self.sounds(prompt)
        if found:
            await self.caller.play(found, interruptible=interruptible)

    async def say_if_possible(self, prompt: Prompt) -> None:
        """Plays it, or nothing; for what the caller can do without."""
        try:
            await self.say(prompt)
        except Unplayable as error:
            self.fault("prompt", str(error))

    async def ask(self, prompt: Prompt, wait_s: float, *, secret: bool = False) -> str | None:
        """The key that the caller presses, or None. Unplayable."""
        found = self.sounds(prompt)
        key = await self.caller.ask(found, wait_s, secret=secret)
        stale, self._stale = self._stale, None
        if stale is not None and key == stale[0] and asyncio.get_running_loop().time() < stale[1]:
            return await self.caller.ask(found, wait_s, secret=secret)
        return key

    def ignore(self, key: str) -> None:
        """The caller may press this key out of habit; if it comes at once, it is no answer to the next question."""
        self._stale = (key, asyncio.get_running_loop().time() + STALE_KEY_S)

    async def patiently(self, work: Awaitable[T]) -> T:
        """Waits for `work`, and does not leave the caller in silence meanwhile."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task], timeout=PATIENCE_S)
            while not task.done():
                await self.say_if_possible(ONE_MOMENT)
                await asyncio.wait([task], timeout=2 * PATIENCE_S)
            return task.result()
        finally:
            task.cancel()

    # -- from flow to flow --------------------------------------------------------------------------------

    def enter(self, node: SubFlow) -> Outcome:
        """Into a flow that comes back."""
        if node.flow not in self._flows or len(self.frames) >= DEEP_MOST:
            why = "nested too deeply" if node.flow in self._flows else "not there"
            self.fault("sub_flow", f"flow {node.flow}: {why}")
            return "failed"
        given = {name: self.fill(text)[:VALUE_MOST] for name, text in node.give.items()}
        self._came_into(self._frame(node.flow, given, node), fresh=True)
        return None

    def go_to(self, node: GoTo) -> Outcome:
        """Into a flow that does not come back; the one he leaves is forgotten, and who called it."""
        if node.flow not in self._flows:
            raise Lost("flow", f"flow {node.flow}: not there")
        self._came_into(self._frame(node.flow, dict(self.frame.variables)), fresh=False)
        return None

    def back(self, node: Return) -> Outcome:
        """Out of a flow that was called; in one that nobody called it is the fallback."""
        left = self.frame
        if left.called_by is None:
            return left.document.fallback
        self.frames.pop()
        for here, there in left.called_by.take.items():
            self.set(here, left.variables.get(there, ""))
        return node.by

    def fault(self, name: str, words: str) -> None:
        """Tells that something is wrong with the flow or with what it needs. The way goes on."""
        log.warning("flow %s, node %s: %s: %s", self.frame.flow, self.frame.node, name, words)
        self.trail.faults.append((name, words))
        self.caller.tell("call.flow_fault", flow=self.frame.flow, node=self.frame.node, fault=name, words=words)

    def _frame(self, flow: str, given: Mapping[str, str], called_by: SubFlow | None = None) -> Frame:
        version, document = self._flows[flow]
        variables = dict(document.variables) | dict(given)
        return Frame(flow, version, document, document.start, variables, called_by)

    def _came_into(self, frame: Frame, *, fresh: bool) -> None:
        self.frames = [*self.frames, frame] if fresh else [frame]
        self.caller.tell("call.flow", flow=frame.flow, version=frame.version)


class Lost(Exception):
    """The way cannot go on from here."""

    def __init__(self, fault: str, words: str) -> None:
        super().__init__(words)
        self.fault = fault
