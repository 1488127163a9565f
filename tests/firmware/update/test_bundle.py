"""Which bundles are refused, in which words. RAUC itself judges signatures where it is installed (./box image)."""

import os
import struct
import subprocess
from pathlib import Path

import pytest

from firmware.update import bundle
from firmware.update.bundle import Bundle, UpdateError, check_fits, check_whole, examine, order

PRODUCT = "callbox-x86-64"


@pytest.fixture
def appliance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As if version 1.2.3 ran."""
    release, conf = tmp_path / "os-release", tmp_path / "system.conf"
    release.write_text("NAME=Debian\nIMAGE_VERSION=1.2.3+20261122\n")
    conf.write_text(f"[system]\ncompatible={PRODUCT}\n")
    monkeypatch.setattr(bundle, "OS_RELEASE", release)
    monkeypatch.setattr(bundle, "SYSTEM_CONF", conf)
    return tmp_path


def made(path: Path, *, content: int = 4096, signature: int = 100) -> Path:
    """Something with a bundle's outline."""
    header = bytearray(b"hsqs".ljust(96, b"\0"))
    struct.pack_into("<Q", header, 40, content)
    path.write_bytes(bytes(header).ljust(content, b"x") + b"s" * signature + struct.pack(">Q", signature))
    return path


def test_order() -> None:
    versions = ["0.9", "1.0.0+5", "1.0+10", "1.0.1", "1.2.0", "1.10"]
    shuffled = versions[::-1]
    assert sorted(shuffled, key=order) == versions
    with pytest.raises(UpdateError, match="no version"):
        order("1.0-rc1")


def test_a_whole_one(tmp_path: Path) -> None:
    check_whole(made(tmp_path / "b"))


@pytest.mark.parametrize("left", [100, 2000, 4096, 4150, 4203])
def test_truncated(tmp_path: Path, left: int) -> None:
    path = made(tmp_path / "b")
    os.truncate(path, left)
    with pytest.raises(UpdateError, match=r"truncated or damaged.*Copy it again\. Nothing was changed"):
        check_whole(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" * 100, b"hsqs"])
def test_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(UpdateError, match="is no update bundle"):
        check_whole(tmp_path / "b")


def test_not_there(tmp_path: Path) -> None:
    with pytest.raises(UpdateError, match="No such file"):
        check_whole(tmp_path / "b")


def test_which_fits(appliance: Path) -> None:
    file = appliance / "b"
    check_fits(file, Bundle(PRODUCT, "1.2.3+20261122"), allow_older=False)
    check_fits(file, Bundle(PRODUCT, "1.3"), allow_older=False)
    with pytest.raises(UpdateError, match=r"is older \(1\.2\.2\) than what runs.*--allow-older"):
        check_fits(file, Bundle(PRODUCT, "1.2.2"), allow_older=False)
    check_fits(file, Bundle(PRODUCT, "1.2.2"), allow_older=True)
    for other in ("coffee-machine", ""):
        with pytest.raises(UpdateError, match=r"another product.*Nothing was changed"):
            check_fits(file, Bundle(other, "1.3"), allow_older=True)


def test_elsewhere_there_is_nothing_to_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "OS_RELEASE", tmp_path / "none")
    monkeypatch.setattr(bundle, "SYSTEM_CONF", tmp_path / "none")
    with pytest.raises(UpdateError, match="this is no appliance"):
        check_fits(tmp_path, Bundle(PRODUCT, "1.3"), allow_older=False)


def test_signatures(tmp_path: Path, appliance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real bundles, signed by us and by somebody else."""
    for who in ("ours", "theirs"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={who}",
             "-keyout", tmp_path / f"{who}.key", "-out", tmp_path / f"{who}.pem"], check=True, capture_output=True,
        )  # fmt: skip
        content = tmp_path / f"{who}.d"
        content.mkdir()
        (content / "root.ext4").write_bytes(os.urandom(50_000))
        (content / "manifest.raucm").write_text(
            f"[update]\ncompatible={PRODUCT}\nversion=1.3\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=root.ext4\n"
        )
        subprocess.run(
            ["rauc", "--cert", tmp_path / f"{who}.pem", "--key", tmp_path / f"{who}.key", "bundle", content,
             tmp_path / f"{who}.raucb"], check=True, capture_output=True,
        )  # fmt: skip
    keyring = tmp_path / "ours.pem"
    monkeypatch.setattr(bundle, "RAUC", ("rauc", f"--keyring={keyring}"))
    assert examine(tmp_path / "ours.raucb") == Bundle(PRODUCT, "1.3")
    with pytest.raises(UpdateError, match=r"signed by somebody whose updates this box does not accept.*Nothing"):
        examine(tmp_path / "theirs.raucb")
    changed = bytearray((tmp_path / "ours.raucb").read_bytes())
    changed[-100] ^= 1
    (tmp_path / "changed.raucb").write_bytes(changed)
    with pytest.raises(UpdateError, match="Nothing was changed"):
        examine(tmp_path / "changed.raucb")
