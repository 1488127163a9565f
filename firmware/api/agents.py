"""Intents about agents. Numbers are agents'; that of a station means whoever sits there."""

from typing import Annotated, Literal

from pydantic import Field

from firmware.api.message import Message

Number = Annotated[str, Field(pattern="^[0-9]{2,6}$")]


class AgentSignIn(Message):
    """He sits at the station from now on. Whoever sat there is signed out, and so is he where he sat before; refused
    if either is in a call. The page has made sure who asks: no PIN."""

    agent: Number
    station: Number


class AgentSignOut(Message):
    """He no longer sits anywhere; his call goes on."""

    agent: Number


class AgentState(Message):
    """Ready for calls of queues, busy with a reason of the section "agents" (its code), or away. During a talk it is
    remembered and comes into force when the handset is down. A wrap-up that runs ends."""

    agent: Number
    state: Literal["ready", "busy", "away"]
    reason: Annotated[str, Field(pattern="^[0-9]{0,2}$")] = ""


class AgentWrapUp(Message):
    """His wrap-up ends so many seconds from now, 0 at once; in a talk: it will last so long."""

    agent: Number
    seconds: Annotated[float, Field(ge=0, le=3600)] = 0.0


AGENTS: dict[str, type[Message]] = {
    "agent.sign_in": AgentSignIn,
    "agent.sign_out": AgentSignOut,
    "agent.state": AgentState,
    "agent.wrap_up": AgentWrapUp,
}
