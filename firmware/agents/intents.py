"""What the page, or another program, does in an agent's place: the api's intents `agent.…`."""

from collections.abc import Awaitable, Callable
from typing import Any

from firmware.agents.roster import Agent, AgentError, Roster
from firmware.api.agents import AgentSignIn, AgentSignOut, AgentState, AgentWrapUp
from firmware.api.message import Message
from firmware.api.messages import Refused

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


class AgentIntents:
    """Who may ask for what is the page's to know. What is not possible is Refused in words."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def handlers(self) -> dict[str, Handler]:
        """By name."""
        return {
            "agent.sign_in": _in_words(self._sign_in), "agent.sign_out": _in_words(self._sign_out),
            "agent.state": _in_words(self._state), "agent.wrap_up": _in_words(self._wrap_up),
        }  # fmt: skip

    def _sign_in(self, wanted: AgentSignIn) -> Agent:
        return self._roster.sign_in(wanted.agent, wanted.station, "page")

    def _sign_out(self, wanted: AgentSignOut) -> Agent:
        return self._roster.sign_out(self._where(wanted.agent), "page")

    def _state(self, wanted: AgentState) -> Agent:
        station = self._where(wanted.agent)
        match wanted.state:
            case "ready":
                return self._roster.ready(station, "page")
            case "busy":
                return self._roster.busy(station, wanted.reason, "page")
            case "away":
                return self._roster.away(station, "page")

    def _wrap_up(self, wanted: AgentWrapUp) -> Agent:
        return self._roster.wrap_up(self._where(wanted.agent), wanted.seconds)

    def _where(self, number: str) -> str:
        station = self._roster.station_of(number)
        if station is None:
            raise AgentError("not_signed_in", f"The agent {number} is signed in nowhere.")
        return station


def _in_words(does: Callable[[Any], Agent]) -> Handler:
    async def handler(wanted: Message) -> dict[str, Any]:
        try:
            agent = does(wanted)
        except AgentError as error:
            raise Refused.like(error) from error
        standing = agent.standing
        return {
            "agent": agent.number, "station": agent.station, "state": standing.state, "then": standing.then,
            "reason": standing.reason,
        }  # fmt: skip

    return handler
