"""Who changed what: one JSON line for each change, on the disk before the change itself."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from firmware.setup.files import private, sync_directory

FILE = "setup-history.jsonl"


class Entry(BaseModel):
    """One change. `before` and `after` hold the values at each path that changed (firmware/setup/difference.py); one
    that is missing was not there. `at`: seconds since the Unix epoch. `undoes`: the entry that this one took back."""

    id: int
    at: float
    who: str
    section: str
    before: dict[str, Any]
    after: dict[str, Any]
    undoes: int | None = None


class History:
    """Appended only; the caller holds the setup's lock. A line that a power cut tore is passed over."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE

    def newest(self) -> Iterator[Entry]:
        """From the newest backwards. OSError."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in reversed(lines):
            try:
                yield Entry.model_validate_json(line)
            except ValidationError:
                continue

    def add(self, entry: Entry) -> int:
        """Appends, and waits for the disk; the file's length before, for `take_back`. OSError."""
        fresh = not self.path.exists()
        with open(self.path, "ab+", opener=private) as file:
            length = file.seek(0, os.SEEK_END)
            if length:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(json.dumps(entry.model_dump(), ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            sync_directory(self.path.parent)
        return length

    def take_back(self, length: int) -> None:
        """The change that was appended last could not be made after all."""
        os.truncate(self.path, length)
