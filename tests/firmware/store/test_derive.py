"""From events to record, as a table: each row is a call told in events and what its record must say."""

from typing import Any

import pytest

from firmware.bus import Event
from firmware.store.derive import derive

T0 = 1_800_000_000.0
Told = tuple[float, str, dict[str, Any]]

RUNG: list[Told] = [(0, "call.started", {"direction": "inbound"})]
ASKED: list[Told] = [*RUNG, (4, "call.caller", {"number": "13800138000", "name": "WANG", "withheld": None})]
GREETED: list[Told] = [*ASKED, (6, "call.answered", {"by": "box"}), (6.2, "call.prompt", {"prompt": "greeting"})]
QUEUED: list[Told] = [*GREETED, (9, "call.queued", {"queue": "all", "position": 1})]
TALKED: list[Told] = [
    *QUEUED,
    (9, "call.offered", {"station": "801", "why": ["longest idle"]}),
    (14, "call.connected", {"station": "801"}),
    (14, "call.recording", {"path": "recordings/a.wav"}),
]


def events(told: list[Told]) -> list[Event]:
    return [
        Event(seq, T0 + at, kind, "c1", 3 if kind == "call.started" else None, None, data)
        for seq, (at, kind, data) in enumerate(told, 1)
    ]


def end(at: float, side: str, cue: str, result: str) -> Told:
    return at, "call.ended", {"side": side, "cue": cue, "result": result}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(RUNG, {"direction": "inbound", "line": 3, "ended": None, "wait_s": None}, id="still ringing"),
        pytest.param(
            [*ASKED, end(7, "caller", "rang_out", "abandoned")],
            {"number": "13800138000", "name": "WANG", "wait_s": 7, "talk_s": None, "answered": None},
            id="gave up before the answer",
        ),
        pytest.param(
            [*RUNG, (3, "call.caller", {"number": "", "name": "", "withheld": "private"})],
            {"number": None, "name": None, "withheld": "private"},
            id="number withheld",
        ),
        pytest.param(
            [*QUEUED, end(30, "caller", "tone", "abandoned")],
            {"queued": T0 + 9, "wait_s": 21, "talk_s": None, "result": "abandoned", "station": None},
            id="gave up in the queue",
        ),
        pytest.param(
            [*TALKED, end(56.25, "caller", "tone", "answered")],
            {
                "station": "801",
                "wait_s": 5,
                "talk_s": 42.25,
                "end_side": "caller",
                "end_cue": "tone",
                "recovered": False,
            },
            id="talked, caller hung up",
        ),
        pytest.param(
            [*TALKED, end(56, "agent", "onhook", "answered"), (57, "call.recorded", {"path": "b.wav", "ms": 42_000})],
            {"recording": "b.wav", "recording_ms": 42_000, "recording_error": None},
            id="recording closed after the end",
        ),
        pytest.param(
            [
                *TALKED,
                (20, "call.recorded", {"path": "a.wav", "ms": 6_000, "error": "disk full"}),
                end(50, "box", "x", "answered"),
            ],
            {"recording_ms": 6_000, "recording_error": "disk full", "talk_s": 36},
            id="disk full while recording",
        ),
        pytest.param(
            [*TALKED, (40, "call.connected", {"station": "802"}), end(50, "agent", "onhook", "answered")],
            {"station": "802", "connected": T0 + 14, "talk_s": 36, "wait_s": 5},
            id="a second agent",
        ),
        pytest.param(
            [*TALKED, end(50, "box", "box_stopped", "answered"), end(60, "caller", "tone", "answered")],
            {"recovered": False, "ended": T0 + 50, "end_side": "box", "end_cue": "box_stopped"},
            id="the first end counts",
        ),
        pytest.param(
            [
                *TALKED,
                (20, "call.recording_paused", {}),
                (26.5, "call.recording_resumed", {"ms": 6500}),
                (30, "call.recording_paused", {}),
                (40, "call.recorded", {"path": "a.wav", "ms": 26_000}),
                end(40, "agent", "onhook", "answered"),
            ],
            {"paused_s": 16.5, "recording_ms": 26_000},
            id="paused twice, the second time to the end",
        ),
        pytest.param([*TALKED, end(50, "agent", "onhook", "answered")], {"paused_s": None}, id="never paused"),
        pytest.param(
            [
                *TALKED,
                (50, "call.recorded", {"path": "a.wav", "ms": 36_000}),
                end(50, "agent", "onhook", "answered"),
                (9e6, "call.recording_removed", {"path": "a.wav", "why": "age"}),
            ],
            {"recording": None, "recording_removed": "age", "recording_ms": 36_000, "ended": T0 + 50},
            id="removed by the retention",
        ),
        pytest.param(
            [*TALKED, end(50, "agent", "onhook", "answered"), (60, "call.marked", {"marked": True})],
            {"marked": True, "recording": "recordings/a.wav"},
            id="marked",
        ),
        pytest.param(
            [*TALKED, (60, "call.marked", {"marked": True}), (70, "call.marked", {"marked": False})],
            {"marked": False},
            id="no longer marked",
        ),
        pytest.param([*ASKED, (5, "call.selfcall", {})], {"direction": "selfcall"}, id="the box's own call"),
    ],
)
def test_record(told: list[Told], expected: dict[str, Any]) -> None:
    facts = derive(events(told))
    assert facts is not None
    assert {key: getattr(facts, key) for key in expected} == expected


def test_no_record_before_the_call_started() -> None:
    assert derive([]) is None
    assert derive([Event(1, T0, "call.caller", "c1", None, None, {"number": "1"})]) is None
