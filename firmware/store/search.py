"""Any part of a number or of a name, among a million calls: an index of three-letter pieces (FTS5, trigram).

Its rows are numbered by the time of the call, so that the newest come first without sorting. Chinese names are often
of two characters: each pair of neighbours, and each character, is kept as a piece of its own with filling before it.
"""

import zlib
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, text

TABLE = "call_search"
FILL = "·"
PIECE = 3

CREATE = f"CREATE VIRTUAL TABLE {TABLE} USING fts5(number, name, pairs, id UNINDEXED, tokenize = 'trigram')"
PUT = text(
    "INSERT OR REPLACE INTO call_search (rowid, number, name, pairs, id) VALUES (:rowid, :number, :name, :pairs, :id)"
)


def rowid(started: float, call: str) -> int:
    """Grows with the call's start; the id tells calls of the same millisecond apart."""
    return int(started * 1000) * 1000 + zlib.crc32(call.encode()) % 1000


def row(call: str, started: float, number: str | None, name: str | None) -> dict[str, Any] | None:
    """The index's row for this call; None if nothing about the caller is known."""
    if not number and not name:
        return None
    return {
        "rowid": rowid(started, call), "id": call, "number": number or "", "name": name or "",
        "pairs": pairs(name or ""),
    }  # fmt: skip


def pairs(name: str) -> str:
    """The short pieces of a name that is not written with Latin letters."""
    letters = [letter for letter in name if not letter.isascii() and letter != FILL]
    singles = [FILL * 2 + letter for letter in letters]
    return " ".join([*(FILL + one + two for one, two in pairwise(letters)), *singles])


def put(connection: Connection, found: dict[str, Any] | None) -> None:
    """Adds a call or replaces it. Only SQLite has the index; elsewhere the tables are searched as they are."""
    if found is not None and connection.dialect.name == "sqlite":
        connection.execute(PUT, found)


def expression(sought: str) -> str | None:
    """What FTS5 is asked for calls whose number or name holds `sought`; None if it is too short for the index."""
    letters = sought.strip()
    digits = "".join(letter for letter in letters if letter not in " -()")
    asked = []
    if len(digits) >= PIECE:
        asked.append(f"number : {_quoted(digits)}")
    if len(letters) >= PIECE:
        asked.append(f"name : {_quoted(letters)}")
    elif letters and not letters.isascii():
        asked.append(f"pairs : {_quoted(FILL * (PIECE - len(letters)) + letters)}")
    return " OR ".join(asked) or None


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
