"""What may be wanted of the network, the files that it becomes, and the applier in a root of the test's own."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from pydantic import ValidationError

from firmware.network import request as asking
from firmware.network.applier import DATA, KEPT, TIMEZONE, Applier
from firmware.network.files import LOCALTIME, NETWORK, TIMESYNC, texts
from firmware.network.look import _gateway, look
from firmware.network.request import FOLDER, KEEP, REQUEST, STATE, State, ask, keep, state
from firmware.network.wanted import FixedAddress, Network, zones

FIXED = {"jack": "eth0", "address": "192.168.1.20", "mask": "24", "gateway": "192.168.1.1"}


@pytest.mark.parametrize(
    ("values", "where", "words"),
    [
        ({"address": ""}, "address", "An address such as"),
        ({"address": "192.168.1"}, "address", "An address such as"),
        ({"address": "192.168.01.1"}, "address", "An address such as"),
        ({"address": "127.0.0.1"}, "address", "No machine can have"),
        ({"address": "224.0.0.1"}, "address", "No machine can have"),
        ({"address": "0.1.2.3"}, "address", "No machine can have"),
        ({"address": "192.168.1.0"}, "", "is the network itself"),
        ({"address": "192.168.1.255"}, "", "is the network itself"),
        ({"mask": "255.0.255.0"}, "mask", "A network mask, such as"),
        ({"mask": "31"}, "mask", "A network mask from"),
        ({"mask": "0"}, "mask", "A network mask from"),
        ({"gateway": "192.168.2.1"}, "", "must be in the network"),
        ({"gateway": "192.168.1.20"}, "", "is another machine"),
        ({"gateway": "router"}, "gateway", "An address such as"),
        ({"jack": "eth0\nDHCP=yes"}, "jack", "pattern"),
        ({"jack": "../x"}, "jack", "pattern"),
    ],
)  # fmt: skip
def test_fixed_addresses_that_cannot_be(values: dict[str, str], where: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FixedAddress.model_validate(FIXED | values)
    (error,) = caught.value.errors()
    assert ".".join(str(part) for part in error["loc"]) == where
    told = error.get("ctx", {}).get("text", error["msg"])
    assert words in str(told)


@pytest.mark.parametrize(
    "values",
    [
        {"hostname": "Box"}, {"hostname": "-box"}, {"hostname": "a" * 64}, {"hostname": "box\n"}, {"hostname": ""},
        {"dns": ("8.8.8",)}, {"dns": ("1.1.1.1\nDHCP=yes",)},
        {"dns": ("fe80::1%a\nDHCP=yes",)}, {"dns": ("1.1.1.1",) * 4}, {"ntp": ("a b",)},
        {"ntp": ("x\n[Time]",)}, {"timezone": "Mars/Olympus"}, {"timezone": "../../etc/shadow"}, {"more": 1},
    ],
)  # fmt: skip
def test_networks_that_cannot_be(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Network.model_validate(values)


def test_the_files() -> None:
    assert "Asia/Shanghai" in zones() and "UTC" in zones()
    router = texts(Network(ntp=("ntp.aliyun.com", "10.0.0.1")))
    assert "Type=ether" in router[NETWORK] and "DHCP=yes" in router[NETWORK] and "UseNTP=no" in router[NETWORK]
    assert router[TIMESYNC].endswith("[Time]\nNTP=ntp.aliyun.com 10.0.0.1\n")
    fixed = texts(Network(fixed=FixedAddress.model_validate(FIXED), dns=("192.168.1.1", "fd00::1")))
    assert set(fixed) == {NETWORK}
    assert fixed[NETWORK].splitlines()[1:] == [
        "[Match]", "Name=eth0", "", "[Network]", "Address=192.168.1.20/24", "Gateway=192.168.1.1", "DNS=192.168.1.1",
        "DNS=fd00::1", "LinkLocalAddressing=yes", "MulticastDNS=yes", "LLMNR=no",
    ]  # fmt: skip


@dataclass
class Machine:
    """A root of the test's own; `when` does something at a moment of the trial."""

    root: Path
    at: float = 0.0
    when: dict[float, Any] = field(default_factory=dict)
    ran: list[list[str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data = self.root / DATA
        self.data.mkdir(parents=True)
        self.state = self.root / STATE.relative_to("/")

    def applier(self) -> Applier:
        return Applier(self.root, self.run, self.names.append, lambda: 1_000 + self.at, lambda: self.at, self.sleep)

    def run(self, command: Sequence[str]) -> None:
        self.ran.append(list(command))

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        for moment in [one for one in self.when if one <= self.at]:
            self.when.pop(moment)()

    def text(self, name: str) -> str:
        return (self.root / name).read_text()

    def found(self) -> State:
        told = state(self.state)
        assert told is not None
        return told


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


WANTED = Network(hostname="shop", fixed=FixedAddress.model_validate(FIXED), timezone="Europe/Berlin")


def test_kept_because_the_page_was_reached(machine: Machine) -> None:
    id = ask(machine.data, WANTED)
    machine.when[60] = lambda: keep(machine.data, "0" * 16)  # of another request: not this one
    machine.when[90] = lambda: keep(machine.data, id)
    machine.applier().try_()
    assert 90 <= machine.at < 92 and machine.found().what == "kept"
    assert "192.168.1.20/24" in machine.text(NETWORK) and machine.names == ["shop"]
    assert Network.model_validate_json(machine.text(str(KEPT))) == WANTED
    assert machine.text(str(TIMEZONE)) == "Europe/Berlin\n"
    assert (machine.root / LOCALTIME).readlink() == Path("/usr/share/zoneinfo/Europe/Berlin")
    assert machine.ran[0] == ["systemctl", "restart", "systemd-networkd.service"]
    assert not (machine.data / FOLDER / REQUEST).exists()

    again = Machine(machine.root / "again")
    (again.root / KEPT).parent.mkdir()
    (again.root / KEPT).write_text(machine.text(str(KEPT)))
    again.applier().start()
    assert again.text(NETWORK) == machine.text(NETWORK) and again.names == ["shop"]


def test_back_by_itself(machine: Machine) -> None:
    ask(machine.data, WANTED)
    seen: list[State] = []
    machine.when[5] = lambda: seen.append(machine.found())
    machine.applier().try_()
    assert seen[0].what == "trial" and seen[0].until == 1_120.0 and seen[0].network == WANTED
    assert machine.at == 120.0 and machine.found().what == "back" and machine.found().network is None
    assert "DHCP=yes" in machine.text(NETWORK) and not (machine.root / KEPT).exists()
    assert machine.names == ["shop", "callbox"] and len(machine.ran) == 4


@pytest.mark.parametrize(
    "brought",
    [b"", b"{", b"[]", b"x" * 20_000, b'{"id": "0123456789abcdef", "network": {"hostname": "a b"}}',
     json.dumps({"id": "../../../../etc", "network": {}}).encode(),
     json.dumps({"id": "0" * 16, "network": {"dns": ["1.1.1.1\nGateway=6.6.6.6"]}}).encode()],
)  # fmt: skip
def test_what_is_no_request_changes_nothing(machine: Machine, brought: bytes) -> None:
    (machine.data / FOLDER).mkdir()
    (machine.data / FOLDER / REQUEST).write_bytes(brought)
    machine.applier().try_()
    assert machine.found().what == "refused" and machine.found().why and not machine.ran and not machine.names
    assert not (machine.data / FOLDER / REQUEST).exists() and not (machine.root / NETWORK).exists()


def test_a_link_in_place_of_the_request_is_not_followed(machine: Machine) -> None:
    (machine.data / FOLDER).mkdir()
    secret = machine.root / "secret"
    secret.write_text("root's alone")
    (machine.data / FOLDER / REQUEST).symlink_to(secret)
    machine.applier().try_()
    assert machine.found().what == "refused" and "root" not in machine.found().why and secret.exists()


def test_what_is_kept_and_damaged_is_not_used(machine: Machine) -> None:
    (machine.root / KEPT).parent.mkdir()
    (machine.root / KEPT).write_text("{}x")
    machine.applier().start()
    assert machine.names == ["callbox"] and not (machine.root / NETWORK).exists()


def test_a_word_of_before_keeps_nothing(machine: Machine) -> None:
    first = ask(machine.data, WANTED)
    keep(machine.data, first)
    ask(machine.data, WANTED)
    assert not (machine.data / FOLDER / KEEP).exists() and asking.waits(machine.data)


def test_how_this_machine_is() -> None:
    now = look()
    assert now.hostname and now.timezone
    assert _gateway("Iface Destination Gateway Flags\neth0 00000000 0101A8C0 0003 0") == "192.168.1.1"
    assert _gateway("Iface Destination Gateway Flags\neth0 0001A8C0 00000000 0001 0") == ""


@pytest.mark.skipif(which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_understands_the_files(machine: Machine) -> None:
    """Its own reader of settings names what it does not know."""
    ask(machine.data, WANTED)
    machine.applier().try_()
    done = subprocess.run(
        ["systemd-analyze", "cat-config", f"--root={machine.root}", "systemd/network/50-callbox.network"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "DHCP=yes" in done.stdout, done.stderr
