"""Another computer on the box's local network, as far as looking up names goes: multicast DNS (RFC 6762) in Ethernet
frames, which QEMU hands over one per datagram. No router and no DHCP is there, as on a cable between two jacks."""

import socket
import struct
import time
from pathlib import Path

MAC, GROUP_MAC = bytes.fromhex("5254004e4549"), bytes.fromhex("01005e0000fb")
OWN, GROUP = bytes((169, 254, 77, 1)), bytes((224, 0, 0, 251))  # RFC 3927; RFC 6762, 3
PORT, HOPS = 5353, 255  # RFC 6762, 11: packets with fewer hops left came from elsewhere
ADDRESS, POINTER, INTERNET = 1, 12, 1  # RFC 1035, 3.2
ANSWER = 0x8000
ASK_EVERY_S = 2.0


class Neighbour:
    """`with Neighbour(box's socket, own socket) as one:`"""

    def __init__(self, box: Path, own: Path) -> None:
        self._box, self._own = box, own
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def __enter__(self) -> "Neighbour":
        self._own.unlink(missing_ok=True)
        self._socket.bind(str(self._own))
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def look_up(self, name: str, kind: int, seconds: float) -> set[str]:
        """Addresses of a name, or names that a pointer leads to. TimeoutError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._socket.sendto(_frame(_question(name, kind)), str(self._box))
            again = time.monotonic() + ASK_EVERY_S
            while (left := again - time.monotonic()) > 0:
                self._socket.settimeout(left)
                try:
                    frame = self._socket.recv(65536)
                except TimeoutError:
                    break
                found = {value for owner, its, value in _answers(frame) if (owner, its) == (name, kind)}
                if found:
                    return found
        raise TimeoutError(f"nobody told of {name} within {seconds:.0f} s")


def _question(name: str, kind: int) -> bytes:
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 0, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, INTERNET)


def _frame(payload: bytes) -> bytes:
    """Ethernet, IPv4 (RFC 791), UDP without its sum, which IPv4 permits (RFC 768)."""
    datagram = struct.pack(">4H", PORT, PORT, 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, HOPS, socket.IPPROTO_UDP, 0, OWN, GROUP)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + head[12:]
    return GROUP_MAC + MAC + b"\x08\x00" + head + datagram


def _answers(frame: bytes) -> list[tuple[str, int, str]]:
    """Owner, type and value of each record of an answer; none of any other frame."""
    if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_UDP:
        return []
    udp = 14 + (frame[14] & 15) * 4
    message = frame[udp + 8 :]
    if struct.unpack_from(">H", frame, udp)[0] != PORT or not struct.unpack_from(">H", message, 2)[0] & ANSWER:
        return []
    questions, *counts = struct.unpack_from(">4H", message, 4)
    at, found = 12, []
    for _ in range(questions):
        at = _name(message, at)[1] + 4
    for _ in range(sum(counts)):
        owner, at = _name(message, at)
        kind, _, _, length = struct.unpack_from(">HHIH", message, at)
        at += 10
        if kind == ADDRESS:
            found.append((owner, kind, socket.inet_ntoa(message[at : at + 4])))
        elif kind == POINTER:
            found.append((owner, kind, _name(message, at)[0]))
        at += length
    return found


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name, and where what follows it begins (RFC 1035, 4.1.4)."""
    labels, after = [], None
    while length := message[at]:
        if length >= 0xC0:
            after = at + 2 if after is None else after
            at = struct.unpack_from(">H", message, at)[0] & 0x3FFF
        else:
            labels.append(message[at + 1 : at + 1 + length].decode())
            at += 1 + length
    return ".".join(labels), at + 1 if after is None else after
