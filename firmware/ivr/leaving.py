"""What is done at the nodes that lead out of the flow: the place is named, and looked at whether it is there."""

from collections.abc import Callable

from pydantic import ValidationError

from firmware.calls.places import HangUp, Target, ToNumber, ToQueue, ToRoom, ToStation, ToVoicemail, target_words
from firmware.ivr.nodes import HangUpNode, ToQueueNode, ToVoicemailNode, Transfer
from firmware.ivr.way import Outcome, Way

TRANSFER: dict[str, Callable[[str, float | None], Target]] = {
    "station": lambda address, ring_s: ToStation(station=address, ring_s=ring_s),
    "number": lambda address, ring_s: ToNumber(number=address, ring_s=ring_s),
    "room": lambda address, _: ToRoom(room=address),
}


async def queue(way: Way, node: ToQueueNode) -> Outcome:
    if node.priority is not None:
        way.caller.priority(node.priority)
    return _there(way, ToQueue(queue=node.queue))


async def transfer(way: Way, node: Transfer) -> Outcome:
    address = way.fill(node.address)
    try:
        return _there(way, TRANSFER[node.to](address, node.ring_s))
    except ValidationError:
        way.fault("place", f"{address!r} is no {node.to}")
        return "not_possible"


async def voicemail(way: Way, node: ToVoicemailNode) -> Outcome:
    box = way.fill(node.box)
    try:
        return _there(way, ToVoicemail(box=box))
    except ValidationError:
        way.fault("place", f"{box!r} is no box for messages")
        return "not_possible"


async def hang_up(way: Way, node: HangUpNode) -> Outcome:
    await way.say_if_possible(node.prompt)
    return HangUp(prompt=None)


def _there(way: Way, target: Target) -> Outcome:
    if way.box.possible(target):
        return target
    way.fault("place", f"{target_words(target)}: not there")
    return "not_possible"
