"""The appliance in a virtual machine: it starts by BIOS and by UEFI, looks after itself, and says what is wrong.

`./box system-test appliance`; minutes. GRUB for BIOS starts the disks that test_update.py and power.py begin with.
"""

import html
import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import pytest

from tests.system.appliance import GIVEN, HOME, IMAGE, LAN_MAC, Appliance, Disk, new_disk, started_disk
from tests.system.neighbour import ADDRESS, POINTER, Neighbour
from tests.system.visitor import PASSWORD, Visitor

IMAGE_MB, BUNDLE_MB, USER_SPACE_S = 900, 350, 12.0


def test_sizes() -> None:
    sizes = {name: (IMAGE / name).stat().st_size / 1e6 for name in ("callbox.img", "callbox.raucb")}
    print(f"\n  image and bundle, MB: {[round(size) for size in sizes.values()]}", end="")
    assert sizes["callbox.img"] <= IMAGE_MB and sizes["callbox.raucb"] <= BUNDLE_MB


def test_by_uefi() -> None:
    """Its own boot loader, so not counted: counting instructions starts the kernel without one."""
    with Appliance(Disk(new_disk(HOME / "uefi.disk")), "uefi", uefi=True) as box:
        box.up()
        assert box.agent.shell("test -d /sys/firmware/efi").code == 0
        assert "rauc.slot=A" in box.agent.shell("cat /proc/cmdline").out


def test_start_is_quick() -> None:
    """Of a box that was started before. Its clock counts instructions, so that a busy host does not disturb it."""
    with Appliance(Disk(started_disk("start")), "start", counted=True) as box:
        box.up()
        print("\n" + box.agent.shell("systemd-analyze; systemd-analyze blame --no-pager | head -n 12").out, end="")
        stamps = box.agent.shell(
            "systemctl show -P UserspaceTimestampMonotonic; "
            "systemctl show -P ActiveEnterTimestampMonotonic callboxd callbox-web"
        ).out.split()
    began, lines, page = (int(stamp) / 1e6 for stamp in stamps)
    print(f"  user space: lines answer after {lines - began:.1f} s, the page after {page - began:.1f} s", end="")
    assert lines - began <= USER_SPACE_S and page - began <= USER_SPACE_S


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    """Of this machine: they lead to the box's http and https."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    http, https = (one.getsockname()[1] for one in held)
    for one in held:
        one.close()
    return http, https


@pytest.fixture(scope="module")
def box(ports: tuple[int, int]) -> Iterator[Appliance]:
    """A new box, up. Its clock counts instructions: on a host that is busy elsewhere for seconds, callboxd's watchdog
    would rightly find that the card's ticks stand still, and end the program in the middle of a test."""
    forwards = [(ports[0], GIVEN, 80), (ports[1], GIVEN, 443)]
    with Appliance(Disk(new_disk(HOME / "appliance.disk")), "appliance", counted=True, forwards=forwards) as box:
        box.up()
        yield box


@pytest.fixture(scope="module")
def visitor(ports: tuple[int, int]) -> Visitor:
    return Visitor(ports[1])


def test_page_asks_to_be_claimed(box: Appliance, visitor: Visitor) -> None:
    """And has its guides with it, without any other network."""
    assert box and visitor.get("/").location == "/claim"
    assert visitor.post("/claim", password=PASSWORD, again=PASSWORD).location == "/first"
    assert "A call comes." in visitor.get("/help/guide-agent").text


def test_self_check(box: Appliance) -> None:
    code, said = box.callbox("self-check", "--within", "120")
    print(f"\n{said}", end="")
    assert code == 0


def test_root_is_read_only_and_the_data_are_not(box: Appliance) -> None:
    assert box.agent.shell("touch /usr/x").code != 0
    assert box.agent.shell("touch /data/x && rm /data/x").code == 0


def test_each_program_has_a_user_of_its_own(box: Appliance) -> None:
    owners = [
        box.agent.shell(f"stat -c %U /proc/$(systemctl show -P MainPID {unit})").out.strip()
        for unit in ("callboxd", "callbox-web")
    ]
    assert owners == ["callboxd", "callbox-web"]
    locked = box.agent.shell("grep -h VmLck /proc/$(systemctl show -P MainPID callboxd)/status").out.split()
    assert int(locked[1]) > 0


def test_nothing_listens_but_the_page_and_names(box: Appliance) -> None:
    said = box.agent.shell("ss -H -tuln").out
    ports = {line.split()[4].rpartition(":")[2] for line in said.splitlines() if "127.0.0.5" not in line}
    assert ports <= {"80", "443", "5353", "68", "546"}


def test_name_on_the_local_network(box: Appliance) -> None:
    """Another computer on the same cable, with neither router nor DHCP."""
    with Neighbour(box.lan, box.neighbour) as neighbour:
        (address,) = neighbour.look_up("callbox.local", ADDRESS, 120)
        services = neighbour.look_up("_http._tcp.local", POINTER, 60)
    print(f"\n  callbox.local is {address}", end="")
    own = json.loads(box.agent.run("/usr/sbin/ip", "-json", "address").out)
    (jack,) = [one for one in own if one.get("address") == LAN_MAC]
    assert address.startswith("169.254.") and address in {one["local"] for one in jack["addr_info"]}
    assert services == {"callbox._http._tcp.local"}


def test_a_stopped_box_has_stopped_well(box: Appliance) -> None:
    """What was written is whole, and nobody is told of trouble."""
    said = box.agent.shell("systemctl stop callboxd; systemctl show -P Result callboxd; systemctl start callboxd").out
    assert said.split() == ["success"]
    assert not box.agent.shell("cat /run/callbox/trouble 2>/dev/null").out


TALKING = """
import pathlib, time
from firmware.api.client import ApiClient
with ApiClient(pathlib.Path("/data/callbox/callboxd.sock"), timeout=60) as client:
    client.request("training.call", number="13800138000")
    while not any(call["answered"] for call in client.request("snapshot")["calls"]):
        time.sleep(0.2)
"""
SETTING = """
import pathlib
from firmware.settings import SettingsFile
file = SettingsFile(pathlib.Path("/data/callbox"))
file.change(lambda _: {"http": "127.0.0.1:%d"})
"""
SET_TO = """
import pathlib
from firmware.settings import SettingsFile
print(SettingsFile(pathlib.Path("/data/callbox")).ensure().http)
"""


def test_backup_and_restore_while_somebody_talks(box: Appliance) -> None:
    box.python(SETTING % 10_001)
    box.python(TALKING, seconds=300)
    code, said = box.callbox("backup", "/data/backup.zip", "--data", "/data/callbox")
    assert code == 0, said
    box.python(SETTING % 10_002)
    box.python(TALKING, seconds=300)
    code, said = box.callbox("restore", "/data/backup.zip", "--now", "--data", "/data/callbox")
    print(f"\n  {said.strip()}", end="")
    assert code == 0, said
    until = time.monotonic() + 300
    while not box.agent.shell("ls -d /data/callbox/replaced-*").out:
        assert time.monotonic() < until
        time.sleep(1)
    box.up()
    code, said = box.callbox("self-check", "--within", "120")
    assert code == 0, said
    assert box.python(SET_TO).strip() == "127.0.0.1:10001"
    box.python(TALKING, seconds=300)
    box.agent.shell("rm -rf /data/backup.zip /data/callbox/replaced-*")
    assert "atchdog" not in box.agent.shell("journalctl -b -u callboxd -o cat").out


def test_a_page_that_is_killed_is_started_anew(box: Appliance) -> None:
    """And the box's calls do not notice."""
    asked = "systemctl show -P MainPID callbox-web callboxd"
    page, lines = box.agent.shell(asked).out.split()
    box.agent.shell(f"kill -KILL {page}")
    until = time.monotonic() + 300
    while (now := box.agent.shell(asked).out.split())[0] in (page, "0"):
        assert time.monotonic() < until
        time.sleep(1)
    box.up()
    assert now[1] == lines
    code, said = box.callbox("self-check", "--within", "120")
    assert code == 0, said


def test_a_program_that_stands_still_is_started_anew(box: Appliance) -> None:
    before = box.agent.shell("systemctl show -P MainPID callboxd").out
    box.agent.shell("kill -STOP $(systemctl show -P MainPID callboxd)")
    until = time.monotonic() + 300
    while (now := box.agent.shell("systemctl show -P MainPID callboxd").out) in (before, "0\n"):
        assert time.monotonic() < until
        time.sleep(1)
    box.up()
    assert "Watchdog timeout" in box.agent.shell("journalctl -b -u callboxd -o cat").out
    assert now != before


WATCHDOG = "/sys/class/watchdog/watchdog0"


def test_the_hardware_watchdog_is_fed(box: Appliance) -> None:
    assert "i6300ESB" in box.agent.shell(f"cat {WATCHDOG}/identity").out
    assert box.agent.shell(f"cat {WATCHDOG}/state {WATCHDOG}/timeout").out.split() == ["active", "30"]


def test_second_start_keeps_everything(box: Appliance) -> None:
    asked = "cat /data/callbox/settings.json; blkid -s UUID -o value /dev/disk/by-partlabel/data"
    before = box.agent.shell(asked).out
    box.restarted(lambda: True, seconds=900, told=["/bin/systemctl", "reboot"])
    box.up()
    assert box.agent.shell(asked).out == before


START = "systemctl reset-failed callboxd; systemctl start --no-block callboxd"
FULL = "fallocate -l $(df --output=avail -B1 /data | tail -n 1) /data/full; dd if=/dev/zero of=/data/fuller bs=4k"


def told(box: Appliance, words: str) -> None:
    """On the console."""
    until = time.monotonic() + 300
    while words not in box.console.read_text(errors="replace"):
        assert time.monotonic() < until
        time.sleep(1)


def test_calls_are_answered_on_a_full_disk(box: Appliance, visitor: Visitor) -> None:
    """Also after a start with it; console and page say so."""
    until = time.monotonic() + 300
    while box.agent.shell("ls /data/callbox/reserve").code:  # a minute after the first start
        assert time.monotonic() < until
        time.sleep(1)
    box.agent.shell(f"systemctl stop callboxd; {FULL}; {START}")
    assert box.agent.shell("df --output=avail /data").out.split()[1] == "0"
    box.up()
    box.python(TALKING, seconds=300)
    visitor.until("/", lambda text: "The disk is nearly full" in text, 300)
    box.agent.shell("systemctl start callbox-good")
    told(box, "alarm disk_low: 0.0 GB free")
    box.agent.shell(f"systemctl stop callboxd; rm /data/full*; {START}")
    box.up()


def test_the_log_that_is_kept_is_bounded(box: Appliance) -> None:
    log = "/data/log/callbox.log"
    box.agent.shell(f"truncate -s 5M {log}; rm -f /run/callbox/log.*; systemctl start callbox-log")
    sizes = [int(size) for size in box.agent.shell(f"stat -c %s {log}.1 {log}").out.split()]
    assert sizes[0] == 5 << 20 and 0 < sizes[1] <= 2_000_000
    assert "callboxd" in box.agent.shell(f"cat {log}").out


def test_a_kernel_that_stands_still_is_started_anew(box: Appliance) -> None:
    """By the hardware watchdog, which systemd feeds: a kernel that has panicked, and is told to stay so. It asks for
    the time without end, which is slow to emulate: of the box's 30 s it is given 4."""
    sooner = (
        "busctl set-property org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager "
        "RuntimeWatchdogUSec t 4000000"
    )
    assert box.agent.shell(f"{sooner} && cat {WATCHDOG}/timeout").out.strip() == "4"
    crash = "echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger"
    box.restarted(lambda: True, seconds=900, told=["/bin/sh", "-c", crash])
    box.up()
    code, said = box.callbox("self-check", "--within", "120")
    assert code == 0, said


NEWER = """
import sqlite3
with sqlite3.connect("/data/callbox/callbox.sqlite") as database:
    database.execute("UPDATE alembic_version SET version_num = '9999'")
"""


def test_never_without_its_database(box: Appliance, visitor: Visitor) -> None:
    """Where there was one: the box waits, and says so."""
    box.agent.shell(
        f"systemctl stop callboxd; mkdir /data/former; mv /data/callbox/callbox.sqlite* /data/former; {START}"
    )
    told(box, "this box had one with calls in it")
    visitor.until("/", lambda text: "Its database is missing or empty" in text, 300)
    assert not box.agent.shell("ls /data/callbox/callbox.sqlite*").out


def test_never_on_a_newer_database(box: Appliance, visitor: Visitor) -> None:
    """Nor when it has come back, but from a later version; and once it is this one's, the trouble is over."""
    box.agent.shell("cp -a /data/former/* /data/callbox")
    box.python(NEWER)
    box.agent.shell(START)
    told(box, "was written by a newer version")
    visitor.until("/", lambda text: "Its database was written by a newer version" in text, 300)
    box.agent.shell(f"systemctl stop callboxd; cp -a /data/former/* /data/callbox; {START}")
    box.up()
    assert "has stopped" not in visitor.get("/").text


def test_a_backup_takes_the_place_of_a_lost_database(box: Appliance, visitor: Visitor) -> None:
    """By the page alone: nobody can log in at the box."""
    place = "/setup/backups"
    visitor.post(f"{place}/make", at=place)
    visitor.until(place, lambda text: "read back and compared" in text, 300)
    box.agent.shell(f"systemctl stop callboxd; rm /data/callbox/callbox.sqlite*; {START}")
    text = visitor.until(place, lambda text: "database is missing" in text and f"{place}/callbox-" in text, 300)
    (name, *_) = re.findall(rf"{place}/(callbox-[^/]+)/check", text)
    visitor.post(f"{place}/{name}/check", at=place)
    visitor.until(place, lambda text: "It is whole." in text, 300)
    visitor.post(f"{place}/{name}/restore", at=place, when="idle")
    until = time.monotonic() + 300
    while box.agent.run("systemctl", "is-active", "callboxd.service").out.strip() == "failed":  # until the rescue ends
        assert time.monotonic() < until
        time.sleep(1)
    box.up()
    assert box.agent.shell("systemctl is-active callbox-rescue").out.strip() == "inactive"
    assert "has stopped" not in visitor.get("/").text
    code, said = box.callbox("self-check", "--within", "120")
    assert code == 0, said


def test_never_on_data_of_another_box(box: Appliance, ports: tuple[int, int]) -> None:
    """Last, because the box does not come up any more."""
    words = "is not this box's own"
    box.agent.shell("/usr/lib/callbox/bootenv set data=6f950818-e530-4044-bc3f-8bdfac355907")
    box.restarted(lambda: True, seconds=900, told=["/bin/systemctl", "reboot"])
    told(box, words)
    unknown = ssl._create_unverified_context()
    for connect in (
        lambda: http.client.HTTPConnection("127.0.0.1", ports[0], timeout=60),
        lambda: http.client.HTTPSConnection("127.0.0.1", ports[1], timeout=60, context=unknown),
    ):
        until = time.monotonic() + 300
        while words not in html.unescape(said := answer(connect)):
            assert time.monotonic() < until, said
            time.sleep(1)
    assert not box.agent.shell("mountpoint -q /data && echo mounted").out


def answer(connect: Callable[[], http.client.HTTPConnection]) -> str:
    """Of whoever is there; empty if nobody is."""
    connection = connect()
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()
