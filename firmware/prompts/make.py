"""Speaks the prompts of texts.toml: `python -m firmware.prompts.make --out DIR`.

espeak-ng speaks, sox brings that to 8 kHz without dither, and each file is set to the same active speech level.
The same texts and tools give the same bytes.
"""

import argparse
import os
import subprocess
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.prompts import ANY, MUSIC, texts
from firmware.prompts.music import RATE, compose

LEVEL_DBM0 = -20.0  # speech on the network is about -16 to -20 dBm0
RMS_0_DBM0 = 22_600 / 2**0.5  # drivers/linecard.h: 0 dBm0 is a sine of peak 22 600
FRAME = RATE // 50
MARGIN_DB = 15.9  # ITU-T P.56 §6: what lies so far below the active level is a pause
# Handset bandwidth; the pad gives the ear a moment before and after.
SHAPE = ["highpass", "200", "rate", "-h", str(RATE), "pad", "0.1", "0.2"]


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
    """Writes 8 kHz mono 16-bit at LEVEL_DBM0, whole or not at all."""
    scaled = samples * (RMS_0_DBM0 * 10 ** (LEVEL_DBM0 / 20) / active_rms(samples))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(np.rint(scaled), -32768, 32767).astype("<i2").tobytes())
    part.replace(path)


def speak(text: str, voice: str, speed: int) -> NDArray[np.float64]:
    """One text at 8 kHz."""
    spoken = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(speed), "--stdin", "--stdout"],
        input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    raw = subprocess.run(
        ["sox", "-D", "-V1", "-t", "wav", "-", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-", *SHAPE],
        input=spoken.stdout, capture_output=True, check=True,
    )  # fmt: skip
    return np.frombuffer(raw.stdout, "<i2").astype(np.float64)


def make(out: Path) -> list[Path]:
    """Makes every prompt below `out`; returns the files."""
    recipe: dict[str, Any] = texts()
    jobs = [
        (out / language / f"{name}.wav", prompt[language], voices[prompt.get("speaker", "box")])
        for name, prompt in recipe["prompts"].items()
        for language, voices in recipe["voices"].items()
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (path, _, _), samples in zip(
            jobs, pool.map(lambda job: speak(job[1], job[2]["voice"], job[2]["speed"]), jobs), strict=True
        ):
            write(path, samples)
    music = out / ANY / f"{MUSIC}.wav"
    write(music, compose())
    return [path for path, _, _ in jobs] + [music]


def main() -> None:
    parser = argparse.ArgumentParser(description="Speak the default prompts")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets <language>/<name>.wav")
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
