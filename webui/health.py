"""For whoever watches the box: is the page alive, does the box answer, can the store be read."""

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 if both are well, else 503; says which, and nothing else, as anybody may ask."""
    box = current_app.extensions["callbox"]
    try:
        box.records.page(1, 1)
        store = True
    except SQLAlchemyError:
        store = False
    well = store and box.hub.away_since is None
    return jsonify(page=True, box=box.hub.away_since is None, store=store), 200 if well else 503
