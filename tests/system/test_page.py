"""What the page of the appliance orders, and others with more rights carry out: network, updates, certificate, restore.

`./box system-test page`; ten minutes. Somebody elsewhere on the network uses the page by its own routes; one box lives
through all of it, in this order. Its clock counts instructions, so that a busy host cannot make it miss its own times.
It starts without a boot loader then: an update that the page brings and the box keeps is shown by test_update.py.
"""

import io
import socket
import ssl
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.appliance import GIVEN, Appliance, Disk, started_disk
from tests.system.bundles import bundle, small_root
from tests.system.test_appliance import TALKING
from tests.system.visitor import PASSWORD, Visitor
from tests.webui.setup.formfields import read
from webui.certificates import make

MOVED = "10.0.2.50"  # in QEMU's own network, which leads nowhere else
NETWORK, BACKUPS, UPDATES, CERTIFICATE, UPKEEP = (
    f"/setup/{name}" for name in ("network", "backups", "updates", "certificate", "upkeep")
)
CALLS = """
import pathlib
from firmware.api.client import ApiClient
with ApiClient(pathlib.Path("/data/callbox/callboxd.sock"), timeout=60) as client:
    print(sum(call["answered"] for call in client.request("snapshot")["calls"]))
"""


@pytest.fixture(scope="module")
def ports() -> tuple[int, int, int]:
    """Ways in: to http and https where the box is at first, and to https where it is moved to."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    http, https, moved = (one.getsockname()[1] for one in held)
    for one in held:
        one.close()
    return http, https, moved


@pytest.fixture(scope="module")
def box(ports: tuple[int, int, int]) -> Iterator[Appliance]:
    """A box that nobody has claimed, up."""
    http, https, moved = ports
    forwards = (http, GIVEN, 80), (https, GIVEN, 443), (moved, MOVED, 443)
    with Appliance(Disk(started_disk("page")), "page", counted=True, forwards=forwards) as box:
        box.up()
        yield box


@pytest.fixture(scope="module")
def visitor(ports: tuple[int, int, int]) -> Visitor:
    return Visitor(ports[1])


@pytest.fixture(scope="module")
def there(visitor: Visitor, ports: tuple[int, int, int]) -> Visitor:
    """The same, logged in, where the box has been moved to."""
    return visitor.at(ports[2])


def test_the_first_run_page(box: Appliance, visitor: Visitor, ports: tuple[int, int, int]) -> None:
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


def moved_form(visitor: Visitor, address: str = MOVED) -> dict[str, str]:
    """The form of Setup, Network with a fixed address on the jack that has one, as its button fills it in."""
    shown = visitor.post(NETWORK, _do="on:fixed", **sent(visitor, NETWORK)).text
    form = {name: value for name, value in read(shown).sent.items() if name != "csrf_token"}
    assert form["fixed.address"] == GIVEN and form["fixed.jack"], form
    return form | {"fixed.address": address}


def sent(visitor: Visitor, path: str) -> dict[str, str]:
    """What the form at `path` would send as it is."""
    return {name: value for name, value in read(visitor.get(path).text).sent.items() if name != "csrf_token"}


def test_a_network_that_nobody_confirms_is_given_back(box: Appliance, visitor: Visitor, there: Visitor) -> None:
    before = box.agent.shell("cat /data/network/network.json 2>/dev/null").out
    assert visitor.post(NETWORK, **moved_form(visitor)).location == NETWORK
    text = there.until(NETWORK, lambda text: "Keep the change" in text, 300)
    assert f"https://{MOVED}" in text
    visitor.until(NETWORK, lambda text: "went back to what was there before" in text, 600)
    addresses = box.agent.run("/usr/sbin/ip", "-brief", "-4", "address").out
    assert MOVED not in addresses and GIVEN in addresses
    assert box.agent.shell("cat /data/network/network.json 2>/dev/null").out == before == ""


def test_a_network_that_is_confirmed_is_kept(box: Appliance, visitor: Visitor, there: Visitor) -> None:
    """With the name and the time zone, by which callers' hours go."""
    form = moved_form(visitor) | {"hostname": "shop", "timezone": "Asia/Tokyo"}
    assert visitor.post(NETWORK, **form).location == NETWORK
    there.until(NETWORK, lambda text: "Keep the change" in text, 300)
    assert there.post(f"{NETWORK}/keep", at=NETWORK).location == NETWORK
    there.until(NETWORK, lambda text: "On trial" not in text, 60)
    assert MOVED in box.agent.shell("cat /data/network/network.json").out
    assert box.agent.shell("hostname; date +%Z").out.split() == ["shop", "JST"]
    assert GIVEN not in box.agent.run("/usr/sbin/ip", "-brief", "-4", "address").out


def test_backup_and_restore_while_somebody_talks(box: Appliance, there: Visitor, tmp_path: Path) -> None:
    """Made by the page, taken away, brought back, and put in place of what is there."""
    box.python(TALKING, seconds=300)
    assert there.post(UPKEEP, **sent(there, UPKEEP) | {"warn_days": "21"}).status == 302
    assert there.post(f"{BACKUPS}/make", at=BACKUPS).location == BACKUPS
    there.until(f"{BACKUPS}/now", lambda text: "read back and compared" in text, 300)
    (name,) = {part.partition('"')[0] for part in there.get(BACKUPS).text.split(f'"{BACKUPS}/file/')[1:]}
    taken = tmp_path / name
    taken.write_bytes(there.get(f"{BACKUPS}/file/{name}").content)
    assert zipfile.ZipFile(taken).testzip() is None
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(changed(taken.read_bytes()))
    assert there.post(f"{BACKUPS}/{name}/remove", at=BACKUPS).location == BACKUPS
    assert there.post(UPKEEP, **sent(there, UPKEEP) | {"warn_days": "28"}).status == 302

    there.upload(f"{BACKUPS}/bring", BACKUPS, damaged)
    there.until(f"{BACKUPS}/now", lambda text: "Nothing was changed" in text, 120)
    there.upload(f"{BACKUPS}/bring", BACKUPS, taken)
    there.until(f"{BACKUPS}/now", lambda text: "It is whole" in text, 120)
    assert box.python(CALLS).strip() != "0"  # nobody has noticed
    assert there.post(f"{BACKUPS}/brought/restore", at=BACKUPS, when="now").location == BACKUPS
    there.until(UPKEEP, lambda text: read(text).sent["warn_days"] == "21", 300)
    box.up()
    assert box.agent.shell("ls -d /data/callbox/replaced-* | wc -l").out.strip() == "1"
    box.python(TALKING, seconds=300)
    code, said = box.callbox("self-check", "--within", "120")
    assert code == 0, said


def changed(archive: bytes) -> bytes:
    """By one bit, in the middle of its largest file."""
    largest = max(zipfile.ZipFile(io.BytesIO(archive)).infolist(), key=lambda one: one.compress_size)
    content = bytearray(archive)
    content[largest.header_offset + 60 + largest.compress_size // 2] ^= 1
    return bytes(content)


def test_an_update_that_is_refused(box: Appliance, there: Visitor, tmp_path: Path) -> None:
    """By the page when it is no update at all, by the installer when it is an older one."""
    picture = tmp_path / "picture.raucb"
    picture.write_bytes(b"\x89PNG" * 1000)
    assert "is no update of the box" in there.upload(f"{UPDATES}/bring", UPDATES, picture)["message"]
    older = bundle(tmp_path / "older.raucb", small_root(tmp_path / "root"), "0.0.1")
    assert there.upload(f"{UPDATES}/bring", UPDATES, older)["next"] == UPDATES
    assert there.post(f"{UPDATES}/install", at=UPDATES).location == UPDATES
    there.until(f"{UPDATES}/now", lambda text: "It is older than what runs." in text, 300)
    assert not box.agent.shell("ls -A /data/callbox/update | grep raucb").out
