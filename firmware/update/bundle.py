"""What an update bundle is, before anything is done with it: whole, signed for this box, for this product, and newer.

RAUC checks the same again while it installs, block by block. It is asked first here because its own words are for
engineers.
"""

import json
import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from firmware.errors import UserError

OS_RELEASE = Path("/usr/lib/os-release")
SYSTEM_CONF = Path("/etc/rauc/system.conf")
RAUC = ("rauc",)
SQUASHFS_MAGIC = b"hsqs"
SQUASHFS_HEADER = 96
BYTES_USED_AT = 40  # of the header: its file system's length, little endian
TAIL = 8  # a bundle ends with its signature's length, big endian
SIGNATURE_MOST = 64 * 1024

# What RAUC and OpenSSL say, by a part of it; they give no codes.
SIGNS = (
    ("self-signed certificate", "update_foreign"),
    ("self signed certificate", "update_foreign"),
    ("unable to get local issuer", "update_foreign"),
    ("signature verification failed", "update_changed"),
    ("certificate has expired", "update_expired"),
    ("not yet valid", "update_not_yet"),
)
REFUSALS = {
    "update_foreign": "is signed by somebody whose updates this box does not accept",
    "update_changed": "was changed after it was signed, or is signed by somebody else",
    "update_expired": "is signed with a certificate that has expired",
    "update_not_yet": "is signed with a certificate that is not valid yet; is the box's clock right?",
}

VERSION = re.compile(r"^(\d+(?:\.\d+){0,3})(?:\+(\d+))?$")


class UpdateError(UserError):
    """The update was refused or failed; the message says why, and that nothing was changed where nothing was."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What its signed manifest says."""

    compatible: str
    version: str


def order(version: str) -> tuple[tuple[int, ...], int]:
    """For comparing: 1.2 < 1.2.1 < 1.10; the number behind '+', the build's time, decides between equals."""
    found = VERSION.match(version)
    if found is None:
        raise UpdateError(f"{version!r} is no version of callbox. Nothing was changed.", code="update_version")
    numbers = tuple(int(part) for part in found[1].split("."))
    return numbers + (0,) * (4 - len(numbers)), int(found[2] or 0)


def check_whole(path: Path) -> None:
    """UpdateError in words if the file is no bundle, or not all of one."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(SQUASHFS_HEADER)
            file.seek(max(0, size - TAIL))
            tail = file.read(TAIL)
    except OSError as error:
        raise UpdateError(f"cannot read {path}: {error.strerror}", code="not_read", why=error.strerror) from error
    if header[:4] != SQUASHFS_MAGIC or len(header) < SQUASHFS_HEADER:
        raise UpdateError(f"{path} is no update bundle of callbox. Nothing was changed.", code="update_no_bundle")
    content = struct.unpack_from("<Q", header, BYTES_USED_AT)[0]
    signature = struct.unpack(">Q", tail)[0]
    if content + TAIL > size or not 0 < signature <= SIGNATURE_MOST or content + signature + TAIL > size:
        raise UpdateError(
            f"{path} is truncated or damaged: it ends after {size / 1e6:.1f} MB without its signature. "
            f"Copy it again. Nothing was changed.",
            code="update_not_whole",
        )


def examine(path: Path) -> Bundle:
    """The bundle's manifest once its signature is verified. UpdateError in words."""
    check_whole(path)
    done = _rauc("info", "--output-format=json", str(path))
    if done.returncode:
        raise _refusal(path, done.stderr)
    manifest = json.loads(done.stdout)
    return Bundle(str(manifest.get("compatible", "")), str(manifest.get("version", "")))


def check_fits(path: Path, bundle: Bundle, *, allow_older: bool) -> None:
    """UpdateError if it is of another product, or older than what runs and that was not asked for."""
    wanted, running = this_product(), this_version()
    if bundle.compatible != wanted:
        raise UpdateError(
            f"{path} is for another product ({bundle.compatible or 'unnamed'}; this box is {wanted}). "
            f"Nothing was changed.",
            code="update_other_product",
        )
    if order(bundle.version) < order(running) and not allow_older:
        raise UpdateError(
            f"{path} is older ({bundle.version}) than what runs ({running}). To go back to it nevertheless, "
            f"say --allow-older. Nothing was changed.",
            code="update_older",
        )


def this_version() -> str:
    """Of the slot that runs. UpdateError where this is no appliance."""
    return _value(OS_RELEASE, "IMAGE_VERSION")


def this_product() -> str:
    """What bundles must be compatible with."""
    return _value(SYSTEM_CONF, "compatible")


def install(path: Path) -> None:
    """Has RAUC write the other slot and choose it for the next start. UpdateError."""
    done = _rauc("install", str(path))
    if done.returncode:
        raise UpdateError(
            f"the update failed: {_last(done.stderr + done.stdout)}. The box goes on with what runs now.",
            code="update_failed",
        )


def _rauc(*arguments: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run([*RAUC, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UpdateError(
            "this is no appliance: updates are installed by RAUC, which is not here", code="no_appliance"
        ) from None


def _refusal(path: Path, said: str) -> UpdateError:
    code = next((code for sign, code in SIGNS if sign in said.lower()), "update_unusable")
    words = REFUSALS.get(code) or f"cannot be used: {_last(said)}"
    return UpdateError(f"{path} {words}. Nothing was changed.", code=code)


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "RAUC gave no reason"


def _value(file: Path, key: str) -> str:
    try:
        text = file.read_text("utf-8")
    except OSError:
        text = ""
    found = re.search(rf'^{key}="?([^"\n]*)"?$', text, re.MULTILINE)
    if found is None:
        raise UpdateError(
            "this is no appliance: only a box started from ./box image can be updated this way", code="no_appliance"
        )
    return found[1]
