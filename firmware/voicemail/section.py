"""Who has a box, and how mail is sent: sections "voicemail" and "mail" of the setup."""

from typing import Annotated, Literal

from pydantic import Field

from firmware.calls.places import Name, StationNumber
from firmware.setup.base import SECRET, Section, Strict

Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=120)]
BoxName = Name | StationNumber


class MailBox(Strict):
    """`greeting`: a prompt's name; None: the one that suits all. `pin`: asked at other telephones than `stations`,
    whose lamp it is. `messages_most`, `days`: the quota. `mail`: who gets each message, with the recording if
    `attach`; `delete_when_sent`: it is not kept then."""

    stations: list[StationNumber] = Field(default_factory=list)
    greeting: Annotated[str, Field(max_length=64)] | None = None
    pin: Annotated[str, Field(pattern=r"^(\d{4,8})?$", json_schema_extra=SECRET)] = ""
    seconds_most: Annotated[float, Field(ge=10, le=1800)] = 180.0
    silence_s: Annotated[float, Field(ge=2, le=60)] = 6.0
    messages_most: Annotated[int, Field(ge=1, le=10_000)] = 100
    days: Annotated[int, Field(ge=1, le=3650)] = 90
    mail: Annotated[list[Address], Field(max_length=8)] = Field(default_factory=list)
    attach: bool = True
    delete_when_sent: bool = False


class Voicemail(Section):
    """`boxes` by name; a station without an entry has a box of its own number, with the standard values."""

    boxes: dict[BoxName, MailBox] = Field(default_factory=lambda: {"general": MailBox()})

    def box(self, name: str, stations: list[str]) -> MailBox | None:
        """None: there is no such box."""
        if name in self.boxes:
            return self.boxes[name]
        return MailBox(stations=[name]) if name in stations else None


class Mail(Section):
    """The mail server. Without `host` nothing is sent. `security`: 'starttls', 'tls' from the first byte, or 'none'
    inside one's own network."""

    host: Annotated[str, Field(pattern=r"^[^\s/]*$", max_length=120)] = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, Field(max_length=120)] = ""
    password: Annotated[str, Field(max_length=200, json_schema_extra=SECRET)] = ""
    sender: Address = "callbox@localhost.localdomain"
