"""The box and the page that the tests of this room use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webui import browsers
from tests.webui.door import browser, claim
from tests.webui.fakebox import FakeBox, Served


@pytest.fixture(scope="session", autouse=True)
def idle_browsers() -> Iterator[None]:
    """Ended with the session."""
    yield
    browsers.end()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FakeBox]:
    box = FakeBox(tmp_path / "data")
    yield box
    box.stop()


@pytest.fixture
def page(box: FakeBox) -> Iterator[FlaskClient]:
    """A browser at the page of a box that nobody has claimed; English."""
    with browser(box) as client:
        yield client


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
