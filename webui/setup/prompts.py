"""Setup, Prompts: what callers hear, listened to and replaced: by a file, a microphone, a handset or a text."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.prompts import PromptError
from webui.refusals import refusal
from webui.security import address, local_path, who
from webui.setup.registry import LinkPage
from webui.translate import _, _l

if TYPE_CHECKING:  # the importer's numpy is loaded when somebody comes to this page, not with the page
    from firmware.prompts.library import Library

bp = Blueprint("prompts", __name__, url_prefix="/setup/prompts")
PIECE = 256 * 1024
TEXT_MOST = 1000

LANGUAGES: dict[str, Any] = {"zh": _l("Chinese"), "en": _l("English"), "any": _l("music and sounds")}
HOWS: dict[str, Any] = {
    "upload": _l("from a file"),
    "browser": _l("by the browser’s microphone"),
    "handset": _l("at a handset"),
    "microphone": _l("at the box’s microphone"),
    "text": _l("from text"),
    "before": _l("from before versions were kept"),
}


def library() -> "Library":
    """The box's prompts."""
    from firmware.prompts.library import Library

    return Library(current_app.extensions["callbox"].data)


@bp.get("")
def page() -> ResponseReturnValue:
    """Every prompt of one language."""
    box = current_app.extensions["callbox"]
    language = request.args.get("language", box.site().language)
    if language not in LANGUAGES:
        abort(404)
    wanted = request.args.get("q", "")[:64].strip().casefold()
    found = [one for one in library().all(language) if wanted in f"{one.name} {one.text}".casefold()]
    found.sort(key=lambda one: (not one.own, one.name))
    return render_template("setup/prompts.html", prompts=found, language=language, tongues=LANGUAGES, wanted=wanted)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """On to the page of a prompt that is not there yet."""
    language, name = request.args.get("language", ""), request.args.get("name", "").strip().lower()
    try:
        library().prompt(language, name)
    except PromptError as error:
        flash(refusal(error))
        return redirect(url_for("prompts.page", language=language if language in LANGUAGES else None))
    return redirect(url_for("prompts.one", language=language, name=name))


@bp.get("/<language>/<name>")
def one(language: str, name: str) -> ResponseReturnValue:
    """One prompt: heard, seen, and what can be done with it."""
    from firmware.prompts.library import built_in
    from firmware.prompts.usage import uses
    from webui.peaks import Unreadable, peaks, svg

    box = current_app.extensions["callbox"]
    found = known(language, name)
    wave = None
    if found.own or found.built:
        try:
            wave = svg(peaks(library().sound(language, name)), parties=1)
        except Unreadable:
            current_app.logger.warning("no picture of prompt %s", name)
    versions = library().versions(language, name)
    spoken = next((one.text for one in versions if one.heard and one.text), found.text)
    return render_template(
        "setup/prompt.html", prompt=found, versions=versions, hows=HOWS, wave=wave, uses=uses(box.data, name),
        needed=built_in(name), tongues=LANGUAGES, suggested=spoken, back="", **ways(language, name),
    )  # fmt: skip


def ways(language: str, name: str) -> dict[str, Any]:
    """What templates/setup/_prompt_ways.html needs beside `prompt`, the text that is `suggested`, and `back`: where the
    browser goes on afterwards, if not to the prompt's page. Its endpoint must be one of HEARING."""
    from firmware.prompts.spoken import can_speak

    snapshot = current_app.extensions["callbox"].hub.snapshot
    lamps = snapshot.lamps if snapshot else []
    waits = request.args.get("waits", "")
    return {
        "can_speak": can_speak() and language != "any", "text_most": TEXT_MOST,
        "stations": [lamp for lamp in lamps if lamp.kind == "station" and lamp.in_use],
        "box_microphone": bool(snapshot and snapshot.microphone),
        "waits": waits if waits and waits == _newest(language, name) else "",
    }  # fmt: skip


@bp.get("/<language>/<name>/sound")
def sound(language: str, name: str) -> ResponseReturnValue:
    """The WAV that callers hear, or that of a `version`."""
    known(language, name)
    try:
        file = library().sound(language, name, request.args.get("version"))
    except PromptError:
        abort(404)
    return send_file(file, mimetype="audio/wav", conditional=True, max_age=0, download_name=f"{name}.wav")


@bp.post("/<language>/<name>/file")
def bring(language: str, name: str) -> ResponseReturnValue:
    """A sound file as the body; `how`: upload or browser. Answers where the page goes on, or what is wrong."""
    known(language, name)
    how = "browser" if request.args.get("how") == "browser" else "upload"
    with TemporaryDirectory(prefix="callbox-prompt-") as folder:
        file = Path(folder) / "brought"
        with file.open("wb") as opened:
            while piece := request.stream.read(PIECE):
                opened.write(piece)
        try:
            done = library().bring(file, language, name, "browser" if how == "browser" else "upload", who())
        except PromptError as error:
            return {"message": refusal(error)}, 422
    _changed(language, name, how)
    flash(brought(done.seconds, done.gain_db, speech=done.speech))
    return {"next": _next(language, name)}


def brought(seconds: float, gain_db: float, *, speech: bool) -> str:
    """What the importer has done."""
    words = _("Callers hear it from now on: %(seconds)s seconds.", seconds=f"{seconds:.1f}")
    if gain_db > 0.5:
        words += " " + _("It was made %(db)s dB louder.", db=f"{gain_db:.0f}")
    if gain_db < -0.5:
        words += " " + _("It was made %(db)s dB quieter.", db=f"{-gain_db:.0f}")
    if not speech:
        words += " " + _("No speech was found in it; listen to it once.")
    return words


@bp.post("/<language>/<name>/text")
def text(language: str, name: str) -> ResponseReturnValue:
    """The box's voice speaks what was written."""
    known(language, name)
    try:
        seconds = library().say(request.form.get("text", "")[:TEXT_MOST], language, name, who())
    except PromptError as error:
        flash(refusal(error))
    else:
        _changed(language, name, "text")
        flash(_("Callers hear it from now on: %(seconds)s seconds.", seconds=f"{seconds:.1f}"))
    return _back(language, name)


@bp.post("/<language>/<name>/handset")
def handset(language: str, name: str) -> ResponseReturnValue:
    """A station rings; who lifts it records."""
    box = current_app.extensions["callbox"]
    known(language, name)
    station = request.form.get("station", "")
    try:
        with ApiClient(box.socket) as client:
            client.request("prompt.record", name=name, language=language, station=station, who=who())
    except Refused as error:
        flash(refusal(error))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    else:
        flash(_("Station %(station)s rings. Lift it, speak after the tone, and press hash.", station=station))
        return redirect(_next(language, name, waits=_newest(language, name)))
    return _back(language, name)


@bp.get("/<language>/<name>/newest")
def newest(language: str, name: str) -> ResponseReturnValue:
    """Whether there is a newer version than the one that the page `waits` beyond."""
    known(language, name)
    there = _newest(language, name) != request.args.get("waits", "")
    headers = {"HX-Redirect": _next(language, name)} if there else {}
    return "", 200 if there else 204, headers


@bp.post("/<language>/<name>/version")
def version(language: str, name: str) -> ResponseReturnValue:
    """Callers hear an earlier version again."""
    known(language, name)
    try:
        library().put_back(language, name, request.form.get("version", ""))
    except PromptError as error:
        flash(refusal(error))
    else:
        _changed(language, name, "version")
        flash(_("Callers hear this version from now on."))
    return _back(language, name)


@bp.post("/<language>/<name>/remove")
def remove(language: str, name: str) -> ResponseReturnValue:
    """The own one is not heard any more. Not where somebody would miss it and none came with the box."""
    from firmware.prompts.usage import uses

    found = known(language, name)
    if not found.built and uses(current_app.extensions["callbox"].data, name):
        flash(_("It is used, so it stays. Take it out where it is used first."))
        return _back(language, name)
    try:
        library().remove(language, name)
    except PromptError as error:
        flash(refusal(error))
        return _back(language, name)
    _changed(language, name, "removed")
    if found.built:
        flash(_("Callers hear what came with the box again. Your own is kept below."))
    else:
        flash(_("Removed. Its versions are kept: it can come back from here."))
    return _back(language, name)


@bp.post("/<language>/<name>/rename")
def rename(language: str, name: str) -> ResponseReturnValue:
    """Another name, unless it is used under this one."""
    from firmware.prompts.usage import uses

    known(language, name)
    wanted = request.form.get("name", "").strip().lower()
    if uses(current_app.extensions["callbox"].data, name):
        flash(_("It is used, so it keeps its name. Take it out where it is used first."))
        return _back(language, name)
    try:
        library().rename(language, name, wanted)
    except PromptError as error:
        flash(refusal(error))
        return _back(language, name)
    _changed(language, name, "removed")
    _changed(language, wanted, "renamed")
    flash(_("It is called %(name)s now.", name=wanted))
    return _back(language, wanted)


def known(language: str, name: str) -> Any:
    """The prompt; 404 if there can be none of that name."""
    try:
        return library().prompt(language, name)
    except PromptError:
        abort(404)


def _newest(language: str, name: str) -> str:
    return next((one.id for one in library().versions(language, name)), "none")


def _changed(language: str, name: str, how: str) -> None:
    """It is written down, and the box told; a box that is away finds the file when it comes back."""
    box = current_app.extensions["callbox"]
    box.keep.note(who(), f"prompt_{how}", address(), name=name, language=language)
    try:
        with ApiClient(box.socket) as client:
            client.request("prompt.changed", name=name, language=language, how=how, who=who())
    except (BoxAway, Refused) as error:
        current_app.logger.warning("the box does not know yet that prompt %s was changed: %s", name, error)


def _back(language: str, name: str) -> ResponseReturnValue:
    return redirect(_next(language, name))


def _next(language: str, name: str, **more: Any) -> str:
    """The page from which it was asked, else the prompt's."""
    asked = local_path(request.values.get("next"))
    if asked is None:
        return url_for("prompts.one", language=language, name=name, **more)
    return f"{asked}?{urlencode(more)}" if more else asked


def _state() -> str:
    own = len(list((current_app.extensions["callbox"].data / "prompts").glob("*/*.wav")))
    return _("%(num)s of your own", num=own) if own else _("as they came with the box")


PAGE = LinkPage(
    name="prompts",
    title=_l("Prompts"),
    sentence=_l("What callers hear: listen, record, bring your own, put back what was."),
    endpoint="prompts.page",
    group="in",
    state=_state,
)
