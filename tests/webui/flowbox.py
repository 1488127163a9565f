"""A box without telephones whose flows are real: library, checks and intents on a real disk."""

from pathlib import Path
from typing import Any, cast

from firmware.api.server import Handler
from firmware.dialplan.hours import Schedule
from firmware.ivr.answering import Answering
from firmware.ivr.checks import Names
from firmware.ivr.document import written
from firmware.ivr.flows import Flows
from firmware.ivr.intents import FlowIntents, NightSwitching
from firmware.ivr.library import Library
from firmware.ivr.uses import Use, uses
from firmware.prompts import Prompts
from tests.webui.fakebox import FakeBox

QUEUES = frozenset({"operator", "sales", "service"})
OFFICE = Schedule.model_validate({
    "hours": {"day": {"days": ["mon", "fri"], "begin": "09:00", "end": "18:00", "entry": "open"}},
    "otherwise": "closed",
})  # fmt: skip


class NoTelephones:
    """What the intents want of `Flows`, where nobody can be called: it writes down who was."""

    def __init__(self, data: Path, now: Any) -> None:
        self.library = Library(data, now)
        self.section = Answering(schedules={"office": OFFICE})
        self.within: dict[str, int] = {}
        self.tried: list[tuple[str, str]] = []

    def answering(self) -> Answering:
        return self.section

    def names(self) -> Names:
        languages: tuple[Any, ...] = ("zh", "en")
        return Names(
            queues=QUEUES, stations=frozenset({"801", "802"}), boxes=frozenset({"general", "801"}), rooms=frozenset(),
            schedules=self.section.schedules, prompts={one: frozenset(Prompts(one).names()) for one in languages},
            flows={name: one.document for name, one in self.library.published().items()},
        )  # fmt: skip

    def uses(self) -> dict[str, list[Use]]:
        flows = [(name, written(one.document)) for name, one in self.library.published().items()]
        return uses(self.section, {}, {}, flows)

    def callers(self) -> dict[str, int]:
        return self.within

    def look(self) -> None:
        return

    def try_out(self, flow: str, station: str) -> None:
        self.tried.append((flow, station))

    def try_outside(self, flow: str, line: int) -> int:
        self.tried.append((flow, "outside"))
        return 3


class FlowBox(FakeBox):
    """`flows` stands for the telephones."""

    def more(self) -> dict[str, Handler]:
        self.flows = NoTelephones(self.data, self.now)
        return FlowIntents(cast(Flows, self.flows), cast(NightSwitching, None)).handlers()
