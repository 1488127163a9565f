"""Intents about telephones and calls: what a desk, a supervisor's page or another program may ask for."""

from typing import Annotated, Literal

from pydantic import Field

from firmware.api.message import Message
from firmware.calls.places import Number, StationNumber, Target
from firmware.switching.section import Diversion

SAID_MOST = 500  # characters of a text at the loudspeaker

CallId = Annotated[str, Field(min_length=1, max_length=64)]


class AtStation(Message):
    """At this station."""

    station: StationNumber


class Dial(AtStation):
    """`to`: as it would be dialled there."""

    to: Number


class Transfer(AtStation):
    """`to`: where to, at once; None: whoever is on hold to whoever is spoken with."""

    to: Target | None = None


class OfStation(AtStation):
    """Something `of` another station, or a parking place."""

    of: Annotated[str, Field(pattern="^[0-9]{1,6}$")]


class PickUp(AtStation):
    """`of`: the station that rings; None: whichever has rung longest."""

    of: StationNumber | None = None


class Listen(OfStation):
    """`how` to begin; keys 4, 5 and 6 change it."""

    how: Literal["listen", "whisper", "barge"] = "listen"


class Send(AtStation):
    """Whoever the station speaks with goes `to`. `by` wanted it."""

    to: Target
    by: Annotated[str, Field(max_length=64)] | None = None


class Divert(AtStation, Diversion):
    """Everything about calls to this station at once. `who` wants it, for the log."""

    who: Annotated[str, Field(max_length=64)] = ""


class RoomParty(Message):
    """Somebody in a conference room, by his call."""

    room: StationNumber
    call: CallId
    muted: bool = True


class RoomLock(Message):
    """A conference room."""

    room: StationNumber
    locked: bool = True


class VoicemailBox(Message):
    """The messages of a box; None: of all."""

    box: Annotated[str, Field(pattern="^[a-z0-9_-]{2,32}$")] | None = None


class VoicemailMessage(Message):
    """One message."""

    box: Annotated[str, Field(pattern="^[a-z0-9_-]{2,32}$")]
    message: CallId


class MailTest(Message):
    """A mail to try the server as it is set up now: `{"ok": …, "said": the server's words}`. `who` wants it."""

    to: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=120)]
    who: Annotated[str, Field(max_length=64)] = ""


class Announce(Message):
    """A prompt at the loudspeaker, after a chime. `language`: another than the box's. `who` wants it."""

    prompt: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    who: Annotated[str, Field(max_length=64)] = ""


class SayAloud(Message):
    """A text at the loudspeaker, after a chime, spoken by the box's own voice: in `language`, else in that which the
    text is written in. `twice`: once more after a pause. `who` wants it."""

    text: Annotated[str, Field(min_length=1, max_length=SAID_MOST)]
    language: Literal["zh", "en"] | None = None
    twice: bool = False
    who: Annotated[str, Field(max_length=64)] = ""


class AtLoudspeaker(Message):
    """The text or prompt that is heard at the loudspeaker. `who` wants it."""

    who: Annotated[str, Field(max_length=64)] = ""


class OfLine(Message):
    """Of an outside line."""

    line: Annotated[int, Field(ge=1, le=64)]


class TakeHangUp(OfLine):
    """A tone by which the line's exchange says that the caller has gone. `who` wants it, for the log."""

    hz: Annotated[int, Field(ge=200, le=2000)]
    ms: Annotated[tuple[int, ...], Field(min_length=2, max_length=8)]
    who: Annotated[str, Field(max_length=64)] = ""


SWITCHING: dict[str, type[Message]] = {
    "desk.dial": Dial,
    "desk.answer": AtStation,
    "desk.hold": AtStation,
    "desk.retrieve": AtStation,
    "desk.swap": AtStation,
    "desk.confer": AtStation,
    "desk.transfer": Transfer,
    "desk.hang_up": AtStation,
    "desk.park": AtStation,
    "desk.fetch": OfStation,
    "desk.pick_up": PickUp,
    "desk.page": AtStation,
    "loudspeaker.play": Announce,
    "loudspeaker.say": SayAloud,
    "loudspeaker.stop": AtLoudspeaker,
    "desk.listen": Listen,
    "desk.take_over": OfStation,
    "desk.divert": Divert,
    "call.release": AtStation,
    "call.send": Send,
    "voicemail.list": VoicemailBox,
    "voicemail.heard": VoicemailMessage,
    "voicemail.remove": VoicemailMessage,
    "mail.test": MailTest,
    "line.caller_had_gone": OfLine,
    "line.take_hang_up": TakeHangUp,
    "room.mute": RoomParty,
    "room.drop": RoomParty,
    "room.lock": RoomLock,
}
