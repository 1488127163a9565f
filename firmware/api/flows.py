"""Intents about flows: what the editor's page asks for, and the night switch."""

from typing import Annotated, Any

from pydantic import Field

from firmware.api.message import Message
from firmware.calls.places import StationNumber

FlowName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Who = Annotated[str, Field(max_length=64)]
VersionNumber = Annotated[int, Field(ge=0, le=999_999_999)]


class OfFlow(Message):
    """A flow."""

    flow: FlowName


class FlowVersion(OfFlow):
    """A version; None: the draft, or else the newest version."""

    version: VersionNumber | None = None


class FlowDocument(OfFlow):
    """A document as the editor has it; it need not be whole. `who` works on it."""

    document: Any
    who: Who = ""


class FlowPublish(OfFlow):
    """The draft is to be the version that callers come into."""

    who: Who
    note: Annotated[str, Field(max_length=500)] = ""


class FlowRestore(OfFlow):
    """An old version is to be published again."""

    version: VersionNumber
    who: Who


class FlowCall(OfFlow):
    """The draft is to be tried at this station's telephone."""

    station: StationNumber


class FlowCompare(OfFlow):
    """Two versions."""

    before: VersionNumber
    after: VersionNumber


class NightSwitch(Message):
    """The night flow answers every line; `on` None: the other way than now."""

    on: bool | None = None
    who: Who = ""


FLOWS: dict[str, type[Message]] = {
    "flow.list": Message,
    "flow.get": FlowVersion,
    "flow.check": FlowDocument,
    "flow.save": FlowDocument,
    "flow.discard": OfFlow,
    "flow.publish": FlowPublish,
    "flow.restore": FlowRestore,
    "flow.compare": FlowCompare,
    "flow.call": FlowCall,
    "night.switch": NightSwitch,
}
