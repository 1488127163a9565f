"""What the operating system and SQLite say when something fails, in the page's language.

Alarms and records carry the texts of strerror(3) and of SQLite, which are English everywhere. They are found here
by the number they stand for, so that a newer C library with other words changes nothing.
"""

import errno
import os
from typing import Any

from webui.translate import _l

_WORDS: dict[int, Any] = {
    errno.ENOSPC: _l("the disk is full"),
    errno.EDQUOT: _l("the space allotted on the disk is used up"),
    errno.EROFS: _l("the disk can only be read"),
    errno.EIO: _l("the disk is faulty"),
    errno.EACCES: _l("the box has no right to do so"),
    errno.EPERM: _l("the box has no right to do so"),
    errno.ENOENT: _l("the file is not there"),
    errno.ENOTDIR: _l("a file stands where a directory is needed"),
    errno.EISDIR: _l("a directory stands where a file is needed"),
    errno.EEXIST: _l("the file exists already"),
    errno.EMFILE: _l("too many files are open"),
    errno.ENFILE: _l("too many files are open"),
    errno.ENOMEM: _l("the memory is full"),
    errno.ENAMETOOLONG: _l("the path is too long"),
    errno.EFBIG: _l("the file has grown too large"),
    errno.ENODEV: _l("the device is not there"),
    errno.EBUSY: _l("something else uses it"),
    errno.ENOBUFS: _l("everything of that kind is in use"),
    errno.EINVAL: _l("the file is not of the right kind"),
}

_BY_TEXT: dict[str, Any] = {os.strerror(number).lower(): words for number, words in _WORDS.items()} | {
    "database or disk is full": _WORDS[errno.ENOSPC],
    "disk i/o error": _WORDS[errno.EIO],
    "attempt to write a readonly database": _WORDS[errno.EROFS],
    "unable to open database file": _WORDS[errno.ENOENT],
    "database is locked": _WORDS[errno.EBUSY],
    "it is not plugged in": _l("it is not plugged in"),
    "it was unplugged": _l("it was unplugged"),
    "it does not take anything": _l("it does not take anything"),
    "database disk image is malformed": _l("the file is damaged"),
}


def in_words(text: str) -> str:
    """The cause that `text` names, in the page's language; `text` itself if none is known."""
    found = text.lower()
    return next((str(words) for known, words in _BY_TEXT.items() if known in found), text)
