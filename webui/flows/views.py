"""The screens of the flow editor, and what its scripts ask for."""

import json
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webui import events
from webui.flows.asks import Conflict, Said, ask, checked_size, name_of, noted, sound
from webui.flows.catalogue import catalogue, field_word
from webui.flows.changes import told
from webui.flows.script import script
from webui.flows.sources import in_order, labels
from webui.flows.starters import STARTERS, begun
from webui.flows.words import USES
from webui.security import who
from webui.translate import _, language

bp = Blueprint("flows", __name__, url_prefix="/flows")
WALK = "call.flow,call.flow_step,call.flow_fault,call.ended"
NOTE_MOST, TITLE_MOST, FAULTS_SHOWN = 500, 80, 8


# -- the list -------------------------------------------------------------------------------------------------


@bp.get("")
def page() -> ResponseReturnValue:
    """Every flow: what callers come into, who works on it, what is wrong with it, what uses it, who is in it."""
    try:
        flows: list[dict[str, Any]] | None = ask("flow.list")["flows"]
    except Said as error:
        flash(str(error))
        flows = None
    return render_template("flows.html", flows=flows, starters=STARTERS, used=_used, title_of=_title, clean=_clean)


@bp.post("/new")
def new() -> ResponseReturnValue:
    """A draft from a starter."""
    starter = request.form.get("starter", "")
    if starter not in STARTERS:
        abort(400)
    title = request.form.get("title", "").strip()[:TITLE_MOST]
    try:
        name = name_of(request.form.get("name", ""))
        _create(name, begun(starter, in_order(ask("flow.names"), current_app.extensions["callbox"]), title, language()))
    except Said as error:
        return _back(error)
    return redirect(url_for("flows.editor", name=name))


@bp.post("/import")
def take_in() -> ResponseReturnValue:
    """A draft from a file that was taken out of this box or another. Its faults are told in sentences."""
    file = request.files.get("file")
    text = file.read() if file is not None else b""
    try:
        name = name_of(request.form.get("name", ""))
        document = _read(text)
        checked_size(document)
        problems = ask("flow.check", flow=name, document=document)["problems"]
        wrong = [one for one in problems if one["name"].startswith("field_")]
        if not wrong:
            _create(name, document)
    except Said as error:
        return _back(error)
    if wrong:  # it is no flow; one that only names what is not here becomes a draft
        for one in wrong[:FAULTS_SHOWN]:
            flash(f"{one['node'] or _('flow')}: {one['zh' if language() == 'zh' else 'en']}")
        return redirect(url_for("flows.page"))
    return redirect(url_for("flows.editor", name=name))


@bp.post("/<name>/copy")
def copy(name: str) -> ResponseReturnValue:
    """The draft, or else what callers come into, under another name."""
    try:
        to = name_of(request.form.get("to", ""))
        _create(to, ask("flow.get", flow=_known(name))["document"])
    except Said as error:
        return _back(error)
    return redirect(url_for("flows.editor", name=to))


@bp.post("/<name>/rename")
def rename(name: str) -> ResponseReturnValue:
    """Unless something uses it."""
    try:
        to = name_of(request.form.get("to", ""))
        ask("flow.rename", flow=_known(name), to=to)
    except Said as error:
        return _back(error)
    noted("renamed", name, to=to)
    flash(_("“%(name)s” is called “%(to)s” now.", name=name, to=to))
    return redirect(url_for("flows.page"))


@bp.post("/<name>/remove")
def remove(name: str) -> ResponseReturnValue:
    """Unless something uses it."""
    try:
        ask("flow.remove", flow=_known(name))
    except Said as error:
        return _back(error)
    noted("removed", name)
    flash(_("“%(name)s” is removed.", name=name))
    return redirect(url_for("flows.page"))


# -- one flow -------------------------------------------------------------------------------------------------


@bp.get("/<name>")
def editor(name: str) -> ResponseReturnValue:
    """The editor; its script then asks for `state`."""
    try:
        ask("flow.get", flow=_known(name))
    except Said as error:
        if error.status == 503:
            return _back(error)
        abort(404)
    return render_template("flow.html", name=name)


@bp.get("/<name>/state")
def state(name: str) -> ResponseReturnValue:
    """The flow as it is now, and everything the editor's script must know."""
    box = current_app.extensions["callbox"]
    try:
        found = ask("flow.get", flow=_known(name))
        names = ask("flow.names")
    except Said as error:
        return _refused(error)
    snapshot = box.hub.snapshot
    return _in_order({
        **_flow(found), "names": names, "labels": labels(names, box), "catalogue": catalogue(names["queries"]),
        "words": script(), "prompts": url_for("prompts.page"), "language": language(),
        "simulated": snapshot is not None and snapshot.simulated,
    })  # fmt: skip


@bp.get("/<name>/export")
def take_out(name: str) -> ResponseReturnValue:
    """The document as a file: a version, or the draft."""
    version = request.args.get("version", "")
    wanted = {"version": int(version)} if version.isascii() and version.isdecimal() and len(version) <= 9 else {}
    try:
        document = ask("flow.get", flow=_known(name), **wanted)["document"]
    except Said as error:
        return _back(error)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(text.encode("utf-8", "replace"), mimetype="application/json", headers=headers)


@bp.get("/<name>/walk")
def walk(name: str) -> ResponseReturnValue:
    """Server-sent events of callers in flows, from now on: as the events of the api, only these kinds."""
    _known(name)
    return events.stream(events.EventQuery(kinds=WALK))


@bp.post("/<name>/ask/<what>")
def asked(name: str, what: str) -> ResponseReturnValue:
    """What the editor's buttons ask for, as JSON; a refusal has `error` in words."""
    does = ASKS.get(what)
    body = request.get_json(silent=True)
    if does is None:
        abort(404)
    if not isinstance(body, dict):
        return {"error": _("The page could not use what was sent. Go back and try again.")}, 400
    try:
        return _in_order(does(_known(name), body))
    except Conflict as error:
        return {"error": str(error), "changed": True}, error.status
    except Said as error:
        return _refused(error)


# -- what may be asked ----------------------------------------------------------------------------------------


def _get(name: str, body: dict[str, Any]) -> dict[str, Any]:
    """The flow as it is now, or one of its versions."""
    version = body.get("version")
    return _flow(ask("flow.get", flow=name, **({} if version is None else {"version": _number(version)})))


def _save(name: str, body: dict[str, Any]) -> dict[str, Any]:
    document = body.get("document")
    if not sound(document):
        raise Said(_("This is no flow: it has no nodes."), 400)
    checked_size(document)
    saved = ask("flow.save", flow=name, document=document, who=who(), seen=_text(body, "seen", 32))
    return {"stamp": saved["stamp"], "draft": saved["draft"], "problems": _problems(saved["problems"], document)}


def _publish(name: str, body: dict[str, Any]) -> dict[str, Any]:
    note = _text(body, "note", NOTE_MOST).strip()
    done = ask("flow.publish", flow=name, who=who(), note=note, seen=_text(body, "seen", 32))
    return _published(name, done)


def _restore(name: str, body: dict[str, Any]) -> dict[str, Any]:
    return _published(name, ask("flow.restore", flow=name, version=_number(body.get("version")), who=who()))


def _published(name: str, done: dict[str, Any]) -> dict[str, Any]:
    if done["version"] is None:
        return {"version": None, "problems": _problems(done["problems"], ask("flow.get", flow=name)["document"])}
    noted("published", name, version=done["version"])
    return {**_flow(ask("flow.get", flow=name)), "version": done["version"]}


def _discard(name: str, body: dict[str, Any]) -> dict[str, Any]:
    found = ask("flow.get", flow=name)
    if not found["versions"]:
        raise Said(_("It was never published: remove it in the list of flows instead."), 409)
    ask("flow.discard", flow=name, seen=_text(body, "seen", 32))
    return _flow(ask("flow.get", flow=name))


def _compare(name: str, body: dict[str, Any]) -> dict[str, Any]:
    before, after = _number(body.get("before")), body.get("after")
    if after is None and ask("flow.get", flow=name)["draft"] is None:
        after = ask("flow.get", flow=name)["versions"][0]["number"]
    sides = {"before": before} | ({} if after is None else {"after": _number(after)})
    changes = ask("flow.compare", flow=name, **sides)["changes"]
    wanted = {} if after is None else {"version": _number(after)}
    return {"changes": told(changes, ask("flow.get", flow=name, **wanted)["document"])}


def _call(name: str, body: dict[str, Any]) -> dict[str, Any]:
    station = body.get("station")
    if station is not None:
        if not isinstance(station, str) or not (station.isascii() and station.isdecimal() and 2 <= len(station) <= 6):
            raise Said(_("Choose the telephone that shall ring first."), 400)
        ask("flow.call", flow=name, station=station)
        return {"said": _("Station %(station)s rings. Lift the handset to walk through the flow.", station=station)}
    snapshot = current_app.extensions["callbox"].hub.snapshot
    if snapshot is None or not snapshot.simulated:
        raise Said(_("Only the simulated card has an outside telephone. Choose a station."), 409)
    line = ask("flow.call", flow=name, line=0)["line"]
    ask("training.call", line=line)
    return {"said": _("A simulated caller comes in on line %(line)s.", line=line)}


ASKS = {
    "get": _get, "save": _save, "publish": _publish, "restore": _restore, "discard": _discard, "compare": _compare,
    "call": _call,
}  # fmt: skip


# -- inside ---------------------------------------------------------------------------------------------------


def _known(name: str) -> str:
    """A name out of an address; 404 if it cannot be a flow's."""
    try:
        if name_of(name) != name:
            abort(404)
    except Said:
        abort(404)
    return name


def _create(name: str, document: dict[str, Any]) -> None:
    try:
        ask("flow.save", flow=name, document=document, who=who(), seen="")
    except Conflict as error:
        raise Said(_("There is a flow “%(name)s” already. Choose another short name.", name=name), 409) from error


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Said(_("This file is not JSON, so it is no flow: %(why)s", why=str(error)[:200]), 422) from error


def _back(error: Said) -> ResponseReturnValue:
    flash(str(error))
    return redirect(url_for("flows.page"))


def _in_order(content: dict[str, Any]) -> ResponseReturnValue:
    """As JSON with its keys as they are: the order in which a node sets its variables means something."""
    return Response(json.dumps(content), mimetype="application/json")


def _refused(error: Said) -> ResponseReturnValue:
    return {"error": str(error)}, error.status


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 999_999_999:
        raise Said(_("There is no such version."), 400)
    return value


def _text(body: dict[str, Any], name: str, most: int) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Said(_("The page could not use what was sent. Go back and try again."), 400)
    return value


def _flow(found: dict[str, Any]) -> dict[str, Any]:
    """As the editor's script takes it."""
    return {
        "flow": found["flow"], "document": found["document"] if sound(found["document"]) else None,
        "draft": found["draft"], "versions": found["versions"], "stamp": found["stamp"],
        "problems": _problems(found["problems"], found["document"]),
    }  # fmt: skip


def _problems(found: list[dict[str, Any]], document: Any) -> list[dict[str, Any]]:
    """In the page's language, with the fields' labels where the box says their names."""
    chosen = "zh" if language() == "zh" else "en"
    nodes = document["nodes"] if sound(document) else {}
    told = []
    for one in found:
        text, field = one[chosen], one["field"]
        kind = nodes.get(one["node"], {}).get("kind") if one["node"] is not None else None
        word = field_word(kind, field) if field and (kind or one["node"] is None) else ""
        told.append({
            "node": one["node"], "severity": one["severity"], "text": text.replace(field, word, 1) if word else text,
        })  # fmt: skip
    return told


def _title(flow: dict[str, Any]) -> str:
    title = flow["title"] if isinstance(flow["title"], dict) else {}
    return str(title.get(language()) or next(iter(title.values()), "") or flow["flow"])


def _used(flow: dict[str, Any]) -> list[str]:
    return [str(USES[one["kind"]]) % {"name": one["name"]} for one in flow["uses"]]


def _clean(flow: dict[str, Any]) -> bool:
    """Whether it may be renamed or removed."""
    return bool(flow["own"] and not flow["uses"] and not flow["callers"])
