"""What kind of number was dialled: a table per country, and what must hold for anything that can be pressed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.dialplan.numbers import (
    Numbering,
    classify,
    classify_outside,
    e164,
    is_emergency,
    line_digits,
    wholeness,
)

INSIDE = ("801", "802", "*21")
BEIJING = Numbering(country="cn", area="10", inside=INSIDE)
BEIJING_9 = Numbering(country="cn", area="10", prefix="9", inside=INSIDE)
NEW_YORK = Numbering(country="us", area="212", prefix="9", inside=INSIDE)
LONDON = Numbering(country="gb", area="20", prefix="9", inside=INSIDE)
BERLIN = Numbering(country="de", area="30", prefix="0", inside=INSIDE)


@pytest.mark.parametrize(
    ("numbering", "dialled", "kind", "number", "international"),
    [
        (BEIJING, "801", "inside", "801", None),
        (BEIJING, "*21", "inside", "*21", None),
        (BEIJING, "110", "emergency", "110", None),
        (BEIJING, "119", "emergency", "119", None),
        (BEIJING, "120", "emergency", "120", None),
        (BEIJING, "122", "emergency", "122", None),
        (BEIJING, "88886666", "local", "88886666", "+861088886666"),
        (BEIJING, "01088886666", "local", "01088886666", "+861088886666"),
        (BEIJING, "02188886666", "national", "02188886666", "+862188886666"),
        (BEIJING, "13800138000", "mobile", "13800138000", "+8613800138000"),
        (BEIJING, "138 0013 8000", "mobile", "13800138000", "+8613800138000"),
        (BEIJING, "013800138000", "mobile", "013800138000", "+8613800138000"),
        (BEIJING, "+86 138 0013 8000", "mobile", "+8613800138000", "+8613800138000"),
        (BEIJING, "4008888888", "national", "4008888888", "+864008888888"),
        (BEIJING, "8008888888", "toll_free", "8008888888", "+868008888888"),
        (BEIJING, "10086", "special", "10086", None),
        (BEIJING, "95588", "special", "95588", None),
        (BEIJING, "12345", "special", "12345", None),
        (BEIJING, "0012125550123", "international", "0012125550123", "+12125550123"),
        (BEIJING, "0085223456789", "international", "0085223456789", "+85223456789"),
        (BEIJING, "0019005550123", "premium", "0019005550123", "+19005550123"),
        (BEIJING, "17909008522345678", "international", "17909008522345678", None),  # by a carrier's prefix
        (BEIJING, "1790913800138000", "mobile", "1790913800138000", "+8613800138000"),
        (BEIJING, "888866", "unknown", "888866", None),
        (BEIJING, "*99", "unknown", "*99", None),
        (BEIJING, "", "unknown", "", None),
        (BEIJING, "hello", "unknown", "hello", None),
        (BEIJING, "10+", "unknown", "10+", None),
        (BEIJING_9, "913800138000", "mobile", "13800138000", "+8613800138000"),
        (BEIJING_9, "13800138000", "unknown", "13800138000", None),  # without the prefix it is no outside call
        (BEIJING_9, "+8613800138000", "mobile", "+8613800138000", "+8613800138000"),
        (BEIJING_9, "110", "emergency", "110", None),
        (BEIJING_9, "9110", "emergency", "110", None),
        (BEIJING_9, "9", "unknown", "9", None),
        (BEIJING_9, "95588", "unknown", "5588", None),  # 9 is the prefix, and 5588 is nothing
        (BEIJING_9, "995588", "special", "95588", None),
        (NEW_YORK, "911", "emergency", "911", None),
        (NEW_YORK, "9911", "emergency", "911", None),
        (NEW_YORK, "912125550123", "local", "12125550123", "+12125550123"),
        (NEW_YORK, "913125550123", "national", "13125550123", "+13125550123"),
        (NEW_YORK, "98005550123", "toll_free", "8005550123", "+18005550123"),
        (NEW_YORK, "919005550123", "premium", "19005550123", "+19005550123"),
        (NEW_YORK, "918095551234", "international", "18095551234", "+18095551234"),  # Dominican Republic
        (NEW_YORK, "9011442079460000", "international", "011442079460000", "+442079460000"),
        (LONDON, "999", "emergency", "999", None),
        (LONDON, "112", "emergency", "112", None),
        (LONDON, "9999", "emergency", "999", None),
        (LONDON, "902079460000", "local", "02079460000", "+442079460000"),
        (LONDON, "979460000", "local", "79460000", "+442079460000"),
        (LONDON, "909098790000", "premium", "09098790000", "+449098790000"),
        (LONDON, "907012345678", "premium", "07012345678", "+447012345678"),
        (BERLIN, "0112", "emergency", "112", None),
        (BERLIN, "001711234567", "mobile", "01711234567", "+491711234567"),
        (BERLIN, "0030901820", "local", "030901820", "+4930901820"),
        (BERLIN, "000442079460000", "international", "00442079460000", "+442079460000"),
    ],
)
def test_classes(numbering: Numbering, dialled: str, kind: str, number: str, international: str | None) -> None:
    found = classify(dialled, numbering)
    assert (found.kind, found.number, found.e164) == (kind, number, international)


@pytest.mark.parametrize(
    "number", ["13800138000", "013800138000", "+8613800138000", "8613800138000", "008613800138000"]
)
def test_one_form_for_all(number: str) -> None:
    assert e164(number, BEIJING_9) == "+8613800138000"


def test_no_form_for_what_is_no_number() -> None:
    assert e164("12", BEIJING) is None and e164("", BEIJING) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"country": "cn", "inside": ["110"]}, "110 is an emergency number"),
        ({"country": "cn", "inside": ["901"], "prefix": "9"}, "begins with 9"),
        ({"country": "china"}, "country"),
    ],
)
def test_a_wrong_plan(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Numbering.model_validate(wrong)


@given(st.text("0123456789*#+ABCD -", max_size=24), st.sampled_from([BEIJING, BEIJING_9, NEW_YORK, LONDON, BERLIN]))
def test_whatever_is_pressed(dialled: str, numbering: Numbering) -> None:
    """Never an error; emergencies exactly when the number, with or without the prefix, is one."""
    found = classify(dialled, numbering)
    plain = dialled.replace(" ", "").replace("-", "")
    forms = {plain} | ({plain[len(numbering.prefix) :]} if plain.startswith(numbering.prefix or " ") else set())
    emergency = any(is_emergency(form, numbering.country) for form in forms if form)
    assert (found.kind == "emergency") == emergency
    if found.kind in ("national", "mobile", "local"):
        assert found.e164 is not None


AUTOMATIC = Numbering(country="cn", area="755", prefix="9", automatic=True, inside=("801", "802", "8011"))


@pytest.mark.parametrize(
    ("dialled", "kind", "number", "whole"),
    [
        ("8", "unknown", "8", "more"),
        ("801", "inside", "801", "maybe"),  # 8011 is there, too
        ("802", "inside", "802", "whole"),
        ("110", "emergency", "110", "whole"),
        ("9110", "emergency", "110", "whole"),
        ("13900139000", "mobile", "13900139000", "whole"),
        ("913900139000", "mobile", "13900139000", "whole"),
        ("1390013900", "unknown", "1390013900", "more"),
        ("95588", "special", "95588", "more"),  # the prefix and 5588, which is nothing: more may follow
        ("9139001390", "unknown", "139001390", "more"),  # not the 9001390 of area 0913
        ("995588", "special", "95588", "maybe"),
        ("26888888", "local", "26888888", "whole"),
        ("926888888", "local", "26888888", "whole"),
        ("90044", "unknown", "0044", "more"),
        ("900441212345678", "international", "00441212345678", "maybe"),
    ],
)
def test_without_the_prefix_and_when_it_is_whole(dialled: str, kind: str, number: str, whole: str) -> None:
    found = classify(dialled, AUTOMATIC)
    assert (found.kind, found.number) == (kind, number)
    assert wholeness(dialled, AUTOMATIC) == whole


def test_without_a_prefix_an_inside_number_may_go_on() -> None:
    assert wholeness("801", BEIJING) == "maybe"


@pytest.mark.parametrize(
    ("country", "number", "digits"),
    [
        ("cn", "+8613900139000", "13900139000"),
        ("cn", "+8675526888888", "075526888888"),
        ("cn", "+442079460000", "00442079460000"),
        ("us", "+12125550100", "12125550100"),
        ("us", "+442079460000", "011442079460000"),
        ("br", "+442079460000", "00442079460000"),
        ("jp", "+442079460000", "010442079460000"),
        ("cn", "075526888888", "075526888888"),
    ],
)
def test_what_the_line_gets(country: str, number: str, digits: str) -> None:
    numbering = Numbering(country=country)
    assert line_digits(classify(number, numbering), numbering) == digits


@pytest.mark.parametrize(
    ("number", "kind", "digits"),
    [
        ("13900139000", "mobile", "13900139000"),
        ("913900139000", "mobile", "13900139000"),
        ("95588", "special", "95588"),  # the prefix is off already
        ("801", "inside", "801"),
        ("9110", "emergency", "110"),
        ("4711", "unknown", "4711"),
    ],
)
def test_numbers_of_transfers_and_pages(number: str, kind: str, digits: str) -> None:
    found = classify_outside(number, BEIJING_9)
    assert (found.kind, found.number) == (kind, digits)
