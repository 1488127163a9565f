"""The page of a box that has no data to show one with: `python -m webui.trouble WORDS` says what is wrong.

By https, too, where browsers go that were here before; with a certificate of the moment, as the box's own lies with the
data. It holds no page's session and loads nothing of the page.
"""

import html
import logging
import ssl
import sys
import tempfile
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What is said (image-build/overlay/usr/lib/callbox/data) in Chinese, too, by how it begins; there is no catalogue here.
CHINESE = (
    (
        "The boot loader's partition",
        "引导分区（bootenv）缺失：这块磁盘不是由 ./box image 写成的，或者已损坏。未作任何改动。",
    ),
    (
        "The data partition cannot be made",
        "无法建立数据分区：磁盘太小（至少 4 GB），或已被其他内容占满。未作任何改动。",
    ),
    (
        "The data partition is missing",
        "数据分区缺失。设置、通话和录音都在其中，因此不会另建一个。请装回本机原来的磁盘，或重新写入映像并恢复备份。",
    ),
    (
        "The data partition is damaged",
        "数据分区已损坏，无法自行修复。未作任何改动。请先复制磁盘，再用 e2fsck 修复，或恢复备份。",
    ),
    (
        "The data partition (",
        "这个数据分区不是本机的，没有动过它。请装回本机原来的磁盘，或在重新写入的映像上恢复备份。",
    ),
    ("The data partition cannot be mounted", "无法挂载数据分区。未作任何改动。"),
)
HTTP, HTTPS = 80, 443
LONGEST_S = 30  # somebody who says nothing


def page(words: str) -> bytes:
    """HTML without anything that would have to be loaded."""
    chinese = "".join(f"<p lang=zh>{text}</p>" for begins, text in CHINESE if words.startswith(begins))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>callbox</title><body style='font:1.2em sans-serif;max-width:40em;margin:3em auto;padding:0 1em'>"
        f"<h1>This box needs help · 本机需要处理</h1>{chinese}<p>{html.escape(words)}</p></body></html>"
    ).encode()


class Trouble(BaseHTTPRequestHandler):
    """Answers everything with the one page, as 503."""

    timeout = LONGEST_S

    def __init__(self, words: str, *arguments: Any) -> None:
        self._page = page(words)
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """http.server's name."""
        self.send_response(503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self._page)))
        self.end_headers()
        self.wfile.write(self._page)


def server(words: str, port: int, context: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    """Listens; `serve_forever` answers. OSError."""
    made = ThreadingHTTPServer(("", port), partial(Trouble, words))
    if context is not None:
        # Each handshake in its own thread: whoever does not finish one keeps nobody else waiting.
        made.socket = context.wrap_socket(made.socket, server_side=True, do_handshake_on_connect=False)
    return made


def certificate() -> ssl.SSLContext:
    """One that nobody knows."""
    from webui.certificates import make

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(make(["callbox.local"]))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def main() -> int:
    """Serves until it is ended."""
    words = " ".join(sys.argv[1:])
    plain = server(words, HTTP)
    threading.Thread(target=plain.serve_forever).start()
    try:
        server(words, HTTPS, certificate()).serve_forever()
    except Exception:
        # Whatever is broken on such a box, what is said on port 80 is said on.
        logging.getLogger(__name__).exception("nothing can be said by https")
    return 0


if __name__ == "__main__":
    sys.exit(main())
