"""What queues name of other sections, and others of them."""

from pathlib import Path

import pytest

from firmware.acd.model import Queues
from firmware.ivr.answering import Answering
from firmware.people import People
from firmware.setup.store import Setup, SetupInvalid
from firmware.switching.section import Telephones

TO_SERVICE = {"kind": "queue", "queue": "service"}


def sales(**more: object) -> dict[str, object]:
    return {"queues": [{"id": "sales", **more}]}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (sales(members=[{"agent": "3009"}]), "Queue sales: nobody has the number 3009."),
        (sales(schedule="office"), "Queue sales: there is no schedule “office”, so it is always open."),
        (sales(keys={"1": {"kind": "room", "room": "99"}}), "Queue sales: there is no conference room 99."),
    ],
)
def test_what_is_not_there_is_told(tmp_path: Path, section: dict[str, object], words: str) -> None:
    setup = Setup(tmp_path)
    setup.change(Queues, lambda _: section, who="wang")
    assert [one.words() for one in setup.problems()] == [words]


def test_what_is_there_is_not(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    people = {"people": [{"id": "li", "name": "Li", "number": "3001", "role": "agent"}]}
    setup.change(People, lambda _: people, who="wang")
    section = sales(members=[{"agent": "3001"}], keys={"1": {"kind": "room", "room": "70"}})
    setup.change(Queues, lambda _: section, who="wang")
    assert not setup.problems()


def test_a_queue_is_not_taken_away_under_an_inside_number_or_a_survey(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    setup.change(Telephones, lambda _: {"numbers": {"60": TO_SERVICE}}, who="wang")
    with pytest.raises(SetupInvalid, match="60 belongs to queue service, which is not there"):
        setup.change(Queues, lambda _: sales(), who="wang")
    with pytest.raises(SetupInvalid, match="thanks belongs to queue vip"):
        setup.change(Answering, lambda _: {"surveys": {"vip": "thanks"}}, who="wang")
