"""What a disk holds after a power cut, worked out from a log of everything that was written to it.

QEMU's blklogwrites writes the format of the kernel's dm-log-writes: one entry for each write and each flush. A disk
with a volatile cache has, when the power goes, everything that was written before the last flush it completed, and of
what came after it any part in any order. That is what `Replay` makes: killing QEMU alone would be kinder than a real
power cut, as the host's page cache keeps what the guest never flushed.
"""

import os
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
HEAD = struct.Struct("<QQQQ")


@dataclass(frozen=True, slots=True)
class Entry:
    """One write, flush or discard. `at`: where its data stand in the log; `end`: where the next entry begins."""

    sector: int
    sectors: int
    flags: int
    at: int
    end: int


def entries(log: Path) -> Iterator[Entry]:
    """In the order of writing; what the cut left unfinished at the end is left out. ValueError: no such log."""
    size = log.stat().st_size
    with log.open("rb") as file:
        magic, version, _, sector_bytes = struct.unpack("<QQQI", file.read(28))
        if magic != MAGIC or version != 1 or sector_bytes != SECTOR:
            raise ValueError(f"{log} is no log of blklogwrites with sectors of {SECTOR} bytes")
        at = SECTOR
        while at + SECTOR <= size:
            file.seek(at)
            sector, sectors, flags, _ = HEAD.unpack(file.read(HEAD.size))
            at += SECTOR
            payload = 0 if flags & DISCARD else sectors * SECTOR
            if at + payload > size or not (sectors or flags):
                return
            yield Entry(sector, sectors, flags, at, at + payload)
            at += payload


class Replay:
    """Applies a log to a copy of the disk it began with; only what lies in `first` to `end` (sectors), moved to 0."""

    def __init__(self, log: Path, disk: Path, *, first: int = 0, end: int = 1 << 62) -> None:
        self._log = log.open("rb")
        self._disk = disk
        self._first, self._end = first, end
        self._entries = list(entries(log))
        self._done = 0  # entries that are on the disk for certain
        self.lost = 0  # writes of the last cut that never reached the disk
        self.kept = 0

    def close(self) -> None:
        """Twice is fine."""
        self._log.close()

    @property
    def ends(self) -> list[int]:
        """Where each entry ends in the log: a cut may come after any."""
        return [entry.end for entry in self._entries]

    def sure(self, position: int) -> int:
        """Puts onto the disk what was flushed when the log was `position` bytes long; positions only grow. How many
        entries came after the last flush."""
        there = sum(1 for entry in self._entries if entry.end <= position)
        flushed = max((i for i in range(self._done, there) if self._entries[i].flags & FLUSH), default=None)
        if flushed is not None:
            with self._disk.open("r+b") as disk:
                for entry in self._entries[self._done : flushed + 1]:
                    self._apply(disk.fileno(), entry)
            self._done = flushed + 1
        return there - self._done

    def cut(self, position: int, disk: Path, chance: random.Random) -> None:
        """Onto `disk`, a copy made after `sure`: any part of what came after the last flush, in any order."""
        after = [entry for entry in self._entries[self._done :] if entry.end <= position]
        kept = [entry for entry in after if chance.random() < 0.5]
        chance.shuffle(kept)
        self.lost, self.kept = len(after) - len(kept), len(kept)
        with disk.open("r+b") as file:
            for entry in kept:
                self._apply(file.fileno(), entry)

    def all(self) -> None:
        """Puts everything onto the disk, as if there had been no cut."""
        with self._disk.open("r+b") as disk:
            for entry in self._entries[self._done :]:
                self._apply(disk.fileno(), entry)
        self._done = len(self._entries)

    def _apply(self, disk: int, entry: Entry) -> None:
        if not entry.sectors or not (self._first <= entry.sector and entry.sector + entry.sectors <= self._end):
            return
        where = (entry.sector - self._first) * SECTOR
        if entry.flags & DISCARD:
            return  # what was discarded may be anything; as it was is one of them
        self._log.seek(entry.at)
        os.pwrite(disk, self._log.read(entry.sectors * SECTOR), where)
