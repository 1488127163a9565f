"""A large file that a browser brings: streamed to the disk, never held in memory, and whole or not there at all."""

import os
import shutil
from pathlib import Path
from typing import IO, Any

from flask import request

from firmware.setup.files import private
from webui.oserrors import in_words
from webui.translate import _

PIECE = 1 << 20
SPARE_BYTES = 200_000_000  # stays free beside it: the box goes on meanwhile


class NotTaken(Exception):
    """The file was not taken; the message says why, for people."""


def take(target: Path, most: int) -> int:
    """The request's body as `target`, which appears when it is whole and on the disk; its length, bytes. NotTaken."""
    fresh = target.with_name(f".{target.name}.new")
    length = request.content_length
    try:
        free = shutil.disk_usage(target.parent).free - SPARE_BYTES
        if length is not None and length > free:
            raise NotTaken(
                _("The box has room for %(free)s MB just now, the file has %(size)s MB. Make room first.",
                  free=max(0, free) // 1_000_000, size=length // 1_000_000)
            )  # fmt: skip
        with open(fresh, "wb", opener=private) as file:
            size = _copied(request.stream, file, min(most, max(0, free)))
            file.flush()
            os.fsync(file.fileno())
        if not size or (length is not None and size < length):
            raise NotTaken(_("The file did not arrive whole. Try again."))
        fresh.replace(target)
    except OSError as error:
        raise NotTaken(_("The file cannot be kept: %(why)s.", why=in_words(error.strerror or str(error)))) from error
    finally:
        fresh.unlink(missing_ok=True)
    return size


def _copied(source: Any, file: IO[bytes], most: int) -> int:
    size = 0
    while piece := source.read(PIECE):
        size += len(piece)
        if size > most:
            raise NotTaken(_("The file is larger than the %(most)s MB that are taken.", most=most // 1_000_000))
        file.write(piece)
    return size
