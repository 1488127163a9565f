"""The wallboard: what a whole room wants to see from afar. No caller's number stands there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from firmware.acd.model import Queues
from firmware.api.messages import Snapshot
from firmware.setup.store import SetupError
from firmware.store.records import QueueDay
from webui.desk_view import Place, places
from webui.live import event_stream
from webui.translate import language

bp = Blueprint("wall", __name__, url_prefix="/wall")
IN_TIME_S = 20.0  # the usual goal: 80 % of the calls within 20 s


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queue now. `since`: the longest wait began then; None: nobody waits."""

    name: str
    label: str
    count: int
    since: float | None


@bp.get("")
def page() -> ResponseReturnValue:
    """All of it; later the stream replaces parts."""
    return render_template("wall.html", parts=parts(), hub=_box().hub, **_today())


@bp.get("/today")
def today() -> ResponseReturnValue:
    """Today's figures, when there are new records."""
    return render_template("_wall_today.html", **_today())


@bp.get("/events")
def events() -> Response:
    """Server-sent events as those of the first screen, with the parts of the wall."""
    return event_stream(_box().hub, parts, lambda _: 0, lambda _: [])


def parts() -> dict[str, str]:
    """Every part that the stream may replace, by the id of its element."""
    hub = _box().hub

    def make() -> dict[str, str]:
        snapshot = hub.snapshot
        team = [one for one in places(snapshot) if one.state != "out_of_service"]
        return {
            "alarms": render_template("_alarms.html", snapshot=snapshot),
            "wall-queues": render_template("_wall_queues.html", queues=waiting(snapshot, _labels())),
            "wall-team": render_template("_wall_team.html", team=team, at=_at(snapshot)),
            "wall-lines": render_template("_wall_lines.html", snapshot=snapshot),
        }

    made: dict[str, str] = hub.rendered(("wall", language()), make)
    return made


def waiting(snapshot: Snapshot | None, labels: dict[str, str]) -> list[Waiting]:
    """Every queue of the setup, and who is in one that is no longer there."""
    calls = [one for one in (snapshot.calls if snapshot else ()) if one.stage == "queue" and one.queue]
    names = [*labels, *sorted({str(one.queue) for one in calls} - set(labels))]
    found = {name: [one.since for one in calls if one.queue == name] for name in names}
    return [
        Waiting(name, labels.get(name, name), len(since), min(since, default=None)) for name, since in found.items()
    ]


def _at(snapshot: Snapshot | None) -> dict[str, float]:
    """Since when each station is as it is: what its agent does counts while the telephone is at rest."""
    agents = {one.station: one.since for one in (snapshot.agents if snapshot else ())}

    def since(place: Place) -> float | None:
        resting = place.lamp.state == "idle" and place.state != "idle"
        return agents.get(place.station) if resting else place.lamp.since

    return {one.station: at for one in places(snapshot) if (at := since(one)) is not None}


def _labels() -> dict[str, str]:
    box = _box()
    try:
        found = box.setup.load(Queues).queues
    except SetupError:
        current_app.logger.exception("the queues cannot be read")
        return {}
    chosen = "zh" if language() == "zh" else "en"
    return {queue.id: queue.label.get(chosen) or queue.id for queue in found}


def _today() -> dict[str, Any]:
    """Of today by queue, and of all together; None while the records cannot be read."""
    box = _box()
    now = datetime.fromtimestamp(box.hub.box_now(), UTC).astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    try:
        days: dict[str, QueueDay] | None = box.records.queue_days(midnight, IN_TIME_S)
    except SQLAlchemyError:
        current_app.logger.exception("calls done cannot be read")
        days = None
    labels = _labels()
    rows = [*labels.items(), *((name, name) for name in sorted(set(days or ()) - set(labels)))]
    return {"days": days, "rows": rows, "within": int(IN_TIME_S)}


def _box() -> Any:
    return current_app.extensions["callbox"]
