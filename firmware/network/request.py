"""What page and applier leave for each other: the request and the word to keep it, and how it stands."""

import json
import os
import secrets
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from firmware.network.wanted import Network
from firmware.setup.base import Strict
from firmware.setup.files import folder_rights, replace

FOLDER = "network"  # below the data directory, the page's
REQUEST, KEEP = "request.json", "keep"
STATE = Path("/run/callbox/network.json")  # the applier's; there only on the appliance
LONGEST = 16_384
TRIAL_S = 120.0

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Request(Strict):
    """One network to be tried."""

    id: Id
    network: Network


class State(Strict):
    """How it stands. `network`: what is used now, None: as the image comes. `what`: nothing was asked, on trial until
    `until` (seconds since the epoch), kept, gone back, or refused for `why`. `id`: of the request."""

    what: Literal["quiet", "trial", "kept", "back", "refused"] = "quiet"
    id: str = ""
    until: float = 0.0
    why: str = ""
    network: Network | None = None


class RequestError(Exception):
    """The request cannot be read; the message says why."""


def ask(data: Path, network: Network) -> str:
    """The page's: leaves a request; its id. OSError."""
    folder = data / FOLDER
    folder.mkdir(mode=folder_rights(data), exist_ok=True)
    request = Request(id=secrets.token_hex(8), network=network)
    (folder / KEEP).unlink(missing_ok=True)
    replace(folder / REQUEST, request.model_dump_json())
    return request.id


def keep(data: Path, id: str) -> None:
    """The page's: it was reached with this request in use. OSError."""
    replace(data / FOLDER / KEEP, id)


def waits(data: Path) -> bool:
    """Whether the applier has not taken the request yet."""
    return (data / FOLDER / REQUEST).exists()


def state(path: Path = STATE) -> State | None:
    """As the applier told it; None: there is no applier, or what it told is not understood."""
    try:
        return State.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError):
        return None


def take(data: Path) -> Request:
    """The applier's: the request, which is gone then, whatever it is. RequestError, in words for the log."""
    path = data / FOLDER / REQUEST
    try:
        text = _read(path)
    finally:
        path.unlink(missing_ok=True)
    try:
        return Request.model_validate(json.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        raise RequestError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    except ValueError as error:
        raise RequestError(f"it is no JSON ({error})") from error


def kept(data: Path, id: str) -> bool:
    """The applier's: whether the page said to keep this one."""
    try:
        return _read(data / FOLDER / KEEP).strip() == id.encode()
    except RequestError:
        return False


def _read(path: Path) -> bytes:
    """A plain file of the page's, never a link to something else that only the applier may read."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(opened, "rb") as file:
            text = file.read(LONGEST + 1)
    except OSError as error:
        raise RequestError(f"{path.name} cannot be read: {error.strerror}") from error
    if len(text) > LONGEST:
        raise RequestError(f"{path.name} is longer than {LONGEST} bytes")
    return text
