"""Who may come in: nobody before the box is claimed; after that people with a password and programs with a key,
each where the table of roles (webui/roles.py) lets him."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Request, Response, abort, current_app, g, jsonify, redirect, request, url_for
from flask.globals import request_ctx
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFProtect
from limits import parse

from firmware.api.messages import LINE_MAX
from firmware.people import People, Person, Role
from firmware.setup.programs import KEY, Program, Programs
from firmware.setup.store import SetupError
from webui import hosts, roles
from webui.certificates import Certificates
from webui.keep import Keep, good_for
from webui.translate import _

STREAMS = frozenset({"live.events", "desk.events", "wall.events", "doctor.live"})

# Bytes of a body, where more than a form comes from somebody who may send it.
LARGE = {
    "prompts.bring": 50 * 1024 * 1024, "flows.asked": LINE_MAX, "flows.take_in": LINE_MAX,
    "flows_api.check": LINE_MAX, "flows_api.put_draft": LINE_MAX,
    "backups.bring": 200_000_000_000, "updates.bring": 1_500_000_000,
}  # fmt: skip
# Pages that may ask for the microphone.
HEARING = frozenset({"prompts.one", "first.greeting", "first.call"})

csrf = CSRFProtect()
login = LoginManager()
login.session_protection = None  # sessions are kept on the box and end there (webui/keep.py)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; media-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Visitor(UserMixin):  # type: ignore[misc] # flask_login has no types
    """Somebody who is logged in; his role and rights are those of this very moment."""

    def __init__(self, token: str, person: Person) -> None:
        self.id = token
        self.person = person
        self.name = person.id
        self.role: Role = person.role


class Caller(UserMixin):  # type: ignore[misc]
    """Another program, with its key."""

    person = None
    role = None

    def __init__(self, program: Program) -> None:
        self.id = self.name = f"program:{program.id}"
        self.scopes = program.scopes
        self.per_minute = program.per_minute


def program() -> Caller | None:
    """Which program asks; None: a person, or nobody who is known."""
    found = current_user._get_current_object()
    return found if isinstance(found, Caller) else None


def _asker() -> str:
    """Whom a limit counts: a program wherever it asks from, else an address."""
    caller = program()
    return get_remote_address() if caller is None else caller.name


def look_again() -> None:
    """Whether the limits on wrong tries still let this request through; 429 if not."""
    for one, args in limiter.context.conditional_deductions.items():
        if not limiter.limiter.test(one.limit, *args):
            abort(429)


def _share() -> str:
    caller = program()
    return f"{caller.per_minute if caller else 1} per minute"


LOOK_S = 1.0
WRONG_KEYS = parse("30 per minute")  # nobody guesses 256 bits; whoever tries shall not keep the box busy with it
TOLD = parse("1 per hour")  # in the log

limiter = Limiter(
    _asker,
    storage_uri="memory://",
    application_limits=[_share],
    application_limits_exempt_when=lambda: program() is None,
)


class Sessions(SecureCookieSessionInterface):
    """The cookie is Secure exactly when the page came over https."""

    def get_cookie_secure(self, _app: Flask) -> bool:
        """On plain http in an office network a Secure cookie would never come back."""
        return request.is_secure


def visitor(keep: Keep, people: People, token: str) -> Visitor | None:
    """Who has this session; None: it has ended, or he may not come in any more."""
    session = keep.session(token)
    person = None if session is None else people.by_id(session.person)
    if session is None or person is None:
        return None
    # Whoever was disabled or has another password now is out at once, not when his session ends.
    return Visitor(token, person) if person.enabled and good_for(session, person.password_hash) else None


def still_here() -> Callable[[], bool]:
    """For a stream: whether whoever asks now may still be here later. It looks into the files at most once a second."""
    box, caller = current_app.extensions["callbox"], program()
    name, looked, good = str(current_user.id), time.monotonic(), True

    def look() -> bool:
        nonlocal looked, good
        if good and time.monotonic() - looked >= LOOK_S:
            looked = time.monotonic()
            if caller is None:
                good = visitor(box.keep, box.people(), name) is not None
            else:
                good = any(f"program:{one.id}" == name and one.enabled for one in box.setup.load(Programs).programs)
        return good

    return look


def guard(
    app: Flask, people: Callable[[], People], programs: Callable[[], Programs], keep: Keep, certificates: Certificates,
    given: Callable[[], Iterable[str]],
) -> None:  # fmt: skip
    """Session, CSRF, limits, headers, its names (`given`: those that people gave it), and the door in front of every
    route that is not open to all."""
    app.session_interface = Sessions()
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the door does it: a key is no cookie that a browser sends by itself
    csrf.init_app(app)
    limiter.init_app(app)
    login.init_app(app)

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Visitor | None:
        try:
            return visitor(keep, people(), token)
        except SetupError:  # nobody is known; the door asks again, and what it cannot read is told
            return None

    @login.request_loader  # type: ignore[untyped-decorator]
    def by_key(_request: Request) -> Caller | None:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.startswith(KEY) or not _claimed(people):
            return None
        program = programs().by_key(key.strip())
        if program is not None:
            return Caller(program)
        g.many_wrong_keys = not limiter.limiter.hit(WRONG_KEYS, "key", address())
        if g.many_wrong_keys and limiter.limiter.hit(TOLD, "keys", address()):
            keep.note("", "refused_keys", address())
        return None

    @app.before_request
    def door() -> ResponseReturnValue | None:
        endpoint = request.endpoint or ""
        if request_ctx.url_adapter is None and request.routing_exception is not None:
            raise request.routing_exception  # a Host that cannot be: there is no way to any door
        if endpoint != "static" and not hosts.known(request.host, given()):  # the page that says so has its style
            raise hosts.Unknown
        if endpoint in LARGE and may(endpoint):
            request.max_content_length = LARGE[endpoint]
        if endpoint not in roles.OPEN and not current_user.is_authenticated:
            if g.get("many_wrong_keys"):
                abort(429)
            return _to_the_door(endpoint, people().claimed)  # before the token, which ended with the session
        if program() is None:
            csrf.protect()
        if endpoint in roles.OPEN:
            return None
        if request.endpoint is not None and not may(endpoint):
            keep.note(who(), "refused", address(), path=request.path[:200], method=request.method)
            abort(403)
        return None

    @app.after_request
    def headers(response: Response) -> Response:
        if request.endpoint in HEARING:
            response.headers["Permissions-Policy"] = "camera=(), microphone=(self), geolocation=()"
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # Who has put in his own certificate means to keep to https; a self-made one may have to be replaced.
        if request.is_secure and certificates.is_own:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _claimed(people: Callable[[], People]) -> bool:
    """Not known: no key opens anything, and the door says why."""
    try:
        return people().claimed
    except SetupError:
        return False


def _to_the_door(endpoint: str, claimed: bool) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        return jsonify(message=_("Log in first.")), 401
    if endpoint in STREAMS:
        return Response(status=401)
    if not claimed:
        return _go(url_for("auth.claim"))
    back = request.full_path.rstrip("?") if request.method == "GET" and not _by_htmx() else None
    return _go(url_for("auth.login", next=None if back == "/" else back))


def may(endpoint: str) -> bool:
    """Whether who asks may use it."""
    caller = program()
    if caller is not None:
        return roles.may_program(caller.scopes, endpoint)
    return current_user.is_authenticated and roles.may(current_user.role, endpoint)


def who() -> str:
    """The id under which it is written down who did something."""
    return str(current_user.name) if current_user.is_authenticated else ""


def address() -> str:
    """Where the request comes from."""
    return get_remote_address()


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
    me = current_user.person if current_user.is_authenticated else None
    return {"logged_in": me is not None, "me": me, "may": may}
