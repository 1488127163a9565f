"""What earlier versions kept elsewhere becomes section "box" of the setup, once.

They had board, country, language and recording in `settings.json` and the company's name in section "first"; the very
first also one password for everything, that of the owner `owner` since. None of it is changed: a box that falls back to
its earlier version finds there what it needs to start.
"""

import logging
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from firmware.config.errors import sentences
from firmware.people import OWNER_NUMBER, People, Person
from firmware.settings import FILE as OLD_FILE
from firmware.settings import MOVED, OWNER, TABLE, SettingsError
from firmware.setup.files import AtomicStorage, in_words
from firmware.setup.site import Site
from firmware.setup.store import FILE, Setup

log = logging.getLogger(__name__)

WHO = f"taken over from {OLD_FILE}"


def present(data: Path) -> Site:
    """Section "box" as it is, or as an earlier version left it; nothing is written. SettingsError, SetupError."""
    setup = Setup(data)
    return setup.load(Site) if setup.has(Site) else Site.model_validate(_earlier(data))


def take_over(setup: Setup, data: Path) -> bool:
    """Writes it into the setup; False: there is nothing, or it was done before. SettingsError: what is there cannot be,
    nothing was changed, and the box must not start as another one. SetupError."""
    if setup.has(Site):
        return False
    earlier = _earlier(data)
    if not earlier:
        return False
    _take_over_owner(setup, data)
    setup.change(Site, lambda now: now if setup.has(Site) else earlier, who=WHO, fits=False)
    log.info("board, country and company are part of the setup from now on: %s", earlier)
    return True


def _take_over_owner(setup: Setup, data: Path) -> None:
    """Whoever could log in with that password alone now does so as `owner`."""
    password_hash = _table(data / OLD_FILE, TABLE).get(OWNER)
    if password_hash is None:
        return

    def owned(now: People) -> People | dict[str, Any]:
        if now.claimed:
            return now
        others = [one for one in now.people if one.id != "owner"]
        taken = {one.number for one in others}
        number = next(number for number in map(str, range(OWNER_NUMBER, 10_000)) if number not in taken)
        owner = Person(id="owner", name="Owner", number=number, role="owner", password_hash=password_hash)
        return {"people": [owner, *others]}

    setup.change(People, owned, who=WHO)


def _earlier(data: Path) -> dict[str, Any]:
    old = _table(data / OLD_FILE, TABLE)
    found = {name: old[name] for name in MOVED if name in old}
    company = _table(data / FILE, "first").get("company", "")
    if company:
        found["company"] = company
    try:
        Site.model_validate(found)
    except ValidationError as error:
        raise SettingsError(f"{sentences(str(data / OLD_FILE), error)}\nNothing was changed.") from error
    return found


def _table(path: Path, name: str) -> dict[str, Any]:
    """The only document of a table; SettingsError if it cannot be read."""
    with in_words(path, "read", SettingsError):
        documents = (AtomicStorage(path).read() or {}).get(name, {})
        return dict(next(iter(documents.values()), {}))
