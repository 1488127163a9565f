"""The guides and other documents of the project, in the page: each screen's question mark opens the right place.

They are the files of docs/. A comment before a heading, `<!-- name -->`, or a paragraph, gives it a name that stays the
same in every language.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from webui.translate import _l, language

if TYPE_CHECKING:
    from markdown_it.token import Token

bp = Blueprint("help", __name__, url_prefix="/help")
DOCS = Path(__file__).resolve().parents[1] / "docs"
GUIDES = {
    "guide-technician": _l("Technician’s guide"),
    "guide-supervisor": _l("Supervisor’s guide"),
    "guide-agent": _l("Agent’s guide"),
}
NAMED = re.compile(r"<!-- ([a-z][a-z0-9-]*) -->")
LINKED = re.compile(r"([a-z][a-z-]*)(?:\.zh)?\.md(#[\w-]+)?")

# Guide and place for a screen: an endpoint, a whole blueprint, or a setup page by its name.
PLACES: dict[str, tuple[str, str]] = {
    "account": ("guide-technician", "people"),
    "api": ("guide-technician", "setup"),
    "backups": ("guide-technician", "backup"),
    "certificate": ("guide-technician", "https"),
    "desk": ("guide-agent", "desk"),
    "docs": ("guide-technician", "setup"),
    "doctor": ("guide-technician", "doctor"),
    "first": ("guide-technician", "first-steps"),
    "flows": ("guide-technician", "flows"),
    "health": ("guide-technician", "health"),
    "live": ("guide-supervisor", "now"),
    "log": ("guide-technician", "people"),
    "messages": ("guide-supervisor", "voicemail"),
    "network": ("guide-technician", "network"),
    "notices": ("guide-supervisor", "announcements"),
    "owed": ("guide-supervisor", "owed"),
    "paging": ("guide-agent", "loudspeaker"),
    "prompts": ("guide-technician", "setup-prompts"),
    "records": ("guide-supervisor", "records"),
    "setup": ("guide-technician", "setup"),
    "telephones": ("guide-technician", "training"),
    "updates": ("guide-technician", "updates"),
    "wall": ("guide-supervisor", "wallboard"),
}
# For a setup page, of those that the technician's guide speaks of by themselves.
OF_SETUP: dict[str, str] = {
    **dict.fromkeys(("hours", "holidays", "answering"), "setup-hours"),
    **dict.fromkeys(("queues", "first"), "setup-queues"),
    **dict.fromkeys(("lines", "stations"), "setup-jacks"),
    **dict.fromkeys(("programs", "webhooks", "pop"), "setup-programs"),
    **dict.fromkeys(("dialling", "classes", "routes", "linedialling", "fuse"), "setup-out"),
    "box": "setup-box",
    "devices": "setup-devices",
    "sound": "setup-sound",
    "hangups": "doctor",
    "mail": "setup-mail",
    "people": "people",
    "surge": "setup-surge",
    "upkeep": "data",
    "voicemail": "setup-voicemail",
}
# Where an agent's answer is another one than his supervisor's.
OF_AGENTS = {
    "live": ("guide-agent", "page"), "records": ("guide-agent", "page"), "messages": ("guide-agent", "messages"),
    "owed": ("guide-agent", "messages"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the second level."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file, ready to be shown."""

    title: str
    html: Markup
    sections: tuple[Section, ...]
    places: frozenset[str]


@bp.get("/")
@bp.get("/<name>")
def page(name: str = "guide-technician") -> ResponseReturnValue:
    """A document in the reader's language, else in English."""
    found = document(name, language())
    if found is None:
        abort(404)
    return render_template("help.html", document=found, name=name, guides=GUIDES)


@bp.get("/pictures/<name>")
def picture(name: str) -> ResponseReturnValue:
    """One that a document shows."""
    return send_from_directory(DOCS / "pictures", name, max_age=3600)


@bp.get("/<name>.svg")
def drawing(name: str) -> ResponseReturnValue:
    """One that lies beside the documents."""
    return send_from_directory(DOCS, f"{name}.svg", mimetype="image/svg+xml", max_age=3600)


def place() -> str:
    """Where this screen's question mark leads."""
    endpoint = request.endpoint or ""
    room = endpoint.partition(".")[0]
    agent = current_user.is_authenticated and current_user.role == "agent"
    if room == "setup" and (section := OF_SETUP.get((request.view_args or {}).get("name", ""))):
        return url_for("help.page", name="guide-technician", _anchor=section)
    chosen = (OF_AGENTS.get(room) if agent else None) or PLACES.get(endpoint) or PLACES.get(room)
    guide, section = chosen or ("guide-technician", "")
    return url_for("help.page", name=guide, _anchor=section or None)


@lru_cache(maxsize=64)
def document(name: str, chosen: str) -> Document | None:
    """The document of this name; None: there is none."""
    if not re.fullmatch(r"[a-z][a-z-]{,40}", name):
        return None
    for path in (DOCS / f"{name}.{chosen}.md", DOCS / f"{name}.md"):
        if path.is_file():
            return read(path.read_text(encoding="utf-8"), name)
    return None


def read(text: str, name: str) -> Document:
    """A document from its Markdown. HTML in it is shown as text, but for the comments that name headings."""
    from markdown_it import MarkdownIt  # here, because the page starts sooner without it

    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens: list[Token] = []
    sections: list[Section] = []
    places: set[str] = set()
    title, wanted = name, ""
    for token, after in _pairs(markdown.parse(text)):
        named = NAMED.fullmatch(token.content.strip()) if token.type == "html_block" else None
        if named is not None:
            wanted = named[1]
            continue
        if token.type == "heading_open" and after is not None:
            if token.tag == "h1":
                title = after.content
            if token.tag == "h2":
                sections.append(Section(wanted or _slug(after.content), after.content))
        if token.type in ("heading_open", "paragraph_open") and after is not None:
            if id_ := wanted or (_slug(after.content) if token.type == "heading_open" else ""):
                token.attrSet("id", id_)
                places.add(id_)
            wanted = ""
        _tame(token)
        tokens.append(token)
    html = Markup(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S704 - tamed
    return Document(title, html, tuple(sections), frozenset(places))


def _pairs(tokens: "list[Token]") -> "list[tuple[Token, Token | None]]":
    return list(zip(tokens, [*tokens[1:], None], strict=True))


def _tame(token: "Token") -> None:
    """Raw HTML becomes text; links to other documents lead to them here."""
    if token.type in ("html_block", "html_inline"):
        token.type, token.tag = "text", ""
    for child in token.children or ():
        _tame(child)
    linked = LINKED.fullmatch(str(token.attrGet("href") or ""))
    if linked is not None:
        token.attrSet("href", linked[1] + (linked[2] or ""))


def _slug(title: str) -> str:
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-")
