"""By which names the page may be asked.

Whoever owns a foreign name can have it lead to the box (DNS rebinding): then his page, in the browser of somebody in
this network, would be of the same origin as the box's. So the page answers to its own names only. An address is always
one of them: nobody else's page can come from it.
"""

import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.exceptions import BadRequest
from werkzeug.sansio.utils import host_is_trusted

from webui.certificates import NAME, outside

RESOLV = Path("/etc/resolv.conf")


class Unknown(BadRequest):
    """The page was asked by a name that is not one of its own."""


def known(host: str, given: Iterable[str]) -> bool:
    """Whether a Host header, with its port or without, names this box. `given`: names that people gave it."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:  # half an IPv6 address
        return False
    return _is_address(name) or host_is_trusted(name, [*of_machine(), *given])


def of_machine() -> set[str]:
    """Names that the machine has by itself: without asking anybody, as every request asks for them."""
    full = socket.gethostname().lower()
    short = full.partition(".")[0]
    domains = ["local", *_domains()]
    return {"localhost", NAME, f"{NAME}.local", full, short, *(f"{short}.{one}" for one in domains)}


def instead(host: str, remote: str | None) -> str:
    """Where somebody who comes from the address `remote` and said `host` finds the page: an address and his port."""
    port = host.rpartition(":")[2]
    behind = f":{port}" if port.isdecimal() and ":" in host else ""
    if remote is not None and _is_address(remote) and ipaddress.ip_address(remote).is_loopback:
        return f"localhost{behind}"
    return f"{outside() or 'localhost'}{behind}"


def _domains() -> list[str]:
    """What is put behind a name that is typed in this network, as the router says."""
    try:
        lines = [line.split() for line in RESOLV.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return []
    found = [word.strip(".").lower() for line in lines if line and line[0] in ("search", "domain") for word in line[1:]]
    return [one for one in found if one]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
