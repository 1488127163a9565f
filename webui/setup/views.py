"""The setup's screens: the list of pages, each page's list or form, history and undo. The same for all of them."""

from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ValidationError

from firmware.setup.base import Section
from firmware.setup.history import Entry
from firmware.setup.store import SetupError, SetupInvalid
from webui.refusals import refusal
from webui.security import local_path, who
from webui.setup import faults
from webui.setup.codecs import CODECS
from webui.setup.control import Control, Values
from webui.setup.forms import Builder, blank, keep_secrets, rearranged, stamp, typed, values_of
from webui.setup.index import listed
from webui.setup.pages import PAGES, find, find_list
from webui.setup.registry import KEY, ListPage, NamedPage, Page
from webui.setup.registry import Entry as Item
from webui.setup.sources import choices
from webui.setup.story import Told, told, touches
from webui.setup.words import FIELDS, UNITS
from webui.translate import _

P = TypeVar("P", bound=Page)

bp = Blueprint("setup", __name__, url_prefix="/setup")
bp.record_once(lambda made: made.app.jinja_env.globals.update(codecs=CODECS, units=UNITS))
HISTORY = 20


@dataclass
class Edit:
    """One form: what is there, what was typed, and what is wrong with it. `before` None: it is a new one. `item`: which
    of the list; `key`: the name that was typed, where names are no field."""

    page: Page
    before: BaseModel | None
    values: Values
    errors: dict[str, str]
    item: Item | None = None
    key: str = ""

    @property
    def stamp(self) -> str:
        """Of what was there when the form was shown."""
        return stamp(self.before)

    def controls(self) -> list[Control]:
        """As the template shows them."""
        box = current_app.extensions["callbox"]
        fixed = frozenset({self.page.fixed} if isinstance(self.page, ListPage) and self.before is not None else ())
        builder = Builder(self.errors, choices(box), self.page.hidden, fixed, self.page.fields)
        made = builder.controls(self.page.model, self.values)
        if isinstance(self.page, NamedPage) and self.before is None:
            label, help_ = self.page.key_words
            made.insert(0, Control(KEY, "text", label, help_, self.key, self.errors.get(KEY, "")))
        for extra in self.page.extras:
            label, help_ = FIELDS[f"{self.page.model.__name__}.{extra.name}"]
            control = Control(extra.name, extra.kind, str(label), str(help_), False, self.errors.get(extra.name, ""))
            made.append(control)
        return made


@bp.get("")
def index() -> ResponseReturnValue:
    """Every page with what it is for and how it stands; `q`: those in which it is spoken of."""
    setup = current_app.extensions["callbox"].setup
    wanted = request.args.get("q", "")[:64].strip()
    problems = [faults.problem(one) for one in setup.problems()]
    return render_template("setup/index.html", groups=listed(setup, wanted), wanted=wanted, problems=problems)


@bp.route("/<name>", methods=["GET", "POST"])
def page(name: str) -> ResponseReturnValue:
    """A section's form, or its list."""
    found = _permitted(find(name))
    section = current_app.extensions["callbox"].setup.load(found.section)
    if isinstance(found, ListPage):
        if request.method == "POST":
            abort(405)
        return render_template(
            "setup/list.html", page=found, entries=found.entries(section), history=_history(found),
            now=found.now(section),
        )  # fmt: skip
    return _form(found, section)


@bp.get("/<name>/now")
def now(name: str) -> ResponseReturnValue:
    """How the thing stands at this moment."""
    found = _permitted(find(name))
    section = current_app.extensions["callbox"].setup.load(found.section)
    return render_template("setup/_now.html", page=found, now=found.now(section))


@bp.route("/<name>/new", methods=["GET", "POST"])
def new(name: str) -> ResponseReturnValue:
    """A form for one more item."""
    found = _permitted(find_list(name))
    if not found.addable:
        abort(404)
    return _form(found, None)


@bp.route("/<name>/item/<item>", methods=["GET", "POST"])
def item(name: str, item: str) -> ResponseReturnValue:
    """One item's form."""
    found = _permitted(find_list(name))
    entry = _item(found, item)
    return _form(found, entry.value, entry)


@bp.post("/<name>/check")
def check(name: str) -> ResponseReturnValue:
    """While somebody types: what is wrong so far, said beside each field; nothing is changed."""
    found = _permitted(find(name))
    section = current_app.extensions["callbox"].setup.load(found.section)
    wanted = request.args.get("item", "")
    before: BaseModel | None = section
    entry = None
    if isinstance(found, ListPage):
        entry = _item(found, wanted) if wanted else None
        before = None if entry is None else entry.value
    edit = _edit(found, before, entry)
    if order := request.form.get("_do", ""):
        _rearrange(edit, order)
        return render_template("setup/_fields.html", controls=edit.controls(), check_url=_check_url(found, wanted))
    edit.errors = _tried(edit)
    controls = [one for control in edit.controls() for one in control.leaves() if not one.quiet]
    if before is None:  # what nobody has come to yet is not wrong
        for one in controls:
            if one.value in (None, "", []):
                one.error = ""
    return render_template("setup/_says.html", controls=controls, whole=edit.errors.get("", ""))


@bp.post("/<name>/item/<item>/remove")
def remove(name: str, item: str) -> ResponseReturnValue:
    """Takes an item out; history brings it back."""
    found = _permitted(find_list(name))
    before = _item(found, item)
    if not found.removable or not before.there:
        abort(404)
    if words := found.refuse(current_user.person, before.value, None):
        flash(words)
        return redirect(url_for("setup.item", name=name, item=item))
    try:
        box = current_app.extensions["callbox"]
        box.change(found.section, lambda section: found.without(section, item), who=who())
    except SetupInvalid as error:
        flash(" ".join(_words(error, 0).values()))
        return redirect(url_for("setup.item", name=name, item=item))
    flash(_("Removed. It can be brought back below.") if found.addable else _("The standard holds again."))
    return redirect(url_for("setup.page", name=name))


@bp.post("/undo/<int:number>")
def undo(number: int) -> ResponseReturnValue:
    """Takes one change back."""
    box = current_app.extensions["callbox"]
    entry = next((one for one in box.setup.history(limit=10_000) if one.id == number), None)
    pages = [page for page in PAGES if isinstance(page, Page) and _is_of(page, entry)]
    found = _permitted(next((one for one in pages if entry and _covers(one, entry)), pages[0] if pages else None))
    if current_user.role not in found.undo:
        abort(403)
    try:
        box.tell(box.setup.undo(number, who=who()), who())
        flash(_("Taken back."))
    except SetupError as error:
        flash(_("That cannot be taken back: %(why)s", why=refusal(error)))
    return redirect(local_path(request.args.get("next")) or url_for("setup.page", name=found.name))


# -- inside ---------------------------------------------------------------------------------------------------


def _permitted(page: P | None) -> P:
    if page is None:
        abort(404)
    if current_user.role not in page.roles:
        abort(403)
    return page


def _is_of(page: Page, entry: Entry | None) -> bool:
    setup = current_app.extensions["callbox"].setup
    return entry is not None and setup.name_of(page.section) == entry.section


def _covers(page: Page, entry: Entry) -> bool:
    """Whether the change was one of this page's fields."""
    return any(touches(entry, name) for name in page.covers)


def _item(page: ListPage, wanted: str) -> Item:
    """The item of this key; 404."""
    section = current_app.extensions["callbox"].setup.load(page.section)
    found = next((one for one in page.entries(section) if one.key == wanted), None)
    if found is None:
        abort(404)
    return found


def _form(page: Page, before: BaseModel | None, entry: Item | None = None) -> ResponseReturnValue:
    """Shows the form; takes what was sent."""
    if request.method == "GET":
        return _shown(Edit(page, before, blank(page.model) if before is None else values_of(before), {}, entry))
    edit = _edit(page, before, entry)
    if order := request.form.get("_do", ""):
        _rearrange(edit, order)
        return _shown(edit)
    if request.form.get("_stamp", "") != edit.stamp:
        edit.errors = {"": _("Somebody else changed this meanwhile. Look at what is there now, then change it again.")}
        return _shown(edit, 409)
    edit.errors = _tried(edit, final=True)
    if edit.errors:
        return _shown(edit, 422)
    try:
        current_app.extensions["callbox"].change(page.section, lambda section: _changed(edit, section), who=who())
    except SetupInvalid as error:
        edit.errors = _words(error, 2 if isinstance(page, ListPage) else 0)
        return _shown(edit, 422)
    page.saved(page.model.model_validate(edit.values))
    flash(str(page.counts))
    return redirect(url_for("setup.page", name=page.name))


def _shown(edit: Edit, status: int = 200) -> ResponseReturnValue:
    wanted = edit.item.key if edit.item is not None else ""
    section = current_app.extensions["callbox"].setup.load(edit.page.section)
    shown = render_template(
        "setup/form.html", page=edit.page, edit=edit, item=wanted, controls=edit.controls(),
        whole=edit.errors.get("", ""), history=_history(edit.page, wanted),
        is_list=isinstance(edit.page, ListPage), check_url=_check_url(edit.page, wanted),
        now=[] if isinstance(edit.page, ListPage) else edit.page.now(section),
    )  # fmt: skip
    return shown, status


def _check_url(page: Page, item: str) -> str:
    return url_for("setup.check", name=page.name, item=item or None)


def _edit(page: Page, before: BaseModel | None, entry: Item | None) -> Edit:
    """What was typed, with what the form does not show as it is."""
    values = typed(page.model, request.form, skip=page.hidden)
    kept = blank(page.model) if before is None else values_of(before)
    values |= {name: kept[name] for name in page.hidden if name in kept}
    if isinstance(page, ListPage) and entry is not None and page.key in kept:
        values[page.key] = kept[page.key]
    key = entry.key if entry is not None else request.form.get(KEY, "").strip()
    return Edit(page, before, keep_secrets(page.model, values, kept), {}, entry, key)


def _rearrange(edit: Edit, order: str) -> None:
    try:
        edit.values = rearranged(edit.page.model, edit.values, order)
        what, _colon, path = order.partition(":")
        if what == "on" and (begun := edit.page.begin(path)) is not None:
            edit.values[path] = begun
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        abort(400)


def _tried(edit: Edit, *, final: bool = False) -> dict[str, str]:
    """What is wrong with it, by path; nothing is changed."""
    page, box = edit.page, current_app.extensions["callbox"]
    extras = {extra.name: request.form.get(extra.name, "") for extra in page.extras}
    errors = dict(page.prepare(edit.values, extras, edit.before, final))
    try:
        after = page.model.model_validate(edit.values)
    except ValidationError as error:
        return faults.by_path(error.errors(include_url=False)) | errors
    if isinstance(page, ListPage) and edit.before is None:
        taken = {one.key for one in page.entries(box.setup.load(page.section))}
        if (edit.key if page.fixed == KEY else str(edit.values[page.key])) in taken:
            errors.setdefault(page.fixed, _("This is taken."))
    if words := page.refuse(current_user.person, edit.before, after):
        errors.setdefault("", words)
    if not errors:
        try:
            box.setup.check(page.section, lambda section: _changed(edit, section))
        except SetupInvalid as error:
            errors = _words(error, 2 if isinstance(page, ListPage) else 0)
            if isinstance(page, NamedPage) and (fault := _of_key(error, page, edit.key)):
                errors = {KEY: fault}
    return errors


def _of_key(error: SetupInvalid, page: NamedPage, key: str) -> str:
    """What is wrong with the name itself."""
    own = [one for one in error.errors if one["loc"] == (page.field, key, "[key]")]
    return next(iter(faults.by_path(own, 2).values()), "")


def _changed(edit: Edit, section: Section) -> dict[str, Any]:
    """The section's fields with what was typed."""
    page = edit.page
    if not isinstance(page, ListPage):
        return edit.values
    return page.put(section, edit.item, edit.key, edit.values)


def _words(error: SetupInvalid, skip: int) -> dict[str, str]:
    found = faults.by_path(error.errors, skip)
    for one in error.problems:
        found.setdefault("", faults.problem(one))
    return found


def _history(page: Page, item: str = "") -> list[tuple[Entry, list[Told], bool]]:
    """The newest changes of a page or of one item: each in words, and whether it was taken back."""
    setup = current_app.extensions["callbox"].setup
    entries = setup.history(setup.name_of(page.section), limit=500)
    back = {one.undoes for one in entries}
    if item and isinstance(page, ListPage):
        entries = [one for one in entries if touches(one, page.path(item))]
    else:
        entries = [one for one in entries if _covers(page, one)]
    return [(one, told(setup, one), one.id in back) for one in entries[:HISTORY]]
