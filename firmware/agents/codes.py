"""The feature codes of agents: signing in and out, ready, busy, the end of a wrap-up, by handset alone (B7).

*11 number [#] PIN   *12 out   *13 ready   *14 reason busy   *15 wrap-up over

What is missing is asked for. A * while keying begins anew, # ends; a pause ends, too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from firmware.agents.roster import AgentError, Roster
from firmware.bus import Bus
from firmware.calls.call import Place
from firmware.calls.dialling import Code
from firmware.calls.handset import Feature, Features, Handset
from firmware.people import PIN, People, pin_fits

FIRST_S = 8.0  # so long is waited for the first key
NEXT_S = 4.0  # what was keyed is whole if nothing follows for so long
PIN_MOST = 8
TRIES = 3
LOCK_AFTER = 5  # wrong PINs in a row for one agent
LOCK_S = 300.0

NUMBER, NUMBER_UNKNOWN, ASK_PIN, ASK_REASON = "agent_number", "agent_unknown", "agent_pin", "agent_reason"
SIGNED_IN, SIGNED_OUT, READY, BUSY, WRAPPED_UP = (
    "agent_signed_in", "agent_signed_out", "agent_ready", "agent_busy", "agent_wrapped_up",
)  # fmt: skip
SAID = {  # what the handset says for an AgentError; everything else is "refused"
    "unknown": NUMBER_UNKNOWN,
    "pin": "agent_pin_wrong",
    "no_pin": "agent_no_pin",
    "locked": "agent_locked",
    "in_call": "agent_in_call",
    "taken": "agent_in_call",
    "owned": "agent_station_owned",
    "owner": "agent_station_other",
    "nobody": "agent_nobody",
    "no_reason": "wrong_input",
    "no_wrap_up": "agent_no_wrap_up",
}
AGAIN = ("unknown", "pin", "no_reason")  # worth another try


@dataclass(slots=True)
class _Failures:
    count: int = 0
    until: float = 0.0


def split(keyed: str, people: People) -> tuple[str, str]:
    """Number and PIN out of digits keyed without a # between: the longest number that somebody has, if what is left can
    be a PIN; else all of it is the number."""
    for length in range(len(keyed), 2, -1):
        number, rest = keyed[:length], keyed[length:]
        if people.by_number(number) is not None and (not rest or PIN.fullmatch(rest)):
            return number, rest
    return keyed, ""


class AgentCodes:
    """`add` lets handsets dial them; afterwards dial tone comes back."""

    def __init__(self, roster: Roster, bus: Bus) -> None:
        self._roster = roster
        self._bus = bus
        self._failures: dict[str, _Failures] = {}

    def add(self, features: Features) -> None:
        """Every code of this room."""
        features.add("*11", Code("sign_in", "maybe"), self._said(self._sign_in))
        features.add("*12", Code("sign_out"), self._said(self._sign_out))
        features.add("*13", Code("ready"), self._said(self._ready))
        features.add("*14", Code("busy", "maybe"), self._said(self._busy))
        features.add("*15", Code("wrapped_up"), self._said(self._wrapped_up))

    # -- the codes ---------------------------------------------------------------------------------------

    async def _sign_in(self, handset: Handset, keyed: str) -> str:
        number, pin = split(keyed, self._roster.people)
        station = handset.station.number
        for left in reversed(range(TRIES)):
            try:
                number = number or await _keyed(handset, NUMBER)
                person = self._roster.may_sign_in(number, station)
                if person.pin_hash is None:
                    raise AgentError("no_pin", f"{person.name} has no PIN; give him one on the page, People.")
                self._unlocked(number)
                pin = pin or await _keyed(handset, ASK_PIN, PIN_MOST)
                if not await pin_fits(person, pin):
                    self._failed(number)
                    raise AgentError("pin", f"The PIN keyed for {number} is wrong.")
                self._failures.pop(number, None)
                self._roster.sign_in(number, station, "handset")
                return SIGNED_IN
            except AgentError as error:
                self._bus.publish("agent.refused", station=station, agent=number, why=error.why, text=str(error))
                if error.why not in AGAIN or not left:
                    raise
                await handset.voice.say(SAID[error.why])
                number, pin = ("", "") if error.why == "unknown" else (number, "")
        raise AssertionError("the last try returns or raises")

    async def _sign_out(self, handset: Handset, _: str) -> str:
        self._roster.sign_out(handset.station.number, "handset")
        return SIGNED_OUT

    async def _ready(self, handset: Handset, _: str) -> str:
        self._roster.ready(handset.station.number, "handset")
        return READY

    async def _busy(self, handset: Handset, code: str) -> str:
        station, reasons = handset.station.number, self._roster.section.reasons
        most = max((len(one.code) for one in reasons), default=0)
        for left in reversed(range(TRIES)):
            try:
                if not code and reasons:
                    code = await _keyed(handset, ASK_REASON, most)
                self._roster.busy(station, code, "handset")
                return BUSY
            except AgentError as error:
                if error.why not in AGAIN or not left:
                    raise
                code = ""
                await handset.voice.say(SAID[error.why])
        raise AssertionError("the last try returns or raises")

    async def _wrapped_up(self, handset: Handset, _: str) -> str:
        self._roster.wrap_up(handset.station.number, 0)
        return WRAPPED_UP

    # -- inside ------------------------------------------------------------------------------------------

    def _said(self, does: Callable[[Handset, str], Awaitable[str]]) -> Feature:
        async def said(handset: Handset, digits: str) -> Place | None:
            try:
                prompt = await does(handset, digits)
            except AgentError as error:
                handset.refuse(error)
                prompt = SAID.get(error.why, "refused")
            await handset.voice.say(prompt)
            return None

        return said

    def _unlocked(self, number: str) -> None:
        failures = self._failures.get(number)
        if failures is not None and failures.until > asyncio.get_running_loop().time():
            raise AgentError("locked", f"Too many wrong PINs for {number}; it is locked for {LOCK_S / 60:.0f} minutes.")

    def _failed(self, number: str) -> None:
        failures = self._failures.setdefault(number, _Failures())
        failures.count += 1
        if failures.count >= LOCK_AFTER:
            failures.count, failures.until = 0, asyncio.get_running_loop().time() + LOCK_S


async def _keyed(handset: Handset, prompt: str, most: int = 6) -> str:
    """Asks for digits, at most so many. Keys stop the prompt; nothing keyed is an empty number, which nobody has."""
    digits = ""
    key = await handset.voice.ask(prompt, wait_s=FIRST_S)
    while key is not None and key != "#":
        digits = "" if key == "*" else digits + key
        if len(digits) >= most:
            break
        try:
            key = (await asyncio.wait_for(handset.station.digits.get(), NEXT_S)).digit
        except TimeoutError:
            break
    return digits
