"""`callbox board`: proposes a board file from what is plugged in, and tells the DAHDI driver what a board wants."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from drivers.binding.alsa import FoundSocket
from drivers.binding.dahdicard import SIGNALLING, FoundChannel, PortKind, detect
from drivers.binding.engine import CoreError
from drivers.binding.plan import Plan
from firmware.config import Board, ConfigError, config_folder, load_board, load_country
from firmware.errors import UserError

SYSTEM_CONF = Path("/etc/dahdi/system.conf")
MODULE_OPTIONS = Path("/etc/modprobe.d/callbox-dahdi.conf")
XPP_CONF = Path("/etc/dahdi/xpp.conf")
DEVICES = Path("/sys/bus/dahdi_devices/devices")
# DAHDI's names of tone zones where they differ from the country's code. Some zone must be loaded or the driver does not
# ring; the box's tones and cadences are its own. Debian's libtonezone has none for Hong Kong.
TONE_ZONES = {"gb": "uk", "hk": "us"}
# How the FXO modules present themselves to the exchange: the driver's names for impedance and voltages (fxo_modes.h).
OPERATION = {
    "au": "AUSTRALIA", "br": "BRAZIL", "cn": "CHINA", "de": "GERMANY", "fr": "FRANCE", "gb": "UK", "hk": "HONGKONG",
    "in": "INDIA", "jp": "JAPAN", "sg": "SINGAPORE", "tw": "TAIWAN", "us": "FCC",
}  # fmt: skip
TAPS = 128  # a short loop's echo lasts 4 to 8 ms; these are 16
TRAIN_MS = 300  # the exchange's relays and the loop's current have come to rest by then
FIRST_STATION = 801


class BoardError(UserError):
    """The card's driver does not have, or does not do, what the board wants; the message says what."""


def number_cards() -> None:
    """Numbers for the channels of cards that the driver has left without, as Debian's does unless it is told otherwise
    before it is loaded; in the order of their slots."""
    for device in sorted(DEVICES.glob("*")):
        if len(list(device.glob("span-*"))) == int((device / "span_count").read_text("ascii")):
            continue
        try:
            (device / "auto_assign").write_text("1", encoding="ascii")
        except OSError as error:
            raise BoardError(
                f"the driver has given card {device.name} no numbers, and they cannot be given: {error.strerror}; "
                "try it as root"
            ) from error


def found_channels() -> list[FoundChannel]:
    """What the driver has; BoardError in words when there is no driver or no analog channel."""
    number_cards()
    try:
        channels = detect()
    except CoreError as error:
        raise BoardError(str(error.strerror)) from error
    if not channels:
        raise BoardError("the DAHDI driver is loaded but has no analog channel; is the card's own module loaded?")
    return channels


def kind_of(channel: FoundChannel) -> PortKind | None:
    """What the jack is. A channel that could be both (no real card's) is what dahdi_cfg made it."""
    return channel.can_be[0] if len(channel.can_be) == 1 else channel.configured


def propose(channels: Sequence[FoundChannel], sockets: Sequence[FoundSocket] = ()) -> str:
    """A board file: lines and stations in the driver's order. What the machine's own sound `sockets` could be stands
    there as remarks: what is plugged in where, nobody can tell."""
    if not channels:
        raise BoardError("there is no analog channel to make a board of")
    usable = [channel for channel in channels if not channel.broken and kind_of(channel)]
    lines = [channel for channel in usable if kind_of(channel) == "fxo"]
    stations = [channel for channel in usable if kind_of(channel) == "fxs"]
    name = f"{len(lines)} lines and {len(stations)} stations", f"{len(lines)} 外线 {len(stations)} 内线"
    text = [
        f"# Found: {channel.name}, channel {channel.channel}: {kind_of(channel) or 'no port'}" for channel in channels
    ]
    text += [
        "", f'name = {{ en = "DAHDI card, {name[0]}", zh = "DAHDI 板卡，{name[1]}" }}',
        'card = "dahdi"', "tick_ms = 10", "",
        "[dahdi]", f"channels = {[channel.channel for channel in (*lines, *stations)]}", f"echo_taps = {TAPS}",
        f"echo_train_ms = {TRAIN_MS}",
    ]  # fmt: skip
    for index in range(len(lines)):
        text += ["", "[[lines]]", f"number = {index + 1}", f"channel = {index}"]
    for index in range(len(stations)):
        text += ["", "[[stations]]", f'number = "{FIRST_STATION + index}"', f"channel = {len(lines) + index}"]
    return "\n".join([*text, *_sound(sockets)]) + "\n"


def _sound(sockets: Sequence[FoundSocket]) -> list[str]:
    if not sockets:
        return []
    text = ["", "# Sound sockets of this machine: take the # away from [sound] and from what is plugged in there."]
    text += ["# [sound]"]
    for one in sockets:
        names = ["loudspeaker"] * one.plays + ["line_in", "microphone"] * one.listens
        text += [f'# {name} = "{one.device}"  # {one.what}' for name in names]
    for one in (one for one in sockets if one.plays and one.listens):
        text += ["# [[sound.headsets]]", '# station = "901"', f'# play = "{one.device}"', f'# capture = "{one.device}"']
    return text


def write_proposal(name: str, text: str) -> Path:
    """Keeps a proposed board; BoardError rather than replacing one."""
    path = config_folder() / "boards" / f"{name}.toml"
    if not name.replace("-", "").isalnum():
        raise BoardError(f"{name!r} is no name for a board: letters, digits and '-'")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        load_board(name)
    except FileExistsError:
        raise BoardError(f"{path} is there already; choose another name") from None
    except OSError as error:
        raise BoardError(f"cannot write {path}: {error.strerror}") from error
    except ConfigError:
        path.unlink()
        raise
    return path


def system_conf(board: Board, country: str) -> str:
    """What dahdi_cfg is to make of the board's channels."""
    zone = TONE_ZONES.get(country, country)
    text = ["# Written by callbox board apply; the board file says what belongs here."]
    text += [
        f"{SIGNALLING[kind]}={channel}"
        for (kind, _), channel in zip(board.port_specs, board.dahdi.channels, strict=True)
    ]
    if board.dahdi.echo_taps:
        text += [f"echocanceller={board.dahdi.canceller},{channel}" for channel in board.dahdi.channels]
    return "\n".join([*text, f"loadzone={zone}", f"defaultzone={zone}"]) + "\n"


def module_options(plan: Plan) -> str:
    """Options of the driver's modules, read when they are loaded."""
    text = ["# Written by callbox board apply.", "options dahdi auto_assign_spans=1"]
    for module in ("wctdm", "wctdm24xxp", "opvxa1200"):
        words = [f"opermode={OPERATION[plan.country]}"] if plan.country in OPERATION else []
        words += ["alawoverride=1"] if plan.companding == "alaw" else []
        if words:
            text.append(f"options {module} {' '.join(words)}")
    return "\n".join(text) + "\n"


def xpp_conf(country: str, before: str) -> str:
    """The same for an Astribank, whose scripts read it when it is plugged in; what else stands there stays."""
    kept = [line for line in before.splitlines() if line.split()[:1] != ["opermode"]]
    mode = [f"opermode\t{OPERATION[country]}"] if country in OPERATION else []
    return "\n".join([*kept, *mode]) + "\n"


def mismatches(board: Board, channels: Sequence[FoundChannel]) -> list[str]:
    """What the board wants and the driver does not have, in words."""
    known = {channel.channel: channel for channel in channels}
    found = []
    for (kind, name), number in zip(board.port_specs, board.dahdi.channels, strict=True):
        channel = known.get(number)
        if channel is None:
            found.append(f"{name}: there is no channel {number}")
        elif channel.broken:
            found.append(f"{name}: channel {number} ({channel.name}) is broken, says the driver")
        elif kind not in channel.can_be:
            found.append(f"{name}: channel {number} ({channel.name}) is no {kind.upper()} port")
    return found


def apply(name: str, country: str) -> list[Path]:
    """Writes the driver's files for a board and has dahdi_cfg read them. BoardError before anything is written if the
    card is not the board's."""
    board, plan = load_board(name), load_country(country)
    if board.card != "dahdi":
        raise BoardError(f"board {name} has no DAHDI card, so there is nothing to apply")
    channels = found_channels()
    wrong = mismatches(board, channels)
    if wrong:
        raise BoardError("\n".join([f"board {name} is not this machine's:", *wrong]))
    files = {SYSTEM_CONF: system_conf(board, country), MODULE_OPTIONS: module_options(plan)}
    if any(channel.name.startswith("XPP_") for channel in channels):
        files[XPP_CONF] = xpp_conf(country, _present(XPP_CONF))
    for path, text in files.items():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BoardError(f"cannot write {path}: {error.strerror}") from error
    try:
        done = subprocess.run(["dahdi_cfg", "-c", str(SYSTEM_CONF)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BoardError("dahdi_cfg is missing: install Debian's package dahdi") from None
    if done.returncode:
        raise BoardError(f"dahdi_cfg refuses {SYSTEM_CONF}: {(done.stderr or done.stdout).strip()}")
    return list(files)


def _present(path: Path) -> str:
    """What stands in it now; nothing if it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise BoardError(f"cannot read {path}: {error.strerror}") from error
