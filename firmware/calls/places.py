"""Where a call can be sent: the words of rules, keys, flows and transfers. A call walks from place to place.

They stand in flows and setups, so a change here changes those documents: run `python -m firmware.ivr.schema`.
These are data. What happens at a place is done by the room that knows it, and wired in `firmware/box.py`.
"""

from typing import Annotated, Literal

from pydantic import Field

from drivers.binding.plan import Strict

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
StationNumber = Annotated[str, Field(pattern="^[0-9]{2,6}$")]
Number = Annotated[str, Field(pattern=r"^\+?[0-9*#]{1,24}$")]


class ToStation(Strict):
    """A station rings, for so long."""

    kind: Literal["station"] = "station"
    station: StationNumber
    ring_s: Annotated[float, Field(ge=5, le=300)] | None = None


class ToQueue(Strict):
    """The caller waits, or goes on waiting, in this queue."""

    kind: Literal["queue"] = "queue"
    queue: Name = Field(json_schema_extra={"refers": "queues"})


class ToFlow(Strict):
    """The caller goes into a flow."""

    kind: Literal["flow"] = "flow"
    flow: Name


class ToVoicemail(Strict):
    """The caller leaves a message in a box."""

    kind: Literal["voicemail"] = "voicemail"
    box: Name | StationNumber


class ToNumber(Strict):
    """The caller is put through to an outside number, which rings for so long at most."""

    kind: Literal["number"] = "number"
    number: Number
    ring_s: Annotated[float, Field(ge=10, le=180)] | None = None


class ToRoom(Strict):
    """The caller comes into a conference room."""

    kind: Literal["room"] = "room"
    room: Name | StationNumber


class HangUp(Strict):
    """The caller hears `prompt`, if there is one, and the call ends."""

    kind: Literal["hang_up"] = "hang_up"
    prompt: str | None = "goodbye"


PASSED_ON = (ToStation, ToQueue, ToFlow, ToVoicemail, ToNumber, ToRoom)
"""Where a user may send another by putting his own handset down; other places are his own, such as his messages."""

Target = Annotated[ToStation | ToQueue | ToFlow | ToVoicemail | ToNumber | ToRoom | HangUp, Field(discriminator="kind")]


def target_words(target: Target) -> str:
    """As people say it: 'queue service', 'number 13800138000'."""
    match target:
        case (
            ToStation(station=name) | ToQueue(queue=name) | ToFlow(flow=name) | ToVoicemail(box=name)
            | ToNumber(number=name) | ToRoom(room=name)
        ):  # fmt: skip
            return f"{target.kind} {name}"
        case HangUp():
            return "hang up"
