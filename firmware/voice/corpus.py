"""Who answers, a thousand times: `python -m firmware.voice.corpus --json` prints the confusion matrix.

Everything is made from a seed: what people and machines say, spoken by espeak-ng in several voices, speeds and
pitches; beeps, fax tones, music, noise; each with its own delay, level and noise, through A-law. Synthetic voices
are more even than people, and real machines more varied than these: a figure from here is an upper bound.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.prompts.make import RMS_0_DBM0, active_rms, speak
from firmware.prompts.music import RATE, compose
from firmware.voice.hear import who_answered
from firmware.voice.machine import Parameters

Samples = NDArray[np.float64]
Texts = tuple[str, ...]

SEED = 2026
LISTEN_S = 14.0
RESULTS = ("human", "machine", "beep", "fax", "silence", "undecided")
# What is right: the first verdict for each kind of answer.
RIGHT = {
    "human": ("human",),
    "machine": ("machine", "beep"),
    "fax": ("fax",),
    "silence": ("silence",),
    "noise": ("silence",),
    "music": ("machine", "silence"),  # nobody to talk to
}
ENGLISH = tuple(
    f"{accent}+{who}" for accent in ("en-us", "en-gb", "en-gb-x-rp") for who in ("m1", "m3", "m7", "f2", "f4")
)
CHINESE = tuple(f"cmn-latn-pinyin+{who}" for who in ("m1", "m3", "m5", "f1", "f2", "f4"))
PEOPLE_EN = (
    "Hello?", "Yes?", "Hello, hello?", "Hi, this is Tom.", "Wang speaking, hello.", "Hello, who is there?", "Speaking.",
    "Good morning, Baker Street Garage.", "Sales department, how can I help?", "Miller, good afternoon.",
    "Hello?; Hello?", "One moment; yes, hello?", "Smith and Sons, Mary speaking.",
)  # fmt: skip
PEOPLE_ZH = (
    "喂?", "喂,你好。", "你好,哪位?", "您好。", "喂?;喂?", "您好,红星公司。", "谁啊?", "喂,您好,我是小王。",
    "你好,请讲。", "您好,请问找谁?",
)  # fmt: skip
MACHINES_EN = (
    "You have reached the voicemail of Thomas Baker. Please leave a message after the tone.",
    "Hi, this is Anna. I can't come to the phone right now. Leave your name and number, and I will call you back.",
    "Thank you for calling Miller and Company. Our office is closed. Our hours are nine to five, Monday to Friday.",
    "The person you are calling is not available. At the tone, please record your message.",
    "Hello. We are not at home at the moment, so please leave us a message after the beep.",
    "Hi, it's Bob; you know what to do, so please do it after the beep.",
)
MACHINES_ZH = (
    "您好,您拨打的用户暂时无法接听,请在提示音后留言。",
    "您好,我现在不方便接电话,请在嘀声之后留下您的姓名和电话号码,我会尽快给您回电话。",
    "您好,欢迎致电红星公司,现在是下班时间,请您在工作时间再拨打,谢谢。",
    "对不起,您拨打的用户已启用来电提醒功能,请在听到提示音后留言。",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered call, as heard from the moment of the answer."""

    kind: str
    what: str
    samples: bytes
    beep_at: float | None = None  # when the machine's beep is over


def silence(seconds: float) -> Samples:
    """Nothing."""
    return np.zeros(round(seconds * RATE))


def tone(hertz: float, seconds: float) -> Samples:
    """A sine, faded over 5 ms."""
    t = np.arange(round(seconds * RATE)) / RATE
    ramp = np.minimum(1.0, np.minimum(t, seconds - t) / 0.005)
    made: Samples = np.sin(2 * np.pi * hertz * t) * ramp
    return made


def at_level(sound: Samples, dbm0: float) -> Samples:
    """With this active level."""
    return sound * (RMS_0_DBM0 * 10 ** (dbm0 / 20) / active_rms(sound))


def alaw(sound: Samples) -> bytes:
    """As ITU-T G.711 A-law leaves it: quantised in 16 segments of 16 steps."""
    size = np.minimum(np.abs(sound), 32_255.0)
    step = 2.0 ** np.maximum(np.floor(np.log2(np.maximum(size, 1.0))) - 4, 4)
    coded: NDArray[np.int16] = np.rint(np.sign(sound) * (np.floor(size / step) + 0.5) * step).astype("<i2")
    return coded.tobytes()


class Maker:
    """Makes answers of each kind from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._makers: dict[str, Callable[[np.random.Generator], tuple[str, Samples]]] = {
            "human": _human,
            "machine": _machine,
            "fax": _fax,
            "silence": _silence,
            "noise": _noise,
            "music": self._some_music,
        }
        self._music = compose()

    def plan(self, kind: str) -> Callable[[], Answer]:
        """Draws now what makes this answer; the result makes its sound, in any thread."""
        seed = int(self._random.integers(1 << 62))
        return lambda: self._make(kind, np.random.default_rng(seed))

    def _make(self, kind: str, random: np.random.Generator) -> Answer:
        what, sound = self._makers[kind](random)
        delay = random.uniform(0.1, 1.2)
        noise_dbm0 = random.uniform(-65, -45)
        length = max(LISTEN_S, delay + len(sound) / RATE + 1.0)
        line = random.normal(0, RMS_0_DBM0 * 10 ** (noise_dbm0 / 20), round(length * RATE))
        if len(sound):
            begin = round(delay * RATE)
            dbm0 = random.uniform(-45, -32) if kind == "noise" else random.uniform(-28, -12)
            line[begin : begin + len(sound)] += at_level(sound, dbm0)
        return Answer(kind, what, alaw(line), delay + len(sound) / RATE if kind == "machine" else None)

    def _some_music(self, random: np.random.Generator) -> tuple[str, Samples]:
        begin = int(random.integers(len(self._music) - 10 * RATE))
        return "music", self._music[begin : begin + 10 * RATE]


def _say(
    random: np.random.Generator, english: Texts, chinese: Texts, pause_s: tuple[float, float]
) -> tuple[str, Samples]:
    """One of the texts; a semicolon is a pause."""
    in_english = random.random() < 0.5
    text = str(random.choice(english if in_english else chinese))
    voice = str(random.choice(ENGLISH if in_english else CHINESE))
    speed = round(random.uniform(130, 190) if in_english else random.uniform(180, 250))
    spoken = [speak(piece, voice, speed) for piece in text.split(";")]
    pause = silence(random.uniform(*pause_s))
    sound = spoken[0] if len(spoken) == 1 else np.concatenate((spoken[0], pause, spoken[1]))
    return f"{text} ({voice}, {speed})", sound


def _human(random: np.random.Generator) -> tuple[str, Samples]:
    return _say(random, PEOPLE_EN, PEOPLE_ZH, (0.9, 2.0))


def _machine(random: np.random.Generator) -> tuple[str, Samples]:
    what, speech = _say(random, MACHINES_EN, MACHINES_ZH, (0.2, 0.5))
    hertz, seconds = random.choice([440.0, 850.0, 1000.0, 1060.0, 1400.0]), random.uniform(0.2, 1.0)
    beep = tone(hertz, seconds) * active_rms(speech) * 2**0.5 * 10 ** (random.uniform(-3, 6) / 20)
    gap = silence(random.uniform(0.1, 1.0))
    return f"{what}, beep {hertz:.0f} Hz {seconds:.2f} s", np.concatenate((speech, gap, beep))


def _fax(random: np.random.Generator) -> tuple[str, Samples]:
    if random.random() < 0.7:
        return "CED", tone(2100 + random.uniform(-15, 15), random.uniform(2.6, 4.0))
    return "CNG", np.concatenate([tone(1100 + random.uniform(-38, 38), 0.5), silence(3.0)] * 3)


def _silence(_: np.random.Generator) -> tuple[str, Samples]:
    return "line noise", silence(0)


def _noise(random: np.random.Generator) -> tuple[str, Samples]:
    """A room or street: low frequencies, slowly louder and softer."""
    length = 10 * RATE
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    spectrum = np.fft.rfft(random.normal(0, 1, length)) * (hertz > 200) / np.maximum(hertz, 200) ** 0.5
    swell = 1 + 0.4 * np.sin(2 * np.pi * random.uniform(0.1, 0.4) * np.arange(length) / RATE)
    return "a room", np.fft.irfft(spectrum, length) * swell


def make(seed: int, each: int) -> list[Answer]:
    """`each` answers of every kind."""
    maker = Maker(seed)
    plans = [maker.plan(kind) for kind in RIGHT for _ in range(each)]
    with ThreadPoolExecutor(2) as pool:  # espeak-ng and sox do most of it
        return list(pool.map(lambda plan: plan(), plans))


def measure(answers: list[Answer], parameters: Parameters | None = None) -> dict[str, Any]:
    """Confusion of kinds and first verdicts, the share that is right, how long it took, and the beeps."""
    confusion = {kind: Counter[str]() for kind in RIGHT}
    seconds: dict[str, list[float]] = {kind: [] for kind in RIGHT}
    wrong: list[dict[str, Any]] = []
    beeps = late = 0
    for answer in answers:
        verdicts = who_answered(answer.samples, parameters)
        first = verdicts[0] if verdicts else None
        result = first.kind if first else "undecided"
        confusion[answer.kind][result] += 1
        if first is not None:
            seconds[answer.kind].append(first.at)
        if result not in RIGHT[answer.kind]:
            wrong.append({"kind": answer.kind, "result": result, "what": answer.what})
        if answer.beep_at is not None and verdicts and verdicts[-1].kind == "beep":
            beeps += 1
            late += not -0.05 <= verdicts[-1].at - answer.beep_at <= 0.3
    machines = sum(answer.beep_at is not None for answer in answers)
    right = {
        kind: round(sum(confusion[kind][result] for result in RIGHT[kind]) / max(1, confusion[kind].total()), 4)
        for kind in RIGHT
    }
    return {
        "answers": len(answers),
        "confusion": {kind: dict(confusion[kind]) for kind in RIGHT},
        "right": right,
        "median_s": {kind: round(float(np.median(times)), 2) for kind, times in seconds.items() if times},
        "beeps": {"made": machines, "found": beeps, "at_the_wrong_time": late},
        "wrong": wrong,
    }


def report(measured: dict[str, Any]) -> str:
    """The matrix for people."""
    lines = [f"{'':10}" + "".join(f"{result:>11}" for result in RESULTS) + f"{'right':>9}{'median':>9}"]
    for kind, row in measured["confusion"].items():
        counts = "".join(f"{row.get(result, 0):>11}" for result in RESULTS)
        median = measured["median_s"].get(kind, float("nan"))
        lines.append(f"{kind:10}{counts}{100 * measured['right'][kind]:>8.1f}%{median:>7.2f} s")
    beeps = measured["beeps"]
    lines.append(f"beeps: {beeps['found']} of {beeps['made']} found, {beeps['at_the_wrong_time']} at the wrong time")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Who answered: the confusion matrix over a generated corpus")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--each", type=int, default=200, metavar="N", help="answers of each kind (default 200)")
    parser.add_argument("--json", action="store_true", help="report as JSON, with every wrong one")
    options = parser.parse_args()
    measured = measure(make(options.seed, options.each))
    sys.stdout.write((json.dumps(measured, ensure_ascii=False) if options.json else report(measured)) + "\n")


if __name__ == "__main__":
    main()
