"""Drafts and versions on a real disk: what is published stays; for what is broken, what was before stands in."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware.ivr.checks import Names
from firmware.ivr.document import Document, written
from firmware.ivr.library import Change, Changed, Draft, Library, LibraryError, NotPublished, Version, differences
from firmware.ivr.speaking import text_prompt
from firmware.ivr.texts import speaker
from tests.firmware.ivr.walking import flow, prompt

NAMES = Names(queues=frozenset({"sales", "operator", "service"}))
QUEUE: dict[str, Any] = {"kind": "queue", "queue": "sales"}


def document(queue: str = "sales") -> dict[str, Any]:
    return written(flow({"end": QUEUE | {"queue": queue}}))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path, lambda: 1000.0)


def publish(library: Library, name: str, content: dict[str, Any], note: str = "") -> int:
    library.save_draft(name, content, "wang")
    return library.publish(name, "li", NAMES, note).version


def test_the_flows_of_a_new_box(library: Library) -> None:
    assert library.names() == ["closed", "main", "surge", "survey"]
    assert {one.version for one in library.published().values()} == {0}
    assert library.versions("main") == [Version(0, 0.0, "", "")]


def test_a_draft_need_not_be_whole(library: Library) -> None:
    library.save_draft("sale", {"nodes": 7}, "wang")
    assert library.draft("sale") == Draft({"nodes": 7}, 0, 1000.0, "wang")
    assert "sale" in library.names() and "sale" not in library.published()
    assert [(one.node, one.name) for one in library.problems("sale", {"nodes": 7}, NAMES)] == [
        (None, "field_missing"), (None, "field_wrong"),
    ]  # fmt: skip
    library.discard_draft("sale")
    assert library.draft("sale") is None and "sale" not in library.names()


def test_publishing(library: Library) -> None:
    before = library.published()
    assert publish(library, "main", document()) == 1
    assert publish(library, "main", document("operator"), "all to the operator") == 2
    assert library.draft("main") is None
    assert library.published()["main"].document == Document.model_validate(document("operator"))
    assert library.get("main", 1) == Document.model_validate(document()) and before["main"].version == 0
    assert library.versions("main") == [
        Version(2, 1000.0, "li", "all to the operator"), Version(1, 1000.0, "li", ""), Version(0, 0.0, "", ""),
    ]  # fmt: skip


def test_a_flow_with_errors_is_not_published(library: Library) -> None:
    library.save_draft("main", document("gone"), "wang")
    with pytest.raises(NotPublished, match="end: There is no queue “gone”") as error:
        library.publish("main", "li", NAMES)
    assert [one.name for one in error.value.problems] == ["queue_unknown"]
    assert library.newest("main") == library.published()["main"] and library.published()["main"].version == 0
    assert library.draft("main") is not None


def test_two_who_work_on_the_same_flow(library: Library) -> None:
    library.save_draft("main", document(), "wang")
    library.restore("main", 0, "li", NAMES)
    with pytest.raises(LibraryError, match="version 1 of flow main was published since"):
        library.publish("main", "wang", NAMES)
    library.discard_draft("main")
    with pytest.raises(LibraryError, match="no draft"):
        library.publish("main", "wang", NAMES)


def test_restoring_is_a_new_version(library: Library) -> None:
    publish(library, "main", document())
    publish(library, "main", document("operator"))
    assert library.restore("main", 1, "li", NAMES).version == 3
    assert library.get("main", 3) == library.get("main", 1)
    assert library.versions("main")[0].note == "version 1 again"
    with pytest.raises(NotPublished):
        library.restore("main", 1, "li", Names(queues=frozenset()))


def test_comparing(library: Library) -> None:
    menu = {"kind": "menu", "prompt": prompt("greeting"), "exits": {"1": "end", "otherwise": "end"}, "at": [0, 0]}
    one = flow({"menu": menu, "end": QUEUE})
    other = flow({"menu": menu | {"tries": 3, "at": [9, 9]}, "end": QUEUE | {"queue": "service"}, "more": QUEUE})
    assert differences(one, other) == [
        Change("changed", "nodes/end/queue", "sales", "service"),
        Change("added", "nodes/menu/tries", None, 3),
        Change("added", "nodes/more", None, QUEUE),
    ]
    assert [change.node for change in differences(one, other)] == ["end", "menu", "more"]
    assert differences(other, one)[-1] == Change("removed", "nodes/more", QUEUE, None) and differences(one, one) == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'{"document": {}}', b'{"document": {"start": 1}}'])
def test_a_damaged_version_is_told_and_the_one_before_stands_in(
    library: Library, tmp_path: Path, content: bytes
) -> None:
    publish(library, "main", document())
    publish(library, "main", document("operator"))
    file = tmp_path / "flows" / "main" / "000002.json"
    file.write_bytes(content)
    assert library.published()["main"].version == 1 and list(library.damaged) == [file]
    assert [version.number for version in library.versions("main")] == [2, 1, 0]
    with pytest.raises(LibraryError, match="is damaged"):
        library.get("main", 2)
    assert publish(library, "main", document("service")) == 3  # never a number twice


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]"])
def test_a_damaged_draft(library: Library, tmp_path: Path, content: bytes) -> None:
    library.save_draft("main", document(), "wang")
    (tmp_path / "flows" / "main" / "draft.json").write_bytes(content)
    with pytest.raises(LibraryError, match="Discard the draft"):
        library.draft("main")
    library.discard_draft("main")
    assert library.draft("main") is None


@pytest.mark.parametrize("name", ["", "../x", "Main", "a/b", "1", "a" * 33])
def test_names_that_are_none(library: Library, name: str) -> None:
    with pytest.raises(LibraryError, match="cannot be called"):
        library.save_draft(name, {}, "wang")


def test_what_is_not_there(library: Library) -> None:
    with pytest.raises(LibraryError, match="no version 7"):
        library.get("main", 7)
    assert library.newest("nothing") is None and library.versions("nothing") == []


def test_a_disk_that_cannot_be_written(library: Library, tmp_path: Path) -> None:
    (tmp_path / "flows").write_text("in the way")
    with pytest.raises(LibraryError, match="cannot make"):
        library.save_draft("main", document(), "wang")


def test_what_a_power_cut_leaves_is_not_looked_at(library: Library, tmp_path: Path) -> None:
    publish(library, "main", document())
    (tmp_path / "flows" / "main" / "000002.json.123.new").write_text("{")
    (tmp_path / "flows" / "Main").mkdir()
    assert library.published()["main"].version == 1 and not library.damaged and "Main" not in library.names()


def test_files_are_read_by_people_and_by_nobody_else(library: Library, tmp_path: Path) -> None:
    publish(library, "main", document())
    file = tmp_path / "flows" / "main" / "000001.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["document"]["nodes"]["end"] == QUEUE


def test_written_texts_are_spoken_once(tmp_path: Path) -> None:
    text = {"zh": "今天有优惠。", "en": "There is a sale today."}
    play = {"kind": "play", "prompt": [{"kind": "text", "text": text}], "exits": {"next": "end"}}
    library = Library(tmp_path, lambda: 0.0, speaker(tmp_path / "prompts"))
    assert publish(library, "sale", written(flow({"play": play, "end": QUEUE}))) == 1
    files = [
        tmp_path / "prompts" / language / f"{text_prompt(text[language], language)}.wav" for language in ("zh", "en")
    ]
    assert all(file.stat().st_size > 16_000 for file in files)  # more than a second
    files[0].write_bytes(b"recorded by a person")
    publish(library, "sale", written(flow({"play": play, "end": QUEUE})))
    assert files[0].read_bytes() == b"recorded by a person"


def test_a_disk_that_cannot_be_read_any_more(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(library, "main", document())
    assert library.published()["main"].version == 1

    def fault(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "iterdir", fault)
    assert library.published()["main"].version == 1
    assert list(library.damaged.values()) == [f"{tmp_path / 'flows'} cannot be read: Input/output error"]


def test_nobody_overwrites_what_he_has_not_seen(library: Library) -> None:
    assert (library.stamp("main"), library.stamp("sale")) == ("v0", "")
    library.save_draft("sale", document(), "wang", "")
    with pytest.raises(Changed, match="wang has changed flow sale meanwhile"):
        library.save_draft("sale", document("operator"), "li", "")
    seen = library.stamp("sale")
    library.save_draft("sale", document("operator"), "li", seen)
    for act in (lambda: library.publish("sale", "wang", NAMES, seen=seen), lambda: library.discard_draft("sale", seen)):
        with pytest.raises(Changed, match="li has changed flow sale meanwhile"):
            act()
    library.publish("sale", "li", NAMES, seen=library.stamp("sale"))
    with pytest.raises(Changed, match="li has changed"):
        library.save_draft("sale", document(), "wang", seen)
    with pytest.raises(Changed, match="removed or renamed meanwhile"):
        library.save_draft("gone", document(), "wang", seen)
    assert library.stamp("sale") == "v1" and "gone" not in library.names()


def test_renamed_and_removed_with_everything(library: Library) -> None:
    publish(library, "sale", document())
    library.save_draft("sale", document("operator"), "wang")
    library.rename("sale", "offer")
    assert "sale" not in library.names() and library.stamp("offer") != "v1"
    assert library.published()["offer"].version == 1
    for wrong, words in (("main", "already"), ("Offer", "cannot be called")):
        with pytest.raises(LibraryError, match=words):
            library.rename("offer", wrong)
    for name, words in (("main", "came with the box"), ("sale", "there is no flow")):
        with pytest.raises(LibraryError, match=words):
            library.remove(name)
    library.remove("offer")
    publish(library, "offer", document())
    library.remove("offer")
    assert "offer" not in library.names() and "offer" not in library.published()
    assert len(list(library._root.glob("_removed/offer.*/000001.json"))) == 2  # kept all the same


def test_a_draft_beside_a_version(library: Library) -> None:
    publish(library, "sale", document())
    with pytest.raises(LibraryError, match="no draft of flow sale that could be compared"):
        library.compare("sale", 1, None)
    library.save_draft("sale", document("operator"), "wang")
    assert library.compare("sale", 1, None) == [Change("changed", "nodes/end/queue", "sales", "operator")]
    library.save_draft("sale", {"nodes": 7}, "wang")
    with pytest.raises(LibraryError, match="no draft"):
        library.compare("sale", 1, None)


def test_without_a_draft_the_newest_version_is_tried(library: Library) -> None:
    publish(library, "sale", document())
    assert library.to_try("sale") == library.get("sale", 1)
    with pytest.raises(LibraryError, match="no draft of flow gone"):
        library.to_try("gone")
