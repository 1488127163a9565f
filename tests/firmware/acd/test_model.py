"""Section "queues": the standard ones, and what is wrong with others, in words."""

from typing import Any

import pytest
from pydantic import ValidationError

from firmware.acd.model import Queues
from firmware.reasons import SENTENCES, reason


def one(**more: Any) -> dict[str, Any]:
    return {"queues": [{"id": "sales", **more}]}


def test_the_standard_queues() -> None:
    assert list(Queues().by_name()) == ["sales", "service", "operator"]
    assert Queues.model_validate(Queues().model_dump(mode="json")) == Queues()


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"queues": []}, "at least 1 item"),
        ({"queues": [{"id": "sales"}, {"id": "sales"}]}, "two queues with the name sales"),
        (one(stratgy="linear"), "Extra inputs"),
        (one(strategy="best"), "should be 'longest_idle', 'fewest_calls'"),
        (one(strategy="skill"), "say which skill"),
        (one(ring_s=1), "greater than or equal to 5"),
        (one(members=[{"station": "801"}, {"station": "801"}]), "801 stands more often"),
        (one(members=[{"station": "801", "agent": "3001"}]), "either an agent or a station"),
        (one(needs={"skill": "english"}), "must name its members"),
        (one(needs={"skill": "english", "level": 5}, members=[{"station": "801"}]), "Nobody can ever take"),
        (
            one(needs={"skill": "e", "level": 5, "relax": [{"after_s": 9, "level": 5}]}, members=[{"station": "801"}]),
            "after 9 s level 5 follows after 0 s level 5",
        ),
        (one(keys={"0": {"kind": "queue", "queue": "gone"}}), "queue gone, which is not there; there are sales"),
        (one(keys={"0": {"kind": "queue", "queue": "sales"}}), "Queue sales leads to itself"),
        (one(overflow=[{"when": "late", "to": {"kind": "hang_up"}}]), "late"),
    ],
)
def test_what_is_wrong_is_told_in_words(section: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as error:
        Queues.model_validate(section)
    assert words in str(error.value)


def test_stations_that_are_not_there() -> None:
    found = Queues.model_validate(one(members=[{"station": "899"}, {"station": "801"}]))
    assert found.strange_stations(["801", "802"]) == [("sales", "899")]


def test_reasons() -> None:
    assert reason("tier", below=0).data() == {"id": "tier", "below": 0}
    with pytest.raises(KeyError):
        reason("because")
    with pytest.raises(KeyError):
        reason("tier")
    assert all(sentence.strip() for sentence in SENTENCES.values())
