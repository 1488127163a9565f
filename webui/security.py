"""Who may come in: nobody before the box is claimed, nobody but the administrator after that."""

import hashlib
from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, Response, jsonify, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFProtect

from firmware.settings import Settings
from webui.translate import _

OPEN_TO_ALL = frozenset({"static", "health.healthz", "auth.claim", "auth.login", "language.choose", "language.states"})
STREAMS = frozenset({"live.events"})

# 32 MiB and three passes: about 0.1 s on the box, and never in the process that holds calls.
hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
limiter = Limiter(get_remote_address, storage_uri="memory://")
csrf = CSRFProtect()
login = LoginManager()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Administrator(UserMixin):  # type: ignore[misc] # flask_login has no types
    """The one user so far. His session ends when the password changes: its hash is part of his id."""

    def __init__(self, password_hash: str) -> None:
        self.id = "admin:" + hashlib.sha256(password_hash.encode()).hexdigest()[:16]


class Sessions(SecureCookieSessionInterface):
    """The cookie is Secure exactly when the page came over https."""

    def get_cookie_secure(self, _app: Flask) -> bool:
        """On plain http in an office network a Secure cookie would never come back."""
        return request.is_secure


def password_fits(settings: Settings, password: str) -> bool:
    """Takes as long for a wrong password as for a right one."""
    if settings.admin_password is None:
        return False
    try:
        return hasher.verify(settings.admin_password, password)
    except (VerificationError, InvalidHashError):
        return False


def guard(app: Flask, settings: Callable[[], Settings]) -> None:
    """Session, CSRF, limits, headers, and the door in front of every route that is not in OPEN_TO_ALL."""
    app.session_interface = Sessions()
    csrf.init_app(app)
    limiter.init_app(app)
    login.init_app(app)

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(user: str) -> Administrator | None:
        password = settings().admin_password
        known = None if password is None else Administrator(password)
        return known if known is not None and known.id == user else None

    @app.before_request
    def door() -> ResponseReturnValue | None:
        if request.endpoint in OPEN_TO_ALL or current_user.is_authenticated:
            return None
        if request.path.startswith("/api/"):
            return jsonify(message=_("Log in first.")), 401
        if request.endpoint in STREAMS:
            return Response(status=401)
        if settings().admin_password is None:
            return _go(url_for("auth.claim"))
        back = request.full_path.rstrip("?") if request.method == "GET" and not _by_htmx() else None
        return _go(url_for("auth.login", next=None if back == "/" else back))

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _by_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def _go(to: str) -> ResponseReturnValue:
    # A redirect would put the login page into the middle of the page that asked for a part.
    return Response(status=401, headers={"HX-Redirect": to}) if _by_htmx() else redirect(to)


def local_path(wanted: str | None) -> str | None:
    """`wanted` if it leads to this page and nowhere else."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return None
    return wanted if all(character.isprintable() for character in wanted) else None


def extras() -> dict[str, Any]:
    """What every template may use."""
    return {"logged_in": current_user.is_authenticated}
