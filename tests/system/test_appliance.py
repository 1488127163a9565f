"""The appliance in a virtual machine: it starts by BIOS and by UEFI, looks after itself, and says what is wrong.

`./box system-test appliance`; minutes.
"""

import time
from collections.abc import Iterator

import pytest

from tests.system.appliance import HOME, IMAGE, Appliance, Disk, new_disk

IMAGE_MB, BUNDLE_MB, USER_SPACE_S = 900, 350, 12.0


@pytest.fixture(scope="module")
def box() -> Iterator[Appliance]:
    """A new box, up. Its clock counts instructions."""
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
    said = box.agent.shell("resolvectl status").out
    assert "mDNS/IPv4" in said
    assert box.agent.run("/bin/hostname").out.strip() == "callbox"


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


def test_second_start_keeps_everything_and_is_quick(box: Appliance) -> None:
    asked = "cat /etc/machine-id; blkid -s UUID -o value /dev/disk/by-partlabel/data"
    before = box.agent.shell(asked).out
    box.restarted(lambda: True, seconds=900, told=["/bin/systemctl", "reboot"])
    box.up()
    assert box.agent.shell(asked).out == before
    time.sleep(5)
    said = box.agent.shell("systemd-analyze; systemd-analyze blame --no-pager | head -n 6").out
    print(f"\n{said}", end="")
    seconds = said.partition("(kernel) + ")[2].partition("s (userspace)")[0]
    assert float(seconds) <= USER_SPACE_S


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
        while words not in (said := box.agent.run("/usr/bin/python3", "-c", asked).out):
            assert time.monotonic() < until, said
            time.sleep(1)
        assert not box.agent.shell("mountpoint -q /data && echo mounted").out


def test_by_uefi() -> None:
    with Appliance(Disk(new_disk(HOME / "uefi.disk")), "uefi", uefi=True, counted=True) as box:
        box.up()
        assert box.agent.shell("test -d /sys/firmware/efi").code == 0
