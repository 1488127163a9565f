"""Updates of the appliance in a virtual machine: refused in words, given up when bad, kept when good.

`./box system-test update`; ten minutes and more. One box lives through all of it, in this order.
"""

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.system.appliance import GIVEN, HOME, LOOK_RESTARTED_S, Appliance, Disk, started_disk
from tests.system.bundles import bundle, foreign_key, next_root, small_root, stick
from tests.system.visitor import PASSWORD, Visitor

STICK = "/run/stick"
GOOD, BAD, DEAF = "99.0", "99.1", "99.2"
UPDATES = "/setup/updates"
BOOTENV = "/usr/lib/callbox/bootenv"


@pytest.fixture(scope="module")
def port() -> int:
    """Of this machine: leads to the box's page."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@pytest.fixture(scope="module")
def visitor(port: int) -> Visitor:
    return Visitor(port)


@pytest.fixture(scope="module")
def box(port: int) -> Iterator[Appliance]:
    """A new box, up, with a stick full of bundles."""
    work = HOME / "bundles"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    folder = work / "stick"
    folder.mkdir()
    for name, options in (
        ("foreign", {"version": "99.5", "key": foreign_key(work)}),
        ("other", {"version": "99.5", "compatible": "coffee"}),
        ("older", {"version": "0.0.1"}),
    ):  # fmt: skip
        bundle(folder / f"{name}.raucb", small_root(work / "root"), **options)  # type: ignore[arg-type]
    bundle(folder / "good.raucb", next_root(work / "root", GOOD), GOOD)
    broken = next_root(work / "root", BAD, without="/usr/lib/callbox/app/firmware/run.py")
    bundle(folder / "bad.raucb", broken, BAD)
    bundle(folder / "deaf.raucb", next_root(work / "root", DEAF, deaf=True), DEAF)
    shutil.copy(folder / "older.raucb", folder / "truncated.raucb")
    os.truncate(folder / "truncated.raucb", (folder / "older.raucb").stat().st_size - 300)
    changed = bytearray((folder / "older.raucb").read_bytes())
    changed[-200] ^= 1
    (folder / "changed.raucb").write_bytes(changed)
    (folder / "picture.raucb").write_bytes(b"\x89PNG" * 1000)
    forwards = [(port, GIVEN, 443)]
    box = Appliance(Disk(started_disk("update")), "update", stick=stick(folder, work / "stick.img"), forwards=forwards)
    with box:
        box.up()
        plug_in(box)
        yield box


def test_the_box_is_the_same_after_a_start(box: Appliance) -> None:
    """The root can keep nothing: the boot loader tells the kernel the box's id."""
    assert box.agent.run(BOOTENV, "get", "machine").out == box.agent.run("/bin/cat", "/etc/machine-id").out


def plug_in(box: Appliance) -> None:
    assert box.agent.shell(f"mkdir -p {STICK} && mount -o ro /dev/vdb {STICK}").code == 0


def state(box: Appliance) -> dict[str, str]:
    """What the boot loader will choose by, and what runs."""
    names = ("order", "A", "B")
    found = {name: box.agent.run(BOOTENV, "get", name).out.strip() for name in names}
    said = box.agent.shell(
        ". /usr/lib/os-release; echo $IMAGE_VERSION; sed -n 's/.*rauc.slot=\\(.\\).*/\\1/p' /proc/cmdline"
    )
    version, slot = said.out.split()
    return found | {"version": version, "slot": slot}


def slot(box: Appliance) -> str:
    """What runs; little work for a guest that is on trial meanwhile."""
    return box.agent.run("/bin/cat", "/proc/cmdline").out.partition("rauc.slot=")[2][:1]


def events(box: Appliance) -> int:
    """How many the database holds."""
    count = "sqlite3.connect('/data/callbox/callbox.sqlite').execute('SELECT count(*) FROM event').fetchone()[0]"
    return int(box.agent.run("/usr/bin/python3", "-c", f"import sqlite3; print({count})").out)


def snapshot(box: Appliance) -> dict[str, Any]:
    """What the page shows."""
    asked = (
        "import json, pathlib; from firmware.api.client import ApiClient; "
        "print(json.dumps(ApiClient(pathlib.Path('/data/callbox/callboxd.sock')).request('snapshot')))"
    )
    found: dict[str, Any] = json.loads(box.python(asked))
    return found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("foreign", "is signed by somebody whose updates this box does not accept"),
        ("other", "is for another product (coffee; this box is callbox-x86-64)"),
        ("older", "is older (0.0.1) than what runs"),
        ("truncated", "is truncated or damaged"),
        ("changed", "was changed after it was signed"),
        ("picture", "is no update bundle of callbox"),
        ("nowhere", "cannot read"),
    ],
)
def test_refused(box: Appliance, name: str, words: str) -> None:
    before = state(box)
    code, said = box.callbox("update", f"{STICK}/{name}.raucb")
    print(f"\n  {said.strip()}")
    assert code == 2 and words in said
    assert name == "nowhere" or "Nothing was changed" in said
    assert state(box) == before


@pytest.mark.parametrize(
    ("name", "version", "tries", "why"),
    [("bad", BAD, 3, "it did not come up"), ("deaf", DEAF, 1, "caller_hears")],
)
def test_a_bad_one_is_given_up(box: Appliance, name: str, version: str, tries: int, why: str) -> None:
    """It installs, does not come up or fails its own call, and after its tries the box is back where it was, by
    itself, says so, and serves calls."""
    before, stored = state(box), events(box)
    began = time.monotonic()
    code, said = box.callbox("update", f"{STICK}/{name}.raucb", seconds=900)
    print(f"\n  {said.strip()}\n  installed in {time.monotonic() - began:.0f} s")
    assert code == 0, said
    assert state(box) == before | {"order": "B A", "B": "3"}
    assert box.agent.run(BOOTENV, "set", f"B={tries}").code == 0
    box.restarted(lambda: slot(box) == "A", seconds=1800, told=["/bin/systemctl", "reboot"])
    print(f"\n  back after {time.monotonic() - began:.0f} s")
    box.up()
    assert state(box) == before | {"order": "B A", "B": "bad"}
    assert events(box) >= stored
    (alarm,) = [one for one in snapshot(box)["alarms"] if one["name"] == "update"]
    assert alarm["args"]["version"] == version and alarm["args"]["former"] == before["version"]
    assert why in alarm["args"]["text"]
    code, said = box.callbox("self-check", "--within", "120", "--call", seconds=600)
    print(f"\n{said}", end="")
    assert code == 0 and f"the update to {version} was given up" in said
    plug_in(box)


def test_a_good_one_brought_by_the_page_is_kept(box: Appliance, visitor: Visitor) -> None:
    """Somebody elsewhere brings it, has it installed, and does nothing more: the box starts anew by itself, and the
    page tells what runs now and that it was kept."""
    stored, began = events(box), time.monotonic()
    assert visitor.post("/claim", password=PASSWORD, again=PASSWORD).location == "/first"
    brought = visitor.upload(f"{UPDATES}/bring", UPDATES, HOME / "bundles/stick/good.raucb", seconds=900)
    assert brought["next"] == UPDATES, brought
    assert "Its signature is checked before anything is written" in visitor.get(UPDATES).text
    print(f"\n  brought in {time.monotonic() - began:.0f} s")
    assert visitor.post(f"{UPDATES}/install", at=UPDATES).location == UPDATES
    assert "being checked and installed beside what runs" in visitor.get(UPDATES).text
    box.agent.close()
    kept = visitor.until(f"{UPDATES}/now", lambda text: "and was kept" in text, 1800, LOOK_RESTARTED_S)
    print(f"  kept, by the page's word, after {time.monotonic() - began:.0f} s")
    assert f"<dd>{GOOD}</dd>" in kept
    box.up()
    print("\n" + box.agent.shell("journalctl -b -u callbox-good -o cat --no-pager").out)
    found = state(box)
    assert found == {"version": GOOD, "slot": "B", "order": "B A", "A": "good", "B": "good"}
    assert events(box) >= stored
    assert not [one for one in snapshot(box)["alarms"] if one["name"] == "update"]


def test_after_it_the_former_one_is_older(box: Appliance) -> None:
    plug_in(box)
    code, said = box.callbox("update", f"{STICK}/older.raucb")
    assert code == 2 and f"than what runs ({GOOD})" in said
