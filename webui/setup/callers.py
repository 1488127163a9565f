"""Setup: who may call in, members' cards, and the tones that say that a caller has gone."""

from typing import Any

from flask import current_app

from firmware.acd.vip import Card, Vip
from firmware.guard.section import Callers, HangUps
from firmware.people import hash_secret
from webui.passwords import pin_fault
from webui.setup.codecs import CODECS
from webui.setup.control import Values
from webui.setup.registry import Extra, ListPage, Now, Page
from webui.setup.words import CHOICES
from webui.translate import _, _l, ngettext
from webui.words import port_name

# -- firewall ---------------------------------------------------------------------------------------------------


def _callers(section: Callers) -> str:
    wall = section.firewall
    if wall.only_whitelist:
        return _("only %(count)s numbers are let in", count=len(wall.whitelist))
    parts = []
    if wall.blacklist:
        parts.append(ngettext("%(num)s number refused", "%(num)s numbers refused", len(wall.blacklist)))
    if wall.anonymous == "refuse":
        parts.append(_("no hidden numbers"))
    if wall.often is not None:
        parts.append(_("nobody too often"))
    return " · ".join(parts) or _("everybody is let in")


def _callers_now(section: Callers) -> list[Now]:
    """What the walls mean for callers."""
    wall = section.firewall
    rows = [Now("talking", _("Always let in"), _numbers(len(wall.whitelist)))]
    rows.append(Now("out_of_service", _("Never let in"), _numbers(len(wall.blacklist))))
    if wall.only_whitelist and not wall.whitelist:
        rows.append(Now("fault", _("Nobody can call"), _("Only the list is let in, and nobody stands on it.")))
    rows.append(Now("idle", _("How a caller is refused"), str(CHOICES[f"Firewall.refused.{wall.refused}"])))
    return rows


def _numbers(count: int) -> str:
    return ngettext("%(num)s number or beginning", "%(num)s numbers or beginnings", count)


CALLERS = Page(
    name="callers",
    title=_l("Who may call"),
    sentence=_l("Numbers that are always or never let in, hidden numbers, and callers who call too often."),
    section=Callers,
    group="in",
    state=_callers,
    now=_callers_now,
)

# -- cards ------------------------------------------------------------------------------------------------------


def _prepare(values: Values, extras: dict[str, str], _before: Card | None, final: bool) -> dict[str, str]:
    typed = extras["pin"]
    if typed and (found := pin_fault(typed)):
        return {"pin": found}
    if typed and final:
        values["pin_hash"] = hash_secret(typed)
    return {}


def _agent(card: Card) -> str:
    people = current_app.extensions["callbox"].people()
    found = people.by_number(card.agent) if card.agent else None
    return f"{found.name} ({found.number})" if found is not None else card.agent or "–"


VIP = ListPage(
    name="cards",
    title=_l("Members’ cards"),
    sentence=_l("Customers with a card: who comes first, who has an agent of his own, whose PIN opens a queue’s door."),
    section=Vip,
    group="in",
    state=lambda vip: ngettext("%(num)s card", "%(num)s cards", len(vip.cards)) if vip.cards else _("no cards"),
    field="cards",
    item=Card,
    key="card",
    hidden=frozenset({"pin_hash"}),
    extras=(Extra("pin"),),
    prepare=_prepare,
    columns=(
        (_l("Card"), lambda one: one.card),
        (_l("Name"), lambda one: one.name or "–"),
        (_l("Priority"), lambda one: one.priority),
        (_l("His own agent"), _agent),
        (_l("PIN"), lambda one: _("set") if one.pin_hash else "–"),
    ),
    empty=_l("Nobody has a card. With one, a customer comes first in the queues."),
    new=_l("Add a card"),
)

# -- tones ------------------------------------------------------------------------------------------------------


def _tones(section: HangUps) -> str:
    count = sum(len(tones) for tones in section.lines.values())
    return ngettext("%(num)s tone of its own", "%(num)s tones of their own", count) if count else _("the country’s")


def _tones_now(section: HangUps) -> list[Now]:
    """Each line that has some."""
    box: Any = current_app.extensions["callbox"]
    lamps = box.hub.snapshot.lamps if box.hub.snapshot else ()
    return [
        Now(lamp.state, port_name(lamp), " · ".join(CODECS["tones"].show(_plain(section, lamp.port)).splitlines()))
        for lamp in lamps
        if lamp.kind == "line" and section.lines.get(lamp.port)
    ]


def _plain(section: HangUps, line: str) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in section.lines[line]]


HANGUPS = Page(
    name="hangups",
    title=_l("Hang-up tones"),
    sentence=_l(
        "What a line’s exchange plays when the caller has gone. The box learns it when you say so at the desk."
    ),
    section=HangUps,
    group="box",
    state=_tones,
    now=_tones_now,
)
