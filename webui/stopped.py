"""Why the part of the box that handles calls does not run, where the appliance has noted it.

Its words (image-build/overlay/usr/lib/callbox/trouble) are those of the console: what the program said when it ended.
A new start takes the note away (callboxd.service).
"""

from pathlib import Path
from typing import Any

from webui.translate import _l

NOTE = Path("/run/callbox/trouble")

# By a part of the sentence; what is not here is shown as it was said.
SAID: tuple[tuple[str, Any], ...] = (
    (
        "but this box had one with calls in it",
        _l(
            "Its database is missing or empty, but there were calls in it. So that nothing is written over what may "
            "still be saved, it waits: put the former disk back, or write the image anew and restore a backup."
        ),
    ),
    (
        "was written by a newer version",
        _l(
            "Its database was written by a newer version. Nothing was changed: bring that version in Setup, Updates, "
            "and install it."
        ),
    ),
    (
        "has ended again and again",
        _l("It has ended again and again. The machine starts anew by itself; if that does not help, send a report."),
    ),
)


def why() -> str:
    """In the page's language; empty if nothing is noted."""
    try:
        said = NOTE.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
    return next((str(words) for part, words in SAID if part in said), said)
