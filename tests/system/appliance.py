"""The appliance in a virtual machine: its disk, its plug that may be pulled, its page, and a way in.

QEMU emulates the processor (no KVM is needed), so everything takes ten times as long as on a box. The disk is the image
of `./box image`, whose written blocks may be logged as they were written (`Disk.log`), for whoever wants to know what
would have been on a real disk when the power went.
"""

import json
import lzma
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.system.agent import Agent, AgentError

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / "build" / "image"
HOME = ROOT / "build" / "system" / "appliance"
UEFI = "/usr/share/OVMF/OVMF_CODE.fd"
DISK_BYTES = 8 << 30  # sparse; the data partition has room for a box not to remove recordings
MEMORY_MB = 1024
LOOK_S = 0.5
LOOK_COUNTED_S = 15.0  # each look is work of the guest, which would be counted, too
LOOK_RESTARTED_S = 10.0  # and would slow down a guest that has to pass its self-check meanwhile
LAN_MAC = "52:54:00:00:00:02"
GIVEN = "10.0.2.15"  # what its first jack gets from QEMU's DHCP
# With what an Atom of an industrial PC has. AVX, which wider ones have, is emulated several times as slowly.
PROCESSOR = "Nehalem"
# What the guest flushes stands in the log; this machine's own disk, which others use, is not waited for.
NO_FLUSH = "cache.no-flush=on"
XZ = b"\xfd7zXZ\x00"
PORTS = "org.qemu.guest_agent.0", "callbox.witness"


class ApplianceError(Exception):
    """The virtual box could not be started or does not do what it should; the message tells where to read why."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk as a file. `log`: every block and flush is also written there, in the order of writing, and the disk
    itself is left as it was: what is written goes into `overlay`, made anew at each start."""

    file: Path
    log: Path | None = None
    overlay: Path | None = None

    def blocks(self) -> list[str]:
        """QEMU's options."""
        node = f"driver=file,filename={self.file},node-name=file,discard=unmap,{NO_FLUSH}"
        if self.log is None or self.overlay is None:
            return ["-blockdev", node, "-blockdev", "driver=raw,file=file,node-name=disk"]
        self.log.unlink(missing_ok=True)
        self.log.touch()
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.file, self.overlay], check=True
        )
        return [
            "-blockdev", f"driver=file,filename={self.overlay},node-name=overlay-file,{NO_FLUSH}",
            "-blockdev", "driver=qcow2,file=overlay-file,node-name=overlay",
            "-blockdev", f"driver=file,filename={self.log},node-name=log,{NO_FLUSH}",
            "-blockdev", "driver=blklogwrites,file=overlay,log=log,log-sector-size=512,node-name=disk",
        ]  # fmt: skip

    def data(self) -> tuple[int, int]:
        """First sector of the data partition, and the first one behind it."""
        said = subprocess.run(["sfdisk", "--json", self.file], check=True, capture_output=True, text=True).stdout
        (found,) = [one for one in json.loads(said)["partitiontable"]["partitions"] if one["name"] == "data"]
        return found["start"], found["start"] + found["size"]


def new_disk(file: Path) -> Path:
    """A new box's disk, as it is before its first start."""
    if not (IMAGE / "callbox.img").exists():
        raise ApplianceError(f"there is no {IMAGE / 'callbox.img'}; ./box image makes it")
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "--sparse=always", IMAGE / "callbox.img", file], check=True)
    os.truncate(file, DISK_BYTES)
    return file


@cache
def _kernel(words: str) -> list[str]:
    """QEMU's options for slot A's kernel without a boot loader: counting instructions, GRUB's reading takes minutes.
    Unpacked, for the same reason. Once for each run, though another image is made meanwhile."""
    options = []
    for option, name, unpacked in (("-kernel", "vmlinuz", _unpacked), ("-initrd", "initrd.img", None)):
        target = HOME / name
        if not target.exists() or target.stat().st_mtime < (IMAGE / "root.ext4").stat().st_mtime:
            fresh = target.with_suffix(f".{os.getpid()}")
            subprocess.run(
                ["debugfs", "-R", f"dump /boot/{name} {fresh}", IMAGE / "root.ext4"], check=True, capture_output=True
            )
            if unpacked is not None:
                fresh.write_bytes(unpacked(fresh.read_bytes()))
            fresh.rename(target)
        options += [option, str(target)]
    return [*options, "-append", f"root=PARTLABEL=root-a rauc.slot=A ro rootwait panic=10 quiet console=ttyS0 {words}"]


def _unpacked(kernel: bytes) -> bytes:
    """The ELF file within a bzImage of Debian's, which QEMU starts by its PVH entry."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(kernel[kernel.index(XZ) :])


class Appliance:
    """One virtual box. `with Appliance(...) as box:` starts it, and pulls the plug at the end."""

    def __init__(
        self, disk: Disk, name: str, *, uefi: bool = False, counted: bool = False, stick: Path | None = None,
        forwards: Sequence[tuple[int, str, int]] = (), words: str = "",
    ) -> None:  # fmt: skip
        self.folder = HOME / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.disk = disk
        self.agent = Agent(self.folder / "agent")
        self.console = self.folder / "console"
        self.lan, self.neighbour = self.folder / "lan", self.folder / "neighbour"  # its second jack, and who is there
        self._uefi = uefi
        self._counted = counted
        self._stick = stick  # a second disk
        self._forwards = forwards  # ports of this machine: port here, the box's address and port
        self._words = words  # more of them for the kernel, when counted
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Appliance":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def start(self) -> None:
        """Power on. The agent is not there yet: `agent.wait`."""
        for name in ("agent", "witness", "lan"):
            (self.folder / name).unlink(missing_ok=True)
        speed = ["-accel", "tcg,thread=multi", "-smp", "2"]
        if self._counted:  # the guest's clock counts its instructions, 1 ns each, however busy the host is meanwhile
            speed = ["-accel", "tcg,thread=single", "-icount", "shift=0", "-smp", "1", *_kernel(self._words)]
        firmware = ["-drive", f"if=pflash,format=raw,readonly=on,file={UEFI}"] if self._uefi else []
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{here}-{there}:{port}" for here, there, port in self._forwards)
        command = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-machine", "q35", "-cpu", PROCESSOR,
            *speed, "-m", f"{MEMORY_MB}", "-display", "none", "-monitor", "none", *firmware, *self.disk.blocks(),
            "-device", "virtio-blk-pci,drive=disk", "-device", "i6300esb", "-action", "watchdog=reset",
            "-netdev", f"user,id=net,restrict=on{forwards}", "-device", "virtio-net-pci,netdev=net",
            "-device", "virtio-rng-pci",
            "-netdev", f"dgram,id=lan,local.type=unix,local.path={self.lan},remote.type=unix,"
            f"remote.path={self.neighbour}", "-device", f"virtio-net-pci,netdev=lan,mac={LAN_MAC}",
            "-serial", f"file:{self.console}", "-device", "virtio-serial",
        ]  # fmt: skip
        if self._stick is not None:
            command += ["-drive", f"file={self._stick},if=virtio,format=raw,readonly=on"]
        for name, port in zip(("agent", "witness"), PORTS, strict=True):
            command += ["-chardev", f"socket,path={self.folder / name},server=on,wait=off,id={name}",
                        "-device", f"virtserialport,chardev={name},name={port}"]  # fmt: skip
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def cut(self) -> None:
        """The plug is pulled: nothing is told to the guest, nothing is written any more. Twice is fine."""
        self.agent.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ended(self, seconds: float) -> None:
        """Until the box has switched itself off. ApplianceError."""
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise ApplianceError(f"the box did not switch itself off within {seconds:.0f} s") from error

    def up(self, seconds: float = 900) -> None:
        """Until the box has looked at itself and found all well. ApplianceError."""
        self.agent.wait(seconds)
        until = time.monotonic() + seconds
        while True:
            state = self.agent.run("systemctl", "is-active", "callboxd.service", "callbox-web.service").out.split()
            if state == ["active", "active"]:
                return
            if "failed" in state or time.monotonic() > until:
                raise ApplianceError(f"the box did not come up ({state}); its console: {self.console}")
            time.sleep(LOOK_COUNTED_S if self._counted else LOOK_S)

    def restarted(self, wanted: Callable[[], bool], *, seconds: float, told: Sequence[str]) -> None:
        """Tells the guest something that makes it start anew, perhaps several times, until `wanted` holds in a new
        start and goes on holding. ApplianceError."""
        until = time.monotonic() + seconds
        before = self._boot()
        with suppress(OSError):  # what ends a guest at once leaves nobody to confirm it
            self.agent.tell(*told)
        while time.monotonic() < until:
            time.sleep(LOOK_RESTARTED_S)
            try:
                self.agent.wait(until - time.monotonic())
                if self._boot() != before and wanted():
                    return
            except (AgentError, OSError, ValueError):
                self.agent.close()
        raise ApplianceError(f"the box did not come to what was wanted; its console: {self.console}")

    def _boot(self) -> str:
        return self.agent.run("/bin/cat", "/proc/sys/kernel/random/boot_id", seconds=20).out

    def python(self, program: str, seconds: float = 120) -> str:
        """What a program of the box's Python, as root, prints. ApplianceError if it fails."""
        environment = "set -a; . /usr/lib/callbox/environment; umask 0007"
        done = self.agent.shell(f"{environment}; python3 - <<'END'\n{program}\nEND", seconds=seconds)
        if done.code:
            raise ApplianceError(f"a program in the box failed: {done.err}")
        return done.out

    def callbox(self, *arguments: str, seconds: float = 300) -> tuple[int, str]:
        """The command `callbox` in the guest: exit status, and all it said."""
        done = self.agent.run("/usr/bin/callbox", *arguments, seconds=seconds)
        return done.code, done.out + done.err


def started_disk(name: str, folder: Path = HOME) -> Path:
    """A disk that has been through its first start and was switched off properly; that is made once for each image."""
    disk, started = folder / f"{name}.disk", HOME / "started.disk"
    HOME.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    if not started.exists() or started.stat().st_mtime < (IMAGE / "callbox.img").stat().st_mtime:
        fresh = HOME / f"{name}.new"
        with Appliance(Disk(new_disk(fresh)), name) as box:
            box.up()
            box.agent.tell("/bin/systemctl", "poweroff")
            box.ended(300)
        fresh.rename(started)
    subprocess.run(["cp", "--sparse=always", started, disk], check=True)
    return disk
