"""The box and the page that the tests of this room use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webui.door import claim
from tests.webui.fakebox import FakeBox, Served
from webui.app import create_app


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FakeBox]:
    box = FakeBox(tmp_path / "data")
    yield box
    box.stop()


@pytest.fixture
def page(box: FakeBox) -> Iterator[FlaskClient]:
    """A browser at the page of a box that nobody has claimed; English."""
    app = create_app(box.data, testing=True)
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    hub = app.extensions["callbox"].hub
    while hub.away_since is not None:
        hub.wait(hub.version, 1)
    yield client
    hub.close()


@pytest.fixture
def inside(page: FlaskClient) -> FlaskClient:
    """Claimed, and logged in as the owner."""
    claim(page)
    return page


@pytest.fixture
def served(box: FakeBox) -> Iterator[Served]:
    served = Served(box.data)
    yield served
    served.stop()
