"""A file system of this machine whose every block and flush is logged as it reaches the disk.

ext4 of the running kernel, on a loop device, on a file that qemu-storage-daemon makes of a node which logs what is
written to it (blklogwrites, see blocklog.py). Needs root, loop devices and FUSE; no virtual machine.
"""

import os
import subprocess
import time
from pathlib import Path

WITHIN_S = 20.0
# A box has its machine for itself; here many share two processors, and each sync goes through four queues of them.
BEFORE_OTHERS = ("nice", "-n", "-10")
MOUNTED_AS = "noatime,nodev,nosuid,noexec,errors=remount-ro"  # as the box mounts /data


class LoggedDisk:
    """`with LoggedDisk(folder, megabytes) as disk:` it is mounted at `disk.mounted`; afterwards `disk.log` is whole,
    `disk.base` is as before anything was written, and `disk.written` as after it."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.base, self.log, self.mounted = folder / "base.img", folder / "log", folder / "mounted"
        self.written, self._export = folder / "written.img", folder / "export.img"
        self._loop = ""
        self._daemon: subprocess.Popen[bytes] | None = None
        for file in (self.base, self.log, self.written, self._export):
            file.unlink(missing_ok=True)
            file.touch()
        self.mounted.mkdir(exist_ok=True)
        os.truncate(self.base, megabytes << 20)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", "lazy_itable_init=1", self.base], check=True)
        subprocess.run(["cp", "--sparse=always", self.base, self.written], check=True)

    def __enter__(self) -> "LoggedDisk":
        command = [
            *BEFORE_OTHERS, "qemu-storage-daemon",
            "--blockdev", f"driver=file,filename={self.written},node-name=file",
            "--blockdev", f"driver=file,filename={self.log},node-name=log",
            "--blockdev", "driver=blklogwrites,file=file,log=log,log-sector-size=512,node-name=disk",
            "--export", f"type=fuse,id=disk,node-name=disk,mountpoint={self._export},writable=on",
        ]  # fmt: skip
        self._daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        until = time.monotonic() + WITHIN_S
        while not self._export.stat().st_size:
            if self._daemon.poll() is not None or time.monotonic() > until:
                raise OSError("qemu-storage-daemon gives no disk; is there FUSE here?")
            time.sleep(0.1)
        # Not direct: then one request at a time is under way. QEMU 7.2 overwrites what it is about to write with the
        # next request. FUSE writes through, so what is not yet flushed is in the log all the same.
        found = subprocess.run(
            ["losetup", "--find", "--show", "--direct-io=off", self._export], check=True, capture_output=True, text=True
        )
        self._loop = found.stdout.strip()
        subprocess.run(["mount", "-o", f"{MOUNTED_AS},noinit_itable", self._loop, self.mounted], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop:
            subprocess.run(["umount", "-l", self.mounted], check=False)
            subprocess.run(["losetup", "--detach", self._loop], check=False)
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait()
