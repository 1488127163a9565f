"""The serial ports that this machine has, by names that stay when a plug is moved."""

from pathlib import Path

from serial.tools import list_ports

BY_ID = Path("/dev/serial/by-id")


def ports(by_id: Path = BY_ID) -> list[dict[str, str]]:
    """`device` and `what` it says it is, empty where it does not."""
    try:
        links = {str(link.resolve()): str(link) for link in by_id.iterdir()}
    except OSError:
        links = {}
    found = [(links.get(one.device, one.device), one.description) for one in list_ports.comports()]
    return [{"device": device, "what": "" if what in (None, "n/a") else what} for device, what in sorted(found)]
