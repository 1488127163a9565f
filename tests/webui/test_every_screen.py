"""Every screen that links lead to, as the owner: served whole, with every header, and nothing in it that the content
security policy forbids."""

import re
from collections import deque

from flask.testing import FlaskClient

from tests.webui.fakebox import FakeBox
from webui.security import HEADERS

FORBIDDEN = {
    "a script of its own": r"<script(?![^>]*\ssrc=)[^>]*>",
    "a style of its own": r"<style\b|\sstyle=",
    "a handler in an attribute": r"<[^>]*\son[a-z]+\s*=",
    "a script as an address": r"(?:href|src|action)\s*=\s*[\"']?\s*javascript:",
    "something from elsewhere": r"<(?:script|link|img|audio|iframe)[^>]*\s(?:src|href)=[\"']?(?:https?:)?//",
}
AT_LEAST = 90


def inside_of(text: str) -> set[str]:
    """Where it leads to, within the page."""
    found = set(re.findall(r'href="(/[^"#?]*)', text))
    return {one for one in found if not one.startswith(("/static", "/language"))}


def test_nothing_that_the_policy_forbids_is_served(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    box.answers["flow.list"] = {"flows": []}
    places, seen = deque(["/", "/first", "/wall", "/api", "/nothing/at/all"]), set[str]()
    while places:
        path = places.popleft()
        if path in seen:
            continue
        seen.add(path)
        response = inside.get(path)
        assert response.status_code < 500, path
        assert {name: response.headers[name] for name in HEADERS if name != "Permissions-Policy"} == {
            name: value for name, value in HEADERS.items() if name != "Permissions-Policy"
        }, path
        assert "'unsafe" not in response.headers["Content-Security-Policy"]
        if response.mimetype != "text/html":
            continue
        for what, pattern in FORBIDDEN.items():
            assert not re.search(pattern, response.text, re.I), (path, what)
        places.extend(inside_of(response.text) - seen)
    assert len(seen) >= AT_LEAST, len(seen)
