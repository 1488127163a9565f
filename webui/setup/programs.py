"""Setup, Programs, Webhooks, Screen pop: other programs and what they may do."""

from typing import Any

from flask import current_app, flash, g

from firmware.setup.programs import Pop, Program, Programs, Webhook, Webhooks, hash_key, new_key
from webui.roles import OWNER
from webui.security import address, who
from webui.setup.control import Values
from webui.setup.registry import Extra, ListPage, Page
from webui.setup.words import CHOICES
from webui.translate import _, _l, ngettext
from webui.words import exact


def _prepare(values: Values, extras: dict[str, str], before: Program | None, final: bool) -> dict[str, str]:
    """A key for a new program, and for one whose key shall be another from now on."""
    if final and (before is None or extras["new_key"]):
        g.new_key = new_key()
        values["key_hash"] = hash_key(g.new_key)
    return {}


def _saved(program: Program) -> None:
    if key := g.pop("new_key", None):
        current_app.extensions["callbox"].keep.note(who(), "key_made", address(), name=program.name)
        flash(_("The key of %(name)s is %(key)s. It is shown this once; write it into the program now.",
                name=program.name, key=key))  # fmt: skip


def _programs(section: Programs) -> str:
    able = sum(one.enabled for one in section.programs)
    return ngettext("%(num)s program", "%(num)s programs", able) if able else ""


def _webhooks(section: Webhooks) -> str:
    bad = [one.id for one in section.webhooks if one.enabled and _row(one) is not None and _row(one).failures]
    return _("%(names)s: not taken", names=", ".join(bad)) if bad else ""


def _row(hook: Webhook) -> Any:
    return current_app.extensions["callbox"].keep.delivery_of(hook.id)


def _stands(hook: Webhook) -> str:
    row = _row(hook)
    if not hook.enabled or row is None:
        return _("off") if not hook.enabled else _("nothing sent yet")
    words = [_("taken at %(time)s", time=exact(row.at))]
    if row.failures:
        words = [_("not taken, %(times)s times in a row: %(why)s", times=row.failures, why=row.error)]
    if row.lost:
        words.append(ngettext("%(num)s event given up", "%(num)s events given up", row.lost))
    return "; ".join(words)


def _marked(one: Any) -> Any:
    return one.id if one.enabled else _("%(name)s (switched off)", name=one.id)


PROGRAMS = ListPage(
    name="programs",
    title=_l("Programs"),
    sentence=_l("Other programs that ask the box: each has a key and is told what it may."),
    section=Programs,
    group="programs",
    state=_programs,
    roles=OWNER,
    undo=OWNER,
    field="programs",
    item=Program,
    hidden=frozenset({"key_hash"}),
    extras=(Extra("new_key", "switch"),),
    prepare=_prepare,
    saved=_saved,
    columns=(
        (_l("Short name"), _marked),
        (_l("Called"), lambda one: one.name),
        (_l("May"), lambda one: ", ".join(str(CHOICES[f"Program.scopes.{scope}"]) for scope in one.scopes)),
    ),
    empty=_l("No other program asks the box. Add one to get a key for it."),
    new=_l("Add a program"),
)

WEBHOOKS = ListPage(
    name="webhooks",
    title=_l("Webhooks"),
    sentence=_l("Addresses of other programs that the box tells what happens, in order, until they take it."),
    section=Webhooks,
    group="programs",
    state=_webhooks,
    roles=OWNER,
    undo=OWNER,
    field="webhooks",
    item=Webhook,
    columns=(
        (_l("Short name"), _marked),
        (_l("Address"), lambda one: one.url),
        (_l("Events"), lambda one: ", ".join(one.kinds)),
        (_l("How it stands"), _stands),
    ),
    empty=_l("Nobody is told. Add an address to have events sent there."),
    new=_l("Add a webhook"),
)

POP = Page(
    name="pop",
    title=_l("Screen pop"),
    sentence=_l("Where another program shows who calls, such as your customer system."),
    section=Pop,
    group="programs",
    state=lambda pop: pop.url,
)
