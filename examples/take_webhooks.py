"""Takes a webhook's events on a port and prints those that the box has signed.

python examples/take_webhooks.py PORT (0: any that is free). WEBHOOK_SECRET is the secret that the webhook has under
Setup, Webhooks; the address there is http://THIS-MACHINE:PORT/. A message that is older than five minutes is no news:
it may be somebody who repeats what he overheard.
"""

import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

OLDEST_S = 300


def trusted(secret: str, header: str, body: bytes) -> bool:
    """Whether the signature `t=SECONDS,v1=HEX` is the box's and fresh."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    at, code = parts.get("t", ""), parts.get("v1", "")
    if not at.isdecimal() or abs(time.time() - int(at)) > OLDEST_S:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest(), code)


class Receiver(BaseHTTPRequestHandler):
    """200 for what was taken; anything else, and the box tries again."""

    last = 0  # the newest event that was taken: one may come twice, after a break

    def do_POST(self) -> None:
        """Called for each message."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 10_000_000))
        good = trusted(os.environ["WEBHOOK_SECRET"], self.headers.get("X-Callbox-Signature", ""), body)
        for event in json.loads(body)["events"] if good else ():
            if event["seq"] > Receiver.last:
                Receiver.last = event["seq"]
                print(json.dumps(event, ensure_ascii=False), flush=True)
        self.send_response(200 if good else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Standard output is for events."""


def main() -> None:
    """For ever."""
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"waiting at http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
