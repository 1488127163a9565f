"""Prints every event as it happens, and misses none: after a break it goes on behind the last one it has seen.

python examples/follow_events.py [KINDS [FILE]]: only these kinds, such as call.*; FILE keeps the last number, so that
the next start goes on there. CALLBOX_URL is where the page is, CALLBOX_KEY a key with the scope "events".
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def events(kinds: str, last: str) -> Iterator[dict]:
    """Until the connection breaks."""
    request = Request(f"{os.environ['CALLBOX_URL']}/api/v1/events?{urlencode({'kinds': kinds})}")
    request.add_header("Authorization", f"Bearer {os.environ['CALLBOX_KEY']}")
    if last:
        request.add_header("Last-Event-ID", last)
    with urlopen(request, timeout=60) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def main() -> None:
    """For ever."""
    kinds = sys.argv[1] if len(sys.argv) > 1 else ""
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    last = kept.read_text() if kept and kept.exists() else ""
    while True:
        try:
            for event in events(kinds, last):
                print(json.dumps(event, ensure_ascii=False), flush=True)
                last = str(event["seq"])
                if kept:
                    kept.write_text(last)
        except (URLError, OSError) as error:
            print(f"broken off ({error}); trying again", file=sys.stderr)
        time.sleep(1)


if __name__ == "__main__":
    main()
