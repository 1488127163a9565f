"""What the page keeps itself: sessions that end, a log that stays."""

import stat
from pathlib import Path

from webui.keep import ABSOLUTE_S, FILE, IDLE_S, LOG_S, Keep, good_for


class Clock:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


def person_of(keep: Keep, token: str) -> str | None:
    session = keep.session(token)
    return session.person if session else None


def test_a_session_lives_while_it_is_used(tmp_path: Path) -> None:
    clock = Clock()
    keep = Keep(tmp_path, now=clock)
    token = keep.begin("wang", "$argon2id$1", "192.0.2.1", "a browser")
    used = 0.0
    while used + IDLE_S < ABSOLUTE_S:
        clock.now += IDLE_S - 1
        used += IDLE_S - 1
        assert person_of(keep, token) == "wang"
    clock.now += IDLE_S - 1
    assert person_of(keep, token) is None  # whoever has it may not keep it alive for ever


def test_a_session_ends_unused(tmp_path: Path) -> None:
    clock = Clock()
    keep = Keep(tmp_path, now=clock)
    token = keep.begin("wang", "$argon2id$1", "192.0.2.1", "a browser")
    clock.now += IDLE_S + 1
    assert person_of(keep, token) is None
    keep.tidy()
    assert keep.sessions("wang") == []


def test_tokens_are_not_in_the_file(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    token = keep.begin("wang", "$argon2id$1", "192.0.2.1", "a browser")
    keep.close()
    assert token.encode() not in (tmp_path / FILE).read_bytes()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert person_of(Keep(tmp_path), token) == "wang"


def test_ending_sessions(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    one, two, other = keep.begin("wang", "", "", ""), keep.begin("wang", "", "", ""), keep.begin("li", "", "", "")
    keep.end_all("wang", but=two)
    assert [person_of(keep, token) for token in (one, two, other)] == [None, "wang", "li"]
    keep.end(two)
    assert person_of(keep, two) is None
    assert person_of(keep, "' OR 1=1 --") is None


def test_a_session_is_good_for_one_password(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    token = keep.begin("wang", "$argon2id$1", "", "")
    session = keep.session(token)
    assert session is not None
    assert [good_for(session, kept) for kept in ("$argon2id$1", "$argon2id$2", None)] == [True, False, False]
    keep.renew(token, "$argon2id$2")
    renewed = keep.session(token)
    assert renewed is not None and good_for(renewed, "$argon2id$2")


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
