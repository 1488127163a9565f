"""Why the part of the box that handles calls does not run: what it says itself where it waits for a backup
(firmware/rescue.py), or what the appliance has noted.

The note's words (image-build/overlay/usr/lib/callbox/trouble) are those of the console: what the program said when it
ended. A new start takes the note away (callboxd.service).
"""

from pathlib import Path
from typing import Any

from flask import current_app

from webui.translate import _l

NOTE = Path("/run/callbox/trouble")

_OTHER_CARD = _l(
    "The voice card does not have the ports of the board that is set up, so there are no lines. Choose the card’s "
    "board in Setup, Company, board, country, and switch the machine off and on again."
)

# By a part of the sentence; what is not here is shown as it was said.
SAID: tuple[tuple[str, Any], ...] = (
    (
        "but this box had one with calls in it",
        _l(
            "Its database is missing or empty, but there were calls in it. So that nothing is written over what may "
            "still be saved, it waits: put the former disk back, or restore a backup."
        ),
    ),
    (
        "was written by a newer version",
        _l(
            "Its database was written by a newer version. Nothing was changed: bring that version in Setup, Updates, "
            "and install it. Or restore a backup."
        ),
    ),
    (
        "If the file is damaged",
        _l(
            "Its database is damaged. Nothing was changed: restore a backup. What is there now is kept aside, and "
            "recordings stay."
        ),
    ),
    (
        "is read-only",
        _l(
            "Nothing can be written on its disk, as the system found a fault there. Nothing was changed: switch the "
            "box off and on; if that does not help, replace the disk and restore a backup."
        ),
    ),
    (
        "the disk is full",
        _l(
            "The disk is full, so that it could not start. Nothing was changed: make room, for instance by removing "
            "old backups, then switch the box off and on."
        ),
    ),
    (
        "there is no DAHDI driver",
        _l(
            "No voice card was found at the start, so there are no lines. Switch the machine off, see that the card is "
            "firmly in its place, and switch it on again; or choose another board in Setup, Company, board, country."
        ),
    ),
    *((part, _OTHER_CARD) for part in ("does not exist or is not configured", "is no FXO port", "is no FXS port")),
    (
        "is in use by another program",
        _l("Another program has the voice card, so there are no lines. Switch the machine off and on again."),
    ),
    (
        "has ended again and again",
        _l("It has ended again and again. The machine starts anew by itself; if that does not help, send a report."),
    ),
)


def now() -> str:
    """The same at this moment, for whoever asks the page; empty while the box answers."""
    hub = current_app.extensions["callbox"].hub
    return "" if hub.away_since is None else why(hub.stopped)


def why(said: str) -> str:
    """In the page's language: `said` by the box itself, or what is noted; empty if there is nothing."""
    if not said:
        try:
            said = NOTE.read_text("utf-8", "replace").strip()
        except OSError:
            return ""
    return next((str(words) for part, words in SAID if part in said), said)
