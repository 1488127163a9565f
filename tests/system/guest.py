"""The virtual machine: Debian's kernel with the real DAHDI driver, whose loop-back spans join the box's sixteen
channels to the far ends' (design: board-config/boards/dahdi-loop.toml).

No card and no hardware virtualisation is needed: QEMU emulates the processor, and the guest's clock counts its
instructions (1 ns each), so that a run takes the time it takes and the guest sees a steady processor of 1,000 MIPS,
however busy the host is. Everything is kept in build/system and made anew only when its inputs change.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "system"
BUILDER = ROOT / "image-build" / "guest"
INSIDE = Path(__file__).resolve().parent / "inside"
MEMORY_MB = 1024
# What the box imports, of all that .venv has.
NOT_IN_GUEST = (
    "mypy*", "*mypyc*", "ruff*", "selenium*", "pip", "pip-*", "hypothesis*", "pygments*", "trio*", "babel", "pytz",
    "ast_serialize*", "__editable__*", "_pytest*", "setuptools*", "*.pth",
)  # fmt: skip
PROJECT = ("drivers", "firmware", "webui", "board-config", "tests/system", "build/prompts")


class GuestError(Exception):
    """The virtual machine could not be built or did not finish; the message tells where to read why."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the guest left: the JSON of each program, and the folder with everything else."""

    results: dict[str, Any]
    folder: Path
    console: Path


def _recipe() -> str:
    """One hash over how the root is made and the names of what goes in."""
    section, names = "", []
    for line in (ROOT / "image-build" / "packages.txt").read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].strip()
        if words.startswith("["):
            section = words
        elif section == "[guest]" and words:
            names.append(words)
    return hashlib.sha256(b"\n".join([BUILDER.read_bytes(), *(name.encode() for name in names)])).hexdigest()


def root() -> Path:
    """Kernel, initrd and root disk; made once per version of their recipe (about six minutes)."""
    stamp, wanted = HOME / "root" / "stamp", _recipe()
    if stamp.is_file() and stamp.read_text() == wanted:
        return stamp.parent
    shutil.rmtree(stamp.parent, ignore_errors=True)
    stamp.parent.mkdir(parents=True)
    _quietly([str(BUILDER), str(stamp.parent)], "root")
    stamp.write_text(wanted)
    return stamp.parent


def project() -> Path:
    """The second disk: this working tree as it is now, compiled, with the Python packages of .venv."""
    if sys.version_info[:2] != (3, 11):
        raise GuestError("the guest has Debian 12's Python 3.11, and .venv another one: it must be made on Debian 12")
    folder, disk = HOME / "project", HOME / "project.ext4"
    shutil.rmtree(folder, ignore_errors=True)
    site = Path(next(path for path in sys.path if path.endswith("site-packages")))
    unwanted = shutil.ignore_patterns(*NOT_IN_GUEST)
    shutil.copytree(
        site, folder / "site", symlinks=True, ignore=lambda at, names: unwanted(at, names) if at == str(site) else set()
    )
    for name in PROJECT:
        shutil.copytree(ROOT / name, folder / "callbox" / name, ignore=shutil.ignore_patterns("*.c", "*.o", "vendor"))
    shutil.copy(INSIDE / "init", folder / "init")
    (folder / "init").chmod(0o755)
    used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    disk.unlink(missing_ok=True)
    megabytes = used // 1_000_000 * 5 // 4 + 64
    _quietly(
        ["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-d", str(folder), str(disk), f"{megabytes}M"],
        "project",
    )
    return disk


def run(programs: Sequence[str], *, name: str, seconds: int) -> Run:
    """Boots, runs the programs of inside/ one after the other ("name:argument") and powers off; GuestError after
    `seconds`."""
    base, disk = root(), project()
    folder, console = HOME / "results" / name, HOME / f"{name}.console"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [
        "qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none",
        "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-cpu", "Nehalem", "-smp", "1",
        "-m", f"{MEMORY_MB}",
        "-kernel", str(base / "vmlinuz"), "-initrd", str(base / "initrd.img"),
        "-append", f"console=ttyS0 quiet loglevel=4 panic=-1 root=/dev/vda rw init=/init callbox={','.join(programs)}",
        "-drive", f"file={base / 'root.ext4'},if=virtio,format=raw,snapshot=on",
        "-drive", f"file={disk},if=virtio,format=raw,readonly=on",
        "-virtfs", f"local,path={folder},mount_tag=results,security_model=none",
        "-serial", f"file:{console}",
    ]  # fmt: skip
    for image in (base / "root.ext4", disk):
        _into_memory(image)
    try:
        subprocess.run(command, check=True, timeout=seconds, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise GuestError(f"the guest did not finish within {seconds} s; its console: {console}") from error
    except subprocess.CalledProcessError as error:
        raise GuestError(f"QEMU ended with {error.returncode}; the guest's console: {console}") from error
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    missing = [name for program in programs if (name := program.partition(":")[0]) not in results]
    if missing:
        raise GuestError(f"the guest has no result of {', '.join(missing)}; its console: {console}")
    return Run(results, folder, console)


def _into_memory(image: Path) -> None:
    """While the guest waits for a disk its clock runs ahead; from memory the wait is short."""
    with image.open("rb", buffering=0) as file:
        while file.read(1 << 22):
            pass


def _quietly(command: Sequence[str], what: str) -> None:
    log = HOME / f"{what}.log"
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
                              env=os.environ)  # fmt: skip
    if done.returncode:
        raise GuestError(f"{command[0]} failed; what it said: {log}")


if __name__ == "__main__":
    outcome = run(sys.argv[1:], name="by-hand", seconds=3600)
    print(json.dumps(outcome.results, indent=1, default=str))
