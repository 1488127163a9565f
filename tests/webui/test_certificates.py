"""https: a certificate from the first start, the owner's later, http sent there, and nothing else over plain http."""

import http.client
import socket
import ssl
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from tests.webui.door import csrf_header
from tests.webui.fakebox import FakeBox, Served
from webui.certificates import CertificateError, Certificates, make
from webui.serve import is_local, secure_address


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


def test_made_once_private_and_for_this_machine(certificates: Certificates) -> None:
    path = certificates.ensure()
    first = certificates.shown()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {"localhost", "127.0.0.1", "callbox.local"} <= set(first.names) and not first.own
    certificates.ensure()
    assert certificates.shown() == first


def test_made_anew_before_it_ends(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.certificates.HOLDS", timedelta(days=20))
    certificates.ensure()
    first = certificates.shown()
    certificates.ensure()
    assert certificates.shown().fingerprint != first.fingerprint


def test_rubbish_in_its_place_is_replaced(certificates: Certificates) -> None:
    certificates.ensure().write_bytes(b"rubbish")
    certificates.ensure()
    assert certificates.shown().names


def test_the_owners_counts_until_it_is_taken_out(certificates: Certificates) -> None:
    certificates.ensure()
    before = certificates.context()
    put = certificates.put(make(["box.example.com"]))
    assert (put.names, put.own) == (("box.example.com",), True)
    assert certificates.context() is not before
    certificates.remove()
    assert not certificates.shown().own


@pytest.mark.parametrize(
    ("pem", "why"),
    [
        (b"", "no_certificate"),
        (b"rubbish" * 1000, "no_certificate"),
        (make(["a"]).split(b"-----BEGIN PRIVATE")[0], "no_key"),
        (make(["a"]).split(b"-----BEGIN PRIVATE")[0] + b"-----BEGIN PRIVATE KEY-----\nrubbish\n", "no_key"),
        (make(["a"]).split(b"-----BEGIN PRIVATE")[0] + make(["b"])[make(["b"]).index(b"-----BEGIN PRIVATE") :], None),
    ],
    ids=["nothing", "rubbish", "no key", "broken key", "another's key"],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(
    certificates: Certificates, pem: bytes, why: str | None
) -> None:
    certificates.ensure()
    before = certificates.shown()
    with pytest.raises(CertificateError) as error:
        certificates.put(pem)
    assert error.value.why in ((why,) if why else ("other_key", "no_key"))
    assert certificates.shown() == before


def test_one_that_has_ended(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.certificates.HOLDS", timedelta(seconds=-60))
    with pytest.raises(CertificateError, match="not_now"):
        certificates.put(make(["a"]))


def test_a_key_of_another_certificate(certificates: Certificates) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(CertificateError, match="other_key"):
        certificates.put(make(["a"]).split(b"-----BEGIN PRIVATE")[0] + other)


def test_the_page_for_it(inside: FlaskClient, box: FakeBox) -> None:
    headers = csrf_header(inside)
    assert "The box has made this certificate itself." in inside.get("/setup/certificate").text
    response = inside.post("/setup/certificate", data={"text": "rubbish"}, headers=headers)
    assert response.status_code == 422 and "There is no certificate in it." in response.text
    pem = make(["box.example.com"]).decode()
    assert inside.post("/setup/certificate", data={"text": pem}, headers=headers).status_code == 302
    text = inside.get("/setup/certificate").text
    assert "This is your own certificate." in text and "PRIVATE KEY" not in text
    assert "your own, until" in inside.get("/setup").text
    secure = inside.get("/", base_url="https://localhost").headers
    assert "max-age" in secure["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in inside.get("/").headers
    inside.post("/setup/certificate/remove", headers=headers)
    assert "Strict-Transport-Security" not in inside.get("/", base_url="https://localhost").headers


@pytest.mark.parametrize(
    ("address", "local", "secure"),
    [
        ("127.0.0.1:8080", True, "127.0.0.1:8443"), ("[::1]:80", True, "[::1]:443"),
        ("localhost:1", True, "localhost:2"),
        ("0.0.0.0:80", False, "0.0.0.0:443"), ("192.0.2.1:8080", False, "192.0.2.1:8443"), ("box:0", False, "box:0"),
    ],
)  # fmt: skip
def test_addresses(address: str, local: bool, secure: str) -> None:
    assert (is_local(address), secure_address(address)) == (local, secure)


@pytest.fixture
def network(box: FakeBox) -> Iterator[tuple[Served, int]]:
    """The page as the office network has it, and its port of plain http."""
    with socket.create_server(("0.0.0.0", 0)) as free:
        port = free.getsockname()[1]
    served = Served(box.data, f"0.0.0.0:{port}")
    yield served, port
    served.stop()


def test_on_the_network_only_https_tells_anything(network: tuple[Served, int], box: FakeBox) -> None:
    served, port = network
    assert served.url.startswith("https://")
    secure = int(served.url.rpartition(":")[2])
    for path, host, to in (
        ("/", "127.0.0.1", f"https://127.0.0.1:{secure}/"),
        ("/login?next=/calls", f"box.local:{port}", f"https://box.local:{secure}/login?next=/calls"),
        ("//evil.example/", "box", f"https://box:{secure}/evil.example/"),
        ("/\\evil.example", "box", f"https://box:{secure}/"),
    ):
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        plain.putrequest("GET", path, skip_host=True)
        plain.putheader("Host", host)
        plain.endheaders()
        response = plain.getresponse()
        assert (response.status, response.getheader("Location")) == (302, to)
        plain.close()
    plain = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    plain.request("POST", "/login", body="user=owner&password=secret")
    assert plain.getresponse().status == 501
    plain.close()

    pinned = ssl.create_default_context(cadata=_certificate(box.data / "tls/box.pem"))
    https = http.client.HTTPSConnection("localhost", secure, timeout=20, context=pinned)
    https.request("GET", "/claim")
    response = https.getresponse()
    assert response.status == 200
    assert "Secure" in (response.getheader("Set-Cookie") or "")
    https.close()


def _certificate(path: Path) -> str:
    found = x509.load_pem_x509_certificates(path.read_bytes())[0]
    assert found.fingerprint(hashes.SHA256())
    return found.public_bytes(serialization.Encoding.PEM).decode()
