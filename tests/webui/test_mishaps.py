"""What somebody sees when the page itself fails: a sentence in his language, and a number that stands in the log."""

import json
import logging
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webui.door import csrf_header
from tests.webui.fakebox import FakeBox
from webui.security import HEADERS

ZH = {"Accept-Language": "zh-CN"}


@pytest.fixture
def broken(inside: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Three screens whose views fail as no view should."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError("secret words of the inside")

    for endpoint in ("records.page", "live.page", "rest.state"):
        monkeypatch.setitem(inside.application.view_functions, endpoint, fails)
    return inside


def faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [found[1] for one in caplog.records if (found := re.match(r"fault ([0-9a-f]{8}): ", one.getMessage()))]


def test_a_fault_is_told_with_its_number(broken: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    english = broken.get("/calls")
    chinese = broken.get("/calls", headers=ZH)
    for response, words in ((english, "The page has a fault"), (chinese, "页面出了故障")):
        number = faults(caplog).pop(0) if response is english else faults(caplog)[1]
        assert response.status_code == 500 and words in response.text and f"<code>{number}</code>" in response.text
        assert "secret words" not in response.text and "Traceback" not in response.text
        assert {name: response.headers[name] for name in HEADERS} == HEADERS
        assert "callbox" in response.text and 'href="/"' in response.text
    assert caplog.records[0].exc_info is not None


def test_a_fault_for_scripts_and_programs(broken: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    told = broken.get("/api/v1/state").json
    part = broken.get("/calls", headers={"HX-Request": "true"})
    assert told is not None and told["fault"] == faults(caplog)[0] and "Calls are not affected" in told["message"]
    assert part.mimetype == "text/plain" and f"(number {faults(caplog)[1]} in the log)" in part.text
    sent = broken.post("/doctor/line/1/ask/nothing", json={}, headers=csrf_header_of(broken))
    assert sent.status_code == 404 and "nothing at this address" in (sent.json or {})["message"]


def csrf_header_of(page: FlaskClient) -> dict[str, str]:
    """From a screen that is whole."""
    found = re.search(r"hx-headers='({.*?})'", page.get("/health").text)
    assert found is not None
    header: dict[str, str] = json.loads(found[1])
    return header


@pytest.mark.parametrize("damage", ['{"people": "x', "", '{"people": {"people": "x"}}', "[]"])
def test_a_damaged_setup_is_told_by_every_screen(
    inside: FlaskClient, box: FakeBox, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Also to who is not known any more, because that, too, stands in it."""
    header = csrf_header(inside)
    (box.data / "setup.json").write_text(damage)
    for method, path, headers in (
        ("GET", "/", {}), ("GET", "/login", {}), ("GET", "/calls", {}), ("POST", "/logout", header),
        ("GET", "/api/v1/state", {}), ("GET", "/api/v1/state", {"Authorization": "Bearer cbx_xyz"}),
    ):  # fmt: skip
        response = inside.open(path, method=method, headers=headers)
        assert response.status_code == 500, path
        assert "What was set up cannot be read" in response.text and str(box.data) not in response.text, path
        assert "Content-Security-Policy" in response.headers
        assert faults(caplog)[-1] in response.text
    assert inside.get("/healthz").status_code == 200
    assert inside.get("/nothing", headers=ZH).status_code in (404, 500)


def test_the_number_is_found_in_the_file(tmp_path: Path) -> None:
    from webui.serve import LOG, _log_file

    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    _log_file(tmp_path)
    try:
        logging.getLogger("webui.app").error("fault %s: %s %s failed", "0123abcd", "GET", "/calls")
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
    assert "fault 0123abcd: GET /calls failed" in (tmp_path / "log" / LOG).read_text()
