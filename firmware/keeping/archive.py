"""One file that holds a box: a ZIP that any tool opens, sealed so that one changed byte is noticed.

Members lie below `data/`, and `manifest.json` tells who made it and the SHA-256 of each. The ZIP's comment, which are
the file's last bytes, is the seal: the SHA-256 of everything before it.
"""

import hashlib
import os
import re
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from firmware.errors import UserError
from firmware.setup.files import rights

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_MOST = 100_000, 500  # bytes, and so many more for each member, beside its name twice
INSIDE = "data/"
SEAL = "callbox backup, sha256 "
SEAL_BYTES = len(SEAL) + 64
PIECE = 1 << 20
FRESH = ".new"  # the end of a file's name while it is being written


# Of what can go wrong with a backup, for who says it in another language: a test finds those without words.
FAULT_CODES: Final = (
    "no_backup", "not_whole", "damaged", "newer", "foreign", "unusable", "no_room", "disk_full", "gone", "no_folder",
    "exists", "busy", "no_restart", "unreadable", "no_data",
)  # fmt: skip


class BackupError(UserError):
    """A backup cannot be made or used; the message says why and what to do. `code` is one of FAULT_CODES."""


class FileFact(BaseModel):
    """What a member must be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


class Manifest(BaseModel):
    """Who made it, of what. `made` is seconds since the epoch, `tables` the database's revision; `recordings`: whether
    conversations are in it. Later versions may add keys; one that an older version must not ignore raises FORMAT."""

    format: int
    product: Literal["callbox"]
    version: str
    tables: str
    made: float
    recordings: bool
    files: dict[str, FileFact]

    @property
    def bytes(self) -> int:
        """Of all members, unpacked."""
        return sum(fact.size for fact in self.files.values())


def write(target: Path, members: Iterable[tuple[str, Path]], about: Manifest) -> Manifest:
    """Writes `about` and these files (name below the data directory, where to read it) into `target`, which appears
    only when it is whole, synced and read back. A member that vanishes meanwhile is left out. BackupError; OSError."""
    fresh = target.with_name(f".{target.name}{FRESH}")
    try:
        with (
            open(fresh, "wb", opener=_private) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            files = {name: fact for name, source in members if (fact := _add(archive, name, source)) is not None}
            manifest = about.model_copy(update={"files": files})
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
            archive.comment = bytes(SEAL_BYTES)
        _seal(fresh)
        for _, piece in contents(fresh, check(fresh)):
            del piece
        fresh.replace(target)
        sync(target.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def check(path: Path) -> Manifest:
    """Reads the whole file; BackupError in words if it is no backup, not whole, changed, or from a newer version."""
    try:
        with path.open("rb") as file:
            _check_seal(path, file)
            with zipfile.ZipFile(file) as archive:
                if archive.getinfo(MANIFEST).file_size > _manifest_most(archive):  # before the memory is full of it
                    raise BackupError(f"{path} is no backup of callbox. Nothing was changed.", code="no_backup")
                text = archive.read(MANIFEST)
    except OSError as error:
        raise BackupError(f"cannot read {path}: {error.strerror}", code="unreadable") from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise BackupError(f"{path} is no backup of callbox. Nothing was changed.", code="no_backup") from error
    return _manifest(path, text)


def contents(path: Path, manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    """Each member's name with its bytes piece by piece, the first piece of each perhaps empty; BackupError if one is
    not what the manifest says."""
    with zipfile.ZipFile(path) as archive:
        for name, fact in manifest.files.items():
            digest, size = hashlib.sha256(), 0
            yield name, b""
            try:
                with archive.open(INSIDE + name) as member:
                    while piece := member.read(PIECE):
                        digest.update(piece)
                        size += len(piece)
                        if size > fact.size:  # before the disk is full of it
                            break
                        yield name, piece
            except (KeyError, zipfile.BadZipFile, EOFError) as error:
                raise BackupError(f"{path}: {name} cannot be read. Nothing was changed.", code="damaged") from error
            if (digest.hexdigest(), size) != (fact.sha256, fact.size):
                raise BackupError(f"{path}: {name} is not what was put in. Nothing was changed.", code="damaged")


def sync(path: Path) -> None:
    """A file's content, or a folder's names, reach the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _add(archive: zipfile.ZipFile, name: str, source: Path) -> FileFact | None:
    digest, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as file:
            left = os.fstat(file.fileno()).st_size  # what is written to it from now on is not of this moment
            info = zipfile.ZipInfo(
                INSIDE + name, time.localtime(max(315_619_200, os.fstat(file.fileno()).st_mtime))[:6]
            )
            info.external_attr = 0o600 << 16
            # Sound hardly gets smaller, and calls need the processor.
            info.compress_type = zipfile.ZIP_STORED if source.suffix == ".wav" else zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=left > 1 << 30) as member:
                while left > 0 and (piece := file.read(min(PIECE, left))):
                    digest.update(piece)
                    size += len(piece)
                    left -= len(piece)
                    member.write(piece)
    except FileNotFoundError:
        return None
    return FileFact(sha256=digest.hexdigest(), size=size)


def _seal(path: Path) -> None:
    with path.open("r+b") as file:
        seal = SEAL + _digest(file, os.fstat(file.fileno()).st_size - SEAL_BYTES)
        file.seek(-SEAL_BYTES, os.SEEK_END)
        file.write(seal.encode())
        file.flush()
        os.fsync(file.fileno())


def _check_seal(path: Path, file: BinaryIO) -> None:
    size = os.fstat(file.fileno()).st_size
    if not file.read(4) == b"PK\3\4":
        raise BackupError(f"{path} is no backup of callbox. Nothing was changed.", code="no_backup")
    file.seek(max(0, size - SEAL_BYTES))
    seal = re.fullmatch(rf"{SEAL}([0-9a-f]{{64}})", file.read().decode("ascii", "replace"))
    if seal is None:
        raise BackupError(f"{path} is not whole: its end is missing or damaged. Copy it anew, or take another backup. "
                          "Nothing was changed.", code="not_whole")  # fmt: skip
    if _digest(file, size - SEAL_BYTES) != seal[1]:
        raise BackupError(
            f"{path} was damaged or changed after it was made. Take another backup. Nothing was changed.",
            code="damaged",
        )


def _digest(file: BinaryIO, size: int) -> str:
    """Of the first `size` bytes."""
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0 and (piece := file.read(min(PIECE, size))):
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()


def _manifest_most(archive: zipfile.ZipFile) -> int:
    """More bytes than the manifest of these members can have."""
    least, each = MANIFEST_MOST
    return least + sum(each + 2 * len(member.filename.encode()) for member in archive.infolist())


def _manifest(path: Path, text: bytes) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BackupError(
            f"{path} is no backup of callbox: {error.errors()[0]['msg']}. Nothing was changed.", code="no_backup"
        ) from error
    if manifest.format > FORMAT:
        raise BackupError(
            f"{path} was made by a newer version of callbox ({manifest.version}). Install that version. "
            "Nothing was changed.",
            code="newer",
        )
    for name in manifest.files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise BackupError(
                f"{path}: {name!r} does not belong into a data directory. Nothing was changed.", code="foreign"
            )
    return manifest


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, rights(Path(path).parent))
