"""Leads a caller through a flow. Whatever the flow is like, the caller comes to a place within its limits.

At a fault (an exit that leads nowhere, a limit, something nobody thought of) the caller hears the flow's excuse and
goes where its fallback says.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from firmware.calls.places import HangUp, Target, target_words
from firmware.ivr import asking, doing, leaving
from firmware.ivr.nodes import Node
from firmware.ivr.ports import Box, Caller, CallerGone, Unplayable
from firmware.ivr.way import Flows, Lost, Outcome, Trail, Way

log = logging.getLogger(__name__)

EXCUSE = "flow_excuse"
EXCUSE_MOST_S = 20.0

Act = Callable[[Way, Any], Awaitable[Outcome]]


async def _enter(way: Way, node: Any) -> Outcome:
    return way.enter(node)


async def _go_to(way: Way, node: Any) -> Outcome:
    return way.go_to(node)


async def _back(way: Way, node: Any) -> Outcome:
    return way.back(node)


ACTS: dict[str, Act] = {
    "play": asking.play,
    "menu": asking.menu,
    "digits": asking.digits,
    "language": asking.language,
    "survey": asking.survey,
    "callback": asking.callback,
    "record": asking.record,
    "condition": doing.condition,
    "hours": doing.hours,
    "set": doing.set_variables,
    "lookup": doing.look_up,
    "http": doing.http,
    "sms": doing.part_missing("sms"),
    "fax": doing.part_missing("fax"),
    "sub_flow": _enter,
    "flow": _go_to,
    "return": _back,
    "queue": leaving.queue,
    "transfer": leaving.transfer,
    "voicemail": leaving.voicemail,
    "hang_up": leaving.hang_up,
}


class Run:
    """One caller's way. `walk` leads him to a place; after `came_back` it may be called again."""

    def __init__(self, flow: str, flows: Flows, caller: Caller, box: Box) -> None:
        """`flows`: those there are now; the run keeps to them. KeyError if there is no such flow."""
        self._way = Way(flow, flows, caller, box)
        self._limits = self._way.frame.document.limits
        self._steps = 0
        self._seconds = 0.0
        caller.tell("call.flow", flow=flow, version=self._way.frame.version)

    @property
    def flow(self) -> str:
        """The flow he is in."""
        return self._way.frame.flow

    @property
    def trail(self) -> Trail:
        """What happened so far."""
        return self._way.trail

    async def walk(self) -> Target:
        """Where the caller goes now. Raises only that he is gone."""
        clock = asyncio.get_running_loop().time
        began = clock()
        limit = asyncio.timeout(max(0.0, self._limits.seconds - self._seconds))
        try:
            async with limit:
                while self._steps < self._limits.steps:
                    place = await self._step()
                    if place is not None:
                        return place
            return await self._give_up("steps", f"more than {self._limits.steps} nodes")
        except TimeoutError:
            return await self._give_up("seconds", f"more than {self._limits.seconds:g} s")
        finally:
            self._seconds += clock() - began

    def came_back(self, why: str) -> bool:
        """The place could not keep the caller: 'busy', 'no_answer', 'left' or 'not_possible'. Whether the flow goes on
        there; if not, whoever knows the place decides."""
        frame = self._way.frame
        node = frame.document.nodes.get(frame.node)
        behind = node.exits.get(why) if node is not None and why in node.possible() else None
        if behind is None:
            return False
        self._left(why)
        frame.node = behind
        return True

    # -- inside -------------------------------------------------------------------------------------------

    async def _step(self) -> Target | None:
        """One node; the place, or None: the way goes on."""
        way, frame = self._way, self._way.frame
        self._steps += 1
        way.trail.nodes.append((frame.flow, frame.node))
        node = frame.document.nodes.get(frame.node)
        if node is None:
            return await self._give_up("exit", f"there is no node {frame.node}")
        try:
            outcome = await self._act(node)
        except CallerGone:
            raise
        except Lost as lost:
            return await self._give_up(lost.fault, str(lost))
        except Exception as error:
            log.exception("flow %s, node %s", frame.flow, frame.node)
            return await self._give_up("error", f"{type(error).__name__}: {error}")
        if outcome is None:
            self._left("", frame.flow, frame.node)
            return None
        if isinstance(outcome, str):
            return await self._leave_by(outcome)
        self._left("", to=target_words(outcome))
        return outcome

    async def _act(self, node: Node) -> Outcome:
        kind: str = node.kind
        try:
            return await ACTS[kind](self._way, node)
        except Unplayable as error:
            self._way.fault("prompt", str(error))
            if node.silent is None:
                return "next"
            await self._excuse()
            return node.silent[0]

    async def _leave_by(self, exit_: str) -> Target | None:
        frame = self._way.frame  # after a return it is the flow that called
        node = frame.document.nodes[frame.node]
        self._left(exit_)
        behind = node.exits.get(exit_) or node.exits.get(node.instead.get(exit_, ""))
        if behind is None:
            return await self._give_up("exit", f"exit {exit_} leads nowhere")
        frame.node = behind
        return None

    async def _give_up(self, fault: str, words: str) -> Target:
        """The excuse, then the fallback; if even that is not there, the caller is told and the call ends."""
        way = self._way
        way.fault(fault, words)
        fallback = way.frame.document.fallback
        if not way.box.possible(fallback):
            way.fault("fallback", f"{target_words(fallback)}: not there")
            return HangUp(prompt=EXCUSE)
        await self._excuse()
        return fallback

    async def _excuse(self) -> None:
        try:
            async with asyncio.timeout(EXCUSE_MOST_S):
                await self._way.say_if_possible(self._way.frame.document.excuse)
        except CallerGone:
            raise
        except Exception as error:
            self._way.fault("error", f"{type(error).__name__}: {error}")

    def _left(self, exit_: str, flow: str = "", node: str = "", to: str = "") -> None:
        frame = self._way.frame
        self._way.caller.tell("call.flow_step", flow=flow or frame.flow, node=node or frame.node, exit=exit_, to=to)
