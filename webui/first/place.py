"""First run: language, country, area and company; the box's clock and addresses."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from firmware.network.look import look
from firmware.outbound.section import Dialling
from firmware.setup.site import Site
from firmware.setup.store import SetupInvalid
from webui.first.steps import done, show
from webui.security import who
from webui.setup import box as box_page
from webui.setup import faults, names, network
from webui.setup.words import CHOICES, FIELDS

TYPED = ("company", "country", "language")
AREA = "area"  # of dialling: without it a local number is none that anybody may dial


def join(bp: Blueprint) -> None:
    """Its steps become part of first run."""
    bp.add_url_rule("/place", "place", place, methods=["GET", "POST"])
    bp.add_url_rule("/clock", "clock", clock, methods=["GET", "POST"])


def place() -> ResponseReturnValue:
    """Country and language count from the next start, the rest from now on."""
    box = current_app.extensions["callbox"]
    if request.method == "GET":
        site = box.site()
        typed = {name: getattr(site, name) for name in TYPED}
        return _placed(typed | {AREA: box.setup.load(Dialling).area}, {})
    wanted = {name: request.form.get(name, "") for name in TYPED}
    area = {AREA: request.form.get(AREA, "")}
    try:
        box.setup.check(Dialling, lambda _now: area)
        box.change(Site, lambda _now: wanted, who=who())
        box.change(Dialling, lambda _now: area, who=who())
    except SetupInvalid as error:
        errors = faults.by_path(error.errors)
        for one in error.problems:
            errors.setdefault(one.where, faults.problem(one))
        return _placed(wanted | area, errors, 422)
    return done("place")


def _placed(typed: dict[str, str], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    box = current_app.extensions["callbox"]
    choices = {
        "country": names.countries(),
        "language": [(code, str(CHOICES[f"Site.language.{code}"])) for code in ("zh", "en")],
    }
    helps = {name: FIELDS[f"Site.{name}"][1] for name in TYPED} | {AREA: FIELDS["Dialling.area"][1]}
    return show("place", status, typed=typed, errors=errors, choices=choices, helps=helps,
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
