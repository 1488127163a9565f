"""Who answered: tables of what is heard, and the generated corpus through the whole of it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.prompts import Prompts
from firmware.voice.corpus import RIGHT, make, measure, report
from firmware.voice.hear import Hearing, has_pitch, who_answered
from firmware.voice.machine import Judge, News, Parameters, Verdict, judge

Spoken = list[tuple[float, float]]


def voices(*spoken: tuple[float, float], until: float = 60.0, tones: list[News] | None = None) -> list[Verdict]:
    """Voice from ... to ..., told as late as firmware/voice/hear.py does."""
    news = [News(begin + 0.06, "voice", begin) for begin, _ in spoken]
    news += [News(end + 0.2, "voice_end", end) for _, end in spoken]
    return judge(sorted([*news, *(tones or [])], key=lambda one: one.told), until)


def tone(begin: float, hertz: float, seconds: float) -> list[News]:
    """A tone told while it goes on, and at its end."""
    told = np.arange(0.2, seconds, 0.2)
    going = [News(begin + lasted, "tone", begin, hertz, lasted) for lasted in told]
    return [*going, News(begin + seconds + 0.02, "tone_end", begin + seconds, hertz, seconds)]


@pytest.mark.parametrize(
    ("spoken", "kinds", "at"),
    [
        ([], ["silence"], 3.5),
        ([(0.5, 0.9)], ["human"], 1.65),  # 喂?
        ([(0.5, 0.9), (1.1, 1.5)], ["human"], 2.25),  # two words
        ([(0.5, 0.9), (2.5, 3.0)], ["human"], 1.65),  # decided before the second hello
        ([(0.5, 2.5)], ["human"], 3.6),  # a company's name: one waits longer
        ([(0.5, 1.8), (2.6, 5.0)], ["human"], 2.55),
        ([(0.5, 2.2), (3.0, 6.0)], ["machine", "silence"], 3.2),  # too long a greeting for the short patience
        ([(0.5, 9.0)], ["machine", "silence"], 3.2),
        ([(0.5, 1.0), (1.3, 1.8), (2.1, 4.0)], ["machine", "silence"], 3.2),
        ([(3.4, 3.8)], ["human"], 4.55),  # late, but somebody
        ([(1.0, 1.05)], ["silence"], 3.5),  # a click
        ([(1.0, 1.05), (2.0, 2.5)], ["human"], 3.25),
    ],
)
def test_greetings(spoken: Spoken, kinds: list[str], at: float) -> None:
    verdicts = voices(*spoken)
    assert [verdict.kind for verdict in verdicts] == kinds
    assert verdicts[0].at == pytest.approx(at, abs=0.01)
    assert verdicts[0].evidence


def test_beep_after_a_long_greeting() -> None:
    verdicts = voices((0.5, 8.0), tones=tone(8.5, 1000, 0.5))
    assert [verdict.kind for verdict in verdicts] == ["machine", "beep"]
    assert verdicts[1].at == pytest.approx(9.02)
    assert "1000 Hz for 0.50 s" in verdicts[1].evidence[-1]


def test_beep_after_a_short_greeting() -> None:
    """ "Leave a message." and its beep, sooner than a person's waiting is over."""
    verdicts = voices((0.5, 1.6), tones=tone(2.0, 1000, 0.3))
    assert [verdict.kind for verdict in verdicts] == ["beep"]


@pytest.mark.parametrize(
    ("hertz", "seconds", "spoken", "kinds"),
    [
        (2100, 3.0, [], ["fax"]),
        (2115, 0.7, [], ["fax"]),
        (1100, 0.5, [], ["fax"]),
        (1138, 0.5, [], ["fax"]),
        (1150, 0.5, [], ["silence"]),
        (1100, 0.3, [], ["silence"]),
        (1100, 0.5, [(0.2, 0.9)], ["beep"]),
        (2100, 3.0, [(0.1, 0.5)], ["human"]),  # a tone as long is no beep
    ],
)
def test_tones(hertz: float, seconds: float, spoken: Spoken, kinds: list[str]) -> None:
    assert [verdict.kind for verdict in voices(*spoken, tones=tone(1.0, hertz, seconds))] == kinds


def test_fax_is_known_before_its_tone_ends() -> None:
    assert voices(tones=tone(0.5, 2100, 3.5))[0].at < 1.5


def test_parameters_change_the_verdict() -> None:
    patient = Parameters(greeting_s=5.0)
    assert judge([News(0.56, "voice", 0.5), News(4.2, "voice_end", 4.0)], 20, patient)[0].kind == "human"


KINDS = st.sampled_from(["voice", "voice_end", "tone", "tone_end"])
NEWS = st.lists(st.tuples(st.floats(0, 20), KINDS, st.floats(300, 2600), st.floats(0, 4)), max_size=20)


@given(NEWS)
def test_any_news_ends_in_one_or_two_verdicts(raw: list[tuple[float, str, float, float]]) -> None:
    judging = Judge()
    for told, kind, hertz, seconds in sorted(raw):
        judging.news(News(told, kind, told, hertz, seconds))  # type: ignore[arg-type]
    judging.news(News(21.0, "voice_end", 21.0))
    judging.pass_time(200.0)
    kinds = [verdict.kind for verdict in judging.verdicts]
    assert judging.done
    assert len(kinds) == 1 or (len(kinds) == 2 and kinds[0] == "machine")
    assert judging.deadline is None


# -- from samples --------------------------------------------------------------------------------------------


def raw(samples: np.ndarray) -> bytes:
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("hertz", [420.0, 1000.0, 1400.5, 2100.0, 2500.0])
@pytest.mark.parametrize("level_dbm0", [-38, -20, 0])
def test_tone_is_measured(hertz: float, level_dbm0: float) -> None:
    peak = 22_826 * 10 ** (level_dbm0 / 20)
    noise = np.random.default_rng(3).normal(0, peak * 0.05, 16_000)
    sound = noise
    sound[4000:8000] += peak * np.sin(2 * np.pi * hertz / 8000 * np.arange(4000))
    found = [news for news in Hearing().feed(raw(sound)) if news.kind == "tone_end"]
    assert len(found) == 1
    assert found[0].hz == pytest.approx(hertz, abs=4)
    assert found[0].seconds == pytest.approx(0.5, abs=0.05)
    assert found[0].at == pytest.approx(1.0, abs=0.03)


def test_two_tones_are_no_beep() -> None:
    t = np.arange(8000) / 8000
    both = 5000 * np.sin(2 * np.pi * 770 * t) + 5000 * np.sin(2 * np.pi * 1336 * t)
    assert not [news for news in Hearing().feed(raw(both)) if news.kind == "tone_end"]


def test_pitch() -> None:
    t = np.arange(320) / 8000
    for hertz in (80, 120, 200, 350):
        assert has_pitch(np.sum([np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 9)], axis=0))
    random = np.random.default_rng(8)
    assert sum(has_pitch(random.normal(0, 1000, 320)) for _ in range(500)) < 5
    assert not has_pitch(np.zeros(320))


@given(st.lists(st.integers(1, 3000), max_size=10))
def test_pieces_do_not_matter(sizes: list[int]) -> None:
    data = Prompts("en").path("goodbye").read_bytes()[44:] + raw(5000 * np.sin(np.arange(4000)))
    whole, pieces = Hearing(), Hearing()
    expected = whole.feed(data)
    assert {news.kind for news in expected} == {"voice", "voice_end", "tone"}
    found, at = [], 0
    for size in [*sizes, len(data)]:
        found += pieces.feed(data[at : at + 2 * size])
        at += 2 * size
    assert found == expected


def test_corpus() -> None:
    """More of it: `python -m firmware.voice.corpus`."""
    answers = make(seed=7, each=25)
    measured = measure(answers)
    right = measured["right"]
    assert right["human"] >= 0.92, measured["wrong"]
    assert right["machine"] >= 0.92, measured["wrong"]
    for kind in ("fax", "silence", "noise", "music"):
        assert right[kind] >= 0.96, measured["wrong"]
    assert measured["beeps"]["found"] >= 23
    assert measured["beeps"]["at_the_wrong_time"] <= 1
    assert "human" in report(measured)
    assert make(seed=7, each=1)[0] == make(seed=7, each=1)[0], "the same seed must give the same sounds"


def test_corpus_as_a_command() -> None:
    command = [sys.executable, "-m", "firmware.voice.corpus", "--each", "1", "--seed", "3", "--json"]
    measured = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert measured["answers"] == len(RIGHT)
    assert set(measured["confusion"]) == set(RIGHT)


def test_nothing_at_all() -> None:
    assert who_answered(b"") == []
