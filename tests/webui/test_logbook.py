"""The log: who came in, who was refused, who changed what."""

import re

from flask.testing import FlaskClient

from firmware.people import People
from tests.webui.door import csrf_header, log_in, post
from webui.logbook import GROUPS, KINDS, SIZE


def lines(page: FlaskClient, query: str = "") -> list[str]:
    text = page.get(f"/log{query}").text
    rows = re.findall(r"<tr><td class=\"when\">(.*?)</tr>", text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_who_did_what(inside: FlaskClient) -> None:
    inside.post("/logout", headers=csrf_header(inside))
    post(inside, "/login", user="owner", password="wrong")
    log_in(inside, "owner")
    found = lines(inside)
    for words in ("made the box his own", "logged out", "typed a wrong password as “owner”", "logged in", "127.0.0.1"):
        assert any(words in line for line in found), words
    assert any("People › owner" in line and "changed the setup" in line for line in found)
    assert lines(inside, "?kind=records") == []
    assert all("logged" in line or "password" in line or "own" in line for line in lines(inside, "?kind=doors"))
    assert lines(inside, "?who=nobody&kind=<script>") == []


def test_pages_hold_each_change_once(inside: FlaskClient) -> None:
    box = inside.application.extensions["callbox"]
    for number in range(2 * SIZE):
        box.keep.note("owner", "login", "192.0.2.1")
        if number % 20 == 0:
            group = f"group {number}"
            change = {"people": [box.people().people[0].model_copy(update={"group": group})]}
            box.setup.change(People, lambda _, change=change: change, who="owner")
    changes = len(box.setup.history(limit=1000))
    pages = [line for page in (1, 2, 3) for line in lines(inside, f"?page={page}")]
    assert sum("changed the setup" in line for line in pages) == changes
    assert sum("logged in" in line for line in pages) == 2 * SIZE


def test_every_kind_is_in_one_group() -> None:
    kinds = [kind for _, group in GROUPS.values() for kind in group]
    assert sorted(kinds) == sorted(KINDS)
