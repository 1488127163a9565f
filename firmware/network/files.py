"""The files of systemd that a network becomes: text made by pure functions, and written below a root.

The root file system is read-only: everything lies in /run, made anew at each start from what is kept.
"""

from pathlib import Path

from firmware.network.wanted import FixedAddress, Network
from firmware.setup.files import replace

# /run wins over /usr/lib; the first name in order wins over 80-callbox.network.
NETWORK = "run/systemd/network/50-callbox.network"
TIMESYNC = "run/systemd/timesyncd.conf.d/callbox.conf"
LOCALTIME = "run/callbox/localtime"
ZONES = "/usr/share/zoneinfo"
ALL = (NETWORK, TIMESYNC)
HEAD = "# Made by callbox from Setup, Network.\n"


def texts(wanted: Network) -> dict[str, str]:
    """Each file's text, by its path below the root; one that is not named is not to be there."""
    found = {NETWORK: _network(wanted)}
    if wanted.ntp:
        found[TIMESYNC] = f"{HEAD}[Time]\nNTP={' '.join(wanted.ntp)}\n"
    return found


def write(root: Path, wanted: Network | None) -> None:
    """As wanted; None: as the image comes. OSError."""
    found = {} if wanted is None else texts(wanted)
    for name in ALL:
        path = root / name
        if name in found:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, found[name])
            path.chmod(0o644)  # the services that read it have users of their own
        else:
            path.unlink(missing_ok=True)
    if wanted is not None:
        link = root / LOCALTIME
        link.parent.mkdir(parents=True, exist_ok=True)
        fresh = link.with_name("localtime.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(f"{ZONES}/{wanted.timezone}")
        fresh.replace(link)


def _network(wanted: Network) -> str:
    fixed = wanted.fixed
    match = f"Name={fixed.jack}" if fixed is not None and fixed.jack else "Type=ether"
    lines = [f"[Match]\n{match}\n\n[Network]"]
    lines += ["DHCP=yes"] if fixed is None else _fixed(fixed)
    lines += [f"DNS={server}" for server in wanted.dns]
    lines += ["LinkLocalAddressing=yes", "MulticastDNS=yes", "LLMNR=no"]
    dhcp = ["UseHostname=no"]
    dhcp += ["UseDNS=no"] if wanted.dns else []
    dhcp += ["UseNTP=no"] if wanted.ntp else []
    if fixed is None:
        lines += ["", "[DHCPv4]", *dhcp]
    return HEAD + "\n".join(lines) + "\n"


def _fixed(fixed: FixedAddress) -> list[str]:
    found = [f"Address={fixed.address}/{fixed.network.prefixlen}"]
    return [*found, f"Gateway={fixed.gateway}"] if fixed.gateway else found
