"""A box that cannot work says why, by the page and where there is none."""

import errno
import http.client
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from firmware.run import CARD_FAULTS
from firmware.store.database import StoreError, open_store
from firmware.store.presence import MARKER
from tests.webui.fakebox import ROOT, FakeBox
from webui import stopped
from webui.refusals import STOPPED
from webui.trouble import CHINESE, certificate, page, server

DATA = ROOT / "image-build/overlay/usr/lib/callbox/data"
WORDS = "The data partition <data> is missing."


@contextmanager
def served(context: ssl.SSLContext | None) -> Iterator[int]:
    trouble = server(WORDS, 0, context)
    thread = threading.Thread(target=trouble.serve_forever)
    thread.start()
    try:
        yield trouble.server_port
    finally:
        trouble.shutdown()
        thread.join()
        trouble.server_close()


def asked(connection: http.client.HTTPConnection) -> tuple[int, str]:
    with closing(connection):
        connection.request("GET", "/live")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("secure", [False, True])
def test_where_there_is_no_page(secure: bool) -> None:
    with served(certificate() if secure else None) as port:
        # Somebody who never speaks keeps nobody waiting.
        silent = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        silent.connect()
        to = ("127.0.0.1", port)
        if secure:
            context = ssl._create_unverified_context()
            status, text = asked(http.client.HTTPSConnection(*to, timeout=30, context=context))
        else:
            status, text = asked(http.client.HTTPConnection(*to, timeout=30))
        silent.close()
    assert status == 503 and "The data partition &lt;data&gt; is missing." in text


def test_each_is_said_in_chinese_too() -> None:
    said = re.findall(r'trouble "([^"]+)"', DATA.read_text())
    assert len(said) == len(CHINESE)
    for words in said:
        assert page(words).decode().count("<p lang=zh>") == 1, words


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the appliance notes why."""
    note = tmp_path / "trouble"
    monkeypatch.setattr(stopped, "NOTE", note)
    return note


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("[database_lost]\nthe database /x is away", "missing or empty"),
        ("[database_newer]\n/x is newer", "bring that version in Setup, Updates"),
        (f"[{CARD_FAULTS[errno.ENODEV]}]\nline 1: x", "No voice card was found"),
        (f"[{CARD_FAULTS[errno.ENXIO]}]\nline 1: x", "does not have the ports of the board"),
        (f"[{CARD_FAULTS[errno.EPROTOTYPE]}]\nline 1: x", "does not have the ports of the board"),
        (f"[{CARD_FAULTS[errno.EBUSY]}]\nline 1: x", "Another program has the voice card"),
        ("the card <hums>", "the card &lt;hums&gt;"),
        ("[nobody_knows_it]\nthe card hums", "the card hums"),
    ],
)
def test_on_the_page(words: str, shown: str, noted: Path, inside: FlaskClient, box: FakeBox) -> None:
    noted.write_text(words)
    assert "has stopped" not in inside.get("/").text  # the box answers: that trouble is over
    box.stop()
    hub = inside.application.extensions["callbox"].hub
    while hub.away_since is None:
        hub.wait(hub.version, 1)
    text = inside.get("/").text
    assert "calls has stopped" in text and shown in text
    noted.unlink()
    assert "has stopped" not in inside.get("/").text


def test_the_sentence_is_the_boxs_own(tmp_path: Path) -> None:
    """What the page knows the box by is what it says."""
    (tmp_path / MARKER).write_text("{}")
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path)
    assert caught.value.code in STOPPED
