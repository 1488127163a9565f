"""First run: language, country and company; the box's clock and addresses."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from firmware.network.look import look
from firmware.setup.first import FirstSteps
from firmware.setup.store import SetupInvalid
from webui.first.steps import done, section, show
from webui.security import who
from webui.setup import box as box_page
from webui.setup import faults, network
from webui.translate import _

FIELDS = ("country", "language")


def join(bp: Blueprint) -> None:
    """Its steps become part of first run."""
    bp.add_url_rule("/place", "place", place, methods=["GET", "POST"])
    bp.add_url_rule("/clock", "clock", clock, methods=["GET", "POST"])


def country_word(code: str) -> str:
    """The country's name in the page's language."""
    return str(dict(box_page.choices()["country"]).get(code, code))


def place() -> ResponseReturnValue:
    """Country and language count from the next start, the company's name from now on."""
    box = current_app.extensions["callbox"]
    choices = box_page.choices()
    if request.method == "GET":
        return _placed(section().company, {name: getattr(box.settings(), name) for name in FIELDS}, {})
    company, wanted = request.form.get("company", ""), {name: request.form.get(name, "") for name in FIELDS}
    errors = {name: _("Choose one.") for name in FIELDS if wanted[name] not in dict(choices[name])}
    try:
        box.setup.check(FirstSteps, lambda _now: {"company": company})
    except SetupInvalid as error:
        errors |= faults.by_path(error.errors)
    if errors:
        return _placed(company, wanted, errors, 422)
    if section().company != company.strip():
        box.change(FirstSteps, lambda _now: {"company": company}, who=who())
    box_page.set_to(wanted)
    return done("place")


def _placed(company: str, chosen: dict[str, str], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    box = current_app.extensions["callbox"]
    return show("place", status, company=company, chosen=chosen, errors=errors, choices=box_page.choices(),
                due=box_page.due(box))  # fmt: skip


def clock() -> ResponseReturnValue:
    """What the box's clock says, and where its page answers."""
    if request.method == "POST":
        return done("clock")
    box = current_app.extensions["callbox"]
    now = datetime.fromtimestamp(box.hub.box_now(), UTC).astimezone()
    machine = look()
    return show("clock", zone=_zone(now), hostname=machine.hostname, addresses=network.addresses(machine),
                own=network.appliance())  # fmt: skip


def _zone(now: datetime) -> str:
    offset: Any = now.strftime("%z")
    return f"{now.tzname()} (UTC{offset[:3]}:{offset[3:]})"
