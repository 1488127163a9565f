"""The box's log, also in a file of bounded size: whoever helps from afar needs what was said before it went wrong."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

FOLDER = "log"  # below the data directory
NAME = "callbox.log"
BYTES_MOST = 1_000_000
OLDER = 3  # files kept beside the one being written


class LogFile(RotatingFileHandler):
    """Of one process, whose own file `name` is. A full disk costs lines, not the box: they are counted, and the file
    says how many once it can be written."""

    def __init__(self, data: Path, name: str = NAME) -> None:
        (data / FOLDER).mkdir(mode=0o750, exist_ok=True)
        super().__init__(data / FOLDER / name, maxBytes=BYTES_MOST, backupCount=OLDER, encoding="utf-8", delay=True)
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Writes it, after a line about those that could not be."""
        before = self.lost
        super().emit(record)
        if before and self.lost == before:
            self.lost = 0
            super().emit(logging.makeLogRecord(record.__dict__ | {"msg": f"{before} lines were lost", "args": ()}))

    def handleError(self, record: logging.LogRecord) -> None:
        """Called by logging when a line cannot be written."""
        self.lost += 1
        if self.stream is not None:
            self.stream.close()
            self.stream = None  # opened anew by the next line; half a line is not kept
