"""Setup: status lamp, buzzer and call printer at the box's serial ports, and how they stand."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.panel.section import Devices
from webui.oserrors import in_words
from webui.setup.registry import Action, Now, Page
from webui.translate import _, _l

bp = Blueprint("devices", __name__, url_prefix="/setup/devices")


def asked() -> dict[str, Any]:
    """How they stand and which ports there are; nothing of it while the box is away."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            return dict(client.request("panel.state"))
    except (BoxAway, Refused):
        return {}


def serial_ports(_box: Any) -> list[tuple[str, str]]:
    """To choose from."""
    return [(one["device"], _port(one)) for one in asked().get("ports", ())]


@bp.post("/test")
def test() -> ResponseReturnValue:
    """The lamp goes red, the buzzer sounds, the printer prints a line."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            done = client.request("panel.test")
    except Refused:
        flash(_("Nothing is set up here that could be tried."))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    else:
        words = [_("The lamp is red and the buzzer sounds for two seconds.")] if done.get("lamp") else []
        words += [_("The printer prints a line.")] if done.get("printer") else []
        flash(" ".join(words))
    return redirect(url_for("setup.page", name="devices"))


def _now(_devices: Devices) -> list[Now]:
    found = asked()
    rows = [_row(_("Lamp and buzzer"), found.get("lamp")), _printer(found.get("printer"))]
    ports = ", ".join(_port(one) for one in found.get("ports", ()))
    return [*rows, Now("idle", _("Serial ports of this machine"), ports or _("none was found"))] if found else []


def _row(title: str, one: dict[str, Any] | None, more: str = "") -> Now:
    if one is None:
        return Now("out_of_service", title, _("there is none"))
    if one["why"]:
        return Now("fault", title, _("%(device)s cannot be reached: %(why)s", device=one["device"],
                                     why=in_words(one["why"])) + more)  # fmt: skip
    return Now("talking", title, _("at %(device)s", device=one["device"]) + more)


def _printer(one: dict[str, Any] | None) -> Now:
    more = ""
    if one is not None:
        more = " · " + _("%(sent)s lines printed, %(waiting)s wait, %(lost)s lost", sent=one["sent"],
                         waiting=one["waiting"], lost=one["dropped"])  # fmt: skip
    return _row(_("Call printer"), one, more)


def _port(one: dict[str, str]) -> str:
    name = one["device"].rpartition("/")[2]
    return f"{name} ({one['what']})" if one["what"] and one["what"] != name else name


def _state(devices: Devices) -> str:
    if devices.as_board:
        return _("as the board has it")
    parts = [_("lamp and buzzer")] if devices.lamp else []
    parts += [_("call printer")] if devices.printer else []
    return " · ".join(parts) or _("none")


PAGE = Page(
    name="devices",
    title=_l("Lamp, buzzer, call printer"),
    sentence=_l("What hangs at the box’s serial ports: a lamp that goes red when something is wrong, a buzzer, a "
                "printer with a line for each call."),
    section=Devices,
    state=_state,
    now=_now,
    action=Action("devices.test", _l("Try them")),
)  # fmt: skip
