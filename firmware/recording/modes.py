"""When a conversation is recorded: the setting `recording` of the box."""

from typing import Literal, get_args

Mode = Literal["ring", "answer", "talk", "voice", "line", "never"]
Moment = Literal["ring", "line", "answer", "talk"]
"""What a call reaches, in this order: rung, line seized, answered, both parties talking."""

MODES: tuple[Mode, ...] = get_args(Mode)
MOMENTS: tuple[Moment, ...] = get_args(Moment)

BEGINS: dict[Mode, Moment | None] = {
    "ring": "ring",  # from the first ring on: caller id is in it, and callers who gave up
    "line": "line",  # 压控: from seizing the line to releasing it, whatever happens
    "answer": "answer",  # from the answer on: menu and queue, too
    "talk": "talk",
    "voice": "talk",  # 声控: as talk, but the file runs only while somebody speaks
    "never": None,
}


def begins(mode: Mode, reached: Moment) -> bool:
    """Whether a recording in this mode runs once its call has reached this moment."""
    first = BEGINS[mode]
    return first is not None and MOMENTS.index(reached) >= MOMENTS.index(first)
