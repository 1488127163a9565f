"""`callbox explain CALL`: the story that the page tells of a call, at a terminal (H12)."""

import json
from pathlib import Path
from time import localtime, strftime
from typing import Any

from flask import Flask
from flask_babel import Babel, force_locale

from firmware.errors import UserError
from firmware.setup.takeover import present
from firmware.store.database import open_store
from firmware.store.records import Records
from webui.story import tell


class NoSuchCall(UserError):
    """There is no record of it."""


def explain(data: Path, call: str, language: str | None = None) -> list[dict[str, Any]]:
    """The call's events in sentences, in order: `at` (seconds since the epoch), `after` its begin, `words`.
    NoSuchCall, SettingsError, SetupError, StoreError."""
    site = present(data)
    store = open_store(data)
    try:
        records = Records(store)
        record = records.get(call)
        if record is None:
            raise NoSuchCall(f"there is no call {call} in {data}; the page lists them")
        app = Flask("webui")
        Babel(app)
        with app.test_request_context(), force_locale(language or site.language):
            story = tell(record, records.events(record.id), site.country)
            return [{"at": one.at, "after": one.after, "words": one.words.striptags()} for one in story]
    finally:
        store.dispose()


def as_text(story: list[dict[str, Any]]) -> str:
    """A line for each sentence: when, how long after the begin, what."""
    return "\n".join(
        f"{strftime('%H:%M:%S', localtime(one['at']))}  {one['after']:8.2f} s  {one['words']}" for one in story
    )


def as_json(story: list[dict[str, Any]]) -> str:
    """The same for programs."""
    return json.dumps(story, ensure_ascii=False, indent=1)
