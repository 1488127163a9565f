"""A prompt recorded at the box's own microphone: begun, stopped, heard, kept. One take at a time in the whole box."""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.api.prompts import TakeNow
from webui.oserrors import in_words
from webui.refusals import refusal
from webui.security import address, local_path, who
from webui.setup.prompts import LANGUAGES, brought, known
from webui.setup.prompts import bp as bp
from webui.translate import _

FILE = "takes/microphone.wav"
FULL = 32_767


@bp.get("/<language>/<name>/take")
def take(language: str, name: str) -> ResponseReturnValue:
    """The whole page."""
    return render_template("setup/take.html", **_shown(language, name))


@bp.get("/<language>/<name>/take/now")
def take_now(language: str, name: str) -> ResponseReturnValue:
    """Its inside, while something is recorded."""
    return render_template("setup/_take.html", **_shown(language, name))


@bp.post("/<language>/<name>/take")
def take_act(language: str, name: str) -> ResponseReturnValue:
    """Begins a take (`do` record), ends it (stop) or has callers hear it (keep)."""
    known(language, name)
    act = request.form.get("do", "")
    if act not in ("record", "stop", "keep"):
        abort(400)
    args = {} if act == "stop" else {"name": name, "language": language, "who": who()}
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            done = client.request(f"microphone.{act}", **args)
    except Refused as error:
        flash(refusal(error))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    else:
        if act == "keep":
            current_app.extensions["callbox"].keep.note(
                who(), "prompt_microphone", address(), name=name, language=language
            )
            flash(brought(done["seconds"], done["gain_db"], speech=done["speech"]))
            return redirect(_next() or url_for("prompts.one", language=language, name=name))
    return redirect(url_for("prompts.take", language=language, name=name, next=_next()))


@bp.get("/<language>/<name>/take/sound")
def take_sound(language: str, name: str) -> ResponseReturnValue:
    """What was recorded; 404 while there is nothing for this prompt."""
    now, _away = _state()
    file = current_app.extensions["callbox"].data / FILE
    if now.recording or not now.seconds or (now.name, now.language) != (name, language) or not file.is_file():
        abort(404)
    return send_file(file, mimetype="audio/wav", max_age=0, download_name=f"{name}.wav")


def _shown(language: str, name: str) -> dict[str, Any]:
    now, away = _state()
    mine = (now.name, now.language) == (name, language)
    return {
        "prompt": known(language, name), "now": now, "away": away, "mine": mine, "tongues": LANGUAGES,
        "loud": now.peak / FULL, "why": in_words(now.why), "back": _next() or "",
    }  # fmt: skip


def _state() -> tuple[TakeNow, bool]:
    """The take, and whether the box does not answer."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            return TakeNow.model_validate(client.request("microphone.state")), False
    except (BoxAway, Refused):
        return TakeNow(), True


def _next() -> str | None:
    return local_path(request.values.get("next"))
