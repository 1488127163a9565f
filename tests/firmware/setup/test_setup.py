"""The setup: sections, changes with history, undo, checks across sections, power cuts and two writers."""

import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, model_validator

from firmware.people import People, Person
from firmware.setup.base import SECRET, Problem, Reads, Section, Strict, wrong
from firmware.setup.changes import Changes
from firmware.setup.difference import changed, put, remove, values
from firmware.setup.sections import SECTIONS, Registered
from firmware.setup.store import Setup, SetupError, SetupInvalid


class Room(Strict):
    id: str
    size: int = 3


class House(Section):
    colour: Annotated[str, Field(max_length=40)] = "red"
    key: str | None = Field(default=None, json_schema_extra=SECRET)
    rooms: tuple[Room, ...] = ()

    @model_validator(mode="after")
    def _small(self) -> "House":
        if len(self.rooms) > 3:
            raise wrong("{count} rooms are too many.", count=len(self.rooms))
        return self


class Garden(Section):
    trees: int = 0


def shade(setup: Reads) -> list[Problem]:
    trees, rooms = setup.load(Garden).trees, len(setup.load(House).rooms)
    if trees > 10:
        return [Problem("garden", "trees", "{trees} trees take the light.", {"trees": trees}, blocks=True)]
    return [Problem("garden", "trees", "No tree for {rooms} rooms.", {"rooms": rooms})] if rooms > trees else []


SECTIONS_HERE = {"house": Registered(House), "garden": Registered(Garden, (shade,))}


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path, now=lambda: 1000.0, sections=SECTIONS_HERE)


def rooms(*names: str) -> Callable[[House], dict[str, Any]]:
    return lambda _: {"rooms": [{"id": name} for name in names]}


def test_defaults_until_somebody_changes_it(setup: Setup) -> None:
    assert setup.load(House) == House()
    assert not setup.path.exists()
    assert setup.history() == []


def test_a_change_stays_is_private_and_told_with_who(setup: Setup, tmp_path: Path) -> None:
    assert setup.change(House, lambda now: {"colour": "blue"}, who="wang").colour == "blue"
    assert Setup(tmp_path, sections=SECTIONS_HERE).load(House).colour == "blue"
    (entry,) = setup.history()
    assert (entry.id, entry.at, entry.who, entry.section) == (1, 1000.0, "wang", "house")
    assert (entry.before, entry.after) == ({"colour": "red"}, {"colour": "blue"})
    for path in (setup.path, tmp_path / "setup-history.jsonl"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_process_sees_what_another_changed(setup: Setup, tmp_path: Path) -> None:
    other = Setup(tmp_path, sections=SECTIONS_HERE)
    assert other.load(House).colour == "red"
    setup.change(House, lambda now: {"colour": "blue"}, who="wang")
    assert other.load(House).colour == "blue"


def test_what_is_as_it_was_is_no_change(setup: Setup) -> None:
    setup.change(House, lambda now: now, who="wang")
    assert setup.history() == []
    assert not setup.path.exists()


def test_sections_do_not_disturb_each_other(setup: Setup) -> None:
    setup.change(House, lambda now: {"colour": "blue"}, who="wang")
    setup.change(Garden, lambda now: {"trees": 2}, who="li")
    assert (setup.load(House).colour, setup.load(Garden).trees) == ("blue", 2)
    assert [entry.who for entry in setup.history("garden")] == ["li"]
    assert [entry.id for entry in setup.history(limit=1)] == [2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: {"colour": 3}, "colour = 3: must be a text"),
        (lambda _: {"colours": "red"}, "there is no such key"),
        (lambda now: now.model_copy(update={"colour": "x" * 99}), "at most 40 characters"),
        (rooms("a", "b", "c", "d"), "4 rooms are too many"),
    ],
)
def test_a_wrong_change_says_so_and_changes_nothing(setup: Setup, change: Any, words: str) -> None:
    with pytest.raises(SetupInvalid, match=words) as error:
        setup.change(House, change, who="wang")
    assert error.value.errors
    assert not setup.path.exists()
    assert setup.history() == []


def test_a_sentence_that_refuses_can_be_translated(setup: Setup) -> None:
    with pytest.raises(SetupInvalid) as error:
        setup.change(House, rooms("a", "b", "c", "d"), who="wang")
    (found,) = error.value.errors
    assert found["type"] == "said"
    assert found["ctx"] == {"text": "{count} rooms are too many.", "field": "", "count": 4}


def test_what_the_change_raises_passes_through(setup: Setup) -> None:
    def broken(_: House) -> House:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="^mine$"):
        setup.change(House, broken, who="wang")


# -- undo -----------------------------------------------------------------------------------------------------


def test_undo_and_its_undo(setup: Setup) -> None:
    setup.change(House, lambda now: {"colour": "blue"}, who="wang")
    assert setup.undo(1, who="li") == "house"
    assert setup.load(House).colour == "red"
    assert (setup.history()[0].undoes, setup.history()[0].who) == (1, "li")
    setup.undo(2, who="li")
    assert setup.load(House).colour == "blue"


def test_undo_leaves_what_others_changed_since(setup: Setup) -> None:
    setup.change(House, rooms("a", "b"), who="wang")
    setup.change(House, lambda now: {"rooms": [{"id": "a", "size": 9}, {"id": "b"}]}, who="wang")
    setup.change(House, lambda now: {"rooms": [{"id": "a", "size": 9}, {"id": "b", "size": 7}]}, who="li")
    setup.undo(2, who="wang")
    assert [(room.id, room.size) for room in setup.load(House).rooms] == [("a", 3), ("b", 7)]


def test_undo_is_refused_where_it_was_changed_since(setup: Setup) -> None:
    setup.change(House, lambda now: {"colour": "blue"}, who="wang")
    setup.change(House, lambda now: {"colour": "green"}, who="li")
    with pytest.raises(SetupError, match="colour was changed again since"):
        setup.undo(1, who="wang")
    assert setup.load(House).colour == "green"
    with pytest.raises(SetupError, match="there is no change 99"):
        setup.undo(99, who="wang")


def test_undo_brings_back_what_was_removed_and_its_order(setup: Setup) -> None:
    setup.change(House, rooms("a", "b", "c"), who="wang")
    setup.change(House, rooms("c", "a"), who="wang")
    assert set(setup.history()[0].before) == {"rooms/b", "rooms/#"}
    setup.undo(2, who="wang")
    assert [room.id for room in setup.load(House).rooms] == ["a", "b", "c"]
    setup.undo(1, who="wang")
    assert setup.load(House).rooms == ()


def test_undo_must_be_valid_too(setup: Setup) -> None:
    setup.change(House, rooms("a", "b", "c"), who="wang")
    setup.change(House, rooms("b", "c"), who="wang")
    setup.change(House, rooms("b", "c", "d"), who="wang")
    with pytest.raises(SetupInvalid, match="4 rooms are too many"):
        setup.undo(2, who="wang")


def test_history_holds_no_secret_and_undo_restores_none(setup: Setup, tmp_path: Path) -> None:
    setup.change(House, lambda now: {"key": "swordfish"}, who="wang")
    setup.change(House, lambda now: {"key": "marzipan", "colour": "blue"}, who="wang")
    text = (tmp_path / "setup-history.jsonl").read_text()
    assert "swordfish" not in text
    assert "marzipan" not in text
    assert setup.history()[0].after == {"key": "•••", "colour": "blue"}
    with pytest.raises(SetupError, match="key is a secret"):
        setup.undo(2, who="wang")


def test_a_person_comes_back_without_password(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    wang = {"id": "wang", "name": "Wang", "number": "801", "password_hash": "$argon2id$x"}
    setup.change(People, lambda now: {"people": [wang]}, who="owner")
    setup.change(People, lambda now: {"people": []}, who="owner")
    setup.undo(2, who="owner")
    (back,) = setup.load(People).people
    assert (back.name, back.password_hash) == ("Wang", None)


# -- checks across sections -----------------------------------------------------------------------------------


def test_problems_are_told(setup: Setup) -> None:
    assert setup.problems() == []
    setup.change(House, rooms("a", "b"), who="wang")
    (problem,) = setup.problems()
    assert problem.words() == "No tree for 2 rooms."


def test_a_change_that_brings_a_blocking_problem_is_refused(setup: Setup) -> None:
    with pytest.raises(SetupInvalid, match="11 trees take the light") as error:
        setup.change(Garden, lambda now: {"trees": 11}, who="wang")
    assert [problem.where for problem in error.value.problems] == ["trees"]
    assert setup.load(Garden).trees == 0


# -- files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b'{"house": []}'], ids=repr)
def test_a_damaged_file_is_told_and_never_overwritten(setup: Setup, rubbish: bytes) -> None:
    setup.path.write_bytes(rubbish)
    for action in (lambda: setup.load(House), lambda: setup.change(House, rooms("a"), who="wang")):
        with pytest.raises(SetupError, match=r"setup\.json is damaged"):
            action()
    assert setup.path.read_bytes() == rubbish


def test_a_value_that_does_not_fit_is_named(setup: Setup) -> None:
    setup.path.write_text(json.dumps({"house": {"1": {"colour": 5}}}))
    with pytest.raises(SetupError, match="house: colour = 5: must be a text"):
        setup.load(House)
    assert setup.load(Garden) == Garden()


def test_a_torn_line_of_history_is_passed_over(setup: Setup, tmp_path: Path) -> None:
    setup.change(House, lambda now: {"colour": "blue"}, who="wang")
    with (tmp_path / "setup-history.jsonl").open("a") as file:
        file.write('{"id": 2, "at": 10')
    setup.change(House, lambda now: {"colour": "green"}, who="wang")
    assert [entry.after["colour"] for entry in setup.history()] == ["green", "blue"]


def test_a_change_that_cannot_be_written_leaves_no_history(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.change(House, lambda now: {"colour": "blue"}, who="wang")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(SetupError, match="No space left on device"):
        setup.change(House, lambda now: {"colour": "green"}, who="wang")
    monkeypatch.undo()
    assert setup.load(House).colour == "blue"
    assert len(setup.history()) == 1


def test_two_writers_lose_no_change(tmp_path: Path) -> None:
    def twenty() -> None:
        for _ in range(20):
            own = Setup(tmp_path, sections=SECTIONS_HERE)
            own.change(Garden, lambda now: {"trees": (now.trees + 1) % 10}, who="x")

    threads = [threading.Thread(target=twenty) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    setup = Setup(tmp_path, sections=SECTIONS_HERE)
    assert setup.load(Garden).trees == 0
    assert [entry.id for entry in setup.history()] == list(range(40, 0, -1))


# -- differences ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a/c"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a"]),
        ({"a/b": 1}, {"a/b": 2}, ["a~1b"]),
        ({"l": []}, {"l": [{"id": "x"}]}, ["l/x", "l/#"]),
        ({"l": [{"id": "x", "v": 1}]}, {"l": [{"id": "x", "v": 2}]}, ["l/x/v"]),
        ({"a": {}}, {"a": {"b": 1}}, ["a/b"]),
        ({"a": None}, {"a": {"b": 1}}, ["a"]),
    ],
)
def test_paths_of_what_changed(before: Any, after: Any, paths: list[str]) -> None:
    assert list(changed(before, after)) == paths


def test_putting_back_what_was_at_the_paths_gives_the_old_document() -> None:
    before = {"l": [{"id": "x", "v": 1}, {"id": "y", "v": {"p": 1}}], "d": {"k": 1}}
    after = {"l": [{"id": "z", "v": 4}, {"id": "y", "v": {"q": 1}}], "d": {}, "e": 1}
    paths = list(changed(before, after))
    was = values(before, paths)
    for path in sorted(paths, key=lambda path: path.endswith("#")):
        if path in was:
            put(after, path, was[path])
        else:
            remove(after, path)
    assert after == before


# -- in the box -----------------------------------------------------------------------------------------------


def test_whoever_lives_by_a_section_hears_of_its_change(setup: Setup, tmp_path: Path) -> None:
    changes = Changes(setup)
    heard: list[str] = []

    def broken(_: House) -> None:
        raise RuntimeError("mine")

    changes.on_change(House, broken)
    changes.on_change(House, lambda house: heard.append(house.colour))
    Setup(tmp_path, sections=SECTIONS_HERE).change(House, lambda now: {"colour": "blue"}, who="wang")
    assert changes.changed("house") == 2
    assert (heard, changes.failed) == (["blue"], 1)
    assert changes.changed("garden") == 0
    with pytest.raises(SetupError, match="there is no section 'cellar'"):
        changes.changed("cellar")


def test_every_registered_section_is_complete_by_itself(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    for name, registered in SECTIONS.items():
        assert setup.name_of(registered.model) == name
        setup.load(registered.model)
    assert not [problem for problem in setup.problems() if problem.blocks]


def test_person_is_found_by_number_unless_disabled() -> None:
    wang = Person(id="wang", name="Wang", number="801")
    people = People(people=[wang])
    assert people.by_number("801") == people.by_id("wang") == wang
    gone = People(people=[wang.model_copy(update={"enabled": False})])
    assert gone.by_number("801") is None
    assert gone.by_id("wang") is not None
