"""What kind of number was dialled. Kinds and validity come from Google's libphonenumber (package `phonenumbers`).

What cannot be told for certain is 'unknown', and nobody may dial that unless his class of service says so: carrier
prefixes in front of a foreign number are how a box is cheated.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ShortNumberCost, shortnumberinfo
from pydantic import Field, model_validator

from drivers.binding.plan import Strict

Kind = Literal[
    "inside", "emergency", "special", "toll_free", "local", "national", "mobile", "premium", "international", "unknown"
]
Wholeness = Literal["more", "maybe", "whole"]
# National emergency numbers that libphonenumber does not count as such.
MORE_EMERGENCY: dict[str, frozenset[str]] = {"CN": frozenset({"122"})}  # traffic accidents
KINDS: dict[int, Kind] = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.PERSONAL_NUMBER: "premium",  # British 070: dear, and made for fraud
    PhoneNumberType.PAGER: "premium",
}  # every other valid number of the country is 'national'
DIALABLE = frozenset("0123456789*#+ABCD")


class Numbering(Strict):
    """How this box dials. `area`: its own area code without the prefix 0; `prefix`: what is dialled for an outside
    line, None: nothing, the longest inside number wins. `automatic`: an outside number is known also without the
    prefix, if it is longer than any inside number; with the prefix it always is one."""

    country: Annotated[str, Field(pattern="^[a-z]{2}$")]
    area: Annotated[str, Field(pattern=r"^\d{0,6}$")] = ""
    prefix: Annotated[str, Field(pattern=r"^\d{1,2}$")] | None = None
    automatic: bool = False
    inside: tuple[Annotated[str, Field(pattern=r"^\*?\d{1,6}$")], ...] = ()

    @model_validator(mode="after")
    def _emergency_stays_free(self) -> "Numbering":
        for number in self.inside:
            if is_emergency(number, self.country):
                raise ValueError(f"{number} is an emergency number and cannot be an inside number")
            if self.prefix is not None and number.startswith(self.prefix):
                raise ValueError(f"inside number {number} begins with {self.prefix}, which is the outside prefix")
        return self


@dataclass(frozen=True, slots=True)
class Dialled:
    """A dialled number. `number` is what the line gets (or the inside number); `e164` with + where it is known."""

    kind: Kind
    number: str
    e164: str | None = None


def is_emergency(number: str, country: str) -> bool:
    """Whether this is exactly an emergency number of the country."""
    region = country.upper()
    return number in MORE_EMERGENCY.get(region, ()) or shortnumberinfo.is_emergency_number(number, region)


def classify(dialled: str, numbering: Numbering) -> Dialled:
    """What was dialled, as it was pressed or written. Emergency numbers count with and without the prefix."""
    number = "".join(letter for letter in dialled if letter not in " -()./")
    if not number or not set(number) <= DIALABLE:
        return Dialled("unknown", number)
    prefix = numbering.prefix
    outside = number[len(prefix) :] if prefix is not None and number.startswith(prefix) else None
    for candidate in (number, outside):
        if candidate is not None and is_emergency(candidate, numbering.country):
            return Dialled("emergency", candidate)
    if number in numbering.inside:
        return Dialled("inside", number)
    if prefix is None or number.startswith("+"):
        return _outside(number, numbering)
    found = _outside(outside, numbering) if outside else Dialled("unknown", number)
    if found.kind == "unknown" and numbering.automatic and len(number) > max(map(len, numbering.inside), default=0):
        plain = _outside(number, numbering)
        return plain if plain.kind != "unknown" and not _lacks_trunk_prefix(number, numbering) else found
    return found


def _lacks_trunk_prefix(number: str, numbering: Numbering) -> bool:
    """A valid number of another area, but written without the 0 that the exchange needs."""
    region = numbering.country.upper()
    trunk = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True)
    fixed = phonenumbers.number_type(phonenumbers.parse(number, region)) == PhoneNumberType.FIXED_LINE
    if not trunk or not fixed:
        return False
    return not number.startswith((trunk, "+")) and _local(number, numbering, region) is None


def classify_outside(number: str, numbering: Numbering) -> Dialled:
    """The same for a number that comes from a transfer, a forward or the page: with the prefix or already without."""
    found = classify(number, numbering)
    if found.kind in ("emergency", "inside"):
        return found
    plain = classify(number, numbering.model_copy(update={"prefix": None}))
    return found if plain.kind == "unknown" else plain


def line_digits(dialled: Dialled, numbering: Numbering) -> str:
    """What the line gets: the number as dialled, or with a + in the form that this country dials."""
    if not dialled.number.startswith("+"):
        return dialled.number
    region = numbering.country.upper()
    parsed = phonenumbers.parse(dialled.number, region)
    text = phonenumbers.format_out_of_country_calling_number(parsed, region)
    digits = "".join(letter for letter in text if letter.isdecimal())
    return f"00{digits}" if text.startswith("+") else digits  # where callers choose a carrier, no one prefix is known


def wholeness(digits: str, numbering: Numbering) -> Wholeness:
    """Of what has been keyed so far: 'whole' - dial it at once; 'maybe' - it is a number, but longer ones begin with
    it; 'more' - it is none yet, so the next digit is waited for longer."""
    longer = any(number.startswith(digits) and number != digits for number in numbering.inside)
    if numbering.prefix is not None and digits.startswith(numbering.prefix):
        numbering = numbering.model_copy(update={"automatic": False})  # who keys the prefix goes on behind it
    dialled = classify(digits, numbering)
    if dialled.kind in ("inside", "emergency"):
        return "maybe" if longer or (dialled.kind == "inside" and numbering.prefix is None) else "whole"
    if longer or dialled.kind == "unknown" or dialled.number.startswith("+"):
        return "more"
    following = (_outside(dialled.number + digit, numbering) for digit in "0123456789")
    return "maybe" if any(one.kind != "unknown" for one in following) else "whole"


def e164(number: str, numbering: Numbering) -> str | None:
    """A caller's number in one form for all, or None: exchanges send the same subscriber as 13800138000,
    013800138000 or +8613800138000."""
    for form in (number, number.removeprefix("0"), f"+{number}"):
        found = _outside(form, numbering).e164
        if found is not None:
            return found
    return None


def _outside(number: str, numbering: Numbering) -> Dialled:
    region = numbering.country.upper()
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return Dialled("unknown", number)
    if set(number) & set("*#ABCD"):
        return Dialled("unknown", number)
    if phonenumbers.is_valid_number(parsed):
        return Dialled(_valid_kind(parsed, numbering), number, _e164(parsed))
    abroad = parsed.country_code != phonenumbers.country_code_for_region(region)
    if abroad:
        return Dialled("international", number)  # perhaps a number too new for the table: as dear as any other
    if shortnumberinfo.is_valid_short_number_for_region(parsed, region):
        return Dialled(_short_kind(parsed, region), number)
    local = _local(number, numbering, region)
    return Dialled("unknown", number) if local is None else Dialled("local", number, local)


def _valid_kind(parsed: PhoneNumber, numbering: Numbering) -> Kind:
    kind = KINDS.get(phonenumbers.number_type(parsed), "national")
    if kind == "premium":
        return kind  # wherever it is
    if phonenumbers.region_code_for_number(parsed) != numbering.country.upper():
        return "international"  # also the Caribbean, which Americans dial like their own country
    national = phonenumbers.national_significant_number(parsed)
    if kind == "national" and numbering.area and national.startswith(numbering.area):
        length = phonenumbers.length_of_geographical_area_code(parsed)
        if national[:length] == numbering.area:
            return "local"
    return kind


def _short_kind(parsed: PhoneNumber, region: str) -> Kind:
    match shortnumberinfo.expected_cost_for_region(parsed, region):
        case ShortNumberCost.PREMIUM_RATE:
            return "premium"
        case ShortNumberCost.TOLL_FREE:
            return "toll_free"
        case _:
            return "special"


def _local(number: str, numbering: Numbering, region: str) -> str | None:
    """A subscriber's number of the box's own area, dialled without the area code."""
    if not numbering.area or number.startswith("0") or not number.isdecimal():
        return None
    whole = PhoneNumber(
        country_code=phonenumbers.country_code_for_region(region), national_number=int(numbering.area + number)
    )
    return _e164(whole) if phonenumbers.is_valid_number_for_region(whole, region) else None


def _e164(parsed: PhoneNumber) -> str:
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def begins_with(number: Dialled, beginnings: Collection[str]) -> bool:
    """Whether the number, as dialled or in its international form, begins with one of these."""
    forms = [number.number] if number.e164 is None else [number.number, number.e164]
    return any(form.startswith(beginning) for form in forms for beginning in beginnings)
