"""What can be said of the appliance without starting it (tests/system does that)."""

import configparser
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "image-build"
OVERLAY = BUILD / "overlay"
UNITS = OVERLAY / "usr/lib/systemd/system"
TOOLS = OVERLAY / "usr/lib/callbox"
SCRIPTS = [BUILD / name for name in ("base", "disk", "guest", "image", "root", "slim")]
SCRIPTS += [path for path in TOOLS.iterdir() if path.is_file() and path.name != "environment"]
SCRIPTS += [OVERLAY / "usr/bin/callbox"]


def unit(name: str) -> dict[str, list[tuple[str, str]]]:
    """Sections of a unit; a key may stand there twice."""
    sections: dict[str, list[tuple[str, str]]] = {}
    found: list[tuple[str, str]] = []
    for line in (UNITS / name).read_text().splitlines():
        if line.startswith("["):
            found = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, f"{name}: {line}"
            found.append((key, value))
    return sections


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound(script: Path) -> None:
    shell = script.read_text().splitlines()[0].rpartition("/")[2].split()[-1]
    assert subprocess.run([shell, "-n", script], check=False).returncode == 0
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("path", sorted(filter(Path.is_file, UNITS.rglob("*"))), ids=lambda path: path.name)
def test_units_start_what_is_there(path: Path) -> None:
    for section in unit(str(path.relative_to(UNITS))).values():
        for key, value in section:
            program = value.split()[0] if key.startswith("Exec") else ""
            if program.startswith("/usr/lib/callbox/"):
                assert (OVERLAY / program.lstrip("/")).exists(), f"{path.name}: {program}"
            if key in ("Requires", "Wants", "OnFailure", "OnSuccess", "Conflicts"):
                for other in value.split():
                    assert not other.startswith("callbox") or (UNITS / other).exists(), f"{path.name}: {other}"


PROGRAMS = [
    ("callboxd.service", "callboxd"), ("callbox-rescue.service", "callboxd"), ("callbox-web.service", "callbox-web"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "user"), PROGRAMS)
def test_the_programs_have_no_rights_of_their_own(name: str, user: str) -> None:
    service = dict(unit(name)["Service"])
    assert (service["User"], service["Group"]) == (user, "callbox")
    assert service["NoNewPrivileges"] == "yes" and service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] in ("", "CAP_NET_BIND_SERVICE")
    assert f"u {user} " in (OVERLAY / "usr/lib/sysusers.d/callbox.conf").read_text()


def test_a_box_that_cannot_use_its_database_waits_for_a_backup() -> None:
    """One of both runs: callboxd's failure starts it, its success callboxd."""
    assert "callbox-rescue.service" in dict(unit("callboxd.service")["Unit"])["OnFailure"].split()
    first = dict(unit("callbox-rescue.service")["Unit"])
    assert first["OnSuccess"] == first["Conflicts"] == first["Before"] == "callboxd.service"


@pytest.mark.parametrize("name", sorted(path.name for path in UNITS.glob("*.path")))
def test_what_the_page_asks_for_is_watched_where_the_data_are(name: str) -> None:
    """What is watched before they are mounted is the empty folder below them, and nothing ever comes of it."""
    first = dict(unit(name)["Unit"])
    assert first["Requires"] == first["After"] == "callbox-data.service"


def test_the_box_is_watched() -> None:
    service = dict(unit("callboxd.service")["Service"])
    assert service["Type"] == "notify" and service["WatchdogSec"] and service["Restart"] == "always"
    assert service["LimitRTPRIO"] == "80" and service["LimitMEMLOCK"] == "infinity"
    manager = (OVERLAY / "usr/lib/systemd/system.conf.d/callbox.conf").read_text()
    assert "RuntimeWatchdogSec=" in manager


def test_rauc_and_the_partitions_agree() -> None:
    conf = configparser.ConfigParser()
    conf.read(OVERLAY / "etc/rauc/system.conf")
    slots = {conf[name]["bootname"]: Path(conf[name]["device"]).name for name in conf if name.startswith("slot.")}
    assert slots == {"A": "root-a", "B": "root-b"}
    assert conf["system"]["bundle-formats"] == "verity"
    labels = {re.search(r"^Label=(.*)$", path.read_text(), re.MULTILINE)[1] for path in (TOOLS / "repart.d").iterdir()}  # type: ignore[index]
    assert labels == {"root-a", "root-b", "data"}
    grub = (BUILD / "boot/grub.cfg").read_text()
    assert "root=PARTLABEL=root-a rauc.slot=A" in grub and "root=PARTLABEL=root-b rauc.slot=B" in grub


def test_grub_core_finds_its_partition() -> None:
    early = (BUILD / "boot/early.cfg").read_text()
    assert "'" not in early and '"' not in early  # its parser would take the rest of the file for a string
    number = re.search(r"mkfs.vfat .*-i ([0-9A-F]{8})", (BUILD / "disk").read_text())
    assert number is not None and f"{number[1][:4]}-{number[1][4:]}" in early


def bootenv(file: Path, *arguments: str) -> str:
    """The box's own tool, on a file in place of the partition."""
    done = subprocess.run(
        [TOOLS / "bootenv", *arguments], capture_output=True, text=True, check=True,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CALLBOX_BOOTENV": str(file), "CALLBOX_RUN": str(file.parent)},
    )  # fmt: skip
    return done.stdout.strip()


def test_boot_block(tmp_path: Path) -> None:
    """Written in place, always 1,024 bytes, everything in the first sector, and GRUB's own tool can read it."""
    file = tmp_path / "block"
    file.write_bytes(b"\0" * 512 + b"# GRUB Environment Block\n".ljust(1024, b"#") + b"\0" * 512)
    bootenv(file, "set", "order=A B", "A=good", "B=bad")
    bootenv(file, "set", "order=B A", "B=3")
    bootenv(file, "set", "machine=0123456789abcdef0123456789abcdef", "data=6f950818-e530-4044-bc3f-8bdfac355907")
    assert [bootenv(file, "get", name) for name in ("order", "A", "B", "none")] == ["B A", "good", "3", ""]
    whole = file.read_bytes()
    assert whole[:512] == whole[1536:] == b"\0" * 512
    block = whole[512:1536]
    assert len(block) == 1024 and block.startswith(b"# GRUB Environment Block\n")
    assert set(block[512:]) == {ord("#")}
    before = whole
    with pytest.raises(subprocess.CalledProcessError):
        bootenv(file, "set", "A=" + "x" * 600)
    assert file.read_bytes() == before
