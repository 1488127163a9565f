"""What is proposed for a card, and what the driver is told; tests/system does both on the real driver."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from drivers.binding.alsa import FoundSocket
from drivers.binding.dahdicard import FoundChannel
from firmware.config import Board, countries, load_board, load_country
from firmware.config.board import Dahdi
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


def test_training_takes_its_time() -> None:
    shipped = load_board("digium-tdm410").dahdi
    assert (shipped.echo_taps, shipped.echo_train_ms, shipped.deaf_s) == (128, 300, 0.316)
    assert load_board("dahdi-loop").dahdi.deaf_s == 0
    with pytest.raises(ValueError, match="must be 0 with jpah"):
        Dahdi(echo_taps=128, echo_train_ms=300, canceller="jpah")


def test_mismatches_in_words() -> None:
    found = load_board("dahdi-loop")
    told = tool.mismatches(found, CARD)
    assert told[0] == "line 1: channel 1 (WCTDM/0/0) is no FXO port"
    assert told[1] == "line 3: channel 3 (WCTDM/0/2) is broken, says the driver"
    assert told[2] == "line 4: there is no channel 4"


def test_sound_sockets_are_proposed_as_remarks() -> None:
    sockets = [
        FoundSocket("plughw:CARD=PCH,DEV=0", "HDA Intel PCH", True, True),
        FoundSocket("plughw:CARD=Cam,DEV=0", "HD Webcam", False, True),
    ]
    text = tool.propose(CARD, sockets)
    assert Board.model_validate(tomllib.loads(text), strict=False).sound is None
    assert '# microphone = "plughw:CARD=Cam,DEV=0"  # HD Webcam' in text and text.count("# loudspeaker =") == 1
    lines = re.sub(r"(?m)^# (?=\[|\w+ = )", "", text).splitlines()
    lines = [line for line in lines if not (line.startswith(("line_in", "microphone")) and "PCH" in line)]
    board = Board.model_validate(tomllib.loads("\n".join(lines)), strict=False)
    assert board.sound is not None and board.sound.loudspeaker == "plughw:CARD=PCH,DEV=0"
    assert [one.station for one in board.headsets] == ["901"]


def test_what_the_driver_is_told() -> None:
    found = load_board("dahdi-loop")
    text = tool.system_conf(found, "gb").splitlines()
    assert "fxsks=1" in text and "fxoks=16" in text and "loadzone=uk" in text
    assert not any(line.startswith("echocanceller") for line in text)
    assert "options wctdm opermode=CHINA alawoverride=1" in tool.module_options(load_country("cn"))
    assert "options opvxa1200 opermode=FCC\n" in tool.module_options(load_country("us"))
    assert tool.system_conf(found, "hk").endswith("loadzone=us\ndefaultzone=us\n")  # the driver has none of its own


def test_each_country_has_its_impedance() -> None:
    """tests/system has the real modules take each."""
    assert sorted(tool.OPERATION) == countries()


def test_an_astribank_is_told_of_the_country_in_a_file_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("SYSTEM_CONF", "MODULE_OPTIONS", "XPP_CONF"):
        monkeypatch.setattr(tool, name, tmp_path / name)
    monkeypatch.setattr(tool.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess((), 0))
    board = load_board("xorcom-astribank")
    ports = zip(board.port_specs, board.dahdi.channels, strict=True)
    found = [FoundChannel(number, 1, (kind,), None, False, f"XPP_{kind.upper()}/0") for (kind, _), number in ports]
    monkeypatch.setattr(tool, "detect", lambda: found)
    (tmp_path / "XPP_CONF").write_text("# Debian's\n#opermode\tUK\nopermode\tUK\ndebug\t1\n")
    assert tool.apply("xorcom-astribank", "fr")[-1] == tmp_path / "XPP_CONF"
    assert (tmp_path / "XPP_CONF").read_text() == "# Debian's\n#opermode\tUK\ndebug\t1\nopermode\tFRANCE\n"
    (tmp_path / "XPP_CONF").unlink()
    tool.apply("xorcom-astribank", "hk")
    assert (tmp_path / "XPP_CONF").read_text() == "opermode\tHONGKONG\n"


def test_a_card_without_numbers_gets_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """tests/system does it on the real driver."""
    monkeypatch.setattr(tool, "DEVICES", tmp_path)
    monkeypatch.setattr(tool, "detect", lambda: CARD)
    for name, there in (("pci:0000:03:01.0", 2), ("pci:0000:04:00.0", 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "span_count").write_text("2\n")
        for number in range(there):
            (tmp_path / name / f"span-{number + 1}").mkdir()
    assert tool.found_channels() == CARD
    assert [path.parent.name for path in tmp_path.glob("*/auto_assign")] == ["pci:0000:04:00.0"]
    (tmp_path / "pci:0000:04:00.0" / "auto_assign").unlink()
    (tmp_path / "pci:0000:04:00.0" / "auto_assign").mkdir()
    with pytest.raises(tool.BoardError, match=r"card pci:0000:04:00\.0 no numbers.*as root"):
        tool.found_channels()


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
