"""What is there before the pictures are taken: people, hours, names of lines, a quarter of an hour of calls."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from firmware.ivr.answering import Answering
from firmware.jacks.section import OutsideLines
from firmware.people import People
from firmware.setup.base import Section
from firmware.setup.store import Setup
from firmware.training.scenario import CallsOf, Scenario, Spread
from firmware.training.simulate import simulate

SEED = 8
HISTORY_S = 900
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
SHOP = {
    "hours": {
        "morning": {"days": WEEKDAYS, "begin": "09:00", "end": "12:00", "entry": "main"},
        "afternoon": {"days": WEEKDAYS, "begin": "13:30", "end": "18:00", "entry": "main"},
        "saturday": {"days": ["sat"], "begin": "10:00", "end": "16:00", "entry": "main"},
    },
    "otherwise": "closed",
}
TEAM = (
    ("zhao", "赵敏", "720", "supervisor"), ("wang", "王芳", "721", "agent"), ("li", "李强", "722", "agent"),
    ("sun", "孙丽", "723", "agent"), ("hu", "胡工", "730", "technician"),
)  # fmt: skip


def history(data: Path) -> None:
    """Calls done before the pictures are taken."""
    begins = datetime.now().replace(microsecond=0) - timedelta(seconds=HISTORY_S + 240)  # noqa: DTZ005 - local time
    calls = CallsOf(
        per_hour=80, talk_s=Spread(mean=45, least=10, most=120), patience_s=Spread(mean=40, least=5, most=90)
    )
    simulate(Scenario(seed=SEED, duration_s=HISTORY_S, begins=begins, calls=calls), data=data)


def people(data: Path) -> None:
    """A shop's setup. Before the box starts, so nobody has to be told."""
    team = [
        {"id": name, "name": shown, "number": number, "role": role, "group": "service"}
        for name, shown, number, role in TEAM
    ]
    lines = [{"id": "1", "name": "Service"}, {"id": "2", "name": "Service"}, {"id": "8", "name": "Office"}]
    setup = Setup(data)
    for section, fields in (
        (People, {"people": team}),
        (Answering, {"schedules": {"shop": SHOP}}),
        (OutsideLines, {"lines": lines}),
    ):
        _set(setup, section, fields)


def _set(setup: Setup, section: type[Section], fields: dict[str, Any]) -> None:
    setup.change(section, lambda _: fields, who="pictures")
