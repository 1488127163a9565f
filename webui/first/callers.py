"""First run: what callers hear, when they are answered, and a test call that the page walks through."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.dialplan.hours import Schedule
from firmware.ivr.answering import Answering, answers
from firmware.jacks.section import OutsideLines
from firmware.setup.store import SetupInvalid
from webui import telephones
from webui.first.steps import done, section, show
from webui.first.walk import walk
from webui.refusals import refusal
from webui.security import who
from webui.setup import faults, prompts, week
from webui.setup.forms import stamp
from webui.setup.hours import calendar, in_words
from webui.setup.jacks import lamps
from webui.translate import _

GREETING = "greeting"
SHOP, CLOSED = "shop", "closed"
ROWS = 2
USUAL = {"days": list(week.DAYS[:5]), "begin": "09:00", "end": "18:00"}


def join(bp: Blueprint) -> None:
    """Its steps become part of first run."""
    bp.add_url_rule("/greeting", "greeting", greeting, methods=["GET", "POST"])
    bp.add_url_rule("/hours", "hours", hours, methods=["GET", "POST"])
    bp.add_url_rule("/call", "call", call, methods=["GET", "POST"])
    bp.add_url_rule("/call/now", "call_now", call_now)
    bp.add_url_rule("/call/start", "call_start", call_start, methods=["POST"])


# -- the greeting -------------------------------------------------------------------------------------------------


def greeting() -> ResponseReturnValue:
    """Heard, recorded, brought or spoken, by the ways of the prompts' own page."""
    if request.method == "POST":
        return done("greeting")
    spoken = current_app.extensions["callbox"].site().spoken
    prompt = prompts.library().prompt(spoken, GREETING)
    return show("greeting", prompt=prompt, suggested=_suggested(prompt.text, spoken), back=url_for("first.greeting"),
                **prompts.ways(spoken, GREETING))  # fmt: skip


def _suggested(text: str, spoken: str) -> str:
    """The greeting with the company's name in it."""
    company = current_app.extensions["callbox"].site().company
    if not company:
        return text
    if spoken == "zh":
        return re.sub("欢迎致电", f"欢迎致电{company}", text, count=1)
    return re.sub("thank you for calling", f"thank you for calling {company}", text, count=1)


# -- the hours ----------------------------------------------------------------------------------------------------


def hours() -> ResponseReturnValue:
    """One schedule for the whole box: open on these days from and to, perhaps with a break, other hours for others."""
    box = current_app.extensions["callbox"]
    now: Answering = box.setup.load(Answering)
    if request.method == "GET":
        there = None if now.schedule is None else now.schedules.get(now.schedule)
        rows = _rows(there)
        if rows is None:
            return show("hours", rows=None, words="" if there is None else in_words(there), whole="", always=False)
        return _hours(now, rows, always=there is None and section().steps.get("hours") == "done")
    always = request.form.get("open") == "always"
    typed = week.read(request.form, "hours")
    rows = [row for _name, row in week.rows_of(typed)]
    if request.form.get("_stamp", "") != stamp(now):
        words = _("Somebody else changed this meanwhile. Look at what is there now, then change it again.")
        return _hours(now, rows, always, words, 409)
    worked = {name: one for name, one in typed.items() if one["days"]}
    if not worked and not always:
        return _hours(now, rows, always, _("Tick the days on which you are open, or choose day and night."), 422)

    def change(before: Answering) -> dict[str, Any]:
        if always:
            return {"schedule": None}
        name = before.schedule or SHOP
        kept = before.schedules.get(name)
        fields = {"otherwise": CLOSED, "holiday": CLOSED} if kept is None else kept.model_dump()
        return {"schedule": name, "schedules": {**before.schedules, name: fields | {"hours": worked}}}

    try:
        box.setup.check(Answering, change)
        if not always or now.schedule is not None:
            box.change(Answering, change, who=who())
    except SetupInvalid as error:
        said = [*faults.by_path(error.errors).values(), *(faults.problem(one) for one in error.problems)]
        return _hours(now, rows, always, " ".join(dict.fromkeys(said)), 422)
    return done("hours")


def _rows(there: Schedule | None) -> list[dict[str, Any]] | None:
    """What the short form shows; None: there is more than it has room for."""
    if there is None:
        return [dict(USUAL)]
    values = there.model_dump(mode="json")
    rows = [row for _name, row in week.rows_of(week.ordered(values["hours"]))]
    plain = len({row["entry"] for row in rows}) <= 1 and not any(row.get("pause_entry") for row in rows)
    return rows if len(rows) <= ROWS and plain and not there.promotions else None


def _hours(
    now: Answering, rows: list[dict[str, Any]], always: bool, whole: str = "", status: int = 200
) -> ResponseReturnValue:
    filled = [*rows, *[{"days": [], "begin": "10:00", "end": "16:00"}] * ROWS][: max(ROWS, len(rows))]
    return show(
        "hours", status, rows=filled, whole=whole, always=always, stamp=stamp(now), days=week.DAY_WORDS,
        entry=next((row["entry"] for row in rows if row.get("entry")), now.flow),
    )  # fmt: skip


# -- the test call ------------------------------------------------------------------------------------------------


def call() -> ResponseReturnValue:
    """The first call that comes from outside after the page was opened is walked through."""
    if request.method == "POST":
        return done("call")
    box = current_app.extensions["callbox"]
    numbered = [line for line in box.setup.load(OutsideLines).lines if line.number and line.in_use]
    return show("call", numbered=numbered, **telephones.telephones(), **_walked())


def call_now() -> ResponseReturnValue:
    """The stages alone, asked anew every second until the call is over."""
    return render_template("first/_walk.html", **_walked())


def call_start() -> ResponseReturnValue:
    """The training exchange sends in a caller, on the simulated card."""
    box = current_app.extensions["callbox"]
    begun = _begun()
    try:
        with ApiClient(box.socket) as client:
            client.request("training.call")
    except Refused as error:
        flash(refusal(error))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    return redirect(url_for("first.call", after=begun.after, at=begun.at))


@dataclass(frozen=True, slots=True)
class Begun:
    """From which moment on a call is waited for: behind which event, and the box's time, as it stands in addresses."""

    after: int
    at: str


def _begun() -> Begun:
    """From now on, unless the address says since when."""
    box = current_app.extensions["callbox"]
    after = request.args.get("after", type=int)
    return Begun(box.records.last_seq() if after is None else after, request.args.get("at", f"{box.hub.box_now():.1f}"))


def _walked() -> dict[str, Any]:
    box = current_app.extensions["callbox"]
    now = box.hub.box_now()
    try:
        begun = _begun()
        first = box.records.first_from_outside(begun.after)
        events = [] if first is None else box.records.events(first.call)
        record = None if first is None else box.records.get(first.call)
    except SQLAlchemyError:
        current_app.logger.exception("calls cannot be read")
        return {"stages": [], "begun": Begun(0, f"{now:.1f}"), "record": None, "other": 0, "over": False,
                "unreadable": True, "closed": "", "box_away": False}  # fmt: skip
    country = str(box.country)
    stages = walk(record, events, begun=_number(begun.at, now), now=now, country=country)
    return {
        "stages": stages, "begun": begun, "record": record, "other": 0 if first is None else first.seq,
        "over": all(one.state in ("done", "left") for one in stages), "unreadable": False, "closed": _closed(),
        "box_away": box.hub.away_since is not None,
    }  # fmt: skip


def _number(text: str, usual: float) -> float:
    try:
        return float(text)
    except ValueError:
        return usual


def _closed() -> str:
    """The menu that answers just now, if the hours put it in the place of the usual one."""
    box = current_app.extensions["callbox"]
    now: Answering = box.setup.load(Answering)
    moment = datetime.fromtimestamp(box.hub.box_now())  # noqa: DTZ006 - hours are the box's local time
    found = {answers(now, int(lamp.port), moment, calendar(now)).entry for lamp in lamps("line")}
    return CLOSED if found == {CLOSED} else ""
