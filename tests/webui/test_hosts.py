"""The page answers to its own names only: a foreign one that leads to the box gets nothing but a sentence."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from firmware.setup.site import Site
from firmware.setup.store import Setup
from tests.webui.fakebox import FakeBox
from tests.webui.setup.formfields import read
from webui import hosts
from webui.certificates import make

FOREIGN = (
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "callbox.evil.example",
    "127.0.0.1.evil.example",
)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One called shop in a network whose router says office.lan."""
    monkeypatch.setattr("socket.gethostname", lambda: "Shop")
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("# made by the router\nnameserver 192.168.1.1\nsearch Office.lan. branch.lan\noptions edns0\n")
    monkeypatch.setattr(hosts, "RESOLV", resolv)


@pytest.mark.usefixtures("machine")
def test_its_own_names_and_every_address() -> None:
    for host in (
        "localhost", "localhost:8080", "callbox", "callbox.local", "CALLBOX.local.", "shop", "shop.local:8443",
        "shop.office.lan", "shop.branch.lan", "127.0.0.1:8080", "192.168.1.20", "[::1]:8080", "[fe80::1]",
    ):  # fmt: skip
        assert hosts.known(host, []), host
    for host in (*FOREIGN, "office.lan", "shop.evil.lan", "local", "", "[half", "[::1"):
        assert not hosts.known(host, []), host
    assert hosts.known("phones.example.com:8080", ["phones.example.com"])
    assert hosts.known("a.example.com", [".example.com"]) and not hosts.known(
        "example.com.evil.example", [".example.com"]
    )


def test_a_machine_without_a_resolver_has_its_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hosts, "RESOLV", tmp_path / "none")
    assert {"localhost", "callbox.local"} <= hosts.of_machine()


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_gets_nothing(host: str, page: FlaskClient, box: FakeBox) -> None:
    """Above all nobody can claim a new box by it."""
    for path in ("/", "/claim", "/login", "/healthz", "/api/v1/state", "/nothing"):
        answer = page.get(path, headers={"Host": host})
        assert answer.status_code == 400 and "csrf" not in answer.text.lower(), path
        assert "callbox=" not in (answer.headers.get("Set-Cookie") or "")
    words = page.get("/claim", headers={"Host": host}).text
    assert f"does not call itself “{host}”" in words and "http://localhost" in words
    chinese = page.get("/claim", headers={"Host": host, "Accept-Language": "zh-CN"}).text
    assert f"本机没有“{host}”这个名称" in chinese
    sent = {"password": "correct horse", "again": "correct horse"}
    assert page.post("/claim", data=sent, headers={"Host": host}).status_code == 400
    assert not Setup(box.data).load(Site).page_names
    assert page.get("/static/page.css", headers={"Host": host}).status_code == 200  # so that it can be read


def test_names_that_the_owner_gives(inside: FlaskClient, box: FakeBox) -> None:
    inside.application.extensions["callbox"].called = ["desk.example.com"]
    assert inside.get("/login", headers={"Host": "desk.example.com:8080"}).status_code == 200
    asked = {"Host": "phones.example.com"}
    assert inside.get("/login", headers=asked).status_code == 400
    sent = dict(read(inside.get("/setup/box").text).sent) | {"page_names": "Phones.example.com.\nbox.office"}
    assert inside.post("/setup/box", data=sent).status_code == 302
    assert Setup(box.data).load(Site).page_names == ("phones.example.com", "box.office")
    assert inside.get("/login", headers=asked).status_code == 200


def test_names_of_the_owners_certificate(inside: FlaskClient, box: FakeBox) -> None:
    asked = {"Host": "box.example.com"}
    assert inside.get("/login", headers=asked).status_code == 400
    inside.application.extensions["callbox"].certificates.put(make(["box.example.com"]))
    assert inside.get("/login", headers=asked).status_code == 200


@pytest.mark.parametrize("name", ["http://x", "a b", "-x", "x_y", "ä.example", "a" * 254, "x:80"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="page_names"):
        Site(page_names=(name,))


def test_where_else_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "outside", lambda: "192.168.1.20")
    assert hosts.instead("evil.example:8080", "127.0.0.1") == "localhost:8080"
    assert hosts.instead("evil.example", "192.168.1.77") == "192.168.1.20"
    assert hosts.instead("evil.example:8443", None) == "192.168.1.20:8443"
