"""Update bundles for the tests: made from the image's own root slot, or from next to nothing where they are refused."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.system.appliance import IMAGE, ROOT

COMPATIBLE = "callbox-x86-64"
OS_RELEASE = "/usr/lib/os-release"
APP, MIX = "/usr/lib/callbox/app", "firmware/calls/mix.py"


def bundle(target: Path, root: Path, version: str, *, compatible: str = COMPATIBLE, key: Path | None = None) -> Path:
    """Signed by the image's key, or by KEY.pem and KEY.crt."""
    signed = (key.with_suffix(".crt"), key) if key else (IMAGE / "key/cert.pem", IMAGE / "key/key.pem")
    content = target.with_suffix(".content")
    content.mkdir()
    shutil.move(root, content / "root.ext4")
    (content / "manifest.raucm").write_text(
        f"[update]\ncompatible={compatible}\nversion={version}\n\n[bundle]\nformat=verity\n\n"
        "[image.rootfs]\nfilename=root.ext4\n"
    )
    subprocess.run(
        ["rauc", "--cert", signed[0], "--key", signed[1], "--mksquashfs-args=-comp zstd -Xcompression-level 3",
         "bundle", content, target], check=True, capture_output=True,
    )  # fmt: skip
    shutil.rmtree(content)
    return target


def next_root(target: Path, version: str, *, without: str | None = None, deaf: bool = False) -> Path:
    """The image's root slot as another version, and perhaps without a file that it cannot do without, or `deaf`:
    everything starts and answers, but those who talk with each other do not hear each other."""
    subprocess.run(["cp", "--sparse=always", IMAGE / "root.ext4", target], check=True)
    release = target.with_suffix(".release")
    said = subprocess.run(["debugfs", "-R", f"cat {OS_RELEASE}", target], check=True, capture_output=True, text=True)
    lines = [line for line in said.stdout.splitlines() if not line.startswith("IMAGE_VERSION=")]
    release.write_text("\n".join([*lines, f"IMAGE_VERSION={version}"]) + "\n")
    orders = f"rm {OS_RELEASE}\nwrite {release} {OS_RELEASE}\n" + (f"rm {without}\n" if without else "")
    if deaf:
        mix = target.with_suffix(".mix")
        linked, program = "self._engine.link(speaker.source, hearer.sink)", (ROOT / MIX).read_text()
        if linked not in program:
            raise ValueError(f"{MIX} does not join two parties by {linked}")
        mix.write_text(program.replace(linked, f"{linked} if False else None"))
        compiled = f"{APP}/{Path(MIX).parent}/__pycache__/{Path(MIX).stem}.cpython-311.pyc"
        orders += f"rm {compiled}\nrm {APP}/{MIX}\nwrite {mix} {APP}/{MIX}\n"
    subprocess.run(["debugfs", "-w", "-f", "-", target], input=orders, text=True, check=True, capture_output=True)
    return target


def small_root(target: Path) -> Path:
    """Nothing that could run."""
    target.write_bytes(os.urandom(50_000))
    return target


def foreign_key(folder: Path) -> Path:
    """Somebody else's; the certificate beside it."""
    key = folder / "foreign.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=somebody else",
         "-keyout", key, "-out", key.with_suffix(".crt")], check=True, capture_output=True,
    )  # fmt: skip
    return key


def stick(folder: Path, target: Path) -> Path:
    """A disk that holds the folder's files."""
    megabytes = sum(file.stat().st_size for file in folder.iterdir()) // 1_000_000 * 21 // 20 + 32
    target.unlink(missing_ok=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", folder, target, f"{megabytes}M"], check=True)
    return target
