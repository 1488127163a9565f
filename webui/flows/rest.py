"""Flows for programs: what the editor's page does, below /api/v1/flows, with the same checks."""

import json
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from webui.flows.asks import Missing, Said, ask, checked_size, name_of, noted
from webui.problems import RestError, told
from webui.security import who
from webui.translate import _, language, ngettext

bp = APIBlueprint("flows_api", __name__, url_prefix="/api/v1/flows", tag="flows")
NOTE_MOST, SEEN_MOST, NUMBER_MOST = 500, 32, 999_999_999

VersionNumber = Annotated[int, Field(ge=0, le=NUMBER_MOST)]
Seen = Annotated[str | None, Field(max_length=SEEN_MOST)]


class Body(BaseModel):
    """What is sent. Unknown keys are errors, so that a typing mistake is seen."""

    model_config = ConfigDict(extra="forbid")


class FlowProblem(BaseModel):
    """Something that is wrong. `node` null: with the flow itself; `name` tells programs what, `text` people, in the
    language asked for. One whose `severity` is error keeps the flow from being published."""

    node: str | None
    field: str | None
    severity: Literal["error", "warning"]
    name: str
    text: str


class FlowUse(BaseModel):
    """What leads callers into it."""

    kind: str
    name: str


class FlowOut(BaseModel):
    """`version`: what callers come into, null if it was never published. `draft`: somebody works on it. `own`: it did
    not come with the box. `callers`: how many are in it now. `errors`, `warnings`: of the draft, else the version."""

    flow: str
    title: dict[str, str]
    version: int | None
    draft: bool
    own: bool
    answers: bool
    callers: int
    errors: int
    warnings: int
    uses: list[FlowUse]


class FlowsOut(BaseModel):
    """Every flow."""

    flows: list[FlowOut]


class DraftOut(BaseModel):
    """`base`: the version it began from; `at`: seconds since the Unix epoch."""

    base: int | None
    at: float
    who: str


class VersionOut(BaseModel):
    """One that was published. `at`: seconds since the Unix epoch."""

    number: int
    at: float
    who: str
    note: str


class FlowDetail(BaseModel):
    """`document`: the draft, or else the newest version, or the one asked for. `stamp`: to be sent back as `seen`, so
    that nothing that somebody else changed meanwhile is overwritten. `versions`: the newest first."""

    flow: str
    document: Any
    draft: DraftOut | None
    versions: list[VersionOut]
    stamp: str
    problems: list[FlowProblem]


class Document(BaseModel):
    """A flow as a file (docs/flows.md)."""

    model_config = ConfigDict(extra="allow")


class Which(BaseModel):
    """Of the versions; left out: the draft, or else the newest."""

    version: VersionNumber | None = None


class Checked(Body):
    """A document (docs/flows.md)."""

    document: dict[str, Any]


class NewDraft(Body):
    """`seen`: the `stamp` of what it was made from, empty for a new flow; 409 if somebody has changed the flow since.
    Null: whatever is there is replaced."""

    document: dict[str, Any]
    seen: Seen = None


class Publish(Body):
    """`note`: what stands in the list of versions. `seen` as for a draft."""

    note: Annotated[str, Field(max_length=NOTE_MOST)] = ""
    seen: Seen = None


class Restore(Body):
    """Which version is to be published again."""

    version: VersionNumber


class Problems(BaseModel):
    """What is wrong with it, as it would be published now."""

    problems: list[FlowProblem]


class Saved(Problems):
    """It is the draft now; callers notice nothing yet."""

    stamp: str


class Published(BaseModel):
    """The next caller comes into this version."""

    version: int


@bp.get("")
@bp.output(FlowsOut)
@bp.doc(responses=[401, 403, 409, 429, 503])
def flows() -> FlowsOut:
    """Every flow: what callers come into, who works on it, what uses it, who is in it."""
    return FlowsOut.model_validate(_ask("flow.list"))


@bp.get("/<flow>")
@bp.input(Which, location="query")
@bp.output(FlowDetail)
@bp.doc(responses=[401, 403, 404, 409, 429, 503])
def one(flow: str, query_data: Which) -> ResponseReturnValue:
    """One flow: the document, its versions, and what is wrong with it."""
    found = _got(flow, query_data)
    detail = FlowDetail.model_validate(found | {"problems": _problems(found["problems"])})
    return _in_order(detail.model_dump(mode="json"))


@bp.get("/<flow>/document")
@bp.input(Which, location="query")
@bp.output(Document)
@bp.doc(responses=[401, 403, 404, 409, 429, 503])
def document(flow: str, query_data: Which) -> ResponseReturnValue:
    """The document alone: what the page exports, and imports again."""
    return _in_order(_got(flow, query_data)["document"])


@bp.post("/<flow>/check")
@bp.input(Checked, location="json")
@bp.output(Problems)
@bp.doc(responses=[400, 401, 403, 404, 409, 413, 429, 503])
def check(flow: str, json_data: Checked) -> Problems:
    """What is wrong with a document; nothing is changed."""
    found = _ask("flow.check", flow=_named(flow), document=_fitting(json_data.document))
    return Problems(problems=_problems(found["problems"]))


@bp.put("/<flow>/draft")
@bp.input(NewDraft, location="json")
@bp.output(Saved)
@bp.doc(responses=[400, 401, 403, 404, 409, 413, 429, 503])
def put_draft(flow: str, json_data: NewDraft) -> Saved:
    """Keeps a document as the draft, also with faults; a flow that is not there yet is made."""
    document = _fitting(json_data.document)
    found = _ask("flow.save", flow=_named(flow), document=document, who=who(), **_seen(json_data.seen))
    return Saved(stamp=found["stamp"], problems=_problems(found["problems"]))


@bp.delete("/<flow>/draft")
@bp.output({}, status_code=204)
@bp.doc(responses=[401, 403, 404, 409, 429, 503])
def discard(flow: str) -> ResponseReturnValue:
    """The draft of a published flow is gone; what callers come into stays."""
    if not _got(flow, Which())["versions"]:
        raise RestError(409, _("It was never published: remove it in the list of flows instead."))
    _ask("flow.discard", flow=flow)
    return "", 204


@bp.post("/<flow>/publish")
@bp.input(Publish, location="json")
@bp.output(Published)
@bp.doc(responses=[400, 401, 403, 404, 409, 413, 429, 503])
def publish(flow: str, json_data: Publish) -> Published:
    """Makes the draft what the next caller comes into; 409 with the problems in `detail` if it has errors."""
    return _published(
        flow, _ask("flow.publish", flow=_named(flow), who=who(), note=json_data.note, **_seen(json_data.seen))
    )


@bp.post("/<flow>/restore")
@bp.input(Restore, location="json")
@bp.output(Published)
@bp.doc(responses=[400, 401, 403, 404, 409, 413, 429, 503])
def restore(flow: str, json_data: Restore) -> Published:
    """Publishes an old version again, as a new one; 409 as for publish."""
    return _published(flow, _ask("flow.restore", flow=_named(flow), who=who(), version=json_data.version))


@bp.delete("/<flow>")
@bp.output({}, status_code=204)
@bp.doc(responses=[401, 403, 404, 409, 429, 503])
def remove(flow: str) -> ResponseReturnValue:
    """Takes a flow off every list; 409 while something uses it or a caller is in it."""
    _ask("flow.remove", flow=_named(flow))
    noted("removed", flow)
    return "", 204


bp.register_error_handler(RestError, told)


# -- inside ---------------------------------------------------------------------------------------------------


def _ask(intent: str, **args: Any) -> dict[str, Any]:
    try:
        return ask(intent, **args)
    except Said as error:
        raise RestError(404 if isinstance(error, Missing) else error.status, str(error)) from error


def _named(flow: str) -> str:
    """404 if it cannot be a flow's name."""
    try:
        if name_of(flow) == flow:
            return flow
    except Said as error:
        raise RestError(404, str(error)) from error
    raise RestError(404, _("A short name begins with a letter and has a–z, 0–9, _ and -, at most 32."))


def _got(flow: str, which: Which) -> dict[str, Any]:
    return _ask("flow.get", flow=_named(flow), **which.model_dump(exclude_none=True))


def _fitting(document: dict[str, Any]) -> dict[str, Any]:
    try:
        checked_size(document)
    except Said as error:
        raise RestError(error.status, str(error)) from error
    return document


def _seen(seen: str | None) -> dict[str, str]:
    return {} if seen is None else {"seen": seen}


def _published(flow: str, done: dict[str, Any]) -> Published:
    if done["version"] is None:
        problems = _problems(done["problems"])
        count = sum(problem.severity == "error" for problem in problems)
        words = ngettext("Not published: %(num)s error is in it.", "Not published: %(num)s errors are in it.", count)
        raise RestError(409, words, {"problems": [problem.model_dump(mode="json") for problem in problems]})
    noted("published", flow, version=done["version"])
    return Published(version=done["version"])


def _problems(found: list[dict[str, Any]]) -> list[FlowProblem]:
    text = "zh" if language() == "zh" else "en"
    return [FlowProblem.model_validate(problem | {"text": problem[text]}) for problem in found]


def _in_order(content: Any) -> ResponseReturnValue:
    """With its keys as they are: the order in which a node sets its variables means something."""
    return Response(json.dumps(content), mimetype="application/json")
