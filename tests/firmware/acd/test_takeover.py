"""A queues.toml of earlier versions: taken over once, or refused in words."""

from pathlib import Path

import pytest

from firmware.acd.model import STANDARD, Queues
from firmware.acd.takeover import OWN, TAKEN, WHO, QueueError, read, take_over
from firmware.setup.store import Setup

HEAD = '[queues.sales]\nlabel = { en = "Sales" }\n'


def test_nothing_to_take_over(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    assert not take_over(tmp_path, setup, ["801"])
    assert setup.load(Queues).queues == STANDARD and not setup.history()


def test_once(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    (tmp_path / OWN).write_text(HEAD + 'wrap_up_s = 9\nmembers = [{ station = "801" }]\n[vip]\n13800138000 = 2\n')
    assert take_over(tmp_path, setup, ["801"]) and not take_over(tmp_path, setup, ["801"])
    section = setup.load(Queues)
    (sales,) = section.queues
    assert (sales.id, sales.wrap_up_s, sales.members[0].station, section.vip) == ("sales", 9, "801", {"13800138000": 2})
    assert [entry.who for entry in setup.history()] == [WHO]
    assert (tmp_path / TAKEN).exists() and not (tmp_path / OWN).exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "queues is missing"),
        ("queues = 3", "queues = 3: must be a table"),
        ("[queues]", "queues: needs at least 1"),
        (HEAD + 'stratgy = "linear"', 'queues.sales.stratgy = "linear": there is no such key'),
        (HEAD + 'strategy = "best"', "must be 'longest_idle', 'fewest_calls'"),
        (HEAD + "ring_s = 1", "queues.sales.ring_s = 1: must be 5 or more"),
        (HEAD + 'members = [{ station = "801" }, { station = "801" }]', "801 stands more often"),
        (HEAD + 'keys = { 0 = { kind = "queue", queue = "service" } }', "queue service, which is not there"),
        (HEAD + 'members = [{ station = "899" }]', "queue sales: there is no station 899; stations are 801, 802"),
        ("queues = ", "not TOML"),
    ],
)
def test_a_wrong_document_is_told_in_words(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / OWN).write_text(text)
    setup = Setup(tmp_path)
    with pytest.raises(QueueError) as error:
        take_over(tmp_path, setup, ["801", "802"])
    assert words in str(error.value) and (str(tmp_path / OWN) in str(error.value) or "station" in words)
    assert (tmp_path / OWN).read_text() == text and not setup.history()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / OWN).mkdir()
    with pytest.raises(QueueError, match="cannot be read"):
        read(tmp_path / OWN)


def test_a_queue_that_others_need_stays(tmp_path: Path) -> None:
    from firmware.switching.section import Telephones

    setup = Setup(tmp_path)
    setup.change(Telephones, lambda _: {"numbers": {"60": {"kind": "queue", "queue": "service"}}}, who="wang")
    (tmp_path / OWN).write_text(HEAD)
    with pytest.raises(QueueError, match="60 belongs to queue service, which is not there"):
        take_over(tmp_path, setup, ["801"])
