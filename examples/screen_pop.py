"""Opens your customer system when a call rings at a station: python examples/screen_pop.py STATION [--print].

The address comes from Setup, Screen pop. CALLBOX_URL is where the page is, CALLBOX_KEY a key with the scopes "events"
and "calls". With --print the address is printed instead of being opened.
"""

import json
import os
import sys
import webbrowser
from collections.abc import Iterator
from urllib.request import Request, urlopen


def ask(path: str, timeout: float) -> Iterator[bytes]:
    """An answer's lines."""
    request = Request(os.environ["CALLBOX_URL"] + path)
    request.add_header("Authorization", f"Bearer {os.environ['CALLBOX_KEY']}")
    with urlopen(request, timeout=timeout) as answer:
        yield from answer


def main() -> None:
    """Until the connection breaks; follow_events.py shows how to go on then."""
    station, silent = sys.argv[1], "--print" in sys.argv
    print("watching", file=sys.stderr, flush=True)
    for line in ask("/api/v1/events?kinds=call.offered", 60):
        if not line.startswith(b"data: "):
            continue
        event = json.loads(line[6:])
        if station not in (event["station"], event["data"].get("station")):
            continue
        address = json.loads(b"".join(ask(f"/api/v1/calls/{event['call']}", 10)))["pop"]
        if address and silent:
            print(address, flush=True)
        elif address:
            webbrowser.open(address)


if __name__ == "__main__":
    main()
