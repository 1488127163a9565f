"""How the tests come in: tokens, the claim, a login."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from tests.webui.fakebox import PASSWORD, FakeBox
from webui.app import create_app


class Compiled(BytecodeCache):
    """Templates, compiled once for all tests: each has a page of its own, and that would be half of its cost."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@contextmanager
def browser(box: FakeBox) -> Iterator[FlaskClient]:
    """One at the box's page, which has heard from the box; English."""
    app = create_app(box.data, testing=True)
    app.jinja_env.bytecode_cache = COMPILED
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
