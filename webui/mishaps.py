"""What somebody sees when something was not to be had, or went wrong: a sentence, and for a fault a number under which
the log has all of it. The page that says so needs nothing that may itself be broken: neither setup nor sessions."""

import secrets

from apiflask import APIFlask
from flask import Response, current_app, jsonify, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from firmware.settings import SettingsError
from firmware.setup.store import SetupError
from webui import hosts, language, rest, security, stopped
from webui.translate import _
from webui.translate import language as spoken


def tell(app: APIFlask) -> None:
    """From now on whatever goes wrong is told in words."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _refused(error: HTTPException) -> ResponseReturnValue:
    """Says what happened and what to do, as a page or as JSON."""
    code = error.code or 500
    if code < 400:
        return error.get_response()
    sentences = {
        400: _("The page could not use what was sent. Go back and try again."),
        403: _("Your role does not permit this. Who set up the box can change that."),
        404: _("There is nothing at this address. It may have been mistyped, or the recording was removed."),
        405: _("This address cannot be used that way."),
        413: _("What was sent is too large."),
        429: _("Too many wrong tries. Wait a minute, then try again."),
        503: _("The box does not answer, so nothing was asked."),
    }
    if code == 429 and security.program() is not None:
        sentences[429] = _("This key asks too often. Ask again when the seconds in Retry-After have passed.")
    text = sentences.get(code, _("The page could not use what was sent. Go back and try again."))
    if request_ctx.url_adapter is None:  # a Host that cannot be: no address can be made for it, so no page
        return Response(text, code, mimetype="text/plain")
    if isinstance(error, hosts.Unknown):
        text = _(
            "This box does not call itself “%(name)s”, so it shows nothing by that name: a foreign web page could "
            "otherwise act for you. Open %(address)s instead. If the name is right, the owner adds it there: Setup, "
            "Company, board, country, Other names of this page.",
            name=request.host, address=f"{request.scheme}://{hosts.instead(request.host, request.remote_addr)}/",
        )  # fmt: skip
    if isinstance(error, CSRFError):
        text = _("This page was open for too long, or another tab began anew. Load it again and repeat what you did.")
    return _answer(text, code)


def _failed(error: Exception) -> ResponseReturnValue:
    """A fault of the page, or of what it reads: logged whole, told in words."""
    if isinstance(error, RecursionError):  # brackets in brackets without end
        return _answer(_("The page could not use what was sent. Go back and try again."), 400)
    fault = secrets.token_hex(4)
    current_app.logger.error("fault %s: %s %s failed", fault, request.method, request.path, exc_info=error)
    if isinstance(error, SettingsError | SetupError):
        text = _(
            "What was set up cannot be read: its file is damaged, or the box has no right to it. Calls go on as they "
            "were set up until now. Put a backup back, or a copy of the file."
        )
        return _answer(text, 500, fault)
    if isinstance(error, SQLAlchemyError) and (why := stopped.now()):
        text = _(
            "The list of calls cannot be read just now: the part of the box that handles calls has stopped. %(why)s",
            why=why,
        )
        return _answer(text, 503, fault)
    if isinstance(error, SQLAlchemyError):
        return _answer(_("The list of calls cannot be read just now. Calls are not affected. Try again."), 503, fault)
    text = _(
        "The page has a fault, and what you asked for was perhaps not done. Calls are not affected. Go back, look, and "
        "try again."
    )
    return _answer(text, 500, fault)


def _answer(text: str, code: int, fault: str = "") -> ResponseReturnValue:
    if rest.asks_for_json():
        numbered = {"fault": fault} if fault else {}
        return jsonify(message=text, **numbered), code
    if request.headers.get("HX-Request") == "true":  # a part of a page: page.js shows the sentence above it
        numbered_text = _("%(words)s (number %(fault)s in the log)", words=text, fault=fault) if fault else text
        return Response(numbered_text, code, mimetype="text/plain")
    # Without the context of templates, which asks the setup who looks: that may be what is broken.
    page = current_app.jinja_env.get_template("error.html").render(
        text=text, code=code, fault=fault, locale=spoken(), languages=language.LANGUAGES,
        theme=request.cookies.get("theme", ""),
    )  # fmt: skip
    return Response(page, code, mimetype="text/html")
