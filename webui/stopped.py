"""Why the part of the box that handles calls does not run: what it says itself where it waits for a backup
(firmware/rescue.py), or what the appliance has noted.

The note's words (image-build/overlay/usr/lib/callbox/trouble) are those of the console: what the program said when it
ended, behind its code in brackets. A new start takes the note away (callboxd.service).
"""

import re
from pathlib import Path

from flask import current_app

from firmware.errors import UserError
from webui.refusals import STOPPED

NOTE = Path("/run/callbox/trouble")
CODE = re.compile(r"\[([a-z_]+)\]\s*")


def now() -> str:
    """The same at this moment, for whoever asks the page; empty while the box answers."""
    hub = current_app.extensions["callbox"].hub
    return "" if hub.away_since is None else why(hub.stopped)


def why(said: UserError | None) -> str:
    """In the page's language, or as it was said: by the box itself, or what is noted; empty if there is nothing."""
    if said is not None:
        codes, words = [said.holes.get("why", "")], str(said)
    else:
        try:
            words = NOTE.read_text("utf-8", "replace").strip()
        except OSError:
            return ""
        codes = CODE.findall(words)
    known = [str(STOPPED[code]) for code in codes if code in STOPPED]
    return known[-1] if known else CODE.sub("", words)
