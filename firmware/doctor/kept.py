"""Reports and captures below the data directory: a JSON file each, and perhaps a WAV of the same name."""

import json
import logging
import re
from pathlib import Path
from typing import Any

from firmware.setup.files import folder_rights, replace

log = logging.getLogger(__name__)

FOLDER = "doctor"
REPORTS_MOST = 200
SOUNDS_MOST = 40  # half a megabyte each
ID = re.compile(r"^[0-9]{8}-[0-9]{9}-[a-z0-9]{1,12}$")


class Shelf:
    """All of them; the oldest give way."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def sound(self, name: str) -> Path:
        """Where its WAV is written; the folder is there."""
        self._make()
        return self._folder / f"{name}.wav"

    def keep(self, found: dict[str, Any]) -> None:
        """Writes one down and removes the oldest. OSError when the disk does not take it."""
        self._make()
        replace(self._folder / f"{found['id']}.json", json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        for pattern, most in (("*.json", REPORTS_MOST), ("*.wav", SOUNDS_MOST)):
            for old in sorted(self._folder.glob(pattern))[:-most]:
                old.unlink(missing_ok=True)

    def get(self, name: str) -> dict[str, Any] | None:
        """One of them; None: there is none, or it cannot be read."""
        if not ID.match(name):
            return None
        try:
            found = json.loads((self._folder / f"{name}.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("report %s cannot be read: %s", name, error)
            return None
        if not isinstance(found, dict):
            return None
        return found | {"sound": (self._folder / f"{name}.wav").is_file()}

    def all(self) -> list[dict[str, Any]]:
        """Every one, the newest first."""
        names = sorted((path.stem for path in self._folder.glob("*.json")), reverse=True)
        return [found for name in names if (found := self.get(name)) is not None]

    def _make(self) -> None:
        self._folder.mkdir(mode=folder_rights(self._folder.parent), exist_ok=True)
