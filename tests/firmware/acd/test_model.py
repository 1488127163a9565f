"""The document of queues: the shipped one, and what is wrong with others, in words."""

from pathlib import Path

import pytest

from firmware.acd.model import QueueError, load_queues, queues_of
from firmware.reasons import SENTENCES, reason

HEAD = '[queues.sales]\nlabel = { en = "Sales" }\n'


def test_the_shipped_queues() -> None:
    assert list(load_queues().queues) == ["sales", "service", "operator"]


def test_a_box_may_have_its_own(tmp_path: Path) -> None:
    assert "operator" in queues_of(tmp_path).queues
    (tmp_path / "queues.toml").write_text(HEAD)
    assert list(queues_of(tmp_path).queues) == ["sales"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "queues is missing"),
        ("[queues]", "queues: needs at least 1"),
        (HEAD + 'stratgy = "linear"', 'queues.sales.stratgy = "linear": there is no such key'),
        (HEAD + 'strategy = "best"', "must be 'longest_idle', 'fewest_calls'"),
        (HEAD + 'strategy = "skill"', "strategy skill needs a table 'needs'"),
        (HEAD + "ring_s = 1", "queues.sales.ring_s = 1: must be 5 or more"),
        (HEAD + 'members = [{ station = "801" }, { station = "801" }]', "801 stands more often"),
        (HEAD + 'needs = { skill = "english" }', "must name its members"),
        (HEAD + 'needs = { skill = "english", level = 5 }\nmembers = [{ station = "801" }]', "nobody can ever take"),
        (
            HEAD + 'needs = { skill = "e", level = 5, relax = [{ after_s = 9, level = 5 }] }\nmembers = []',
            "after 9 s level 5 follows",
        ),
        (HEAD + 'keys = { 0 = { kind = "queue", queue = "service" } }', "queue 'service', which is not there"),
        (HEAD + 'keys = { 0 = { kind = "queue", queue = "sales" } }', "queue sales leads to itself"),
        (HEAD + 'overflow = [{ when = "late", to = { kind = "hang_up" } }]', "late"),
        ("queues = ", "not TOML"),
    ],
)
def test_a_wrong_document_is_told_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "queues.toml"
    path.write_text(text)
    with pytest.raises(QueueError) as error:
        load_queues(path)
    assert words in str(error.value) and str(path) in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(QueueError, match="cannot be read"):
        load_queues(tmp_path / "none.toml")


def test_a_station_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "queues.toml"
    path.write_text(HEAD + 'members = [{ station = "899" }]')
    with pytest.raises(QueueError, match="queue sales: there is no station 899; stations are 801, 802"):
        load_queues(path).check_stations(["801", "802"])


def test_reasons() -> None:
    assert reason("tier", below=0).data() == {"id": "tier", "below": 0}
    with pytest.raises(KeyError):
        reason("because")
    with pytest.raises(KeyError):
        reason("tier")
    assert all(sentence.strip() for sentence in SENTENCES.values())
