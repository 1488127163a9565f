"""Reads what the driver says in /proc/dahdi, as people send it from a machine that is far away."""

import re
from collections.abc import Iterable

from drivers.binding.dahdicard import NO_PORTS, FoundChannel, PortKind

# dahdi-base.c, dahdi_seq_show(): "Span 1: WCTDM/0 "Wildcard TDM410P" (MASTER)", then a line for each channel: its
# number, its name, the signalling that dahdi_cfg gave it ("Reserved": the slot is empty), and what else is known of it.
_SPAN = re.compile(r'Span (\d+): \S* ?"')
_CHANNEL = re.compile(r"\s+(\d+) (\S+)(?: (\S+))?")
_SIGNALLING: dict[str, PortKind] = {"FXSKS": "fxo", "FXSLS": "fxo", "FXOKS": "fxs", "FXOLS": "fxs"}
# Whose names tell what they are before dahdi_cfg has set them up (card_fxo.c, card_fxs.c).
_NAMES: dict[str, PortKind] = {"XPP_FXO/": "fxo", "XPP_FXS/": "fxs"}


class ListingError(ValueError):
    """This is no listing of the driver, or it does not say enough; the message says what to do."""


def read_listing(texts: Iterable[str]) -> list[FoundChannel]:
    """The analog channels of the files of /proc/dahdi, in the order of their numbers. ListingError if one is none of
    those files, or if a channel's kind is not told."""
    found: list[FoundChannel] = []
    for text in texts:
        lines = text.splitlines()
        head = _SPAN.match(lines[0]) if lines else None
        if head is None:
            raise ListingError('this is no file of /proc/dahdi: it does not begin with Span, a number, a name and "')
        channels = [match for line in lines[1:] if (match := _CHANNEL.fullmatch(line) or _CHANNEL.match(line))]
        found += [one for match in channels if (one := _channel(int(head[1]), *match.groups())) is not None]
    return sorted(found, key=lambda channel: channel.channel)


def _channel(span: int, number: str, name: str, word: str | None) -> FoundChannel | None:
    if word == "Reserved" or name.startswith(NO_PORTS):
        return None
    configured = _SIGNALLING.get(word or "")
    kind = configured or next((kind for prefix, kind in _NAMES.items() if name.startswith(prefix)), None)
    if kind is None and (word is None or word.startswith("(")):
        raise ListingError(f"channel {number} ({name}) is not set up yet, so the listing does not tell what it is; "
                           "on the machine itself, callbox board detect asks the driver")  # fmt: skip
    return None if kind is None else FoundChannel(int(number), span, (kind,), configured, False, name)
