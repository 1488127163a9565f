"""Setup: who may dial what, over which line, and the fuse against fraud."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from firmware.dialplan.numbers import is_emergency
from firmware.dialplan.permission import ServiceClass
from firmware.outbound.ledger import read_ledger
from firmware.outbound.linedialling import LineDialling
from firmware.outbound.section import Dialling, NamedRoute
from webui.setup.registry import Entry, ListPage, NamedPage, Now, Page
from webui.setup.sources import named
from webui.setup.words import CHOICES
from webui.translate import _, _l, ngettext
from webui.words import state as state_word


def _box() -> Any:
    return current_app.extensions["callbox"]


def _kinds(field: str, kinds: tuple[str, ...]) -> str:
    return _(", ").join(str(CHOICES[f"{field}.{kind}"]) for kind in kinds)


# -- rules ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def emergency(country: str) -> tuple[str, ...]:
    """The country's emergency numbers of three digits."""
    return tuple(number for number in map(str, range(100, 1000)) if is_emergency(number, country))


def _rules(section: Dialling) -> str:
    key = _("%(key)s for an outside line", key=section.prefix) if section.prefix else _("no key for an outside line")
    return _("%(key)s · everybody as “%(name)s”", key=key, name=section.otherwise)


def _rules_now(section: Dialling) -> list[Now]:
    """What can always be dialled."""
    box = _box()
    country = box.country
    numbers = _(", ").join(emergency(country)) or "–"
    return [Now("talking", _("Always free to dial"), _("emergency numbers: %(numbers)s", numbers=numbers))]


RULES = Page(
    name="dialling",
    title=_l("Dialling out"),
    sentence=_l("How outside numbers are dialled, and as what each telephone may."),
    section=Dialling,
    group="out",
    state=_rules,
    now=_rules_now,
    fields=("prefix", "area", "otherwise", "stations", "automatic"),
)

# -- classes ----------------------------------------------------------------------------------------------------


def _holders(entry: Entry) -> str:
    section = _box().setup.load(Dialling)
    words = [_("everybody else")] if section.otherwise == entry.key else []
    words += [station for station, name in section.stations.items() if name == entry.key]
    return _(", ").join(words) or _("nobody")


CLASSES = NamedPage(
    name="classes",
    title=_l("Classes of service"),
    sentence=_l("Which kinds of numbers may be dialled. Telephones get a class under Dialling out."),
    section=Dialling,
    group="out",
    state=lambda section: _(", ").join(section.classes),
    field="classes",
    item=ServiceClass,
    columns=(
        (_l("Class"), lambda entry: entry.key),
        (_l("May dial"), lambda entry: _kinds("ServiceClass.allows", entry.value.allows) or _("nothing")),
        (_l("Who has it"), _holders),
    ),
    empty=_l("There is always one."),
    new=_l("Add a class"),
)

# -- routes -----------------------------------------------------------------------------------------------------


def _routes(section: Dialling) -> str:
    if not section.routes:
        return _("every line carries everything, the last first")
    return ngettext("%(num)s route", "%(num)s routes", len(section.routes))


def _lines_now(_section: Any) -> list[Now]:
    snapshot = _box().hub.snapshot
    words = named("lines")
    return [
        Now(lamp.state, words.get(lamp.port, lamp.port), state_word(lamp.state))
        for lamp in (snapshot.lamps if snapshot else ())
        if lamp.kind == "line"
    ]


ROUTES = ListPage(
    name="routes",
    title=_l("Which line carries what"),
    sentence=_l("From the top: the first route that takes a number and has a free line carries it."),
    section=Dialling,
    group="out",
    state=_routes,
    now=_lines_now,
    field="routes",
    item=NamedRoute,
    fields=("id", "kinds", "beginnings", "lines", "order"),
    columns=(
        (_l("Route"), lambda one: one.id),
        (_l("Kinds of numbers"), lambda one: _kinds("NamedRoute.kinds", one.kinds) or _("all")),
        (_l("Numbers that begin with"), lambda one: _(", ").join(one.beginnings) or _("all")),
        (_l("Lines"), lambda one: " → ".join(str(line) for line in one.lines)),
        (_l("Which of them"), lambda one: CHOICES[f"NamedRoute.order.{one.order}"]),
    ),
    empty=_l(
        "No route: every line carries every number, the last line first, because callers come in on the first ones."
    ),
    new=_l("Add a route"),
)

# -- lines ------------------------------------------------------------------------------------------------------


def _by(entry: Entry) -> str:
    one: LineDialling = entry.value
    words = [str(CHOICES[f"LineDialling.by.{one.by}"])]
    words.append(_("waits for dial tone") if one.dial_tone else _("does not wait for dial tone"))
    if one.before:
        words.append(_("dials %(digits)s first", digits=one.before))
    return " · ".join(words)


LINES = NamedPage(
    name="linedialling",
    title=_l("How lines are dialled on"),
    sentence=_l("Tones or pulses, dial tone, what goes before each number. Most lines need nothing."),
    section=Dialling,
    group="out",
    state=lambda section: (
        ngettext("%(num)s line of its own", "%(num)s lines of their own", len(section.lines))
        if section.lines
        else _("the standard, on every line")
    ),
    now=_lines_now,
    field="lines",
    item=LineDialling,
    known=lambda: named("lines"),
    columns=(
        (_l("Line"), lambda entry: named("lines").get(entry.key, entry.key)),
        (_l("How"), _by),
        (_l("Set up"), lambda entry: _("its own") if entry.there else _("the standard")),
    ),
    empty=_l("The box does not answer, so its lines are not known. They appear as soon as it does."),
    new="",
)

# -- fuse -------------------------------------------------------------------------------------------------------


def _fuse(section: Dialling) -> str:
    fuse = section.fuse
    words = [_("international") if fuse.international else _("no international"), _("premium") if fuse.premium else ""]
    words.append(_("%(minutes)s min a night", minutes=f"{fuse.night_minutes:g}"))
    return " · ".join(word for word in words if word)


def _fuse_now(section: Dialling) -> list[Now]:
    """What has been used."""
    box = _box()
    at = box.hub.box_now()
    now = datetime.fromtimestamp(at)  # noqa: DTZ006 - nights are the box's local time
    try:
        use = read_ledger(box.engine, at, month=False).use(section.fuse, now)
    except SQLAlchemyError:
        current_app.logger.exception("what outgoing calls used cannot be read")
        return [Now("fault", _("The fuse"), _("What was used cannot be read just now."))]
    night = section.fuse.night(now)
    if night is None:
        first = Now("idle", _("By day"), _("minutes are not counted; night begins at %(time)s",
                                           time=f"{section.fuse.night_begins:%H:%M}"))  # fmt: skip
    else:
        blown = use.night_minutes >= section.fuse.night_minutes
        words = _("%(used)s of %(most)s minutes used", used=f"{use.night_minutes:.0f}",
                  most=f"{section.fuse.night_minutes:g}")  # fmt: skip
        first = Now("fault" if blown else "talking", _("This night"), words)
    return [first, Now("idle", _("Expensive calls now"), f"{use.risky_now} / {section.fuse.at_once}")]


FUSE = Page(
    name="fuse",
    title=_l("Fuse against fraud"),
    sentence=_l("What strangers at your telephones could cost you: calls abroad, expensive numbers, whole nights."),
    section=Dialling,
    group="out",
    state=_fuse,
    now=_fuse_now,
    fields=("fuse",),
)
