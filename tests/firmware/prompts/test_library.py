"""The prompts of a box: brought in any form, spoken from text, replaced, put back, renamed, removed; where used."""

import json
import wave
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from firmware.prompts import ANY, PromptError, Prompts
from firmware.prompts.library import VERSIONS_MOST, Library
from firmware.prompts.usage import Use, uses


@pytest.fixture
def library(tmp_path: Path) -> Library:
    clock = count(1_790_000_000)
    return Library(tmp_path / "data", lambda: next(clock))


def spoken(path: Path, seconds: float = 1.0) -> Path:
    """So much of somebody speaking, at a rate that no telephone has."""
    sound = Prompts("en").path("caller_speech")
    with wave.open(str(sound), "rb") as file:
        samples = np.frombuffer(file.readframes(round(seconds * 8000)), "<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(np.repeat(samples, 2).astype("<i2").tobytes())
    return path


def test_what_came_with_the_box_is_listed_with_its_text(library: Library) -> None:
    found = {one.name: one for one in library.all("en")}
    assert found["greeting"].built and not found["greeting"].own
    assert found["greeting"].text.startswith("Hello") and found["greeting"].seconds > 3
    assert "digit_1" not in found and "music" in {one.name for one in library.all(ANY)}


def test_a_prompt_is_replaced_and_each_version_can_come_back(library: Library, tmp_path: Path) -> None:
    one, two = spoken(tmp_path / "one.wav"), spoken(tmp_path / "two.wav", seconds=2.0)
    library.bring(one, "zh", "greeting", "upload", "wang")
    playing = library.sound("zh", "greeting").open("rb")
    before = playing.read(44)
    library.bring(two, "zh", "greeting", "browser", "li")
    newest, oldest = library.versions("zh", "greeting")
    assert (newest.how, newest.who, newest.heard) == ("browser", "li", True)
    assert (oldest.how, oldest.who, oldest.heard) == ("upload", "wang", False)
    assert newest.seconds == pytest.approx(2.0, abs=0.3) and oldest.seconds == pytest.approx(1.0, abs=0.3)
    assert len(before + playing.read()) == 44 + 2 * round(8000 * oldest.seconds)  # who listens hears the old one
    assert Prompts("zh", own=tmp_path / "data/prompts").path("greeting") == library.sound("zh", "greeting")
    library.put_back("zh", "greeting", oldest.id)
    assert [one.heard for one in library.versions("zh", "greeting")] == [False, True]
    library.remove("zh", "greeting")
    assert library.prompt("zh", "greeting").built and not library.prompt("zh", "greeting").own
    assert len(library.versions("zh", "greeting")) == 2
    library.put_back("zh", "greeting", newest.id)
    assert library.prompt("zh", "greeting").own


def test_one_that_was_there_before_versions_is_kept(library: Library, tmp_path: Path) -> None:
    old = tmp_path / "data/prompts/en"
    old.mkdir(parents=True)
    spoken(old / "hello.wav")
    library.bring(spoken(tmp_path / "new.wav", 2.0), "en", "hello", "upload", "wang")
    assert [one.how for one in library.versions("en", "hello")] == ["upload", "before"]


def test_old_versions_go(library: Library, tmp_path: Path) -> None:
    for number in range(VERSIONS_MOST + 2):
        library.bring(spoken(tmp_path / "x.wav", 0.5 + number / 20), "en", "hello", "upload", "")
    kept = library.versions("en", "hello")
    assert len(kept) == VERSIONS_MOST and kept[0].heard
    assert len(list((tmp_path / "data/prompts/.kept/en/hello").iterdir())) == 2 * VERSIONS_MOST


def test_a_text_is_spoken(library: Library) -> None:
    assert library.say("We are closed on Sunday.", "en", "sunday", "wang") > 1.0
    (version,) = library.versions("en", "sunday")
    assert (version.how, version.text, version.heard) == ("text", "We are closed on Sunday.", True)


def test_renamed_with_its_versions(library: Library, tmp_path: Path) -> None:
    library.bring(spoken(tmp_path / "x.wav"), "en", "hello", "upload", "")
    library.rename("en", "hello", "welcome")
    assert library.versions("en", "hello") == [] and library.versions("en", "welcome")[0].heard


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda one: one.prompt("xx", "hello"), "no prompts in language"),
        (lambda one: one.prompt("en", "../hello"), "cannot be called"),
        (lambda one: one.sound("en", "hello", "../../x"), "no version"),
        (lambda one: one.sound("en", "hello"), "there is no prompt"),
        (lambda one: one.remove("en", "greeting"), "no own prompt"),
        (lambda one: one.rename("en", "hello", "greeting"), "already"),
        (lambda one: one.rename("en", "hello", "Hello World"), "cannot be called"),
        (lambda one: one.rename("en", "hello", "welcome"), "no own prompt"),
        (lambda one: one.put_back("en", "hello", "1790000000000"), "no such version"),
        (lambda one: one.say(" ", "en", "hello", ""), "no text"),
        (lambda one: one.say("Hello", ANY, "hello", ""), "needs a language"),
    ],
)
def test_what_cannot_be_done_is_said(library: Library, do: object, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        do(library)  # type: ignore[operator]


def test_where_a_prompt_is_used(tmp_path: Path) -> None:
    flow = tmp_path / "flows/shop"
    flow.mkdir(parents=True)
    part = {"kind": "prompt", "name": "hello"}
    (flow / "000001.json").write_text(json.dumps({"document": {"nodes": {"a": {"prompt": [part]}}}}))
    (flow / "000002.json").write_text(json.dumps({"document": {"nodes": {}}}))
    assert uses(tmp_path, "hello") == []
    (flow / "draft.json").write_text(json.dumps({"document": {"nodes": {"a": {"prompt": [part]}}}}))
    queues = {"1": {"queues": [{"id": "sales", "whisper": "hello", "label": {"en": "hello"}}]}}
    boxes = {"1": {"boxes": {"801": {"greeting": "hello"}}}}
    (tmp_path / "setup.json").write_text(json.dumps({"queues": queues, "voicemail": boxes}))
    assert uses(tmp_path, "hello") == [
        Use("flow", "shop"), Use("queues", "queues/sales/whisper"), Use("voicemail", "boxes/801/greeting"),
    ]  # fmt: skip
