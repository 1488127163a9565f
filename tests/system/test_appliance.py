"""The appliance in a virtual machine: it starts by BIOS and by UEFI, looks after itself, and says what is wrong.

`./box system-test appliance`; minutes. GRUB for BIOS starts the disks that test_update.py and power.py begin with.
"""

import html
import json
import time
from collections.abc import Iterator

import pytest

from tests.system.appliance import HOME, IMAGE, LAN_MAC, Appliance, Disk, new_disk, started_disk
from tests.system.neighbour import ADDRESS, POINTER, Neighbour

IMAGE_MB, BUNDLE_MB, USER_SPACE_S = 900, 350, 12.0


@pytest.fixture(scope="module")
def box() -> Iterator[Appliance]:
    """A new box, up. Its clock counts instructions: on a host that is busy elsewhere for seconds, callboxd's watchdog
    would rightly find that the card's ticks stand still, and end the program in the middle of a test."""
    with Appliance(Disk(new_disk(HOME / "appliance.disk")), "appliance", counted=True) as box:
        box.up()
        yield box


def test_sizes() -> None:
    sizes = {name: (IMAGE / name).stat().st_size / 1e6 for name in ("callbox.img", "callbox.raucb")}
    print(f"\n  image and bundle, MB: {[round(size) for size in sizes.values()]}", end="")
    assert sizes["callbox.img"] <= IMAGE_MB and sizes["callbox.raucb"] <= BUNDLE_MB


def test_page_asks_to_be_claimed(box: Appliance) -> None:
    asked = (
        "import http.client as h, ssl; c = h.HTTPSConnection('localhost', context=ssl._create_unverified_context()); "
        "c.request('GET', '/'); r = c.getresponse(); print(r.status, r.getheader('Location'))"
    )
    assert box.agent.run("/usr/bin/python3", "-c", asked).out.split() == ["302", "/claim"]


GUIDE = """
import http.cookiejar, re, ssl, urllib.parse, urllib.request as r
context = ssl._create_unverified_context()
browser = r.build_opener(r.HTTPSHandler(context=context), r.HTTPCookieProcessor(http.cookiejar.CookieJar()))
def ask(path, **form):
    data = urllib.parse.urlencode(form).encode() if form else None
    asked = r.Request("https://localhost" + path, data, {"Referer": "https://localhost", "Accept-Language": "en"})
    return browser.open(asked, timeout=60).read().decode()
token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', ask("/claim"))[1]
ask("/claim", csrf_token=token, password="three words of one's own", again="three words of one's own")
print(ask("/help/guide-agent"))
"""


def test_the_guides_are_on_the_box(box: Appliance) -> None:
    """For whoever has claimed it, and without any other network."""
    assert "A call comes." in box.python(GUIDE)


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


def test_the_hardware_watchdog_is_fed(box: Appliance) -> None:
    assert "i6300ESB" in box.agent.shell("cat /sys/class/watchdog/watchdog0/identity").out
    assert box.agent.shell("cat /sys/class/watchdog/watchdog0/state").out.strip() == "active"


def test_second_start_keeps_everything(box: Appliance) -> None:
    asked = "cat /data/callbox/settings.json; blkid -s UUID -o value /dev/disk/by-partlabel/data"
    before = box.agent.shell(asked).out
    box.restarted(lambda: True, seconds=900, told=["/bin/systemctl", "reboot"])
    box.up()
    assert box.agent.shell(asked).out == before


@pytest.mark.parametrize("loss", ["database", "data of another box"])
def test_never_on_empty_data(box: Appliance, loss: str) -> None:
    """Last, because the box does not come up any more."""
    if loss == "database":
        box.agent.shell(
            "systemctl stop callboxd; rm /data/callbox/callbox.sqlite*; systemctl start --no-block callboxd"
        )
    else:
        box.agent.shell("/usr/lib/callbox/bootenv set data=6f950818-e530-4044-bc3f-8bdfac355907")
        box.restarted(lambda: True, seconds=900, told=["/bin/systemctl", "reboot"])
    words = {"database": "this box had one with calls in it", "data of another box": "is not this box's own"}[loss]
    until = time.monotonic() + 300
    while words not in box.agent.shell("cat /run/callbox/trouble").out:
        assert time.monotonic() < until
        time.sleep(1)
    assert words in box.console.read_text(errors="replace")
    if loss != "database":
        asked = (
            "import http.client as h; c = h.HTTPConnection('localhost'); c.request('GET', '/'); r = c.getresponse(); "
        )
        asked += "print(r.status, r.read().decode())"
        until = time.monotonic() + 120
        while words not in html.unescape(said := box.agent.run("/usr/bin/python3", "-c", asked).out):
            assert time.monotonic() < until, said
            time.sleep(1)
        assert not box.agent.shell("mountpoint -q /data && echo mounted").out


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
