"""Setup: opening hours, holidays, and who answers which line when."""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from firmware.dialplan.hours import Calendar, Schedule, load_calendar
from firmware.ivr.answering import Answering, answers
from webui.setup import week
from webui.setup.codecs import CODECS
from webui.setup.control import Values
from webui.setup.registry import Entry, NamedPage, Now, Page
from webui.setup.sources import named
from webui.translate import _, _l, ngettext
from webui.words import day as day_words
from webui.words import port_name


def _box() -> Any:
    return current_app.extensions["callbox"]


def _country() -> str:
    box = _box()
    return str(box.country)


def calendar(section: Answering) -> Calendar:
    """The one that holds: the box's own, else the country's."""
    return section.calendar or load_calendar(_country())


def _now() -> datetime:
    return datetime.fromtimestamp(_box().hub.box_now())  # noqa: DTZ006 - hours are the box's local time


def _entry(name: str) -> str:
    return named("entries").get(name, name)


# -- opening hours ----------------------------------------------------------------------------------------------


def in_words(schedule: Schedule) -> str:
    """Mon to Fri 9:00–12:00, 13:30–18:00 · Sat 10:00–16:00."""
    hours = schedule.model_dump(mode="json")["hours"]
    lines = [line for line in week.picture(hours, {}) if line.hours]
    return " · ".join(f"{line.days} {_(', ').join(clock for clock, _word, _colour in line.hours)}" for line in lines)


def _schedules(section: Answering) -> str:
    if not section.schedules:
        return _("none: always the same")
    return "; ".join(f"{name}: {in_words(one)}" for name, one in list(section.schedules.items())[:2])


def _used(entry: Entry) -> str:
    """Where the hours count."""
    section = _box().setup.load(Answering)
    lines = [number for number, one in section.lines.items() if one.schedule == entry.key]
    words = [_("the box")] if section.schedule == entry.key else []
    if lines:
        words.append(_("lines %(numbers)s", numbers=_(", ").join(lines)))
    return " · ".join(words) or _("nowhere yet: see Who answers")


HOURS = NamedPage(
    name="hours",
    title=_l("Opening hours"),
    sentence=_l("When which menu answers: the week, lunch, holidays, a sale. Then choose them under Who answers."),
    section=Answering,
    group="in",
    state=_schedules,
    field="schedules",
    item=Schedule,
    fields=("hours", "otherwise", "holiday", "promotions", "make_up_as"),
    columns=(
        (_l("Hours"), lambda entry: entry.key),
        (_l("The week"), lambda entry: in_words(entry.value) or "–"),
        (_l("Outside these hours"), lambda entry: _entry(entry.value.otherwise)),
        (_l("They count for"), _used),
    ),
    empty=_l("No hours yet: the same menu answers day and night. Add the hours of your shop."),
    new=_l("Add opening hours"),
)

# -- holidays ---------------------------------------------------------------------------------------------------


def _next_days(section: Answering) -> list[str]:
    """The next holidays and make-up days, as lines."""
    today, known = _now().date(), calendar(section)
    told = []
    for days, word in ((known.holidays, ""), (known.make_up, _("worked"))):
        ahead = {
            str(one): " ".join(part for part in (name, word) if part) for one, name in days.items() if one >= today
        }
        told += CODECS["days"].show(ahead).splitlines()
    return sorted(told)


def _holidays(section: Answering) -> str:
    ahead = _next_days(section)
    return _("next: %(day)s", day=ahead[0]) if ahead else _("none ahead: enter those of the year to come")


def _holidays_now(section: Answering) -> list[Now]:
    """What comes, and whether the year is known at all."""
    known, today = calendar(section), _now().date()
    whose = _("your own calendar") if section.calendar is not None else _("the country’s calendar")
    rows = [Now("idle", _("In force"), whose)]
    if not known.knows(today):
        text = _("Nothing is known of %(year)s: every day is worked by the week alone.", year=today.year)
        rows.append(Now("fault", _("Missing"), text))
    ahead = _next_days(section)
    if not ahead:
        rows.append(Now("busy", _("No holiday ahead"), _("Enter those of the year to come once they are announced.")))
    return rows + [Now("away", line, "") for line in ahead[:6]]


def _begin_calendar(path: str) -> Values | None:
    """One's own calendar begins as the country's."""
    return load_calendar(_country()).model_dump(mode="json") if path == "calendar" else None


def _years(values: Values, _extras: dict[str, str], _before: Any, _final: bool) -> dict[str, str]:
    """The years of all days that were entered are known."""
    own = values.get("calendar")
    if own is not None:
        days = [*own.get("holidays", {}), *own.get("make_up", {})]
        years = {str(day)[:4] for day in days if str(day)[:4].isdecimal()}
        own["years"] = sorted({*(str(one) for one in own.get("years") or ()), *years})
    return {}


HOLIDAYS = Page(
    name="holidays",
    title=_l("Holidays"),
    sentence=_l("Public holidays and the weekend days worked in exchange; opening hours say who answers then."),
    section=Answering,
    group="in",
    state=_holidays,
    now=_holidays_now,
    fields=("calendar",),
    begin=_begin_calendar,
    prepare=_years,
)

# -- who answers ------------------------------------------------------------------------------------------------


def _answering(section: Answering) -> str:
    if section.night is not None:
        return _("night switch on: %(flow)s answers every line", flow=_entry(section.night))
    own = ngettext("%(num)s line of its own", "%(num)s lines of their own", len(section.lines))
    first = section.schedule if section.schedule is not None else _entry(section.flow)
    return " · ".join([first, own] if section.lines else [first])


def _answering_now(section: Answering) -> list[Now]:
    """Who answers each line at this moment, and until when."""
    box = _box()
    lamps = [lamp for lamp in (box.hub.snapshot.lamps if box.hub.snapshot else ()) if lamp.kind == "line"]
    return [Now(lamp.state, port_name(lamp), _who(section, int(lamp.port))) for lamp in lamps]


def _who(section: Answering, line: int) -> str:
    """Who answers, and until when that stays so, if it changes within a fortnight."""
    found = answers(section, line, _now(), calendar(section))
    entry, until = found.entry, found.until
    last = _now() + timedelta(days=14)
    while until is not None and until < last:
        after = answers(section, line, until, calendar(section))
        if after.entry != entry:
            return _("%(who)s, until %(until)s", who=_entry(entry), until=_moment(until))
        until = after.until
    return _entry(entry)


def _moment(at: datetime) -> str:
    """18:00, Mon 9:00."""
    day = "" if at.date() == _now().date() else f"{week.DAY_WORDS[week.DAYS[at.weekday()]]} "
    if (at - _now()).days >= 6:
        day = f"{day_words(at.timestamp(), _box().hub.box_now())} "
    return f"{day}{at:%H:%M}"


ANSWERING = Page(
    name="answering",
    title=_l("Who answers"),
    sentence=_l("Which menu answers which line, by the opening hours; and the night switch."),
    section=Answering,
    group="in",
    state=_answering,
    now=_answering_now,
    fields=("schedule", "flow", "lines", "night", "night_flow", "night_by", "surveys", "http_allowed"),
)
