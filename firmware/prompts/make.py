"""Speaks the prompts of texts.toml: `python -m firmware.prompts.make --out DIR`.

espeak-ng speaks, sox brings that to 8 kHz without dither, and each file is set to the same active speech level.
The same texts and tools give the same bytes.
"""

import argparse
import os
import subprocess
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.prompts import ANY, BEEP, CHIME, MUSIC, texts
from firmware.prompts.music import RATE, compose
from firmware.prompts.speech import PAUSE

LEVEL_DBM0 = -20.0  # speech on the network is about -16 to -20 dBm0
RMS_0_DBM0 = 22_826 / 2**0.5  # drivers/linecard.h: 0 dBm0 is a sine of peak 22 826
FRAME = RATE // 50
MARGIN_DB = 15.9  # ITU-T P.56 §6: what lies so far below the active level is a pause
SHAPE = ["highpass", "200", "rate", "-h", str(RATE)]  # handset bandwidth
PAD_S = (0.1, 0.2)  # the ear wants a moment before and after a prompt
PART_PAD_S = (0.02, 0.05)  # parts follow one another as syllables do
PART_QUIET = 10 ** (-40 / 20)  # of a part's peak: what is below at its ends is the synthesiser's own pause
CLAUSES = str.maketrans("，：；", ",:;")  # espeak-ng takes the full-width ones for the end of a sentence
PAUSE_S = 0.25
SPEAK_S = 60.0  # a minute of speech takes a tenth of a second
BEEP_HZ, BEEP_S = 1000, 0.4  # after it the caller speaks
CHIME_HZ, CHIME_S = (659.3, 523.3), 0.5  # two falling notes, each of which fades


def active_rms(samples: NDArray[np.float64]) -> float:
    """Level of the speech without its pauses, after the idea of ITU-T P.56, over frames of 20 ms."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(frames**2, axis=1)
    active = power[power > 0]
    while True:
        kept = active[active > np.mean(active) * 10 ** (-MARGIN_DB / 10)]
        if len(kept) == len(active):
            return float(np.sqrt(np.mean(active)))
        active = kept


def write(path: Path, samples: NDArray[np.float64]) -> None:
    """Writes 8 kHz mono 16-bit at LEVEL_DBM0, whole or not at all; silence stays silent."""
    scaled = samples
    if np.any(samples):
        scaled = samples * (RMS_0_DBM0 * 10 ** (LEVEL_DBM0 / 20) / active_rms(samples))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(np.rint(scaled), -32768, 32767).astype("<i2").tobytes())
    part.replace(path)


def part_of_speech(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """A part without the silence around it."""
    loud = np.flatnonzero(np.abs(samples) > PART_QUIET * np.max(np.abs(samples)))
    return padded(samples[loud[0] : loud[-1] + 1], PART_PAD_S)


def padded(samples: NDArray[np.float64], pad_s: tuple[float, float]) -> NDArray[np.float64]:
    """With so many seconds of silence before and after."""
    return np.pad(samples, [round(seconds * RATE) for seconds in pad_s])


def speak(text: str, voice: str, speed: int) -> NDArray[np.float64]:
    """One text at 8 kHz. subprocess.SubprocessError if a program fails, or does not end within SPEAK_S."""
    spoken = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(speed), "--stdin", "--stdout"],
        input=text.translate(CLAUSES).encode(), capture_output=True, check=True, timeout=SPEAK_S,
    )  # fmt: skip
    raw = subprocess.run(
        ["sox", "-D", "-V1", "-t", "wav", "-", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-", *SHAPE],
        input=spoken.stdout, capture_output=True, check=True, timeout=SPEAK_S,
    )  # fmt: skip
    return np.frombuffer(raw.stdout, "<i2").astype(np.float64)


def make(out: Path) -> list[Path]:
    """Makes every prompt and part below `out`; returns the files."""
    recipe: dict[str, Any] = texts()
    jobs: list[Callable[[], Path]] = []
    for language, voices in recipe["voices"].items():
        for name, prompt in recipe["prompts"].items():
            file, voice = out / language / f"{name}.wav", voices[prompt.get("speaker", "box")]
            jobs.append(partial(_prompt, file, prompt[language], voice))
        for name, text in recipe["parts"][language].items():
            jobs.append(partial(_part, out / language / f"{name}.wav", text, voices["box"]))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        files = list(pool.map(lambda job: job(), jobs))
    music, pause, beep, chime = (out / ANY / f"{name}.wav" for name in (MUSIC, PAUSE, BEEP, CHIME))
    write(music, compose())
    write(pause, np.zeros(round(PAUSE_S * RATE)))
    write(beep, np.sin(2 * np.pi * BEEP_HZ / RATE * np.arange(round(BEEP_S * RATE))))
    write(chime, ding_dong())
    return [*files, music, pause, beep, chime]


def ding_dong() -> NDArray[np.float64]:
    """What tells a house to listen."""
    time = np.arange(round(CHIME_S * RATE)) / RATE
    return np.concatenate([np.exp(-6 * time) * np.sin(2 * np.pi * hz * time) for hz in CHIME_HZ])


def _prompt(file: Path, text: str, voice: dict[str, Any]) -> Path:
    write(file, padded(speak(text, voice["voice"], voice["speed"]), PAD_S))
    return file


def _part(file: Path, text: str, voice: dict[str, Any]) -> Path:
    write(file, part_of_speech(speak(text, voice["voice"], voice["speed"])))
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description="Speak the default prompts")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets <language>/<name>.wav")
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
