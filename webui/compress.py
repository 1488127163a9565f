"""Styles and scripts travel compressed. Pages do not: they carry a session's token beside what was typed by others,
and how well that can be compressed would tell the token."""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

KINDS = ("text/css", "text/javascript", "application/javascript", "image/svg+xml")
LEAST = 1024


@lru_cache(maxsize=64)
def _compressed(_tag: str, body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def shrink(app: Flask) -> None:
    """Compresses what lies in static/ for browsers that understand it."""

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in KINDS:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings.quality("gzip") or "Content-Range" in response.headers:
            return response
        response.direct_passthrough = False
        body = response.get_data()
        tag, _weak = response.get_etag()
        if len(body) >= LEAST and tag:
            response.set_data(_compressed(tag, body))
            response.headers["Content-Encoding"] = "gzip"
            response.set_etag(tag, weak=True)  # the same content in another dress
        return response
