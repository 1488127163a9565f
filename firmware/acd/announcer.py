"""What a waiting caller hears between the music, put into prompts: his position, the wait, the queue's message.

When it is due, `waiting` decides; here it is only waited for.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from firmware.acd.queue import Hall
from firmware.acd.waiting import Heard, Said, next_announcement, what_is_said
from firmware.prompts.speech import Speech

POSITION, WAIT = "queue_position", "queue_wait"
LOOK_AGAIN_S = 5.0  # the caller may have gone to another queue, which announces otherwise


def in_prompts(said: Said, speech: Speech) -> tuple[str, ...]:
    """An announcement as prompts and parts of speech; empty: nothing is said."""
    position = [] if said.position is None else [POSITION, *speech.position(said.position)]
    wait = [] if said.minutes is None else [WAIT, *speech.duration(60 * said.minutes)]
    return (*position, *wait)


async def announcements(hall: Hall, call: str, speech: Speech) -> AsyncIterator[tuple[str, ...]]:
    """Each one when it is due; ends when the call waits nowhere any more."""
    loop = asyncio.get_running_loop()
    queue, heard, before = "", Heard(), None
    while (found := hall.waits(call)) is not None:
        now_in, since, announce = found
        if now_in != queue:
            queue, heard, before = now_in, Heard(), None
        due = next_announcement(announce, heard)
        wait = LOOK_AGAIN_S if due is None else since + due.at_s - loop.time()
        if due is None or wait > 0:
            await asyncio.sleep(min(wait, LOOK_AGAIN_S))
            continue
        if due.message:
            heard = replace(heard, message_s=due.at_s)
            prompts: tuple[str, ...] = () if announce.message is None else (announce.message,)
        else:
            position, estimate = hall.place(call)
            before = what_is_said(announce, position, estimate, before)
            heard = replace(heard, position_s=due.at_s)
            prompts = in_prompts(before, speech)
        if prompts:
            yield prompts
