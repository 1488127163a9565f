"""What is proposed for a card, and what the driver is told; tests/system does both on the real driver."""

import tomllib
from pathlib import Path

import pytest

from drivers.binding.dahdicard import FoundChannel
from firmware.config import Board, load_board
from firmware.tools import board as tool

# A TDM410 with two line modules, a station module and one that does not start, and an OpenVox behind it.
CARD = [
    FoundChannel(1, 1, ("fxs",), None, False, "WCTDM/0/0"),
    FoundChannel(2, 1, ("fxo",), None, False, "WCTDM/0/1"),
    FoundChannel(3, 1, ("fxo",), None, True, "WCTDM/0/2"),
    FoundChannel(5, 2, ("fxo",), "fxo", False, "OPVXA1200/0/0"),
]


def test_proposal_is_a_board() -> None:
    found = Board.model_validate(tomllib.loads(tool.propose(CARD)), strict=False)
    assert found.dahdi.channels == (2, 5, 1)
    assert [line.number for line in found.lines] == [1, 2]
    assert [station.number for station in found.stations] == ["801"]
    assert tool.mismatches(found, CARD) == []


def test_mismatches_in_words() -> None:
    found = load_board("dahdi-loop")
    told = tool.mismatches(found, CARD)
    assert told[0] == "line 1: channel 1 (WCTDM/0/0) is no FXO port"
    assert told[1] == "line 3: channel 3 (WCTDM/0/2) is broken, says the driver"
    assert told[2] == "line 4: there is no channel 4"


def test_what_the_driver_is_told() -> None:
    found = load_board("dahdi-loop")
    text = tool.system_conf(found, "gb").splitlines()
    assert "fxsks=1" in text and "fxoks=16" in text and "loadzone=uk" in text
    assert not any(line.startswith("echocanceller") for line in text)
    assert "options wctdm opermode=CHINA alawoverride=1" in tool.module_options("cn")
    assert "options opvxa1200 opermode=FCC\n" in tool.module_options("us")


def test_nothing_is_written_for_another_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tool, "SYSTEM_CONF", tmp_path / "system.conf")
    monkeypatch.setattr(tool, "MODULE_OPTIONS", tmp_path / "options.conf")
    monkeypatch.setattr(tool, "detect", lambda: CARD)
    with pytest.raises(
        tool.BoardError, match=r"(?s)^board dahdi-loop is not this machine's:.*line 4: there is no channel"
    ):
        tool.apply("dahdi-loop", "cn")
    with pytest.raises(tool.BoardError, match="has no DAHDI card"):
        tool.apply("sim-8x8", "cn")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(tool, "detect", list)
    with pytest.raises(tool.BoardError, match="has no analog channel"):
        tool.found_channels()
