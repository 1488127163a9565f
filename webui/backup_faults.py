"""What goes wrong with backups, in words: by the code that the box gives with it (firmware/keeping/archive.py)."""

from typing import Any, Final

from webui.oserrors import in_words
from webui.translate import _l

FAULTS: Final[dict[str, Any]] = {
    "no_backup": _l("This file is no backup of a box."),
    "not_whole": _l("The file is not whole: its end is missing or damaged. Copy it anew, or take another backup."),
    "damaged": _l("The file was damaged or changed after it was made. Take another backup."),
    "newer": _l("It was made by a newer version of the box’s program. Update the box first."),
    "foreign": _l("There are things in the file that do not belong into a backup."),
    "unusable": _l("What is in this backup does not fit together; it was not taken."),
    "no_room": _l("The box has not enough room to unpack it beside what is there. Make room first."),
    "disk_full": _l("The disk is too full for a backup. Make room, or choose another place."),
    "gone": _l("This backup is not there any more."),
    "no_folder": _l("The folder for backups is not there. Is the disk plugged in?"),
    "exists": _l("There is a backup of this second already."),
    "busy": _l("Something else is under way. Wait until it has ended."),
    "no_restart": _l(
        "It is checked and ready, but the box could not be asked to start again. Switch it off and on: it begins "
        "with the backup."
    ),
    "unreadable": _l("The file cannot be read. The disk may be faulty: copy it to another one, then try again."),
    "no_data": _l("The box’s own records cannot be copied: they may be damaged. Calls go on; ask who looks after it."),
}


def fault(code: str, text: str) -> str:
    """What went wrong, in the page's language; without a code what the operating system says."""
    return str(FAULTS[code]) if code in FAULTS else in_words(text)
