"""A real card, through the kernel's DAHDI driver."""

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from drivers.binding._core import ffi, lib
from drivers.binding.engine import CoreError, Engine
from drivers.binding.plan import DahdiSound, Plan
from drivers.binding.trace import TraceFile

PortKind = Literal["fxo", "fxs"]
PortSpec = tuple[PortKind, str]

WORDS = {
    errno.ENODEV: "there is no DAHDI driver; load it (modprobe dahdi and the card's own module), then run dahdi_cfg",
    errno.EACCES: "no right to open /dev/dahdi/channel; the user who runs the box must be in the group that owns it",
    errno.ENXIO: "channel {channel} does not exist or is not configured; see dahdi_hardware, then run dahdi_cfg",
    errno.EBUSY: "channel {channel} is in use by another program, perhaps a second box or Asterisk",
    errno.EPROTOTYPE: "channel {channel} is no {kind} port; in system.conf it needs {signalling} signalling",
    errno.ENODATA: "no tone zone is loaded, so the driver cannot ring; system.conf needs loadzone and defaultzone",
    errno.EOPNOTSUPP: "channel {channel} has no echo canceller; give it one in system.conf, or set echo_taps to 0",
}
# From the write of a block until its echo is read, beyond the tick that every card has: the margin
# (LC_DAHDI_MARGIN_MS), after which the block begins to be sent. The chunk of 1 ms and the card's own
# converters are the canceller's tail.
ECHO_DELAY_MS = 4
NOTHING_ASKED = DahdiSound()
SIGNALLING = {"fxo": "fxsks", "fxs": "fxoks"}  # a port speaks the other side's


# The relays and inputs of an Astribank, to which its driver gives channels that look like telephones' (card_fxs.c,
# FXS_card_dahdi_preregistration()).
NO_PORTS = ("XPP_OUT/", "XPP_IN/")


@dataclass(frozen=True, slots=True)
class FoundChannel:
    """An analog channel that the driver has. `can_be`: the kinds of port its module makes it, one for every real card;
    `configured`: what dahdi_cfg made of it."""

    channel: int
    span: int
    can_be: tuple[PortKind, ...]
    configured: PortKind | None
    broken: bool
    name: str


def detect() -> list[FoundChannel]:
    """Every analog channel of this machine. CoreError in words when there is no driver."""
    most = 1024
    found = ffi.new("struct lc_dahdi_found[]", most)
    count = lib.lc_dahdi_detect(found, most)
    if count < 0:
        raise CoreError(-count, WORDS.get(-count, os.strerror(-count)))
    channels = [
        FoundChannel(
            one.channel, one.span, _kinds(one.can_be), next(iter(_kinds(one.is_)), None), bool(one.broken),
            ffi.string(one.name).decode("utf-8", "replace"),
        )
        for one in found[0:count]
    ]  # fmt: skip
    return [channel for channel in channels if not channel.name.startswith(NO_PORTS)]


def _kinds(bits: int) -> tuple[PortKind, ...]:
    both: tuple[tuple[int, PortKind], ...] = ((lib.LC_FXO, "fxo"), (lib.LC_FXS, "fxs"))
    return tuple(kind for bit, kind in both if bits & bit)


def _options(sound: DahdiSound) -> Any:
    out = ffi.new("struct lc_dahdi_options *")
    out.echo_taps, out.echo_train_ms = sound.echo_taps, sound.echo_train_ms
    out.canceller = sound.canceller.encode()
    gains = sound.gains
    out.line_rx, out.line_tx = round(10 * gains.line_receive), round(10 * gains.line_send)
    out.station_rx, out.station_tx = round(10 * gains.station_receive), round(10 * gains.station_send)
    return out


class DahdiCard:
    """`engine` drives the card. `channels` are DAHDI's numbers, from 1, in the order of `ports`. CoreError in words
    when it cannot be. `close()` twice is fine."""

    def __init__(self, ports: Sequence[PortSpec], channels: Sequence[int], plan: Plan, *, tick_ms: int = 10,
                 sound: DahdiSound = NOTHING_ASKED, record_sync_ms: int = 300, players: int = 32,
                 recorders: int = 16, inlets: int = 0, headsets: Sequence[str] = (),
                 trace: TraceFile | None = None) -> None:  # fmt: skip
        specs = ffi.new("struct lc_dahdi_port[]", len(ports))
        for index, ((kind, _), channel) in enumerate(zip(ports, channels, strict=True)):
            specs[index].channel = channel
            specs[index].kind = lib.LC_FXO if kind == "fxo" else lib.LC_FXS
        error, which = ffi.new("int *"), ffi.new("int *")
        card: Any = lib.lc_dahdi_open(specs, len(ports), tick_ms * lib.LC_RATE // 1000, _options(sound), error, which)
        if card == ffi.NULL:
            raise CoreError(-error[0], _words(-error[0], which[0], ports, channels))
        self.engine = Engine(
            card, ports, plan, tick_ms=tick_ms, record_sync_ms=record_sync_ms, players=players, recorders=recorders,
            inlets=inlets, cancel_echo=sound.own_canceller, echo_delay_ms=ECHO_DELAY_MS, headsets=headsets, trace=trace,
        )  # fmt: skip

    def close(self) -> None:
        """Closes the engine and gives the channels back."""
        self.engine.close()


class DahdiLoop:
    """Two cards whose wires the kernel joins (dahdi_dynamic_loc): the box's, and the far ends' in the same order,
    an exchange's line for each FXO port of the box, a telephone for each FXS port. As `SimCard`."""

    def __init__(self, ports: Sequence[PortSpec], channels: Sequence[int], far_channels: Sequence[int], plan: Plan, *,
                 tick_ms: int = 10) -> None:  # fmt: skip
        far_ports: list[PortSpec] = [
            ("fxs", f"exchange {name}") if kind == "fxo" else ("fxo", f"telephone {name}") for kind, name in ports
        ]
        box = DahdiCard(ports, channels, plan, tick_ms=tick_ms)
        try:
            far = DahdiCard(
                far_ports, far_channels, plan.as_exchange(), tick_ms=tick_ms, players=2 * len(ports),
                recorders=2 * len(ports),
            )  # fmt: skip
        except CoreError:
            box.close()
            raise
        self.box = box.engine
        self.far = far.engine

    def close(self) -> None:
        """Closes both engines. Twice is fine."""
        self.box.close()
        self.far.close()


def _words(error: int, which: int, ports: Sequence[PortSpec], channels: Sequence[int]) -> str:
    if which < 0 or error not in WORDS:
        return f"cannot open the card: {os.strerror(error)}"
    kind, name = ports[which]
    words = WORDS[error].format(channel=channels[which], kind=kind.upper(), signalling=SIGNALLING[kind])
    return f"{name}: {words}"
