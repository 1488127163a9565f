"""The prompts that set-up made: all there, at telephone rate and level, the same each time, and replaceable."""

import math
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from firmware.prompts import ANY, MUSIC, PromptError, Prompts, built_prompts, texts
from firmware.prompts.make import LEVEL_DBM0, RMS_0_DBM0, active_rms, make

NAMES = [*texts()["prompts"], MUSIC]
# What a telephone passes: below the peak of an A-law full-scale sine (+3.14 dBm0, ITU-T G.711).
PEAK = 22_826 * 10 ** (3.14 / 20)


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)


@pytest.mark.parametrize("language", texts()["voices"])
@pytest.mark.parametrize("name", NAMES)
def test_prompt_as_made(language: str, name: str) -> None:
    heard = samples(Prompts(language).path(name))
    assert 20 * math.log10(active_rms(heard) / RMS_0_DBM0) == pytest.approx(LEVEL_DBM0, abs=0.2)
    assert np.max(np.abs(heard)) < PEAK
    assert len(heard) > 8000


@pytest.mark.parametrize("language", texts()["voices"])
def test_demo_speeches_differ_and_are_long(language: str) -> None:
    caller, agent = (samples(Prompts(language).path(f"{who}_speech")) for who in ("caller", "agent"))
    assert 9 * 8000 <= len(caller) <= 14 * 8000
    assert 9 * 8000 <= len(agent) <= 14 * 8000
    n = min(len(caller), len(agent))
    assert abs(np.corrcoef(caller[:n], agent[:n])[0, 1]) < 0.1


def test_music_loops_without_a_seam() -> None:
    heard = samples(Prompts("en").path(MUSIC))
    inside = np.max(np.abs(np.diff(heard)))
    assert abs(heard[0] - heard[-1]) <= inside


def test_making_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """All but one at most: espeak-ng was once seen to speak one of 194 files with another flutter of the voice; such a
    file must still be as long and sound the same."""
    pairs = [(file, built_prompts() / file.relative_to(tmp_path)) for file in make(tmp_path)]
    others = [(one, other) for one, other in pairs if one.read_bytes() != other.read_bytes()]
    assert len(others) <= 1, [one.name for one, _ in others]
    for one, other in others:
        again, before = (np.frombuffer(file.read_bytes()[44:], "<i2").astype(float) for file in (one, other))
        assert len(again) == len(before), one.name
        assert again @ before > 0.99 * np.sqrt((again @ again) * (before @ before)), one.name


def test_own_recording_wins(tmp_path: Path) -> None:
    own = tmp_path / "zh" / "greeting.wav"
    own.parent.mkdir()
    own.touch()
    prompts = Prompts("zh", own=tmp_path)
    assert prompts.path("greeting") == own
    assert prompts.path("goodbye") == built_prompts() / "zh" / "goodbye.wav"
    assert prompts.path(MUSIC) == built_prompts() / ANY / "music.wav"


@pytest.mark.parametrize("language", texts()["voices"])
def test_parts_as_made(language: str) -> None:
    prompts = Prompts(language)
    for name in texts()["parts"][language]:
        heard = samples(prompts.path(name))
        assert 20 * math.log10(active_rms(heard) / RMS_0_DBM0) == pytest.approx(LEVEL_DBM0, abs=0.5), name
        assert np.max(np.abs(heard)) <= 32767
        assert 0.15 * 8000 < len(heard) < 1.2 * 8000, name
        assert not heard[:100].any()
        assert not heard[-300:].any(), "a pause around a part makes numbers halt"
    assert set(texts()["parts"][language]).isdisjoint(prompts.names())


def test_no_chinese_is_spelt_in_english() -> None:
    """espeak-ng 1.51's voice cmn says most characters as English letters and numbers: 好 as "hao three"."""
    recipe = texts()
    said = [prompt["zh"] for prompt in recipe["prompts"].values()] + list(recipe["parts"]["zh"].values())
    for voice in {voice["voice"] for voice in recipe["voices"]["zh"].values()}:
        command = ["espeak-ng", "-q", "-x", "-v", voice, "--stdin"]
        phonemes = subprocess.run(command, input="\n\n".join(said), capture_output=True, text=True, check=True).stdout
        assert len(phonemes) > 10 * len(said)
        assert "(en)" not in phonemes, voice


def test_unknown_names_list_the_known(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="no prompts in language 'fr'; there are en, zh"):
        Prompts("fr")
    with pytest.raises(PromptError, match="no prompt 'hello' in language 'en'; there are .*agent_speech, .*greeting"):
        Prompts("en").path("hello")
    with pytest.raises(PromptError, match=r"there are none: run \./box setup"):
        Prompts("en", built=tmp_path).path("hello")
