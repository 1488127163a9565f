"""What systemd hears from callboxd and from the page; elsewhere nobody listens."""

import os
import socket


def tell(news: str, address: str | None = None) -> bool:
    """sd_notify(3): one datagram, such as "READY=1", to `address` (default: NOTIFY_SOCKET). False: nobody listens."""
    if address is None:
        address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram:
        datagram.connect("\0" + address[1:] if address.startswith("@") else address)
        datagram.sendall(news.encode())
    return True
