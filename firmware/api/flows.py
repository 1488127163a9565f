"""Intents about flows: what the editor's page asks for, and the night switch."""

from typing import Annotated, Any

from pydantic import Field

from firmware.api.message import Message
from firmware.calls.places import StationNumber

FlowName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Who = Annotated[str, Field(max_length=64)]
VersionNumber = Annotated[int, Field(ge=0, le=999_999_999)]
Stamp = Annotated[str, Field(max_length=32)]


class OfFlow(Message):
    """A flow."""

    flow: FlowName


class FlowVersion(OfFlow):
    """A version; None: the draft, or else the newest version."""

    version: VersionNumber | None = None


class FlowDocument(OfFlow):
    """A document as the editor has it; it need not be whole. `who` works on it. `seen`: the `stamp` of what he began
    from, "" for a flow that is not there yet; nothing is saved if somebody else has changed it since. None: whatever
    there is now is replaced."""

    document: Any
    who: Who = ""
    seen: Stamp | None = None


class FlowDiscard(OfFlow):
    """Nobody works on it any more. `seen` as in FlowDocument."""

    seen: Stamp | None = None


class FlowPublish(OfFlow):
    """The draft is to be the version that callers come into. `seen` as in FlowDocument."""

    who: Who
    seen: Stamp | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class FlowRestore(OfFlow):
    """An old version is to be published again."""

    version: VersionNumber
    who: Who


class FlowRename(OfFlow):
    """A flow that nothing uses is to be called `to`."""

    to: FlowName


class FlowCall(OfFlow):
    """The draft is to be tried at this station's telephone; or, with `line`, by the next caller there, if he comes
    within half a minute. Line 0 is any that is idle."""

    station: StationNumber | None = None
    line: Annotated[int, Field(ge=0, le=64)] | None = None


class FlowCompare(OfFlow):
    """Two versions; `after` None: the draft."""

    before: VersionNumber
    after: VersionNumber | None = None


class NightSwitch(Message):
    """The night flow answers every line; `on` None: the other way than now."""

    on: bool | None = None
    who: Who = ""


FLOWS: dict[str, type[Message]] = {
    "flow.list": Message,
    "flow.get": FlowVersion,
    "flow.check": FlowDocument,
    "flow.save": FlowDocument,
    "flow.discard": FlowDiscard,
    "flow.publish": FlowPublish,
    "flow.restore": FlowRestore,
    "flow.compare": FlowCompare,
    "flow.call": FlowCall,
    "flow.names": Message,
    "flow.rename": FlowRename,
    "flow.remove": OfFlow,
    "night.switch": NightSwitch,
}
