"""Checks of the setup: whether queues, and what leads to queues, name what is there. What only a running box knows
(its stations, flows and mailboxes) is `faults`'."""

from collections.abc import Iterator

from firmware.acd.model import Queues
from firmware.calls.places import ToQueue, ToRoom
from firmware.ivr.answering import Answering
from firmware.people import People
from firmware.setup.base import Problem, Reads
from firmware.switching.section import Telephones


def members_are_there(setup: Reads) -> list[Problem]:
    """Agents who serve a queue are among the people."""
    people = setup.load(People)
    return [
        Problem(
            "queues", f"queues/{queue.id}/members", "Queue {queue}: nobody has the number {number}.",
            {"queue": queue.id, "number": member.agent},
        )
        for queue in setup.load(Queues).queues
        for member in queue.members
        if member.agent is not None and people.by_number(member.agent) is None
    ]  # fmt: skip


def schedules_and_rooms_are_there(setup: Reads) -> list[Problem]:
    """What queues name of other sections."""
    schedules = setup.load(Answering).schedules
    rooms = {room.number for room in setup.load(Telephones).rooms}
    found = []
    for queue in setup.load(Queues).queues:
        if queue.schedule is not None and queue.schedule not in schedules:
            found.append(
                Problem(
                    "queues", f"queues/{queue.id}/schedule",
                    "Queue {queue}: there is no schedule “{name}”, so it is always open.",
                    {"queue": queue.id, "name": queue.schedule},
                )
            )  # fmt: skip
        for target in queue.targets():
            if isinstance(target, ToRoom) and target.room not in rooms:
                found.append(
                    Problem(
                        "queues", f"queues/{queue.id}", "Queue {queue}: there is no conference room {room}.",
                        {"queue": queue.id, "room": target.room},
                    )
                )  # fmt: skip
    return found


def queues_are_there(setup: Reads) -> list[Problem]:
    """A queue to which an inside number or a survey belongs is not taken away under it."""
    names = setup.load(Queues).by_name()
    return [
        Problem(section, where, "{what} belongs to queue {queue}, which is not there.",
                {"what": what, "queue": queue}, blocks=True)
        for section, where, what, queue in _named(setup)
        if queue not in names
    ]  # fmt: skip


def _named(setup: Reads) -> Iterator[tuple[str, str, str, str]]:
    """Section, path, what people know it as, and the queue."""
    for number, target in setup.load(Telephones).numbers.items():
        if isinstance(target, ToQueue):
            yield "telephones", f"numbers/{number}", number, target.queue
    for queue, flow in setup.load(Answering).surveys.items():
        yield "answering", f"surveys/{queue}", flow, queue
