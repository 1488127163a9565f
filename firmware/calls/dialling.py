"""What the user of a handset means by the digits dialled so far: a pure function of them.

Emergency numbers are understood with and without the outside prefix, whatever else a box is set up to (feature B1).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from firmware.calls.places import ToNumber, ToStation
from firmware.dialplan.numbers import Numbering, classify, is_emergency, wholeness

Argument = Literal["none", "maybe", "digits", "maybe_station", "station", "station_number"]
"""What follows a feature code: nothing; a number or nothing; a number; the same of a station's number, which is whole
as soon as there is such a station; a station's number and whatever can be dialled, which are told apart by a blank."""


@dataclass(frozen=True, slots=True)
class Code:
    """A feature that a handset dials, and what follows its digits."""

    feature: str
    argument: Argument = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """A feature was dialled."""

    feature: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Dialling:
    """`now`: what was dialled is whole. `then`: it is whole if nothing follows. Neither: more must follow, or with
    `wrong` nothing of this kind can be reached any more."""

    now: ToStation | ToNumber | Asked | None = None
    then: ToStation | ToNumber | Asked | None = None
    wrong: bool = False


def interpret(dialled: str, stations: Collection[str], codes: Mapping[str, Code], numbering: Numbering) -> Dialling:
    """`dialled`: digits, * and # as pressed, at least one. A # at the end says that nothing follows."""
    whole = len(dialled) > 1 and dialled.endswith("#")
    digits = dialled[:-1] if whole else dialled
    found = (
        _code(digits, codes, stations, numbering) or _inside(digits, stations, numbering) or _outside(digits, numbering)
    )
    if whole and found.now is None:
        return Dialling(now=found.then, wrong=found.then is None)
    return found


def _code(digits: str, codes: Mapping[str, Code], stations: Collection[str], numbering: Numbering) -> Dialling | None:
    longer = any(code.startswith(digits) and code != digits for code in codes)
    if digits in codes:
        code = codes[digits]
        asked = Asked(code.feature) if code.argument in ("none", "maybe", "maybe_station") else None
        final = code.argument == "none" and not longer
        return Dialling(now=asked) if final else Dialling(then=asked)
    known = [code for code in codes if digits.startswith(code) and codes[code].argument != "none"]
    if known:
        code = codes[begin := max(known, key=len)]
        if code.argument == "station_number":
            return _two(code.feature, digits[len(begin) :], stations, numbering)
        asked = Asked(code.feature, digits[len(begin) :])
        whole = code.argument.endswith("station") and asked.argument in stations
        longer = any(one.startswith(asked.argument) and one != asked.argument for one in stations)
        return Dialling(now=asked) if whole and not longer else Dialling(then=asked)
    if longer:
        return Dialling()
    return Dialling(wrong=True) if digits[0] in "*#" else None


def _two(feature: str, digits: str, stations: Collection[str], numbering: Numbering) -> Dialling:
    """A station's number, then whatever can be dialled."""
    station = max((one for one in stations if digits.startswith(one)), key=len, default="")
    if not station or digits == station:
        return Dialling(wrong=not any(one.startswith(digits) for one in stations))
    number = digits[len(station) :]
    found, asked = interpret(number, stations, {}, numbering), Asked(feature, f"{station} {number}")
    return Dialling(asked if found.now else None, asked if found.then else None, found.wrong)


def _inside(digits: str, stations: Collection[str], numbering: Numbering) -> Dialling | None:
    if is_emergency(digits, numbering.country.upper()):
        return Dialling(now=ToNumber(number=digits))
    longer = any(station.startswith(digits) and station != digits for station in stations)
    if digits in stations:
        station = ToStation(station=digits)
        return Dialling(then=station) if longer else Dialling(now=station)
    return Dialling() if longer else None


def _outside(digits: str, numbering: Numbering) -> Dialling:
    prefix = numbering.prefix or ""
    if prefix.startswith(digits):
        return Dialling()
    if not digits.startswith(prefix) and not numbering.automatic:
        return Dialling(wrong=True)
    whole = wholeness(digits, numbering)
    if whole == "more" and not digits.startswith(prefix):
        return Dialling()
    outside = ToNumber(number=classify(digits, numbering).number)
    return Dialling(now=outside) if whole == "whole" else Dialling(then=outside)
