"""Who may call in: blacklist, whitelist, calls without a number, too many calls. Pure, with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from drivers.binding.plan import Strict
from firmware.dialplan.numbers import Numbering, e164
from firmware.reasons import Reason, reason

Pattern = Annotated[str, Field(pattern=r"^\+?[0-9]{1,20}\*?$")]
How = Literal["ring", "busy"]


class Often(Strict):
    """At most so many calls of one number within so many seconds."""

    most: Annotated[int, Field(ge=1, le=1000)]
    within_s: Annotated[float, Field(gt=0, le=86_400)]


class Firewall(Strict):
    """A pattern is a number, or its beginning with * behind it. The whitelist wins over everything else.

    `refused`: an analog line cannot refuse a call. 'ring' leaves it ringing, which costs the caller nothing; 'busy'
    answers, plays busy tone and releases, which costs him the call but frees the line."""

    whitelist: tuple[Pattern, ...] = ()
    blacklist: tuple[Pattern, ...] = ()
    only_whitelist: bool = False
    anonymous: Literal["let_in", "refuse"] = "let_in"
    often: Often | None = None
    refused: How = "busy"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the caller comes in; if not, `how` he is refused."""

    ok: bool
    why: tuple[Reason, ...]
    how: How | None = None


def admit(
    firewall: Firewall, number: str, numbering: Numbering, earlier: Sequence[float] = (), now: float = 0.0
) -> Verdict:
    """`number` as the line sent it, empty if it did not; `earlier`: when that number called before (clock of `now`)."""
    listed = _matching(number, firewall.whitelist, numbering)
    if listed:
        return Verdict(True, (reason("whitelisted", number=number),))
    refusal = _refusal(firewall, number, numbering, earlier, now)
    if refusal is None:
        return Verdict(True, (reason("let_in"),))
    return Verdict(False, (refusal,), firewall.refused)


def _refusal(
    firewall: Firewall, number: str, numbering: Numbering, earlier: Sequence[float], now: float
) -> Reason | None:
    if firewall.only_whitelist:
        return reason("not_on_whitelist")
    if not number:
        return reason("anonymous") if firewall.anonymous == "refuse" else None
    if _matching(number, firewall.blacklist, numbering):
        return reason("blacklisted", number=number)
    if firewall.often is not None:
        calls = 1 + sum(now - firewall.often.within_s < at <= now for at in earlier)
        if calls > firewall.often.most:
            return reason(
                "too_often", number=number, calls=calls, seconds=firewall.often.within_s, most=firewall.often.most
            )
    return None


def _matching(number: str, patterns: Sequence[str], numbering: Numbering) -> bool:
    """Compared as sent and in international form, so that 013800138000 is 13800138000 is +8613800138000."""
    if not number:
        return False
    forms = {number, e164(number, numbering) or number}
    for pattern in patterns:
        beginning = pattern.removesuffix("*")
        if beginning != pattern and any(form.startswith(beginning) for form in forms):
            return True
        if beginning == pattern and (pattern in forms or (e164(pattern, numbering) or pattern) in forms):
            return True
    return False
