"""Setup, Network: name, address, time servers and zone. On the appliance they are used on trial, and kept once this
page was reached again; on a computer they are the computer's own, and shown."""

import ipaddress
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from firmware.network import request as asking
from firmware.network.look import Now, look
from firmware.network.wanted import FixedAddress, Network, zones
from firmware.update import brought
from webui.oserrors import in_words
from webui.security import address, who
from webui.setup import faults
from webui.setup.forms import Builder, rearranged, typed, values_of
from webui.setup.registry import LinkPage
from webui.setup.sources import choices
from webui.translate import _, _l

bp = Blueprint("network", __name__, url_prefix="/setup/network")


@bp.route("", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """How it is now; on the appliance with a form."""
    now, state = look(), asking.state() or asking.State()
    if not appliance():
        if request.method == "POST":
            abort(409)
        return render_template("setup/network.html", now=now, here=addresses(now), controls=None, state=state)
    values = values_of(_set_up(state, now))
    if request.method == "GET":
        return _form(values, {}, now, state)
    values = typed(Network, request.form)
    if order := request.form.get("_do", ""):
        return _form(_rearranged(values, order, now), {}, now, state)
    errors = _tried(values)
    if errors:
        return _form(values, errors, now, state, 422)
    if state.what == "trial" or asking.waits(current_app.extensions["callbox"].data):
        return _form(
            values, {"": _("Another change is on trial. Keep it, or wait until it has gone back.")}, now, state, 409
        )
    wanted = Network.model_validate(values)
    try:
        asking.ask(current_app.extensions["callbox"].data, wanted)
    except OSError as error:
        return _form(values, {"": in_words(error.strerror or str(error))}, now, state, 500)
    before = _set_up(state, now)
    current_app.extensions["callbox"].keep.note(who(), "network_asked", address(), what=_difference(before, wanted))
    return redirect(url_for("network.page"))


@bp.post("/check")
def check() -> ResponseReturnValue:
    """While somebody types."""
    values, now = typed(Network, request.form), look()
    if order := request.form.get("_do", ""):
        controls = _controls(_rearranged(values, order, now), {})
        return render_template("setup/_fields.html", controls=controls, check_url=url_for("network.check"))
    errors = _tried(values)
    controls = [one for control in _controls(values, errors) for one in control.leaves() if not one.quiet]
    return render_template("setup/_says.html", controls=controls, whole=errors.get("", ""))


@bp.get("/now")
def now() -> ResponseReturnValue:
    """How a trial stands."""
    found = look()
    state = asking.state() or asking.State()
    return render_template("setup/_network.html", now=found, here=addresses(found), state=state,
                           **_trial())  # fmt: skip


@bp.post("/keep")
def keep() -> ResponseReturnValue:
    """The page was reached with what is on trial: it stays."""
    state, box = asking.state(), current_app.extensions["callbox"]
    if state is None or state.what != "trial":
        flash(_("Nothing is on trial any more; the box uses what was there before."))
    else:
        asking.keep(box.data, state.id)
        box.keep.note(who(), "network_kept", address())
        flash(_("Kept."))
    return redirect(url_for("network.page"))


# -- inside ---------------------------------------------------------------------------------------------------


def appliance() -> bool:
    """Whether the box is a computer of its own, whose network is set here."""
    return brought.running() is not None


def _form(
    values: dict[str, Any], errors: dict[str, str], now: Now, state: asking.State, status: int = 200
) -> ResponseReturnValue:
    shown = render_template(
        "setup/network.html", now=now, here=addresses(now), controls=_controls(values, errors), state=state,
        whole=errors.get("", ""), check_url=url_for("network.check"), **_trial(),
    )  # fmt: skip
    return shown, status


def _trial() -> dict[str, Any]:
    """Seconds left, and where the page will be found."""
    state, box = asking.state(), current_app.extensions["callbox"]
    left, there = 0, ""
    if state is not None and state.what == "trial" and state.network is not None:
        left = max(0, round(state.until - box.hub.box_now()))
        if state.network.fixed is not None:
            there = f"{request.scheme}://{state.network.fixed.address}{_port()}{url_for('network.page')}"
    return {"left": left, "there": there, "waits": asking.waits(box.data)}


def _controls(values: dict[str, Any], errors: dict[str, str]) -> list[Any]:
    return Builder(errors, choices(current_app.extensions["callbox"])).controls(Network, values)


def _rearranged(values: dict[str, Any], order: str, now: Now) -> dict[str, Any]:
    """A fixed address begins with the one that the box has just now."""
    try:
        values = rearranged(Network, values, order)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        abort(400)
    jack = next((one for one in now.jacks if one.address and one.wired), None)
    if order == "on:fixed" and jack is not None:
        has = ipaddress.IPv4Interface(jack.address)
        values["fixed"] = {
            "jack": jack.name, "address": str(has.ip), "mask": str(has.netmask), "gateway": now.gateway,
        }  # fmt: skip
    return values


def _tried(values: dict[str, Any]) -> dict[str, str]:
    try:
        Network.model_validate(values)
    except ValidationError as error:
        return faults.by_path(error.errors(include_url=False))
    return {}


def _set_up(state: asking.State, now: Now) -> Network:
    """What is set up; before the first time what the machine says."""
    if state.network is not None:
        return state.network
    zone = now.timezone if now.timezone in zones() else "UTC"
    try:
        return Network(hostname=now.hostname.lower(), timezone=zone)
    except ValidationError:
        return Network(timezone=zone)


def _difference(before: Network, after: Network) -> str:
    """For the log: what becomes of what."""

    def word(value: Any) -> str:
        if isinstance(value, FixedAddress):
            return f"{value.address}/{value.network.prefixlen}"
        return " ".join(value) if isinstance(value, tuple) else str(value or "DHCP")

    pairs = ((name, getattr(before, name), getattr(after, name)) for name in Network.model_fields)
    return ", ".join(f"{name} {word(old) or '–'} → {word(new) or '–'}" for name, old, new in pairs if old != new) or "–"


def addresses(now: Now) -> list[str]:
    """Addresses at which the page answers. A page for this computer alone has one."""
    host = request.host.rpartition(":")[0] or request.host
    if host in ("localhost", "127.0.0.1", "[::1]"):
        return [f"{request.scheme}://{request.host}/"]
    names = [one.address.partition("/")[0] for one in now.jacks if one.address]
    if appliance():
        names.append(f"{now.hostname}.local")
    return [f"{request.scheme}://{name}{_port()}/" for name in names]


def _port() -> str:
    _host, colon, port = request.host.rpartition(":")
    return f":{port}" if colon and port.isdecimal() else ""


def _state() -> str:
    now = look()
    found = [one.address.partition("/")[0] for one in now.jacks if one.address]
    return " · ".join([now.hostname, *found[:2]])


PAGE = LinkPage(
    name="network",
    title=_l("Network and clock"),
    sentence=_l("The box’s name and address, where it gets the time from, and its time zone."),
    endpoint="network.page",
    state=_state,
)
