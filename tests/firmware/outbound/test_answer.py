"""What became of a call, as tables: `told kind [name] [@at]`, one signal a line or between semicolons."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.binding.listener import Listener, make_tone
from firmware.config import load_country
from firmware.outbound.answer import (
    AnswerDetector,
    Outcome,
    Rules,
    Signal,
    Told,
    decide,
    rules_of,
    signal_of,
)
from firmware.prompts import Prompts

RATE = 8000
CN = load_country("cn")


def story(text: str) -> list[Signal]:
    signals = []
    for line in text.replace("\n", ";").split(";"):
        if not line.strip():
            continue
        told, kind, *rest = line.split()
        at = next((float(word[1:]) for word in rest if word.startswith("@")), None)
        name = next((word for word in rest if not word.startswith("@")), "")
        signals.append(Signal(float(told), kind, name, at))  # type: ignore[arg-type]
    return signals


DIAL = "0.8 tone dial @0.1; 0.9 tone_end dial @0.85; 3.0 dialled"
RING = f"{DIAL}; 6.0 tone ringback @5.0"  # bursts at 5, 10, 15 ...

TABLE = [
    # before the number is dialled
    ("no dial tone", "", None, "no_dial_tone", None, 5.0, "no dial tone for 5 s"),
    ("busy in place of dial tone", "2.6 tone busy @0.2", None, "no_dial_tone", None, 0.2, "busy tone in place"),
    ("exchange clears at once", "0.5 loop_drop", None, "no_dial_tone", None, 0.5, "cleared"),
    (
        "stutter dial tone is one",
        "1.2 tone special_dial @0.1; 3 dialled; 8 tone busy @6",
        None,
        "busy",
        None,
        6.0,
        "busy",
    ),
    # what tones say
    ("busy", f"{DIAL}; 7.0 tone busy @5.0", None, "busy", None, 5.0, "busy tone"),
    ("congestion", f"{DIAL}; 8.0 tone congestion @4.0", None, "congestion", None, 4.0, "congestion tone"),
    ("vacant number", f"{DIAL}; 8.0 tone vacant @5.0", None, "vacant", None, 5.0, "vacant tone"),
    ("special information tone", f"{DIAL}; 6.0 tone sit @5.0; 6.5 voice", None, "vacant", None, 5.0, "sit tone"),
    ("dial tone comes back", f"{DIAL}; 9.0 tone dial @8.0", None, "congestion", None, 8.0, "dial tone"),
    ("exchange clears", f"{RING}; 9.0 loop_drop", None, "congestion", None, 9.0, "cleared"),
    (
        "rejected while ringing",
        f"{RING}; 12.1 tone_end ringback @11; 14.0 tone busy @12.0",
        None,
        "busy",
        None,
        12.0,
        "busy",
    ),
    (
        "nobody is there: exchange gives up",
        f"{RING}; 60.0 tone busy @58.0",
        70,
        "no_answer",
        None,
        58.0,
        "gave up ringing",
    ),
    ("nobody is there: we give up", RING, None, "no_answer", None, 63.0, "no answer for 60 s"),
    ("nothing is heard at all", DIAL, None, "no_answer", None, 63.0, "no answer for 60 s"),
    # reversal
    ("reversal", f"{RING}; 12.3 reversal @12.24", None, "answered", "reversal", 12.24, "polarity reversed"),
    ("reversal at once", f"{DIAL}; 4.0 reversal", None, "answered", "reversal", 4.0, "polarity reversed"),
    (
        "reversal before the voice that follows",
        f"{RING}; 12.3 reversal; 12.9 voice",
        None,
        "answered",
        "reversal",
        12.3,
        "",
    ),
    ("reversal before dialling is none", "1 tone dial; 2 reversal; 3 dialled", None, "no_answer", None, 63.0, ""),
    # voice
    ("voice in the pause", f"{RING}; 13.0 voice @12.9", None, "answered", "voice", 12.9, "voice for 0.35 s"),
    ("a short word", f"{RING}; 13.0 voice @12.9; 13.4 voice_end @13.15", None, "answered", "voice", 12.9, "voice"),
    ("a click is no word", f"{RING}; 13.0 voice @12.9; 13.1 voice_end @12.95", None, "no_answer", None, 63.0, ""),
    (
        "the burst itself taken for voice",
        f"{RING}; 10.1 voice @10.0; 11.3 voice_end @11.0",
        None,
        "no_answer",
        None,
        63.0,
        "",
    ),
    (
        "the first burst taken for voice",
        f"{DIAL}; 5.1 voice @5.0; 6.0 tone ringback @5.0; 6.2 voice_end @6.0",
        None,
        "no_answer",
        None,
        63.0,
        "",
    ),
    (
        "voice goes on behind the burst",
        f"{RING}; 10.5 voice @10.4; 13 voice_end @12.8",
        None,
        "answered",
        "voice",
        11.15,
        "voice",
    ),
    (
        "our own digits' echo",
        "1 tone dial; 3 dialled; 3.1 voice @2.9; 3.6 voice_end @3.4; 6 tone ringback @5",
        None,
        "no_answer",
        None,
        63.0,
        "",
    ),
    (
        "announcement before ringback",
        f"{DIAL}; 3.6 voice @3.5; 4.9 voice_end @4.8; 6.0 tone ringback @5.0",
        None,
        "no_answer",
        None,
        63.0,
        "",
    ),
    ("music in place of ringback", f"{DIAL}; 5.0 voice @4.9", None, "no_answer", None, 63.0, "voice without ringback"),
    # sound: the level detector hears tones, too
    (
        "ringback is a sound",
        f"{DIAL}; 5.1 sound @5; 6 tone ringback @5; 6.5 sound_end @6; 10.1 sound @10; 11.5 sound_end @11",
        None,
        "no_answer",
        None,
        63.0,
        "",
    ),
    (
        "sound after ringback",
        f"{RING}; 14.1 tone_end ringback @11; 14.2 sound @13.0",
        None,
        "answered",
        "voice",
        13.0,
        "sound that is no tone",
    ),
    (
        "sound before the end of ringback is known",
        f"{RING}; 13.0 sound @12.9; 14.6 tone_end ringback @11",
        None,
        "answered",
        "voice",
        12.9,
        "sound that is no tone",
    ),
    (
        "answered within a burst",
        f"{RING}; 10.1 sound @10.0; 11.5 tone_end ringback @10.4",
        None,
        "answered",
        "voice",
        10.55,
        "sound that is no tone",
    ),
    (
        "busy after ringback sounds first",
        f"{RING}; 12.1 tone_end ringback @11; 12.2 sound @12; 14 tone busy @12",
        None,
        "busy",
        None,
        12.0,
        "busy",
    ),
    (
        "a crackle between two bursts",
        f"{RING}; 8.1 sound @8.0; 8.3 tone_end ringback @6; 8.7 sound_end @8.2; 11 tone ringback @10",
        None,
        "no_answer",
        None,
        63.0,
        "",
    ),
    (
        "a click after ringback",
        f"{RING}; 12.1 tone_end ringback @11; 12.5 sound @12.4; 13.1 sound_end @12.5",
        None,
        "no_answer",
        None,
        63.0,
        "",
    ),
    # fax and digits
    ("fax", f"{RING}; 13.0 fax", None, "answered", "fax", 13.0, "fax tone"),
    ("fax without ringback", f"{DIAL}; 6.0 fax", None, "answered", "fax", 6.0, "fax tone"),
    ("a digit from the far end", f"{RING}; 13.0 digit 5", None, "answered", "digit", 13.0, "digit 5"),
    ("our own digit", f"{DIAL}; 3.1 digit 5 @2.9", None, "no_answer", None, 63.0, ""),
]


@pytest.mark.parametrize(
    ("text", "until", "kind", "by", "at", "says"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_stories(text: str, until: float | None, kind: str, by: str | None, at: float, says: str) -> None:
    outcome = decide(story(text), until or 100.0)
    assert outcome is not None
    assert (outcome.kind, outcome.by, round(outcome.at, 3)) == (kind, by, at)
    assert any(says in one.what for one in outcome.evidence)
    assert outcome.told >= outcome.at


@pytest.mark.parametrize(
    ("text", "rules", "kind", "by"),
    [
        (f"{DIAL}; 4.0 reversal; 7.0 tone busy @5", {"reversal_answers": False}, "busy", None),
        (f"{RING}; 13 voice @12.9; 20 reversal", {"voice_answers": False}, "answered", "reversal"),
        (f"{DIAL}; 5.0 voice @4.9", {"early_voice_answers": True}, "answered", "voice"),
        (f"{RING}; 20 voice", {"no_answer_s": 10.0}, "no_answer", None),
        (f"{RING}; 12 tone busy @10", {"rang_out_s": 4.0}, "no_answer", None),
        (f"{RING}; 20.8 tone_end ringback @16", {"assume": True}, "answered", "assumed"),
        (f"{RING}; 20.8 tone_end ringback @16", {}, "no_answer", None),
        (f"{RING}; 20.8 tone_end ringback @16; 24 tone congestion @21", {"assume": True}, "congestion", None),
        (f"{RING}; 20.8 tone_end ringback @16; 22 tone ringback @21", {"assume": True}, "no_answer", None),
        (RING, {"assume": True}, "no_answer", None),
        (DIAL, {"assume": True}, "answered", "assumed"),
    ],
)
def test_rules(text: str, rules: dict[str, float], kind: str, by: str | None) -> None:
    outcome = decide(story(text), 100.0, replace(Rules(), **rules))
    assert outcome is not None
    assert (outcome.kind, outcome.by) == (kind, by)


def test_british_double_ring() -> None:
    rules = replace(Rules(), ringback=(0.4, 0.2, 0.4, 2.0))
    ring = f"{DIAL}; 6.0 tone ringback @5.0"
    for text, kind in [
        (f"{ring}; 8.2 voice @8.0; 8.5 voice_end @8.4", "no_answer"),  # first burst of the second ring
        (f"{ring}; 8.7 voice @8.6; 9.1 voice_end @9.0", "no_answer"),  # its second
        (f"{ring}; 10 voice @9.9; 10.4 voice_end @10.3", "answered"),  # the pause
    ]:
        outcome = decide(story(text), 100.0, rules)
        assert outcome is not None
        assert outcome.kind == kind


def test_not_yet_known() -> None:
    assert decide(story(RING), 20.0) is None
    assert decide(story(f"{RING}; 13 voice"), 13.1) is None


def test_deadlines() -> None:
    detector = AnswerDetector()
    assert detector.deadline == 5.0
    for signal in story(RING):
        detector.signal(signal)
    assert detector.deadline == 63.0
    detector.signal(Signal(13.0, "voice", at=12.95))
    assert detector.deadline == pytest.approx(13.3)
    outcome = detector.pass_time(13.4)
    assert outcome is not None
    assert outcome.told == pytest.approx(13.3)
    assert detector.deadline is None
    assert detector.signal(Signal(20.0, "tone", "busy")) is outcome, "the first outcome is the last"


SIGNALS = st.lists(
    st.tuples(
        st.floats(0, 80),
        st.sampled_from(get_args(Told)),
        st.sampled_from(["dial", "ringback", "busy", "congestion", "sit", "vacant", "howler"]),
        st.floats(0, 6),
    ),
    max_size=25,
)


@given(SIGNALS, st.floats(0, 200))
def test_any_order_ends_in_one_outcome(raw: list[tuple[float, str, str, float]], until: float) -> None:
    signals = [Signal(told, kind, name, max(0.0, told - late)) for told, kind, name, late in sorted(raw)]  # type: ignore[arg-type]
    final = decide(signals, 1000.0)
    dialled = any(signal.kind == "dialled" for signal in signals)
    assert (final is not None) or not dialled
    early = decide(signals, until)
    assert early is None or early == final, "what was decided would have been decided otherwise later"


# -- through the core's own detectors ------------------------------------------------------------------------


def samples(raw: bytes) -> np.ndarray:
    return np.frombuffer(raw, "<i2").astype(np.float64)


def tone(name: str, seconds: float) -> np.ndarray:
    return samples(make_tone(CN, name, seconds))


def spoken(name: str, language: str = "zh") -> np.ndarray:
    return samples(Prompts(language).path(name).read_bytes()[44:])


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE))


def heard(*pieces: np.ndarray) -> Outcome | None:
    """A line whose number is dialled at 1 s, behind a second of dial tone; then these sounds, and silence."""
    line = np.concatenate((tone("dial", 1), *pieces, silence(70)))
    line += np.random.default_rng(2).normal(0, 20, len(line))
    data = np.clip(np.rint(line), -32768, 32767).astype("<i2").tobytes()
    detector = AnswerDetector(rules_of(CN))
    dialled = False
    with Listener(CN) as listener:
        for at in range(0, len(data), 160):
            told = (at + 160) / 2 / RATE
            if told > 1.0 and not dialled:
                dialled = True
                detector.signal(Signal(told, "dialled"))
            for event in listener.feed(data[at : at + 160]):
                signal = signal_of(event, told, 0)
                if signal is not None:
                    detector.signal(signal)
            if detector.pass_time(told) is not None:
                break
    return detector.outcome


@pytest.mark.parametrize(
    ("pieces", "kind", "at"),
    [
        ([silence(2), tone("ringback", 10), silence(1), spoken("agent_speech")], "answered", 14.0),
        ([silence(2), tone("ringback", 10.5), silence(0.3), spoken("agent_speech")], "answered", 13.7),
        ([silence(2), tone("ringback", 8), spoken("agent_speech", "en")], "answered", 11.0),
        ([silence(2), tone("ringback", 30)], "no_answer", 61.0),
        ([silence(2), tone("ringback", 10), silence(0.5), tone("busy", 10)], "busy", 13.5),
        ([silence(2), tone("ringback", 30), tone("busy", 10)], "no_answer", 33.0),
        ([silence(2), tone("ringback", 10), tone("congestion", 15)], "congestion", 13.0),
        ([silence(1), tone("busy", 10)], "busy", 2.0),
        ([silence(1), tone("congestion", 10)], "congestion", 2.0),
        ([silence(1), tone("vacant", 10)], "vacant", 2.0),
        ([silence(1), tone("sit", 2), spoken("agent_speech")], "vacant", 2.0),
        ([silence(1), spoken("caller_speech"), spoken("caller_speech")], "no_answer", 61.0),
    ],
)  # fmt: skip
def test_heard_by_the_core(pieces: list[np.ndarray], kind: str, at: float) -> None:
    outcome = heard(*pieces)
    assert outcome is not None
    assert outcome.kind == kind, outcome
    assert outcome.at == pytest.approx(at, abs=0.8)
