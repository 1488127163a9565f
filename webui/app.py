"""The application factory: wiring only."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from apiflask import APIFlask
from flask import request
from flask_babel import Babel
from flask_wtf.csrf import generate_csrf

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import SOCKET, Refused
from firmware.people import People
from firmware.settings import SettingsFile
from firmware.setup.base import Section
from firmware.setup.programs import Programs
from firmware.setup.site import Site
from firmware.setup.store import Setup, SetupError
from firmware.store.database import FILE, connect
from firmware.store.records import Records
from webui import (
    api_page,
    auth,
    control,
    desk,
    desk_talk,
    doctor,
    followup,
    health,
    help,
    language,
    live,
    logbook,
    mishaps,
    paging,
    records,
    rest,
    security,
    stopped,
    telephones,
    wall,
    words,
)
from webui.certificates import Certificates
from webui.compress import shrink
from webui.first import views as first
from webui.flows import rest as flows_rest
from webui.flows import views as flows
from webui.hub import Hub
from webui.jacks import line_called, station_called
from webui.keep import Keep
from webui.notices import Notices
from webui.setup import backups, certificate, devices, network, takes, updates
from webui.setup import box as setup_box
from webui.setup import views as setup
from webui.setup import voicemail as setup_mail
from webui.translate import language as spoken
from webui.webhooks import Post

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Section)

BLUEPRINTS = (
    auth.bp, auth.account, language.bp, live.bp, desk.bp, records.bp,
    rest.bp, control.bp, api_page.bp, health.bp, setup.bp, certificate.bp, setup_mail.bp, logbook.bp,
    followup.messages, followup.owed,
    takes.bp, setup_box.bp, first.bp, wall.bp, desk_talk.bp, flows.bp, flows_rest.bp, telephones.bp, doctor.bp,
    help.bp, paging.bp,
    backups.bp, updates.bp, network.bp, devices.bp,
)  # fmt: skip


class Box:
    """What the page knows of the box: where it lies, its settings, its records, its voice. One for each process."""

    def __init__(self, data: Path) -> None:
        self.data = data.absolute()
        self.socket = self.data / SOCKET
        self.settings_file = SettingsFile(self.data)
        self.setup = Setup(self.data)
        self.keep = Keep(self.data)
        self.certificates = Certificates(self.data)
        self.engine = connect(f"sqlite:///{self.data / FILE}", read_only=True)
        self.records = Records(self.engine)
        self.notices = Notices(self.keep.engine)
        self.hub = Hub(self.socket)
        self.called: list[str] = []  # the name in --http, if there is one
        self.post: Post | None = None  # webhooks, in the process that serves

    def site(self) -> Site:
        """Whose box it is and where it stands, as of this moment."""
        return self.setup.load(Site)

    @property
    def country(self) -> str:
        """That whose numbers and tones the box goes by: until it answers the one that is set up."""
        if self.hub.snapshot is not None:
            return str(self.hub.snapshot.country)
        try:
            return self.site().country
        except SetupError:
            return ""

    def names(self) -> list[str]:
        """By which the page may be opened, beside those that the machine has by itself."""
        try:
            set_up = self.site().page_names
        except SetupError:  # the page that says so is there by the others
            set_up = ()
        return [*self.called, *set_up, *self.certificates.given()]

    def people(self) -> People:
        """Everybody who works with the box, as of this moment."""
        return self.setup.load(People)

    def change(self, model: type[S], change: Callable[[S], S | dict[str, Any]], *, who: str) -> S:
        """Changes a section and tells the box, so that the next call goes by it. Raises SetupError.

        A box that is away reads the whole setup when it comes back.
        """
        changed = self.setup.change(model, change, who=who)
        self.tell(self.setup.name_of(model), who)
        return changed

    def tell(self, section: str, who: str) -> None:
        """The section was changed: the box shall read it."""
        try:
            with ApiClient(self.socket) as client:
                client.request("setup.changed", section=section, who=who)
        except (BoxAway, Refused) as error:
            log.warning("the box does not know yet that %s was changed: %s", section, error)


def create_app(data: Path, *, version: str = "", testing: bool = False) -> APIFlask:
    """The page of the box that keeps its things in `data`. Raises SettingsError."""
    app = APIFlask(
        __name__,
        title="callbox",
        version=version or "0",
        spec_path="/api/v1/openapi.json",
        docs_path=None,  # its viewer is loaded from the internet, which the box need not have
        json_errors=False,
    )
    box = Box(data)
    app.extensions["callbox"] = box
    app.config.update(
        SECRET_KEY=box.settings_file.ensure().secret_key,
        TESTING=testing,
        SESSION_COOKIE_NAME="callbox",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=7),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: the live page stays open for days
        MAX_CONTENT_LENGTH=64 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        BABEL_DEFAULT_LOCALE="en",
        RATELIMIT_HEADERS_ENABLED=True,
    )
    Babel(app, locale_selector=language.choose_locale)
    security.guard(app, box.people, lambda: box.setup.load(Programs), box.keep, box.certificates, box.names)
    shrink(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        words.template_words(),
        line_called=line_called,
        station_called=station_called,
        help_place=help.place,
        calls_waiting=followup.waiting,
    )
    app.context_processor(
        lambda: (
            security.extras()
            | {
                "languages": language.LANGUAGES,
                "locale": spoken(),
                "theme": request.cookies.get("theme", ""),
                "box_now": box.hub.box_now(),
                "stopped": stopped.now(),
                "rescue": bool(box.hub.stopped),
                "simulated": box.hub.snapshot is not None and box.hub.snapshot.simulated,
                "country": box.country,
                "csrf": generate_csrf,
            }
        )
    )
    mishaps.tell(app)
    return app
