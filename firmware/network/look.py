"""How the machine's network, clock and zone are now: read from /sys, /proc and the kernel, without any rights."""

import fcntl
import ipaddress
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

GET_ADDRESS, GET_MASK = 0x8915, 0x891B  # linux/sockios.h: SIOCGIFADDR, SIOCGIFNETMASK
IFREQ = struct.Struct("16sH2x4s16x")  # struct ifreq with a sockaddr_in
ETHERNET, LOOPBACK = 1, 772  # linux/if_arp.h


@dataclass(frozen=True, slots=True)
class Jack:
    """A network jack. `address` with its prefix, empty: none. `plugged` None: not known. `wired`: no loopback or
    tunnel."""

    name: str
    address: str
    plugged: bool | None
    wired: bool


@dataclass(frozen=True, slots=True)
class Now:
    """`synced` None: nobody here says whether the clock is set from the network."""

    hostname: str
    jacks: tuple[Jack, ...]
    gateway: str
    dns: tuple[str, ...]
    timezone: str
    synced: bool | None


def look(root: Path = Path("/")) -> Now:
    """As of this moment; what cannot be read is empty."""
    return Now(
        socket.gethostname(), jacks(root), _gateway(_text(root / "proc/net/route")), _dns(root), _timezone(root),
        _synced(root),
    )  # fmt: skip


def jacks(root: Path = Path("/")) -> tuple[Jack, ...]:
    """Those that are no loopback, in their order."""
    folder = root / "sys/class/net"
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return ()
    found = []
    for name in names:
        kind = _text(folder / name / "type").strip()
        if kind != str(LOOPBACK) and (folder / name).is_dir():
            carrier = _text(folder / name / "carrier").strip()
            wired = kind == str(ETHERNET) and (folder / name / "device").exists()
            found.append(Jack(name, _address(name), {"0": False, "1": True}.get(carrier), wired))
    return tuple(found)


def _address(name: str) -> str:
    """IPv4 with prefix."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            address, mask = (
                IFREQ.unpack(fcntl.ioctl(asked, what, IFREQ.pack(name.encode(), socket.AF_INET, bytes(4))))[2]
                for what in (GET_ADDRESS, GET_MASK)
            )
        except OSError:
            return ""
    return str(ipaddress.IPv4Interface(f"{socket.inet_ntoa(address)}/{socket.inet_ntoa(mask)}"))


def _gateway(table: str) -> str:
    """Of the first default route in /proc/net/route."""
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) > 3 and columns[1] == "00000000" and int(columns[3], 16) & 2:
            return socket.inet_ntoa(struct.pack("=L", int(columns[2], 16)))
    return ""


def _dns(root: Path) -> tuple[str, ...]:
    """systemd-resolved's own list where /etc/resolv.conf leads to it."""
    own = _text(root / "run/systemd/resolve/resolv.conf")
    lines = (own or _text(root / "etc/resolv.conf")).splitlines()
    return tuple(line.split()[1] for line in lines if line.startswith("nameserver ") and len(line.split()) > 1)


def _timezone(root: Path) -> str:
    link = os.path.realpath(root / "etc/localtime")
    return link.partition("/zoneinfo/")[2] or _text(root / "etc/timezone").strip() or "UTC"


def _synced(root: Path) -> bool | None:
    folder = root / "run/systemd/timesync"
    return (folder / "synchronized").exists() if folder.is_dir() else None


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
