"""The page of a box that has no data to show one with: `python -m firmware.update.trouble WORDS` says what is wrong."""

import html
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 80


def page(words: str) -> bytes:
    """HTML without anything that would have to be loaded."""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>callbox</title><body style='font:1.2em sans-serif;max-width:40em;margin:3em auto;padding:0 1em'>"
        f"<h1>This box needs help · 本机需要处理</h1><p>{html.escape(words)}</p></body></html>"
    ).encode()


class Trouble(BaseHTTPRequestHandler):
    """Answers everything with the one page, as 503."""

    words = ""

    def do_GET(self) -> None:
        """http.server's name."""
        body = page(self.words)
        self.send_response(503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> int:
    """Serves until it is ended."""
    Trouble.words = " ".join(sys.argv[1:])
    ThreadingHTTPServer(("", PORT), Trouble).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
