"""Messages on the disk: for each a WAV, and beside it a JSON file that says what it is.

The JSON file is written, whole and synced, when the message is complete: until then there is only the WAV. A WAV
alone, found at the start, is what a power cut left of a message: it is kept, marked as recovered.
"""

import json
import os
import wave
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from firmware.errors import UserError
from firmware.ivr.message import his_alone
from firmware.setup.files import private, sync_directory

FOLDER = "voicemail"  # below the data directory


class ShelfError(UserError):
    """There is no such message, or the disk does not let it be changed."""


@dataclass(frozen=True, slots=True)
class Message:
    """`at`: seconds since the epoch, when it began. `mailed`: it need not be sent any more."""

    id: str
    box: str
    call: str
    number: str
    name: str
    at: float
    ms: int
    heard: bool = False
    mailed: bool = False
    recovered: bool = False


class Shelf:
    """All boxes of one data directory."""

    def __init__(self, data: Path) -> None:
        self._root = data / FOLDER

    def file(self, box: str, message: str) -> Path:
        """Its WAV."""
        return self._root / box / f"{message}.wav"

    def messages(self, box: str) -> list[Message]:
        """Oldest first; a note that cannot be read is left out of the list and stays on the disk."""
        found = []
        for note in sorted((self._root / box).glob("*.json")):
            try:
                found.append(Message(**json.loads(note.read_text("utf-8"))))
            except (OSError, ValueError, TypeError):
                continue
        return sorted(found, key=lambda one: (one.at, one.id))

    def boxes(self) -> list[str]:
        """Those in which there is or was something."""
        return sorted(folder.name for folder in self._root.glob("*") if folder.is_dir())

    def new(self, box: str) -> int:
        """How many have not been heard."""
        return sum(not one.heard for one in self.messages(box))

    def get(self, box: str, message: str) -> Message:
        """One. ShelfError: there is none."""
        found = next((one for one in self.messages(box) if one.id == message), None)
        if found is None:
            raise ShelfError(f"there is no message {message} in box {box}", code="no_message")
        return found

    def finish(self, box: str, message: str) -> None:
        """The caller's voice alone is kept. ShelfError."""
        file = self.file(box, message)
        try:
            his_alone(file)
        except (OSError, EOFError, wave.Error, ValueError) as error:
            raise ShelfError(f"{file} cannot be finished: {error}", code="not_written", why=str(error)) from error

    def put(self, message: Message) -> None:
        """Keeps what is said about it, whole and synced. ShelfError."""
        note = self.file(message.box, message.id).with_suffix(".json")
        fresh = note.with_suffix(f".{os.getpid()}.new")
        try:
            note.parent.mkdir(parents=True, exist_ok=True)
            with open(fresh, "w", encoding="utf-8", opener=private) as file:
                json.dump(asdict(message), file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(note)
            sync_directory(note.parent)
        except OSError as error:
            raise ShelfError(
                f"cannot write {note}: {error.strerror}", code="not_written", why=error.strerror
            ) from error

    def change(self, box: str, message: str, *, heard: bool = False, mailed: bool = False) -> Message:
        """Marks it as heard or mailed. ShelfError."""
        now = self.get(box, message)
        changed = replace(now, heard=now.heard or heard, mailed=now.mailed or mailed)
        self.put(changed)
        return changed

    def remove(self, box: str, message: str) -> None:
        """Takes it away. ShelfError."""
        self.get(box, message)
        file = self.file(box, message)
        try:
            file.with_suffix(".json").unlink()
            file.unlink(missing_ok=True)
        except OSError as error:
            raise ShelfError(
                f"cannot remove {file}: {error.strerror}", code="not_written", why=error.strerror
            ) from error

    def recover(self) -> Iterator[Message]:
        """What a power cut left: to be called at the start, after recordings were repaired."""
        for file in sorted(self._root.glob("*/*.wav")):
            if not file.with_suffix(".json").exists():
                with suppress(ShelfError):  # it is said to be there all the same
                    self.finish(file.parent.name, file.stem)
                message = Message(
                    file.stem, file.parent.name, "", "", "", file.stat().st_mtime, _ms(file), recovered=True
                )
                self.put(message)
                yield message


def _ms(file: Path) -> int:
    try:
        with wave.open(str(file)) as sound:
            return int(sound.getnframes() * 1000 // sound.getframerate())
    except (OSError, EOFError, wave.Error):
        return 0
