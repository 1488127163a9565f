"""The event log as a stream for other programs (server-sent events), which can be taken up again where it broke."""

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from flask import Response, current_app, request, stream_with_context
from pydantic import BaseModel, Field

from firmware.store.models import EventRow
from webui.security import still_here

HEARTBEAT_S = 15.0
AT_ONCE = 500


class EventQuery(BaseModel):
    """`after`: the number of the last event that is known already. `kinds`: only these, such as call.ended or call.*,
    with commas between them; empty: all."""

    after: Annotated[int, Field(ge=0, le=2**53)] | None = None
    kinds: Annotated[str, Field(max_length=400, pattern=r"^[a-z_.*,]*$")] = ""


def as_json(row: EventRow) -> dict[str, Any]:
    """One event as every program gets it, by stream and by webhook."""
    return {
        "seq": row.seq, "at": row.at, "kind": row.kind, "call": row.call, "line": row.line, "station": row.station,
        "data": row.data,
    }  # fmt: skip


def fits(kind: str, patterns: tuple[str, ...]) -> bool:
    """Whether a kind is one of the patterns; none: all are."""
    return not patterns or any(one in (kind, "*", f"{kind.partition('.')[0]}.*") for one in patterns)


def stream(query: EventQuery) -> Response:
    """From the last event that is known, else from now on."""
    records = current_app.extensions["callbox"].records
    last = request.headers.get("Last-Event-ID", "")
    known = int(last) if last.isascii() and last.isdecimal() and len(last) < 17 else query.after
    after = records.last_seq() if known is None else known
    patterns = tuple(one for one in query.kinds.split(",") if one)
    lines = stream_with_context(_lines(after, patterns, still_here()))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(lines, mimetype="text/event-stream", headers=headers)


def _lines(after: int, patterns: tuple[str, ...], still_in: Callable[[], bool]) -> Iterator[str]:
    box = current_app.extensions["callbox"]
    yield "retry: 1000\n\n"
    while not box.hub.closed and still_in():
        version = box.hub.version
        rows = box.records.events_after(after, AT_ONCE)
        for row in rows:
            after = row.seq
            if fits(row.kind, patterns):
                data = json.dumps(as_json(row), ensure_ascii=False)
                yield f"id: {row.seq}\nevent: {row.kind}\ndata: {data}\n\n"
        if not rows and box.hub.wait(version, HEARTBEAT_S) == version:
            yield ": still here\n\n"
