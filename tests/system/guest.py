"""The virtual machine: Debian's kernel with the real DAHDI driver, whose loop-back spans join the box's sixteen
channels to the far ends' (design: board-config/boards/dahdi-loop.toml).

No card and no hardware virtualisation is needed: QEMU emulates the processor, and the guest's clock counts its
instructions (1 ns each), so that a run takes the time it takes and the guest sees a steady processor of 1,000 MIPS,
however busy the host is. Its disks are memory (NVDIMM): for others the guest would wait, and while it waits its clock
runs ahead, far if the host is busy. Everything is kept in build/system and made anew only when its inputs change.
"""

import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "system"
BUILDER = ROOT / "image-build" / "guest"
INSIDE = Path(__file__).resolve().parent / "inside"
MEMORY_MB = 1024
RTC = "base=2026-11-18T02:00:00,clock=vm"  # a Wednesday, ten o'clock in China
KERNEL = "console=ttyS0 quiet loglevel=4 panic=-1 root=LABEL=root rw init=/init"
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
    """What guests left: the JSON of each program, the host's seconds that each took, the folder with all else."""

    results: dict[str, Any]
    host_s: dict[str, float]
    folder: Path


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
    megabytes = -(-(used // 1_000_000 * 5 // 4 + 64) // 128) * 128  # a whole number of the memory's sections
    _quietly(
        ["mke2fs", "-q", "-t", "ext4", "-L", "project", "-O", "^has_journal", "-m", "0", "-d", str(folder), str(disk),
         f"{megabytes}M"],
        "project",
    )  # fmt: skip
    return disk


def run(*guests: Sequence[str], name: str, seconds: int) -> Run:
    """A guest for each list of programs, all at the same time: boots, runs the programs of inside/ one after the other
    ("name:argument") and powers off. GuestError after `seconds`."""
    base, disk, folder = root(), project(), HOME / "results" / name
    shutil.rmtree(folder, ignore_errors=True)
    processors = itertools.cycle(sorted(os.sched_getaffinity(0)))
    with ThreadPoolExecutor(len(guests)) as pool:
        booted = [
            pool.submit(_boot, _command(base, disk, programs, own), own, next(processors), seconds)
            for programs, own in ((programs, folder / str(number)) for number, programs in enumerate(guests, start=1))
        ]
        host_s = [one.result() for one in booted]
    found = {path.stem: path for path in sorted(folder.glob("*/*.json"))}
    missing = [program for programs in guests for program in programs if program.partition(":")[0] not in found]
    if missing:
        raise GuestError(f"no result of {', '.join(missing)}; the guests' consoles: {folder}/*/console")
    return Run(
        {name: json.loads(path.read_text(encoding="utf-8")) for name, path in found.items()},
        {program: took for one in host_s for program, took in one.items()},
        folder,
    )


def _command(base: Path, disk: Path, programs: Sequence[str], folder: Path) -> list[str]:
    command = [
        "qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none",
        "-machine", "pc,nvdimm=on", "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-rtc", RTC,
        "-cpu", "Nehalem", "-smp", "1", "-m", f"{MEMORY_MB}M,slots=2,maxmem=8G",
        "-kernel", str(base / "vmlinuz"), "-initrd", str(base / "initrd.img"),
        "-append", f"{KERNEL} callbox={','.join(programs)}",
        "-virtfs", f"local,path={folder},mount_tag=results,security_model=none",
        "-serial", f"file:{folder / 'console'}",
    ]  # fmt: skip
    for number, image in enumerate((base / "root.ext4", disk)):  # what the guest writes there is its own
        size = image.stat().st_size
        command += ["-object", f"memory-backend-file,id=disk{number},share=off,mem-path={image},size={size}",
                    "-device", f"nvdimm,memdev=disk{number}"]  # fmt: skip
    return command


def _boot(command: Sequence[str], folder: Path, processor: int, seconds: int) -> dict[str, float]:
    """The host's seconds from one program's end to the next one's. Both of QEMU's threads on one processor: they hand
    over to each other at each of the guest's timers, which is dear between two."""
    folder.mkdir(parents=True)
    os.sched_setaffinity(0, {processor})  # this thread's, and what it starts
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    console, began = folder / "console", time.time()
    try:
        subprocess.run(command, check=True, timeout=seconds, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise GuestError(f"the guest did not finish within {seconds} s; its console: {console}") from error
    except subprocess.CalledProcessError as error:
        raise GuestError(f"QEMU ended with {error.returncode}; the guest's console: {console}") from error
    took = {}
    for path in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime):
        took[path.stem] = round(path.stat().st_mtime - began, 1)
        began = path.stat().st_mtime
    return took


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
    print(outcome.host_s)
