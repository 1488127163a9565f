"""Chinese or English: chosen by a cookie, else by the browser, else by the box's setup. Theme likewise."""

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from firmware.setup.store import SetupError
from webui.security import local_path
from webui.states import stylesheet

bp = Blueprint("language", __name__)
LANGUAGES = {"zh": "中文", "en": "English"}
YEAR = 365 * 24 * 3600


def choose_locale() -> str:
    """For Flask-Babel."""
    wanted = request.cookies.get("language", "")
    if wanted in LANGUAGES:
        return wanted
    try:
        box: str = current_app.extensions["callbox"].site().language
    except SetupError:  # the page that says so has a language, too
        box = "zh"
    return request.accept_languages.best_match(list(LANGUAGES), default=box) or box


@bp.get("/language/<name>")
def choose(name: str) -> ResponseReturnValue:
    """Keeps the choice and goes back to where it was made."""
    response = make_response(redirect(local_path(request.args.get("next")) or "/"))
    if name in LANGUAGES:
        response.set_cookie("language", name, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@bp.get("/favicon.ico")
def icon() -> ResponseReturnValue:
    """What browsers ask for by themselves. Sent to the login instead, they would begin another one beside that which
    somebody is filling in."""
    return redirect(url_for("static", filename="icon.svg"), 301)


@bp.get("/states.css")
def states() -> ResponseReturnValue:
    """The colours of the states, from the one table."""
    return Response(stylesheet(), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})
