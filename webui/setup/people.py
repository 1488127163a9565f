"""Setup, People: who works with the box, as what, and with which number, password and PIN."""

from typing import Any

from firmware.people import People, Person, hash_secret
from webui.passwords import password_fault, pin_fault
from webui.setup.control import Values
from webui.setup.registry import Extra, ListPage
from webui.setup.words import CHOICES
from webui.translate import _, _l, ngettext


def _prepare(values: Values, extras: dict[str, str], before: Person | None, final: bool) -> dict[str, str]:
    """Hashes what was typed; what was left empty stays as it was."""
    faults = {}
    for name, fault in (("password", password_fault), ("pin", pin_fault)):
        typed = extras[name]
        if typed and (found := fault(typed)):
            faults[name] = found
        elif typed and final:
            values[f"{name}_hash"] = hash_secret(typed)
    return faults


def _refuse(me: Person, before: Person | None, after: Person | None) -> str:
    """A technician must not make himself an owner, and the last owner must not lock himself out."""
    touched = [one.role for one in (before, after) if one is not None]
    if me.role != "owner" and "owner" in touched:
        return _("Only an owner changes an owner.")
    if before is not None and before.id == me.id and (after is None or not after.enabled or after.role != me.role):
        return _("This is you. Somebody else must do that.")
    return ""


def _state(people: People) -> str:
    able = [one for one in people.people if one.enabled]
    idle = sum(1 for one in able if one.role == "agent" and one.pin_hash is None)
    words = ngettext("%(num)s person", "%(num)s people", len(able))
    return words + (
        " · " + ngettext("%(num)s agent without a PIN", "%(num)s agents without a PIN", idle) if idle else ""
    )


def _name(person: Person) -> Any:
    return person.name if person.enabled else _("%(name)s (switched off)", name=person.name)


PAGE = ListPage(
    name="people",
    title=_l("People"),
    sentence=_l("Who works with the box: numbers, roles, skills, passwords and PINs."),
    section=People,
    group="people",
    state=_state,
    field="people",
    item=Person,
    undo=frozenset({"owner"}),
    hidden=frozenset({"password_hash", "pin_hash"}),
    extras=(Extra("password"), Extra("pin")),
    prepare=_prepare,
    refuse=_refuse,
    columns=(
        (_l("Name"), _name),
        (_l("Staff number"), lambda one: one.number),
        (_l("Role"), lambda one: CHOICES[f"Person.role.{one.role}"]),
        (_l("Group"), lambda one: one.group or "–"),
        (_l("Skills"), lambda one: ", ".join(f"{name} {level}" for name, level in one.skills.items()) or "–"),
        (_l("PIN"), lambda one: _("set") if one.pin_hash else "–"),
        (_l("Password"), lambda one: _("set") if one.password_hash else "–"),
    ),
    empty=_l("Nobody is here yet. Add the first agent: he signs in at a handset with his number and PIN."),
    new=_l("Add a person"),
)
