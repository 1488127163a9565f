"""HTTP for flows: one request, one answer, and no way into the box's own network.

Whoever writes a flow, or whatever a caller enters, must not reach what only the box can reach: its own services, the
network it stands in, a cloud's address of secrets. So the host's name is resolved here, every address is looked at, and
the connection goes to the address that was looked at; a name that changes its mind in between changes nothing. No
redirects, no proxies, no cookies. Hosts of the customer's own network are named in `allowed`.
"""

import asyncio
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import Field

from drivers.binding.plan import Strict
from firmware.ivr.ports import Fetched, Refused

ANSWER_MOST = 64 * 1024  # bytes; a caller waits for it, and only a few fields are wanted
AT_ONCE = 8  # requests under way; the next is refused at once: the caller is not kept waiting for others
ADDRESSES_MOST = 4  # tried of one name, within the one timeout
PORTS = {"http": 80, "https": 443}

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Allowed(Strict):
    """A host that flows may ask though its address is not a public one. `port`: None is every port."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None

    def covers(self, host: str, port: int) -> bool:
        """Whether this is it."""
        return self.host.lower() == host.lower() and self.port in (None, port)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the URL in pieces, and the addresses that were looked at."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


class Fetcher:
    """Makes requests in threads of its own."""

    def __init__(self, allowed: tuple[Allowed, ...] = (), tls: ssl.SSLContext | None = None) -> None:
        """`tls`: whom to trust; None: whom the system trusts."""
        self.allowed = allowed
        self.under_way = 0
        self._tls = tls
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="flow-http")

    async def fetch(
        self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, str] | None, timeout_s: float
    ) -> Fetched:
        """Refused, in words, for whatever is not an answer within `timeout_s`."""
        if self.under_way >= AT_ONCE:
            raise Refused(f"{AT_ONCE} requests are under way already")
        deadline = time.monotonic() + timeout_s
        self.under_way += 1
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, self._request, method, url, dict(headers), body, deadline
        )
        work.add_done_callback(self._ended)
        try:
            return await asyncio.wait_for(asyncio.shield(work), timeout_s + 1.0)
        except TimeoutError as error:  # only the look-up of a name can hang so
            raise Refused(f"no answer within {timeout_s:g} s") from error

    def close(self) -> None:
        """Lets threads end by themselves: each has its deadline."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ended(self, work: "asyncio.Future[Fetched]") -> None:
        self.under_way -= 1
        if not work.cancelled():
            work.exception()  # whoever waited has heard of it, or has gone

    def _request(
        self, method: str, url: str, headers: dict[str, str], body: Mapping[str, str] | None, deadline: float
    ) -> Fetched:
        target = self.target(url)
        link = _connected(target, deadline)
        try:
            if target.scheme == "https":
                tls = self._tls or ssl.create_default_context()
                link = tls.wrap_socket(link, server_hostname=target.host, do_handshake_on_connect=False)
            with _guarded(link, deadline):
                if isinstance(link, ssl.SSLSocket):
                    link.do_handshake()
                answer = _exchange(link, target, method, headers, body)
        except (HTTPException, OSError, ValueError) as error:
            late = time.monotonic() >= deadline
            raise Refused("no whole answer in time" if late else f"{type(error).__name__}: {error}") from error
        finally:
            link.close()
        if time.monotonic() >= deadline:
            raise Refused("no whole answer in time")
        return answer

    def target(self, url: str) -> Target:
        """Takes a URL apart and looks at where it leads. Refused."""
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise Refused(f"no address: {error}") from error
        if scheme not in PORTS or not host or "@" in parts.netloc:
            raise Refused("only http:// and https:// with a host, and no password in the address")
        addresses = _resolved(host, port)
        if not any(allowed.covers(host, port) for allowed in self.allowed):
            for address in addresses:
                reason = forbidden(address)
                if reason is not None:
                    raise Refused(f"{host} is {address}, {reason}; name it in the settings if flows may ask it")
        path = quote(parts.path or "/", safe=UNQUOTED) + (
            f"?{quote(parts.query, safe=UNQUOTED)}" if parts.query else ""
        )
        return Target(scheme, host, port, path, tuple(addresses))


def forbidden(address: str) -> str | None:
    """Why an address may not be asked, or None: it is a public one of another computer."""
    found = _inner(ipaddress.ip_address(address.partition("%")[0]))
    if found.is_loopback:
        return "the box itself"
    if not found.is_global or found.is_multicast or found.is_reserved:
        return "no public address"
    return "the box itself" if _own(found) else None


def host_of(url: str) -> tuple[str, int]:
    """Host and port that a URL names, as far as they can be told; '' and 0 if not."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", 0


def is_inside(host: str) -> bool:
    """Whether the very name says that it is no public address of another computer."""
    try:
        return forbidden(host) is not None
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _inner(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), if it stands for one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _own(address: IpAddress) -> bool:
    """Whether one of the box's interfaces has it: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


def _resolved(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(f"there is no host {host}: {error}") from error
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def _connected(target: Target, deadline: float) -> socket.socket:
    """To the first address that answers."""
    why: object = "no time left"
    for address in target.addresses[:ADDRESSES_MOST]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, target.port), left)
        except OSError as error:
            why = error
    raise Refused(f"{target.host}:{target.port} cannot be reached: {why}")


def _exchange(
    link: socket.socket, target: Target, method: str, headers: dict[str, str], body: Mapping[str, str] | None
) -> Fetched:
    """One request over a connection that stands."""
    connection = HTTPConnection(target.host, target.port)
    connection.sock = link
    host = f"[{target.host}]" if ":" in target.host else target.host
    fixed = {"Host": f"{host}:{target.port}", "Accept": "application/json", "Accept-Encoding": "identity"}
    fixed["Connection"] = "close"
    if body is not None:
        fixed["Content-Type"] = "application/json"
    taken = {name.lower() for name in fixed} | NOT_GIVEN
    given = {name: value for name, value in headers.items() if name.lower() not in taken}
    data = None if body is None else json.dumps(dict(body), ensure_ascii=False).encode()
    connection.request(method, target.path, data, given | fixed)
    answer = connection.getresponse()
    content = answer.read(ANSWER_MOST + 1)
    if len(content) > ANSWER_MOST:
        raise Refused(f"its answer is longer than {ANSWER_MOST} bytes")
    if answer.length:
        raise Refused(f"its answer ended {answer.length} bytes too early")
    return Fetched(answer.status, _json(content))


# What a flow may not say about the request: it would be about another host, or another length, than is sent.
NOT_GIVEN = {"content-length", "transfer-encoding", "te", "upgrade", "expect", "trailer", "proxy-connection"}
UNQUOTED = "/%:=&?~+!$,;'@()*[]"  # what may stand in a path and query as it is


@contextmanager
def _guarded(link: socket.socket, deadline: float) -> Iterator[None]:
    """Shuts the connection at the deadline: each read has its time, but whoever drips may make many of them."""
    guard = threading.Timer(max(0.0, deadline - time.monotonic()), _shut, [link])
    guard.daemon = True
    guard.start()
    try:
        yield
    finally:
        guard.cancel()


def _shut(link: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(link, socket.SHUT_RDWR)  # not TLS's own: another thread is reading


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
