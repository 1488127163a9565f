"""Dials from a station: its telephone rings first or is off-hook already, then the number is called.

python examples/click_to_dial.py STATION NUMBER. CALLBOX_URL is where the page is, CALLBOX_KEY a key with the scope
"control" (Setup, Programs). Exit status 1 if the box says no; its sentence is printed.
"""

import json
import os
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def control(intent: str, **args: object) -> dict:
    """Asks the box to do something."""
    request = Request(f"{os.environ['CALLBOX_URL']}/api/v1/control/{intent}", json.dumps(args).encode(), method="POST")
    request.add_header("Authorization", f"Bearer {os.environ['CALLBOX_KEY']}")
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)["result"]


def main() -> int:
    """0, or 1 if it was refused."""
    try:
        print(json.dumps(control("desk.dial", station=sys.argv[1], to=sys.argv[2])))
    except HTTPError as error:
        with error:
            print(json.load(error)["message"])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
