"""Prints the newest calls done: python examples/calls_done.py [part of a number or of a name].

CALLBOX_URL is where the page is, CALLBOX_KEY a key with the scope "calls" (Setup, Programs).
"""

import json
import os
import sys
from datetime import datetime
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def ask(path: str) -> dict:
    """One question to the box."""
    request = Request(os.environ["CALLBOX_URL"] + path)
    request.add_header("Authorization", f"Bearer {os.environ['CALLBOX_KEY']}")
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


def main() -> None:
    """The newest twenty that fit."""
    found = ask("/api/v1/calls?" + urlencode({"search": " ".join(sys.argv[1:]), "size": 20}))
    for call in found["calls"]:
        began = datetime.fromtimestamp(call["started"]).astimezone()
        talked = f"{call['talk_s']:.0f} s" if call["talk_s"] else "-"
        print(
            f"{began:%Y-%m-%d %H:%M}  {call['number'] or '-':16} {call['result']:10} {call['agent'] or '-':6} {talked}"
        )
    print(f"{len(found['calls'])} of {found['total']}{'+' if found['more'] else ''}")


if __name__ == "__main__":
    main()
