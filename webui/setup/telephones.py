"""Setup: agents, telephones and what leads to them."""

from typing import Any

from flask import current_app

from firmware.agents.section import Agents
from firmware.switching.section import Diversion, MeetingRoom, Telephones
from webui.setup.registry import Entry, ListPage, NamedPage, Now, Page
from webui.setup.sources import named
from webui.setup.words import CHOICES
from webui.states import LOOKS
from webui.translate import _, _l, language, ngettext


def _box() -> Any:
    return current_app.extensions["callbox"]


def _stations_now() -> list[Any]:
    snapshot = _box().hub.snapshot
    return [lamp for lamp in (snapshot.lamps if snapshot else ()) if lamp.kind == "station"]


def _word(lamp: Any) -> str:
    return named("stations").get(str(lamp.port), str(lamp.port))


# -- agents -----------------------------------------------------------------------------------------------------


def _agents(section: Agents) -> str:
    mode = _("by signing in") if section.sign_in else _("every telephone is an agent")
    return f"{mode} · " + ngettext("%(num)s reason", "%(num)s reasons", len(section.reasons))


def _agents_now(_section: Agents) -> list[Now]:
    """Who sits where."""
    snapshot = _box().hub.snapshot
    agents = snapshot.agents if snapshot else ()
    found = [Now(_look(one.state), one.name or one.agent, _("at %(station)s", station=one.station)) for one in agents]
    return found or [Now("idle", _("Nobody has signed in"), "")]


def _look(state: str) -> str:
    return state if state in LOOKS else "idle"


AGENTS = Page(
    name="agents",
    title=_l("Agents"),
    sentence=_l("Whether agents sign in, whose a telephone is for good, and why one may be busy."),
    section=Agents,
    group="people",
    state=_agents,
    now=_agents_now,
    fields=("sign_in", "stations", "away_after", "reasons"),
)

# -- telephones -------------------------------------------------------------------------------------------------


def _rights(section: Telephones) -> str:
    if not section.supervisors:
        return _("no supervisor’s telephone yet")
    return _("supervisors: %(stations)s", stations=_(", ").join(section.supervisors))


def _lamps(_section: Telephones) -> list[Now]:
    chosen = language()
    return [Now(lamp.state, _word(lamp), LOOKS[lamp.state].word(chosen)) for lamp in _stations_now()]


TELEPHONES = Page(
    name="telephones",
    title=_l("Telephones"),
    sentence=_l("Who may listen in on others’ calls, and how long calls are parked."),
    section=Telephones,
    group="people",
    state=_rights,
    now=_lamps,
    fields=("supervisors", "rights", "park_s", "park_places", "page_s", "lamp", "lamps"),
)


def _where(entry: Entry) -> str:
    one: Diversion = entry.value
    words = [] if one.disturb else [_("do not disturb")]
    for word, number in ((_l("always"), one.always), (_l("busy"), one.busy), (_l("no answer"), one.no_answer)):
        if number:
            words.append(f"{word} → {number}")
    return " · ".join(words) or _("rings here")


DIVERSIONS = NamedPage(
    name="diversions",
    title=_l("Diversions"),
    sentence=_l("Where calls for a telephone go instead. Whoever sits there can change it by code, too."),
    section=Telephones,
    group="people",
    state=lambda section: (
        ngettext("%(num)s telephone", "%(num)s telephones", len(section.diversions))
        if section.diversions
        else _("none: every telephone rings")
    ),
    field="diversions",
    item=Diversion,
    known=lambda: named("stations"),
    fields=("disturb", "always", "busy", "no_answer", "ring_s", "follow_me", "confirm", "waiting"),
    columns=(
        (_l("Telephone"), lambda entry: named("stations").get(entry.key, entry.key)),
        (_l("Calls go"), _where),
    ),
    empty=_l("The box does not answer, so its telephones are not known. They appear as soon as it does."),
    new="",
)

ROOMS = ListPage(
    name="rooms",
    title=_l("Conference rooms"),
    sentence=_l("Numbers in which several people speak with each other."),
    section=Telephones,
    group="people",
    state=lambda section: _(", ").join(room.number for room in section.rooms) or _("none"),
    field="rooms",
    item=MeetingRoom,
    key="number",
    columns=(
        (_l("Number"), lambda one: one.number),
        (_l("Called"), lambda one: one.name or "–"),
        (_l("PIN"), lambda one: _("set") if one.pin else _("everybody may come in")),
        (_l("People at most"), lambda one: one.most),
    ),
    empty=_l("No room. Add one to hold conferences."),
    new=_l("Add a room"),
)


def _leads(target: Any) -> str:
    """into a queue: sales."""
    word = str(CHOICES[f"{type(target).__name__}.kind.{target.kind}"])
    values = [getattr(target, name) for name in ("station", "queue", "flow", "box", "number", "room")
              if hasattr(target, name)]  # fmt: skip
    return f"{word}: {values[0]}" if values else word


NUMBERS = Page(
    name="numbers",
    title=_l("Inside numbers"),
    sentence=_l("Numbers to dial inside that lead to a queue, a menu, a voicemail box or an outside number."),
    section=Telephones,
    group="people",
    state=lambda section: (
        " · ".join(f"{number} {_leads(to)}" for number, to in list(section.numbers.items())[:3]) or _("none")
    ),
    fields=("numbers",),
)

SPEED = Page(
    name="speed",
    title=_l("Short numbers"),
    sentence=_l("Numbers that everybody often dials, by one or two digits."),
    section=Telephones,
    group="people",
    state=lambda section: (
        ngettext("%(num)s number", "%(num)s numbers", len(section.speed)) if section.speed else _("none")
    ),
    fields=("speed",),
)
