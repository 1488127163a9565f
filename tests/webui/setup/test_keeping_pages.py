"""Backups, updates and the network by the page: what is asked, what is taken, what is refused and how that is said."""

import re
import struct
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.api.keeping import BROUGHT_FILE
from firmware.api.messages import Refused
from firmware.cli import main
from firmware.config.board import LinePanel
from firmware.keeping import archive
from firmware.keeping.archive import FAULT_CODES
from firmware.network import request as asking
from firmware.network.wanted import FixedAddress, Network
from firmware.panel.section import Devices
from firmware.setup.store import Setup
from firmware.update import brought as update_brought
from firmware.update import bundle
from tests.webui.door import csrf_header
from tests.webui.fakebox import FakeBox
from webui.backup_faults import FAULTS
from webui.refusals import WORDS
from webui.setup import backups, brought

NAME = "callbox-20260105-033000.zip"


def state(job: dict[str, Any] | None = None, kept: bool = True, there: bool = False) -> dict[str, Any]:
    return {
        "folder": "", "kept": [{"name": NAME, "bytes": 1_234_567, "at": 0.0}] if kept else [],
        "brought": {"name": "brought", "bytes": 5, "at": 0.0} if there else None, "job": job,
    }  # fmt: skip


def job(what: str, ok: bool | None = True, why: str = "", code: str = "", **found: Any) -> dict[str, Any]:
    return {"what": what, "name": NAME, "who": "owner", "since": 0.0, "ok": ok, "why": why, "code": code,
            "found": found}  # fmt: skip


LOOKED_AT = job("check", made=0.0, version="0.1.0", bytes=9_000_000, recordings=False, files=4)


@pytest.mark.parametrize(
    ("told", "words", "not_there"),
    [
        (state(kept=False), ["There is no backup yet"], ["Download"]),
        (state(), ["2026", "1.2 MB", "Download", "Make a backup now"], ["Restore when"]),
        (state(job("make", None)), ["A backup is being made", "every 2s"], ["Make a backup now", "Remove"]),
        (state(job("make", bytes=7_000_000)), ["read back and compared: 7.0 MB"], []),
        (state(job("make", False, "the disk of /x has none", "disk_full")), ["The disk is too full"], ["/x"]),
        (state(LOOKED_AT), ["It is whole", "0.1.0", "not in it", "Restore when nobody talks"], ["calls end"]),
        (state(job("restore", False, "/x is odd", "damaged")), ["Nothing was changed:"], ["/x"]),
        (state(job("restore", calls=2)), ["the last of 2 calls"], []),
        (state(job("restore", calls=0)), ["starts again with it now"], []),
        (state(there=True), ["A backup was brought", "Look at it"], []),
    ],
)  # fmt: skip
def test_how_backups_stand(
    inside: FlaskClient, box: FakeBox, told: dict[str, Any], words: list[str], not_there: list[str]
) -> None:
    box.answers["backup.state"] = told
    text = inside.get("/setup/backups").text
    assert [one for one in words if one not in text] == [] and [one for one in not_there if one in text] == []


def test_every_fault_of_a_backup_has_words() -> None:
    """By its code alone: the box may say it in other words tomorrow."""
    assert set(FAULTS) == set(FAULT_CODES)
    given = set()
    for path in (Path(archive.__file__).parent).glob("*.py"):
        given |= set(re.findall(r'code="(\w+)"|NightError\([^)]*, "(\w+)"\)|return "(\w+)"$', path.read_text(), re.M))
    assert {one for group in given for one in group if one} <= set(FAULT_CODES) | set(WORDS)


def test_what_is_asked_of_the_box(inside: FlaskClient, box: FakeBox) -> None:
    box.answers["backup.state"] = state(LOOKED_AT)
    for path, fields, intent, args in (
        ("make", {"recordings": "on"}, "backup.make", {"recordings": True}),
        (f"{NAME}/check", {}, "backup.check", {"name": NAME}),
        (f"{NAME}/restore", {"when": "now"}, "backup.restore", {"name": NAME, "when": "now"}),
        (f"{NAME}/remove", {}, "backup.remove", {"name": NAME}),
    ):
        data = {"csrf_token": csrf_header(inside)["X-CSRFToken"], **fields}
        assert inside.post(f"/setup/backups/{path}", data=data).status_code == 302
        assert box.asked[-1] == (intent, {**args, "who": "owner"})
    box.refuses["backup.make"] = Refused("words that nobody on the page knows", code="busy")
    inside.post("/setup/backups/make", data={"csrf_token": csrf_header(inside)["X-CSRFToken"]})
    assert "Something else is under way." in inside.get("/setup/backups").text
    log = inside.get("/log").text
    assert "had a backup made" in log and f"restored the backup {NAME}" in log


def test_a_backup_comes_and_goes_whole(inside: FlaskClient, box: FakeBox, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = csrf_header(inside) | {"Content-Type": "application/octet-stream"}
    done = inside.post("/setup/backups/bring", data=b"PK\3\4" * 300_000, headers=headers)
    assert done.status_code == 200 and done.json["next"].startswith("/setup/backups")
    assert (box.data / BROUGHT_FILE).read_bytes() == b"PK\3\4" * 300_000
    assert box.asked[-1] == ("backup.check", {"name": "brought", "who": "owner"})
    monkeypatch.setattr(backups, "MOST", 1_000_000)
    done = inside.post("/setup/backups/bring", data=b"x" * 1_000_001, headers=headers)
    assert done.status_code == 422 and "larger than the 1 MB" in done.json["message"]
    monkeypatch.setattr(brought, "SPARE_BYTES", 10**18)
    done = inside.post("/setup/backups/bring", data=b"x", headers=headers)
    assert done.status_code == 422 and "Make room first" in done.json["message"]
    assert (box.data / BROUGHT_FILE).stat().st_size == 1_200_000 and not list(box.data.glob(".*.new"))

    kept = box.data / "backups"
    kept.mkdir()
    (kept / NAME).write_bytes(b"all of it")
    box.answers["backup.state"] = state() | {"folder": str(kept)}
    assert inside.get(f"/setup/backups/file/{NAME}").data == b"all of it"
    for other in ("callbox.sqlite", "callbox-20260105-033001.zip", "..%2fcallbox.sqlite"):
        assert inside.get(f"/setup/backups/file/{other}").status_code == 404


# -- updates --------------------------------------------------------------------------------------------------


def a_bundle() -> bytes:
    """As much of one as can be looked at without its signature."""
    header = b"hsqs" + bytes(36) + struct.pack("<Q", 4096) + bytes(48)
    return header.ljust(4096, b"\0") + bytes(1000) + struct.pack(">Q", 1000)


@pytest.fixture
def appliance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = tmp_path / "os-release"
    release.write_text("IMAGE_VERSION=0.1.0\n")
    monkeypatch.setattr(bundle, "OS_RELEASE", release)


def bring(page: FlaskClient, content: bytes) -> Any:
    headers = csrf_header(page) | {"Content-Type": "application/octet-stream"}
    return page.post("/setup/updates/bring", data=content, headers=headers)


def test_a_computer_is_not_updated(inside: FlaskClient) -> None:
    text = inside.get("/setup/updates").text
    assert "Updates by the page are for the appliance" in text and "upload-file" not in text
    assert bring(inside, a_bundle()).status_code == 409


@pytest.mark.usefixtures("appliance")
def test_an_update_is_brought_and_handed_over(inside: FlaskClient, box: FakeBox) -> None:
    folder = box.data / "update"
    for content, words in (
        (b"MZ" * 200, "no update of the box"),
        (a_bundle()[:-9], "not whole"),
        (b"", "not arrive whole"),
    ):
        done = bring(inside, content)
        assert done.status_code == 422 and words in done.json["message"]
        assert not list(folder.glob("*"))
    assert bring(inside, a_bundle()).json == {"next": "/setup/updates"}
    assert "Install it" in inside.get("/setup/updates").text
    token = csrf_header(inside)["X-CSRFToken"]
    assert inside.post("/setup/updates/install", data={"csrf_token": token}).status_code == 302
    assert (folder / "install.raucb").read_bytes() == a_bundle()
    assert "being checked and installed" in inside.get("/setup/updates/now").text
    (folder / "install.raucb").unlink()
    (folder / "result.json").write_text(
        'callbox: /data/x is old.\n{"error": "/data/x is old.", "code": "update_older", "holes": {}}\n'
    )
    text = inside.get("/setup/updates/now").text
    assert "It is older than what runs." in text and "/data/x" not in text


@pytest.mark.usefixtures("appliance")
def test_what_the_installer_says_is_shown_as_words(
    inside: FlaskClient, box: FakeBox, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it is called (image-build/overlay/usr/lib/callbox/update-brought), also where the page has no words for it."""
    folder = box.data / "update"
    folder.mkdir(exist_ok=True)
    assert main(["update", "--json", "--data", str(box.data), str(folder / "none.raucb")]) == 2
    told = capsys.readouterr()
    (folder / "result.json").write_text(told.err + told.out)
    assert (
        str(update_brought.stands(box.data).said) == f"cannot read {folder / 'none.raucb'}: No such file or directory"
    )
    assert "error" not in inside.get("/setup/updates/now").text


@pytest.mark.usefixtures("appliance")
def test_an_update_that_was_kept_is_said(inside: FlaskClient, box: FakeBox) -> None:
    folder = box.data / "update"
    folder.mkdir(exist_ok=True)
    note = folder / "kept.json"
    note.write_text('{"former": "0.0.9", "version": "0.1.0", "slot": "B", "boot": "x"}')
    assert "passed its self-check and its call to itself, and was kept" in inside.get("/setup/updates/now").text
    note.write_text(note.read_text().replace("0.1.0", "0.2.0"))  # given up since, or written onto the disk anew
    assert "and was kept" not in inside.get("/setup/updates/now").text


# -- network --------------------------------------------------------------------------------------------------


def test_a_computers_own_network_is_shown(inside: FlaskClient) -> None:
    text = inside.get("/setup/network").text
    assert "this computer’s own" in text and "hostname" not in text and "Time zone" in text
    assert inside.post("/setup/network", data={"csrf_token": csrf_header(inside)["X-CSRFToken"]}).status_code == 409


FORM = {
    "hostname": "shop", "fixed.#": "1", "fixed.jack": "", "fixed.address": "192.168.1.20", "fixed.mask": "24",
    "fixed.gateway": "192.168.1.1", "dns": "192.168.1.1\n1.1.1.1", "ntp": "ntp.aliyun.com", "timezone": "Asia/Shanghai",
}  # fmt: skip


@pytest.mark.usefixtures("appliance")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hostname": "My Box"}, "Small letters, digits and - between them"),
        ({"fixed.address": "192.168.1"}, "An address such as 192.168.1.20."),
        ({"fixed.mask": "255.0.255.0"}, "A network mask, such as"),
        ({"fixed.gateway": "10.0.0.1"}, "The gateway must be in the network 192.168.1.0/24."),
        ({"dns": "router"}, "router is no address"),
        ({"ntp": "a b"}, "A name or an address"),
        ({"timezone": "Mars/Olympus"}, "Choose one."),
    ],
)  # fmt: skip
def test_networks_that_cannot_be_are_said(
    inside: FlaskClient, box: FakeBox, changed: dict[str, str], words: str
) -> None:
    token = {"csrf_token": csrf_header(inside)["X-CSRFToken"]}
    assert words in inside.post("/setup/network/check", data=FORM | changed | token).text
    done = inside.post("/setup/network", data=FORM | changed | token)
    assert done.status_code == 422 and words in done.text
    assert not asking.waits(box.data)


@pytest.mark.usefixtures("appliance")
def test_a_network_is_tried_and_kept(
    inside: FlaskClient, box: FakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "state.json"
    monkeypatch.setattr(asking.state, "__defaults__", (told,))
    token = {"csrf_token": csrf_header(inside)["X-CSRFToken"]}
    assert inside.post("/setup/network", data=FORM | token).status_code == 302
    request = asking.take(box.data)
    assert request.network == Network(
        hostname="shop", fixed=FixedAddress(address="192.168.1.20", mask="255.255.255.0", gateway="192.168.1.1"),
        dns=("192.168.1.1", "1.1.1.1"), ntp=("ntp.aliyun.com",),
    )  # fmt: skip
    trial = asking.State(what="trial", id=request.id, until=box.now() + 100, network=request.network)
    told.write_text(trial.model_dump_json())
    text = inside.get("/setup/network").text
    assert "Keep the change" in text and "http://192.168.1.20/setup/network" in text and 'value="192.168.1.20"' in text
    assert inside.post("/setup/network", data=FORM | token).status_code == 409
    assert inside.post("/setup/network/keep", data=token).status_code == 302
    assert asking.kept(box.data, request.id)
    told.write_text(asking.State(what="back").model_dump_json())
    assert "went back to what was there before" in inside.get("/setup/network").text
    inside.post("/setup/network/keep", data=token)
    assert "Nothing is on trial any more" in inside.get("/setup/network").text
    log = inside.get("/log").text
    assert "fixed DHCP → 192.168.1.20/24" in log and "kept the network" in log


# -- the box's own settings -----------------------------------------------------------------------------------


# -- at the front ---------------------------------------------------------------------------------------------


def test_lamp_and_printer(inside: FlaskClient, box: FakeBox) -> None:
    printer = {"device": "/dev/ttyUSB1", "why": "it was unplugged", "waiting": 2, "sent": 40, "dropped": 3, "breaks": 1}
    box.answers["panel.state"] = {
        "lamp": {"device": "/dev/ttyUSB0", "why": ""}, "printer": printer,
        "ports": [{"device": "/dev/ttyUSB0", "what": "FT232R USB UART"}],
    }  # fmt: skip
    text = inside.get("/setup/devices").text
    for words in (
        "at /dev/ttyUSB0",
        "it was unplugged",
        "40 lines printed, 2 wait, 3 lost",
        "ttyUSB0 (FT232R USB UART)",
    ):
        assert words in text
    token = {"csrf_token": csrf_header(inside)["X-CSRFToken"]}
    box.answers["panel.test"] = {"lamp": True, "printer": True}
    tried = inside.post("/setup/devices/test", data=token, follow_redirects=True).text
    assert "sounds for two seconds. The printer prints a line." in tried
    stamp = re.search(r'name="_stamp" value="([^"]*)"', text)
    assert stamp is not None
    form = {
        "_stamp": stamp[1], "lamp.kind": "line", "lamp.#": "1", "lamp.device": "/dev/ttyUSB0", "lamp.baud": "19200",
        "printer.#": "1", "printer.device": "COM1", "printer.baud": "9600", "printer.xonxoff": "on",
    }  # fmt: skip
    assert "A serial port, such as /dev/ttyUSB0." in inside.post("/setup/devices", data=form | token).text
    assert inside.post("/setup/devices", data=form | {"printer.device": "/dev/ttyS0"} | token).status_code == 302
    section = Setup(box.data).load(Devices)
    assert not section.as_board and section.printer is not None and section.printer.device == "/dev/ttyS0"
    assert isinstance(section.lamp, LinePanel) and section.lamp.baud == 19200 and box.changed[-1] == "devices"
