"""The box's own voice speaks what people wrote; what it cannot speak is refused in words."""

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from firmware.prompts import PromptError, make
from firmware.prompts import spoken as room
from firmware.prompts.spoken import language_of, spoken


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mr Wang to the desk", "en"),
        ("请王先生到前台", "zh"),
        ("请 Mr. Wang 到前台", "zh"),
        ("12:30", "zh"),
        ("", "zh"),
    ],
)
def test_the_language_that_it_is_written_in(text: str, language: str) -> None:
    assert language_of(text, "zh") == language


@pytest.mark.parametrize(("text", "language"), [("Lunch is served.", "en"), ("-v en，开饭了！", "zh")])
def test_it_is_spoken(tmp_path: Path, text: str, language: str) -> None:
    spoken(text, language, tmp_path / "text.wav")
    with wave.open(str(tmp_path / "text.wav")) as sound:
        assert sound.getframerate() == 8000 and 0.8 < sound.getnframes() / 8000 < 5


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [("Hello", "fr", "choose one"), (" \n", "en", "there is no text"), ("\udc80", "en", "could not be spoken")],
)
def test_what_cannot_be_spoken(tmp_path: Path, text: str, language: str, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        spoken(text, language, tmp_path / "text.wav")
    assert not list(tmp_path.iterdir())


def test_a_voice_that_is_silent_hangs_or_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "text.wav"
    monkeypatch.setattr(room, "speak", lambda *_: np.zeros(800))
    with pytest.raises(PromptError, match="there is no word in this text"):
        spoken("...", "en", file)

    def hangs(*_: object) -> None:
        raise subprocess.TimeoutExpired("espeak-ng", make.SPEAK_S)

    monkeypatch.setattr(room, "speak", hangs)
    with pytest.raises(PromptError, match="the text 'Hello' could not be spoken: .* timed out"):
        spoken("Hello", "en", file)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PromptError, match="not installed"):
        spoken("Hello", "en", file)
