"""The appliance's page as somebody elsewhere on the network sees it: the first run, and the owner's certificate.

`./box system-test page`; some minutes. The box's clock counts instructions, so that a busy host cannot make it miss its
own times; it may be late beside this machine's.
"""

import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.system.appliance import GIVEN, Appliance, Disk, started_disk
from tests.system.visitor import Visitor
from webui.certificates import make

PASSWORD = "three words of one's own"
CERTIFICATE = "/setup/certificate"


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    """Ways in: to http and to https."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    http, https = (one.getsockname()[1] for one in held)
    for one in held:
        one.close()
    return http, https


@pytest.fixture(scope="module")
def box(ports: tuple[int, int]) -> Iterator[Appliance]:
    """A box that nobody has claimed, up."""
    forwards = (ports[0], GIVEN, 80), (ports[1], GIVEN, 443)
    with Appliance(Disk(started_disk("page")), "page", counted=True, forwards=forwards) as box:
        box.up()
        yield box


@pytest.fixture(scope="module")
def visitor(ports: tuple[int, int]) -> Visitor:
    return Visitor(ports[1])


def test_the_first_run_page(box: Appliance, visitor: Visitor, ports: tuple[int, int]) -> None:
    """http://callbox.local leads to https, and there to the claim, and from there to the first steps."""
    assert box
    with socket.create_connection(("127.0.0.1", ports[0]), timeout=60) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: callbox.local\r\nConnection: close\r\n\r\n")
        said = b"".join(iter(lambda: line.recv(4096), b"")).decode()
    assert "\nlocation: https://callbox.local/" in said.lower(), said
    assert visitor.get("/").location == "/claim"
    assert visitor.post("/claim", password=PASSWORD, again=PASSWORD).location == "/first"
    assert visitor.get("/first").status == 200
    assert "A call comes." in visitor.get("/help/guide-agent").text


def test_the_owners_certificate(box: Appliance, visitor: Visitor) -> None:
    """It is used at once, and given up at once, without a start."""
    assert box
    before = visitor.certificate()
    own = make(["callbox.example"]).decode()
    certificate = own[: own.index("-----BEGIN PRIVATE KEY")]
    assert visitor.post(CERTIFICATE, text=certificate).status == 422  # its key is missing
    assert visitor.certificate() == before
    assert visitor.post(CERTIFICATE, text=own).location == CERTIFICATE
    assert visitor.certificate() == ssl.PEM_cert_to_DER_cert(certificate)
    assert visitor.post(f"{CERTIFICATE}/remove", at=CERTIFICATE).location == CERTIFICATE
    assert visitor.certificate() == before
