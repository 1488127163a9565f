"""How the telephones behave, and who may do what with others' calls: section "telephones" of the setup."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.binding.plan import Strict
from firmware.calls.places import Number, StationNumber, Target, ToRoom
from firmware.people import People
from firmware.setup.base import Problem, Reads, Section

Right = Literal["pick_up", "listen", "whisper", "barge", "take_over", "release", "send"]
Lamp = Literal["tone", "fsk", "voltage"]
EVERYBODY: frozenset[Right] = frozenset({"pick_up"})
SpeedKey = Annotated[str, Field(pattern="^[0-9]{1,2}$")]


class Diversion(Strict):
    """Where calls for a station go instead. Numbers as they are dialled: a station, or outside with the prefix. A call
    from outside is led outside again only where the fuse allows it. `follow_me`: tried one after the other when
    nobody answers, before `no_answer`. `confirm`: whoever answers an outside one takes the call by pressing 1, so
    that no answering machine does. `waiting`: a second call knocks when the station is in talk."""

    disturb: bool = True
    always: Number | None = None
    busy: Number | None = None
    no_answer: Number | None = None
    ring_s: Annotated[float, Field(ge=5, le=120)] = 20.0
    follow_me: Annotated[list[Number], Field(max_length=3)] = Field(default_factory=list)
    confirm: bool = True
    waiting: bool = True


class MeetingRoom(Strict):
    """A conference room for `most` at a time. Without a PIN everybody may come in."""

    number: StationNumber
    name: Annotated[str, Field(max_length=40)] = ""
    pin: Annotated[str, Field(pattern=r"^(\d{4,8})?$")] = ""
    most: Annotated[int, Field(ge=2, le=32)] = 16


class Telephones(Section):
    """`numbers`: inside numbers that lead to a queue, a flow, a mailbox, an outside number; rooms have their own.
    `supervisors`: stations whose users may do everything with others' calls; `rights` those of single others.
    `park_s`: who is parked for longer comes back to the station that parked him. `page_s`: who speaks to the
    loudspeaker does so for so long at most. `speed`: short numbers, the same for all stations. `lamp`, `lamps` of
    single stations: how a telephone shows that messages wait, beside the dial tone, which always stutters: 'fsk' by
    data to its lamp, 'voltage' by a neon lamp's voltage."""

    diversions: dict[StationNumber, Diversion] = Field(default_factory=dict)
    supervisors: list[StationNumber] = Field(default_factory=list)
    rights: dict[StationNumber, list[Right]] = Field(default_factory=dict)
    rooms: Annotated[list[MeetingRoom], Field(max_length=16)] = Field(
        default_factory=lambda: [MeetingRoom(number="70", name="Room 1"), MeetingRoom(number="71", name="Room 2")]
    )
    numbers: dict[StationNumber, Target] = Field(default_factory=dict)
    park_s: Annotated[float, Field(ge=10, le=600)] = 90.0
    park_places: Annotated[int, Field(ge=1, le=9)] = 9
    page_s: Annotated[float, Field(ge=10, le=600)] = 60.0
    speed: dict[SpeedKey, Number] = Field(default_factory=dict)
    lamp: Lamp = "tone"
    lamps: dict[StationNumber, Lamp] = Field(default_factory=dict)

    def leads(self) -> dict[str, Target]:
        """Every inside number that is no telephone's, and where it leads."""
        return {room.number: ToRoom(room=room.number) for room in self.rooms} | self.numbers

    def lamp_of(self, station: str) -> Lamp:
        """How this station shows that messages wait."""
        return self.lamps.get(station, self.lamp)

    def diversion(self, station: str) -> Diversion:
        """What this station's user wants."""
        return self.diversions.get(station, Diversion())

    def may(self, station: str, right: Right) -> bool:
        """Whether the user of this station may do that."""
        return right in EVERYBODY or station in self.supervisors or right in self.rights.get(station, ())


def rooms_apart(setup: Reads) -> list[Problem]:
    """No two conference rooms have one number."""
    numbers = [room.number for room in setup.load(Telephones).rooms]
    return [
        Problem("telephones", "rooms", "Two conference rooms have the number {number}.", {"number": number}, True)
        for number in sorted({one for one in numbers if numbers.count(one) > 1})
    ]


def numbers_free(setup: Reads) -> list[Problem]:
    """No inside number is a person's, too."""
    people = {person.number: person.name for person in setup.load(People).people}
    return [
        Problem("telephones", f"numbers/{number}", "{number} is the number of {name} already.",
                {"number": number, "name": people[number]}, blocks=True)
        for number in setup.load(Telephones).leads() if number in people
    ]  # fmt: skip
