"""Whatever leads to a flow is found: lines, schedules, the night switch, surveys, numbers, queues, other flows."""

from firmware.acd.model import Queue
from firmware.calls.places import ToFlow, ToQueue
from firmware.dialplan.hours import Schedule
from firmware.ivr.answering import Answering, LineAnswer
from firmware.ivr.uses import Use, uses

SCHEDULE = Schedule.model_validate({
    "hours": {"day": {"days": ["mon"], "begin": "09:00", "end": "18:00", "entry": "open"}}, "otherwise": "shut",
})  # fmt: skip


def test_everything_that_leads_to_a_flow() -> None:
    section = Answering(
        schedules={"office": SCHEDULE, "spare": SCHEDULE.model_copy(update={"otherwise": "nobody"})},
        schedule="office", lines={"3": LineAnswer(flow="three")}, surveys={"sales": "asked"}, night="dark",
    )  # fmt: skip
    queue = Queue.model_validate({
        "id": "sales", "overflow": [{"when": "length", "most": 3, "to": {"kind": "flow", "flow": "surge"}}],
        "keys": {"1": {"kind": "flow", "flow": "three"}},
    })  # fmt: skip
    caller = {"nodes": {"a": {"kind": "sub_flow", "flow": "asked"}, "b": {"kind": "flow", "flow": "own"}}}
    found = uses(
        section, {"700": ToFlow(flow="three"), "701": ToQueue(queue="sales")}, {"sales": queue.model_dump(mode="json")},
        [("own", caller), ("own", caller), ("broken", {"nodes": 7}), ("odd", 7)],
    )  # fmt: skip
    assert found == {
        "main": [Use("lines")],
        "three": [Use("line", "3"), Use("number", "700"), Use("queue", "sales")],
        "open": [Use("schedule", "office")],
        "shut": [Use("schedule", "office")],
        "closed": [Use("night")],
        "dark": [Use("night")],
        "asked": [Use("survey", "sales"), Use("flow", "own")],
        "surge": [Use("queue", "sales")],
    }
