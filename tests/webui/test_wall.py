"""The wallboard: who waits, who is free, how the day goes; nobody's number."""

from flask.testing import FlaskClient

from firmware.acd.model import Queue, Queues
from firmware.setup.store import Setup
from firmware.store.records import Records
from tests.webui.door import log_in
from tests.webui.fakebox import FakeBox
from tests.webui.test_pages import hub_knows
from tests.webui.test_roles import AddPerson, person  # noqa: F401 - a fixture
from webui.wall import Waiting, waiting


def queued(box: FakeBox, call: str, line: int, queue: str) -> None:
    box.do(lambda: box.ring(call, line, "13800138000"))
    box.say("call.answered", call=call, line=line, by="box")
    box.say("call.queued", call=call, line=line, queue=queue, position=1, expected_s=None)


def test_who_waits_and_who_is_free(inside: FlaskClient, box: FakeBox) -> None:
    label = {"en": "Sales <b>", "zh": "销售"}
    Setup(box.data).change(Queues, lambda _: {"queues": [Queue(id="sales", label=label)]}, who="test")
    queued(box, "c1", 3, "sales")
    queued(box, "c2", 4, "gone")
    box.say("agent.signed_in", station="801", agent="700", person="owner", name="Owner", how="page")
    hub_knows(inside, box)
    text = inside.get("/wall").text
    assert "Sales &lt;b&gt;" in text and 'data-queue="gone"' in text and text.count("longest") == 2
    assert "Owner" in text and "138" not in text
    snapshot = box.view.snapshot(0)
    assert [(one.name, one.count) for one in waiting(snapshot, {"sales": "S"})] == [("sales", 1), ("gone", 1)]
    assert waiting(None, {"sales": "S"}) == [Waiting("sales", "S", 0, None)]


def test_how_the_day_goes(inside: FlaskClient, box: FakeBox) -> None:
    for number, talks in enumerate((True, True, False)):
        call = f"c{number}"
        queued(box, call, 3, "sales")
        if talks:
            box.say("call.connected", call=call, line=3, station="801")
        box.say("call.ended", call=call, side="caller", cue="tone", result="answered" if talks else "abandoned")
    day = Records(box.engine).queue_days(0, 1e9)["sales"]
    assert (day.answered, day.in_time, day.gave_up, day.level) == (2, 2, 1, 2 / 3)
    assert Records(box.engine).queue_days(0, -1)["sales"].in_time == 0
    assert "67 %" in inside.get("/wall/today").text


def test_everybody_may_look(inside: FlaskClient, box: FakeBox, person: AddPerson) -> None:  # noqa: F811
    person("wang", "811", "agent")
    log_in(inside, "wang")
    assert inside.get("/wall").status_code == 200
    box.stop()
    assert inside.get("/wall").status_code == 200
