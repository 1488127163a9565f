"""Health: what was lost or late, in words; and /healthz for whoever watches the box from outside."""

import platform
import shutil
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Counters, Refused
from webui.diagnosis import PARTS, Disk, Figure, beside, figures, size
from webui.learned import learned_lines
from webui.ownwork import own_work
from webui.setup.names import board_word, country_word
from webui.sockets import sockets

bp = Blueprint("health", __name__)
ANSWER_S = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """All that the screen and the REST interface say. `counters` None: the box does not answer."""

    now: float
    counters: Counters | None
    figures: list[Figure]
    disk: Disk | None
    versions: dict[str, str]

    @property
    def lost(self) -> list[Figure]:
        """What is not zero."""
        return [figure for figure in self.figures if figure.value]

    @property
    def longest_tick_late(self) -> bool:
        """The longest tick took longer than a tick may."""
        return self.counters is not None and self.counters.box.get("tick_us_max", 0) > self.counters.tick_ms * 1000


def examine() -> Health:
    """Asks the box, and looks at what the page can see by itself: a full or slow disk must not hold the box up."""
    box = current_app.extensions["callbox"]
    counters = None
    try:
        with ApiClient(box.socket, timeout=ANSWER_S) as client:
            counters = Counters.model_validate(client.request("counters"))
    except (BoxAway, Refused, ValidationError) as error:
        current_app.logger.warning("the box's counters are not known: %s", error)
    try:
        usage = shutil.disk_usage(box.data)
        disk = Disk(usage.free, usage.total, counters.lines if counters else 0)
    except OSError:
        disk = None
    versions = {
        "callbox": counters.version if counters and counters.version else "",
        "Python": platform.python_version(),
        "Linux": platform.release(),
    }
    found = {name: version for name, version in versions.items() if version}
    return Health(box.hub.box_now(), counters, figures(counters, box.hub.breaks), disk, found)


@bp.get("/health")
def page() -> ResponseReturnValue:
    """The whole screen; its inside is asked for again every five seconds."""
    return render_template("health.html", **_shown())


@bp.get("/health/now")
def now() -> ResponseReturnValue:
    """The inside alone."""
    return render_template("_health.html", **_shown())


def _shown() -> dict[str, Any]:
    box = current_app.extensions["callbox"]
    health = examine()
    return {
        "health": health,
        "sockets": sockets(health.counters),
        "beside": beside,
        "part_names": PARTS,
        "size": size,
        "learned": learned_lines(box.hub.snapshot),
        "own_work": own_work(box.hub.snapshot, box.hub.box_now()),
        "data": box.data,
        "snapshot": box.hub.snapshot,
        "board_word": board_word,
        "country_word": country_word,
    }


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 if both are well, else 503; says which, and nothing else, as anybody may ask."""
    box = current_app.extensions["callbox"]
    try:
        box.records.find(size=1)
        store = True
    except SQLAlchemyError:
        store = False
    well = store and box.hub.away_since is None
    return jsonify(page=True, box=box.hub.away_since is None, store=store), 200 if well else 503
