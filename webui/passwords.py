"""What a password must be, in one place: the claim, one's own, and one that the owner gives."""

import itertools
from threading import BoundedSemaphore
from typing import Final

from firmware.people import PIN
from webui.translate import _

# Each hash takes 32 MiB and a processor: many at once would leave neither to anybody else.
HASHING: Final = BoundedSemaphore(2)

LEAST = 8
MOST = 200
GUESSED_FIRST = frozenset(("password", "12345678", "123456789", "1234567890", "87654321", "callbox1", "admin123"))


def password_fault(password: str) -> str:
    """A sentence on what is wrong with it; empty if nothing is."""
    if len(password) < LEAST:
        return _("At least 8 characters.")
    if len(password) > MOST:
        return _("At most 200 characters.")
    if password.lower() in GUESSED_FIRST or len(set(password)) < 3:
        return _("This one is guessed first. Choose another.")
    return ""


def pin_fault(pin: str) -> str:
    """A sentence on what is wrong with it; empty if nothing is."""
    if not PIN.fullmatch(pin):
        return _("4 to 8 digits.")
    steps = {int(after) - int(before) for before, after in itertools.pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, -1}:
        return _("This one is guessed first. Choose another.")
    return ""
