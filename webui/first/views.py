"""First run's list, leaving a step out, putting an end to it, and what is still advisable afterwards."""

from dataclasses import dataclass

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.ivr.answering import Answering
from firmware.keeping.section import Keeping
from firmware.people import People
from firmware.setup.first import FirstSteps
from firmware.voicemail.section import Mail
from webui.first import callers, lines, people, place
from webui.first.steps import STEPS, after, mark, offered, section
from webui.security import who
from webui.setup.hours import ANSWERING
from webui.setup.names import country_word
from webui.translate import _, ngettext

bp = Blueprint("first", __name__, url_prefix="/first")
bp.record_once(lambda made: made.app.jinja_env.globals.update(first_steps_offered=offered))
for room in (place, lines, people, callers):
    room.join(bp)


@dataclass(frozen=True, slots=True)
class Advice:
    """What the box should still get. `done`: it has it."""

    done: bool
    words: str
    url: str


@bp.get("")
def page() -> ResponseReturnValue:
    """Every step, and with which to go on."""
    now = section()
    ahead = next((step for step in STEPS if step.name not in now.steps), None)
    return render_template("first/list.html", steps=STEPS, came=now.steps, ahead=ahead, over=now.over)


@bp.post("/<step>/skip")
def skip(step: str) -> ResponseReturnValue:
    """Leaves a step out; it can be come back to."""
    found = next((one for one in STEPS if one.name == step), None)
    if found is None:
        abort(404)
    mark(found.name, "skipped")
    return redirect(after(found.name))


@bp.post("/over")
def over() -> ResponseReturnValue:
    """Nobody is led here any more, or again."""
    wanted = request.form.get("over", "1") == "1"
    if section().over != wanted:
        current_app.extensions["callbox"].change(FirstSteps, lambda _now: {"over": wanted}, who=who())
    if not wanted:
        return redirect(url_for("first.page"))
    flash(_("Setup does not lead to the first steps any more. All they did can be changed in its pages."))
    return redirect(url_for("setup.index"))


@bp.get("/ready")
def ready() -> ResponseReturnValue:
    """What is set up, and what is still advisable."""
    return render_template("first/ready.html", steps=STEPS, came=section().steps, facts=_facts(), advice=_advice())


def _facts() -> list[tuple[str, str]]:
    box = current_app.extensions["callbox"]
    site, load = box.site(), box.setup.load
    lamps = box.hub.snapshot.lamps if box.hub.snapshot else []
    jacks = [sum(lamp.kind == kind for lamp in lamps) for kind in ("line", "station")]
    able = sum(one.enabled for one in load(People).people)
    found = [
        (_("Company"), site.company or "–"),
        (_("Country"), country_word(site.country)),
        (_("Board"), _("%(lines)s lines, %(stations)s telephones", lines=jacks[0], stations=jacks[1])),
        (_("People"), ngettext("%(num)s person", "%(num)s people", able)),
        (_("Who answers"), ANSWERING.state(load(Answering))),
    ]
    return found if lamps else [one for one in found if one[0] != _("Board")]


def _advice() -> list[Advice]:
    box = current_app.extensions["callbox"]
    load = box.setup.load
    owners = [one for one in load(People).people if one.role == "owner" and one.enabled and one.password_hash]
    return [
        Advice(bool(load(Keeping).backup_folder), _("Backups go to another disk, not only to the box’s own."),
               url_for("setup.page", name="upkeep")),
        Advice(bool(box.certificates.is_own), _("A certificate of your own, so that browsers do not warn."),
               url_for("certificate.page")),
        Advice(bool(load(Mail).host), _("A mail server, so that voicemail and faults come to you."),
               url_for("setup.page", name="mail")),
        Advice(len(owners) > 1, _("A second owner, for the day on which you have forgotten your password."),
               url_for("setup.page", name="people")),
    ]  # fmt: skip
