"""The list of setup pages: by what they are about, and found by the words that stand on them."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_login import current_user

from firmware.setup.store import Setup
from webui.setup.pages import PAGES
from webui.setup.registry import GROUPS, LinkPage, Page
from webui.setup.story import inner_models
from webui.setup.words import FIELDS

SHOWN = 4  # labels that were found, of one page


@dataclass(frozen=True, slots=True)
class Listed:
    """A page in the list. `found`: labels in which what is looked for was found."""

    page: Page | LinkPage
    url: str
    state: str
    found: tuple[str, ...]


def listed(setup: Setup, wanted: str) -> list[tuple[Any, list[Listed]]]:
    """Heading and pages, those that whoever asks may open; `wanted`: only those that speak of it."""
    made = []
    for group, heading in GROUPS.items():
        pages = [page for page in PAGES if page.group == group and current_user.role in page.roles]
        shown = [_listed(setup, page, found) for page in pages if (found := _found(page, wanted)) is not None]
        if shown:
            made.append((heading, shown))
    return made


def _listed(setup: Setup, page: Page | LinkPage, found: tuple[str, ...]) -> Listed:
    if isinstance(page, LinkPage):
        return Listed(page, url_for(page.endpoint), page.state(), found)
    return Listed(page, url_for("setup.page", name=page.name), page.state(setup.load(page.section)), found)


def _found(page: Page | LinkPage, wanted: str) -> tuple[str, ...] | None:
    """The labels that have it; none if its title or sentence has; None: nothing of it has."""
    wanted = wanted.casefold()
    if not wanted or wanted in f"{page.title} {page.sentence}".casefold():
        return ()
    labels = _labels(page) if isinstance(page, Page) else []
    found = [label for label, help_ in labels if wanted in f"{label} {help_}".casefold()]
    return tuple(dict.fromkeys(found))[:SHOWN] or None


def _labels(page: Page) -> list[tuple[str, str]]:
    """Label and help of everything on it."""
    names = [f"{page.model.__name__}.{name}" for name in page.model.model_fields if name not in page.hidden]
    names += [f"{page.model.__name__}.{extra.name}" for extra in page.extras]
    inner = {
        below for name in page.model.model_fields if name not in page.hidden for below in inner_models(page.model, name)
    }
    names += [f"{model.__name__}.{name}" for model in inner for name in model.model_fields]
    return [(str(label), str(help_)) for label, help_ in (FIELDS[name] for name in names if name in FIELDS)]
