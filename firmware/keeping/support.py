"""`callbox support`: one file for whoever helps from afar: versions, counters, log, the last events, setup and captures
of lines, without secrets, and without telephone numbers unless they are asked for.

Whatever cannot be read is named in `missing.txt`: a bundle is wanted most when something is broken.
"""

import json
import platform
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from firmware.api.client import ApiClient
from firmware.api.messages import SOCKET
from firmware.config import config_folder
from firmware.keeping import scrub
from firmware.keeping.archive import BackupError
from firmware.logfile import FOLDER as LOGS
from firmware.store.database import FILE, connect
from firmware.store.models import EventRow

CAPTURES = "captures"  # below the data directory
CAPTURES_MOST = 100_000_000  # bytes, the newest first
LOG_MOST = 4_000_000  # bytes, of each log
DOCUMENT_MOST = 4_000_000
EVENTS_MOST = 20_000
UNITS = ("callboxd", "callbox-web", "callbox")
COMMAND_S = 20.0


class _Bundle:
    def __init__(self, archive: zipfile.ZipFile, numbers: bool) -> None:
        self.archive = archive
        self.numbers = numbers
        self.secrets: set[str] = set()
        self.missing: list[str] = []
        self.files = 0

    def text(self, name: str, words: str) -> None:
        self.archive.writestr(name, scrub.text(words, self.secrets, numbers=self.numbers))
        self.files += 1

    def json(self, name: str, document: Any) -> None:
        self.text(name, json.dumps(scrub.without(document), ensure_ascii=False, indent=1, default=str))

    def part(self, name: str, make: Callable[[], None]) -> None:
        """Makes one part; what goes wrong is said instead."""
        try:
            make()
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            self.missing.append(f"{name}: {scrub.text(words, self.secrets, numbers=self.numbers)}")


def support(data: Path, target: Path, *, numbers: bool = False) -> dict[str, Any]:
    """Writes the bundle, beside a running box or without one; what it holds. BackupError in words."""
    if not data.is_dir():
        raise BackupError(f"there is no data directory {data}. Choose it with --data")
    if target.is_dir():
        target = target / time.strftime("callbox-support-%Y%m%d-%H%M%S.zip")
    if target.exists():
        raise BackupError(f"{target} exists already and was not touched. Choose another name.")
    fresh = target.with_name(f".{target.name}.new")
    try:
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
            bundle = _Bundle(archive, numbers)
            _collect(bundle, data)
            if bundle.missing:
                archive.writestr("missing.txt", "\n".join(bundle.missing) + "\n")
        fresh.replace(target)
    except OSError as error:
        raise BackupError(f"cannot write {target}: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)
    return {
        "file": str(target), "bytes": target.stat().st_size, "files": bundle.files, "missing": bundle.missing,
        "numbers": numbers,
    }  # fmt: skip


def report(result: dict[str, Any]) -> str:
    """For people."""
    lines = [f"{result['file']}: {result['files']} files, {result['bytes'] / 1e6:.1f} MB, secrets taken out"]
    lines += [f"missing  {words}" for words in result["missing"]]
    return "\n".join(lines)


def _collect(bundle: _Bundle, data: Path) -> None:
    documents = {path.name: path for path in sorted(data.iterdir()) if path.suffix in (".json", ".jsonl", ".toml")}
    for name, path in documents.items():  # first of all: what is secret must be known before anything is written
        bundle.part(f"secrets of {name}", lambda path=path: bundle.secrets.update(_secrets(path)))  # type: ignore[misc]
    for name, path in documents.items():
        bundle.part(name, lambda name=name, path=path: _document(bundle, name, path))  # type: ignore[misc]
    bundle.part("versions", lambda: bundle.json("versions.json", _versions()))
    bundle.part("machine", lambda: bundle.json("machine.json", _machine(data)))
    bundle.part("files", lambda: bundle.text("files.txt", "\n".join(_files(data))))
    bundle.part("box", lambda: _box(bundle, data))
    bundle.part("events", lambda: _events(bundle, data))
    bundle.part("logs", lambda: _logs(bundle, data))
    bundle.part("boards", lambda: _boards(bundle))
    bundle.part("driver", lambda: _driver(bundle))
    bundle.part("captures", lambda: _captures(bundle, data))


def _secrets(path: Path) -> set[str]:
    if path.suffix == ".json":
        return scrub.found(json.loads(path.read_text("utf-8")))
    if path.suffix == ".jsonl":
        return {one for line in path.read_text("utf-8").splitlines() for one in scrub.found(json.loads(line))}
    return set()


def _document(bundle: _Bundle, name: str, path: Path) -> None:
    words = path.read_text("utf-8", "replace")[-DOCUMENT_MOST:]
    if path.suffix == ".json":
        bundle.json(f"setup/{name}", json.loads(words))
    else:
        bundle.text(f"setup/{name}", words)


def _versions() -> dict[str, Any]:
    return {
        "callbox": version("callbox"), "python": platform.python_version(), "linux": platform.release(),
        "machine": platform.machine(), "made": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "packages": dict(sorted((one.metadata["Name"], one.version) for one in distributions())),
    }  # fmt: skip


def _machine(data: Path) -> dict[str, Any]:
    usage = shutil.disk_usage(data)
    memory = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "disk": {"free": usage.free, "total": usage.total}, "load": Path("/proc/loadavg").read_text().strip(),
        "memory": {name: memory.get(name, "").strip() for name in ("MemTotal", "MemAvailable", "SwapFree")},
        "processors": [line.partition(":")[2].strip() for line in model], "uptime": Path("/proc/uptime").read_text(),
    }  # fmt: skip


def _files(data: Path) -> Iterator[str]:
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.suffix != ".wav":
            yield f"{path.stat().st_size:12d}  {path.relative_to(data)}"


def _box(bundle: _Bundle, data: Path) -> None:
    with ApiClient(data / SOCKET) as box:
        bundle.json("counters.json", box.request("counters"))
        snapshot = box.request("snapshot")
    if not bundle.numbers:
        for part in ("lamps", "calls"):
            snapshot[part] = [scrub.people(one) for one in snapshot[part]]
    bundle.json("snapshot.json", snapshot)


def _events(bundle: _Bundle, data: Path) -> None:
    engine = connect(f"sqlite:///{data / FILE}", read_only=True)
    try:
        with Session(engine) as session:
            rows = session.scalars(select(EventRow).order_by(EventRow.seq.desc()).limit(EVENTS_MOST)).all()
            lines = [json.dumps(_event(row, bundle.numbers), ensure_ascii=False, default=str) for row in reversed(rows)]
    finally:
        engine.dispose()
    bundle.text("events.jsonl", "\n".join(lines) + "\n")


def _event(row: EventRow, numbers: bool) -> dict[str, Any]:
    plain = numbers or row.kind.startswith("alarm.")  # its name is no person's
    return {
        "seq": row.seq, "at": row.at, "kind": row.kind, "call": row.call, "line": row.line, "station": row.station,
        "data": scrub.without(row.data if plain else scrub.people(row.data)),
    }  # fmt: skip


def _logs(bundle: _Bundle, data: Path) -> None:
    for path in sorted((data / LOGS).glob("*")):
        bundle.text(f"log/{path.name}", path.read_bytes()[-LOG_MOST:].decode("utf-8", "replace"))
    journal = shutil.which("journalctl")
    if journal is not None:
        units = [word for unit in UNITS for word in ("-u", unit)]
        whole = [journal, "--no-pager", "-n", "20000", *units]
        done = subprocess.run(whole, capture_output=True, timeout=COMMAND_S, check=False)
        if done.stdout:
            bundle.text("log/journal.txt", done.stdout[-LOG_MOST:].decode("utf-8", "replace"))


def _boards(bundle: _Bundle) -> None:
    for path in sorted((config_folder() / "boards").glob("*.toml")):
        bundle.text(f"boards/{path.name}", path.read_text("utf-8"))


def _driver(bundle: _Bundle) -> None:
    """What the cards' kernel driver tells; nothing where there is none."""
    for path in sorted(Path("/proc/dahdi").glob("*")):
        bundle.text(f"driver/dahdi-{path.name}.txt", path.read_text())


def _captures(bundle: _Bundle, data: Path) -> None:
    """Recorded signals of lines, as they are: sound and states, no text."""
    left = CAPTURES_MOST
    files = [path for path in (data / CAPTURES).rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
        size = path.stat().st_size
        if size > left:
            bundle.missing.append(f"{path.relative_to(data)}: {size} bytes are too many for this bundle")
            continue
        left -= size
        bundle.archive.write(path, str(path.relative_to(data)))
        bundle.files += 1
