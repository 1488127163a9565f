"""What the page keeps itself: sessions that end, a log that stays."""

import stat
from pathlib import Path

from webui.keep import ABSOLUTE_S, FILE, IDLE_S, LOG_S, Keep


class Clock:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


def test_a_session_lives_while_it_is_used(tmp_path: Path) -> None:
    clock = Clock()
    keep = Keep(tmp_path, now=clock)
    token = keep.begin("wang", "192.0.2.1", "a browser")
    used = 0.0
    while used + IDLE_S < ABSOLUTE_S:
        clock.now += IDLE_S - 1
        used += IDLE_S - 1
        assert keep.person_of(token) == "wang"
    clock.now += IDLE_S - 1
    assert keep.person_of(token) is None  # whoever has it may not keep it alive for ever


def test_a_session_ends_unused(tmp_path: Path) -> None:
    clock = Clock()
    keep = Keep(tmp_path, now=clock)
    token = keep.begin("wang", "192.0.2.1", "a browser")
    clock.now += IDLE_S + 1
    assert keep.person_of(token) is None
    keep.tidy()
    assert keep.sessions("wang") == []


def test_tokens_are_not_in_the_file(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    token = keep.begin("wang", "192.0.2.1", "a browser")
    keep.close()
    assert token.encode() not in (tmp_path / FILE).read_bytes()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert Keep(tmp_path).person_of(token) == "wang"


def test_ending_sessions(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    one, two, other = keep.begin("wang", "", ""), keep.begin("wang", "", ""), keep.begin("li", "", "")
    keep.end_all("wang", but=two)
    assert [keep.person_of(token) for token in (one, two, other)] == [None, "wang", "li"]
    keep.end(two)
    assert keep.person_of(two) is None
    assert keep.person_of("' OR 1=1 --") is None


def test_the_log(tmp_path: Path) -> None:
    clock = Clock()
    keep = Keep(tmp_path, now=clock)
    for number in range(5):
        clock.now += 1
        keep.note("wang" if number % 2 else "li", "listened", "192.0.2.1", call=f"c{number}")
    page = keep.log(1, 2)
    assert ([row.data["call"] for row in page.rows], page.pages) == (["c4", "c3"], 3)
    assert [row.data["call"] for row in keep.log(who="wang").rows] == ["c3", "c1"]
    assert keep.log(kinds=["login"]).rows == ()
    assert keep.log(99, 2).page == 3
    clock.now += LOG_S + 1
    keep.tidy()
    assert keep.log().rows == ()
