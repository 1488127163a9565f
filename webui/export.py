"""Call records as a table for other programs, piece by piece: a year's calls need no more memory than a day's."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firmware.store.models import CallRecord
from webui.jacks import jack_names
from webui.translate import _
from webui.words import how_ended

MOST_CSV = 1_000_000
MOST_EXCEL = 100_000
# The wide ones count where people write Chinese or Japanese.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Names:
    """What people call lines and stations, once for a whole list."""

    lines: Mapping[Any, str]
    stations: Mapping[Any, str]


def headings() -> list[str]:
    """Of the columns, in the page's language."""
    return [
        _("When"), _("Number"), _("Name"), _("Line"), _("Queue"), _("Agent"), _("Station"), _("Waited (s)"),
        _("Talked (s)"), _("How it ended"), _("Recording"), _("Marked"), _("Call id"),
        _("Name of the line"), _("Name of the station"),
    ]  # fmt: skip


def row(record: CallRecord, names: Names) -> list[Any]:
    """One call. Numbers stay numbers where they are amounts, texts where they are names of something."""
    begun = datetime.fromtimestamp(record.started, UTC).astimezone().replace(tzinfo=None, microsecond=0)
    return [
        begun, record.number or "", record.name or "", record.line, record.queue or "", record.agent or "",
        record.station or "", record.wait_s, record.talk_s, how_ended(record),
        _("yes") if record.recording else _("no"), _("yes") if record.marked else "", record.id,
        names.lines.get(record.line, ""), names.stations.get(record.station, ""),
    ]  # fmt: skip


def as_csv(records: Iterable[CallRecord]) -> Iterator[str]:
    """Lines, with the mark by which Excel knows UTF-8."""
    buffer = io.StringIO()
    writer, names = csv.writer(buffer), _names()
    buffer.write("\ufeff")
    writer.writerow(headings())
    for number, record in enumerate(records, 1):
        writer.writerow([_harmless(value) for value in row(record, names)])
        if number % 200 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def as_excel(records: Iterable[CallRecord]) -> Any:
    """An open temporary file at its beginning, which is gone when it is closed."""
    # Here, because the page starts a fifth sooner without it, and few ever ask for it.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book, names = Workbook(write_only=True), _names()
    sheet = book.create_sheet(_("Calls done"))
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["A"].width = 20
    heads = [WriteOnlyCell(sheet, value=words) for words in headings()]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for record in records:
        cells = [WriteOnlyCell(sheet, value=_printable(value)) for value in row(record, names)]
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # also what begins like a formula
        sheet.append(cells)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _names() -> Names:
    lines, stations = jack_names()
    return Names(lines, stations)


def _harmless(value: Any) -> Any:
    """A name such as =1+1 came from outside and must not be calculated by whoever opens the list."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA) else value


def _printable(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return "".join(letter for letter in value if letter.isprintable())
