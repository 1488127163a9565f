"""Which flow answers which line when."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from firmware.dialplan.hours import load_calendar
from firmware.ivr.answering import Answering, answers
from firmware.setup.store import Setup, SetupError

CN = load_calendar("cn")
WORK = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = {
    "otherwise": "closed", "holiday": "holiday",
    "hours": {"morning": {"days": WORK, "begin": "09:00", "end": "12:00", "entry": "main"},
              "lunch": {"days": WORK, "begin": "12:00", "end": "13:00", "entry": "lunch"},
              "afternoon": {"days": WORK, "begin": "13:00", "end": "18:00", "entry": "main"}},
    "promotions": {"sale": {"begin": "2026-11-27T00:00", "end": "2026-11-28T00:00", "entry": "sale"}},
}  # fmt: skip
SECTION: dict[str, Any] = {
    "schedules": {"office": OFFICE, "shop": {"otherwise": "shop"}}, "schedule": "office",
    "lines": {"3": {"schedule": "shop"}, "4": {"flow": "vip"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "moment", "flow", "why"),
    [
        (1, "2026-11-23 10:00", "main", "morning, mon 09:00 to 12:00"),
        (1, "2026-11-23 12:30", "lunch", "lunch, mon 12:00 to 13:00"),
        (1, "2026-11-23 18:00", "closed", "no hours cover mon 18:00"),
        (1, "2026-11-22 10:00", "closed", "no hours cover sun 10:00"),
        (1, "2026-02-17 10:00", "holiday", "2026-02-17 is a holiday: 春节"),
        (1, "2026-02-28 10:00", "main", "2026-02-28 is a working day that makes up for a holiday: 春节"),
        (1, "2026-11-27 23:00", "sale", "promotion sale until 2026-11-28 00:00"),
        (3, "2026-11-23 10:00", "shop", "no hours cover mon 10:00"),
        (4, "2026-11-22 03:00", "vip", "flow vip always answers line 4"),
    ],
)
def test_lines_and_hours(line: int, moment: str, flow: str, why: str) -> None:
    found = answers(Answering.model_validate(SECTION), line, datetime.fromisoformat(moment), CN)
    assert (found.entry, found.why.words()) == (flow, why)


def test_without_anything_set_up() -> None:
    assert answers(Answering(), 1, datetime.fromisoformat("2026-11-23 10:00"), CN).entry == "main"


def test_the_night_switch_answers_every_line() -> None:
    section = Answering.model_validate(SECTION)
    night = section.model_copy(update=section.switched(True))
    for line in (1, 3, 4):
        found = answers(night, line, datetime.fromisoformat("2026-11-23 10:00"), CN)
        assert (found.entry, found.until) == ("closed", None)
    assert night.model_copy(update=night.switched(False)) == section


def test_an_own_calendar() -> None:
    calendar = {"years": [2026], "holidays": {"2026-11-23": "Anniversary"}}
    section = Answering.model_validate(SECTION | {"calendar": calendar})
    assert answers(section, 1, datetime.fromisoformat("2026-11-23 10:00"), CN).entry == "holiday"
    assert answers(section, 1, datetime.fromisoformat("2026-02-17 10:00"), CN).entry == "main"


def test_every_flow_that_may_answer() -> None:
    assert Answering.model_validate(SECTION).flows() == {"main", "closed", "holiday", "lunch", "sale", "shop", "vip"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"schedule": "gone"}, "There is no schedule “gone”."),
        ({"lines": {"2": {"schedule": "gone"}}}, "There is no schedule “gone”."),
        ({"lines": {"x": {"flow": "main"}}}, "must match"),
        ({"schedules": {"office": {"otherwise": "a", "hours": {
            "a": {"days": ["mon"], "begin": "09:00", "end": "12:00", "entry": "a"},
            "b": {"days": ["mon"], "begin": "11:00", "end": "13:00", "entry": "b"}}}}}, "Hours overlap"),
    ],
)  # fmt: skip
def test_what_the_setup_refuses(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    setup = Setup(tmp_path, now=lambda: 0.0)
    with pytest.raises(SetupError, match=words):
        setup.change(Answering, lambda _: fields, who="wang")
    assert setup.load(Answering) == Answering()


def test_the_setup_keeps_it_and_takes_it_back(tmp_path: Path) -> None:
    setup = Setup(tmp_path, now=lambda: 0.0)
    calendar = {"years": [2026], "holidays": {"2026-11-23": "Anniversary"}}
    kept = setup.change(Answering, lambda _: SECTION | {"calendar": calendar}, who="wang")
    assert Setup(tmp_path, now=lambda: 0.0).load(Answering) == kept
    setup.change(Answering, lambda now: now.switched(True), who="li")
    assert setup.load(Answering).night == "closed"
    setup.undo(setup.history("answering")[0].id, who="li")
    assert setup.load(Answering) == kept
