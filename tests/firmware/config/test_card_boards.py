"""Each shipped card's board file against the kernel driver's own numbering, by way of what it says in /proc/dahdi.

The table is read from DAHDI-linux 2.11.1 (Debian's dahdi-dkms), file and function beside each rule.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from firmware.config import Board, boards, load_board
from firmware.tools import board as tool
from firmware.tools.listing import ListingError, read_listing

SIGNALLING = {"x": "FXSKS", "s": "FXOKS", "-": "Reserved", "o": "FXOKS", "i": "FXOKS"}


@dataclass(frozen=True)
class Span:
    """One span as the driver registers it. Modules in their positions: x a line's, s a station's, - none; an
    Astribank's outputs o and inputs i."""

    name: str
    description: str
    modules: str
    channel: str  # what channels are called, with their position from 0


# wctdm.c: wctdm_initialize() names the NUM_CARDS = 4 channels "WCTDM/card/x" with chanpos x + 1, for whatever card it
# found; wctdm_post_initialize() takes each position's kind from modtype[x], and none (Reserved) where nothing is.
def tdm400(modules: str, variety: str) -> list[Span]:
    return [Span("WCTDM/0", f"{variety} Board 1", modules, "WCTDM/0/{x}")]


# wctdm24xxp/base.c: struct wctdm_desc says how many ports; wctdm_init_span() and wctdm_init_chan() make so many
# channels in order, wctdm_fixup_analog_span() takes kinds from mods[x]. A module of four ports is four mods[].
def tdm24xx(modules: str, variety: str) -> list[Span]:
    return [Span("WCTDM/0", variety, modules, "WCTDM/0/{x}")]


# opvxa1200/base.c: wctdm_initialize(), 8 channels when the card says FLAG_A800, else 12; wctdm_post_initialize().
def openvox(modules: str) -> list[Span]:
    return [Span("OPVXA1200/0", "OpenVox A1200P/A800P Board 1", modules, "OPVXA1200/0/{x}")]


# xpp/xbus-core.c: xbus_register_dahdi_device() registers one span per module; names in card_fxo.c and card_fxs.c,
# *_card_dahdi_preregistration(); FXS_card_new() gives the first module 2 outputs and 4 inputs more.
def astribank(*modules: str) -> list[Span]:
    return [
        Span(
            f"XBUS-00/XPD-{unit}0",
            f"Xorcom XPD [usb:X1].{unit + 1}: {'FXO' if 'x' in one else 'FXS'}",
            one,
            f"{{kind}}/00/{unit}0/{{x}}",
        )
        for unit, one in enumerate(modules)
    ]


CARDS = {
    "digium-tdm400": tdm400("ssxx", "Wildcard TDM400P REV I"),
    "digium-tdm410": tdm24xx("ssxx", "Wildcard TDM410P"),
    "digium-tdm800": tdm24xx("ssssxxxx", "Wildcard TDM800P"),
    "digium-tdm2400": tdm24xx("s" * 12 + "x" * 12, "Wildcard TDM2400P"),
    "openvox-a400": tdm400("ssxx", "Wildcard TDM400P REV H"),
    "openvox-a800": openvox("ssssxxxx"),
    "openvox-a1200": openvox("ssss" + "x" * 8),
    "xorcom-astribank": astribank("s" * 8 + "ooiiii", "x" * 8),
}
KINDS = {"x": "XPP_FXO", "s": "XPP_FXS", "o": "XPP_OUT", "i": "XPP_IN"}


def listing(spans: list[Span], *, configured: bool = True) -> Iterator[str]:
    """The files of /proc/dahdi (dahdi-base.c, dahdi_seq_show()), channel numbers through all spans."""
    number = 0
    for index, span in enumerate(spans, 1):
        text = f'Span {index}: {span.name} "{span.description}"{" (MASTER)" if index == 1 else ""} \n\n'
        for x, module in enumerate(span.modules):
            number += 1
            word = f"{SIGNALLING[module]} " if configured or module == "-" else ""
            canceller = "(EC: MG2 - INACTIVE) " if configured and module in "xs" else ""
            name = span.channel.format(x=x, kind=KINDS.get(module, ""))
            text += f"\t{number:4d} {name} {word}{canceller}\n"
        yield text


def plugs(board: Board) -> list[tuple[int, str]]:
    """The driver's number and the kind of each port, lines first."""
    return [(number, kind) for (kind, _), number in zip(board.port_specs, board.dahdi.channels, strict=True)]


def test_every_shipped_card_is_in_the_table() -> None:
    assert {name for name in boards() if load_board(name).card == "dahdi"} == {*CARDS, "dahdi-loop"}


@pytest.mark.parametrize("name", CARDS)
def test_board_is_as_the_driver_numbers(name: str) -> None:
    modules = "".join(span.modules for span in CARDS[name])
    jacks = {"x": "fxo", "s": "fxs"}
    wanted = sorted((at, jacks[module]) for at, module in enumerate(modules, 1) if module in jacks)
    assert sorted(plugs(load_board(name))) == wanted


@pytest.mark.parametrize("name", CARDS)
def test_detect_proposes_that_board(name: str) -> None:
    found = read_listing(listing(CARDS[name]))
    proposed = Board.model_validate(tomllib.loads(tool.propose(found)), strict=False)
    shipped = load_board(name)
    assert plugs(proposed) == plugs(shipped) and proposed.dahdi == shipped.dahdi
    assert tool.mismatches(shipped, found) == []


def test_mixed_modules_and_an_empty_position() -> None:
    found = read_listing(listing(tdm24xx("x-sx", "Wildcard AEX410")))
    assert [(channel.channel, channel.can_be) for channel in found] == [(1, ("fxo",)), (3, ("fxs",)), (4, ("fxo",))]


def test_an_astribank_tells_its_kinds_before_dahdi_cfg_and_others_do_not() -> None:
    found = read_listing(listing(CARDS["xorcom-astribank"], configured=False))
    assert len(found) == 16 and {channel.configured for channel in found} == {None}
    with pytest.raises(ListingError, match=r"^channel 1 \(WCTDM/0/0\) is not set up yet"):
        read_listing(listing(CARDS["digium-tdm410"], configured=False))


@pytest.mark.parametrize("text", ["", "nothing of the kind", "\t   1 WCTDM/0/0 FXOKS \n"])
def test_no_listing(text: str) -> None:
    with pytest.raises(ListingError, match="no file of /proc/dahdi"):
        read_listing([text])
