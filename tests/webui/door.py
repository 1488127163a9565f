"""How the tests come in: tokens, the claim, a login."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.webui.fakebox import PASSWORD, FakeBox
from webui.app import create_app


@contextmanager
def browser(box: FakeBox) -> Iterator[FlaskClient]:
    """One at the box's page, which has heard from the box; English."""
    app = create_app(box.data, testing=True)
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    hub = app.extensions["callbox"].hub
    while hub.away_since is not None:
        hub.wait(hub.version, 1)
    yield client
    hub.close()


def token(page: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get(path).text)
    assert found is not None
    return found[1]


def post(page: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Fills the form at `path` and sends it."""
    return page.post(path, data={"csrf_token": token(page, path), **fields})


def claim(page: FlaskClient) -> None:
    """Becomes the owner, who is logged in."""
    assert post(page, "/claim", password=PASSWORD, again=PASSWORD).headers["Location"] == "/first"


def log_in(page: FlaskClient, user: str, password: str = PASSWORD) -> None:
    page.delete_cookie("callbox")
    assert post(page, "/login", user=user, password=password).headers["Location"] == "/"


def csrf_header(page: FlaskClient) -> dict[str, str]:
    found = re.search(r"hx-headers=\'({.*?})\'", page.get("/").text)
    assert found is not None
    headers: dict[str, str] = json.loads(found[1])
    return headers
