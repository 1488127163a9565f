"""The guides in the page: every screen's question mark finds its place; no document brings HTML or a dead link."""

import re

import pytest
from flask import url_for
from flask.testing import FlaskClient

from tests.webui.door import log_in
from tests.webui.fakebox import FakeBox
from tests.webui.test_roles import AddPerson, person  # noqa: F401 - a fixture
from webui.help import DOCS, GUIDES, OF_AGENTS, OF_SETUP, PLACES, document, read
from webui.setup.pages import PAGES
from webui.setup.registry import LinkPage

SCREENS = (
    "/", "/wall", "/desk", "/calls", "/health", "/setup", "/setup/queues", "/setup/box", "/setup/programs/new",
    "/setup/prompts", "/notices", "/account", "/log",
)  # fmt: skip


@pytest.mark.parametrize("screen", SCREENS)
def test_the_question_mark_opens_the_right_place(inside: FlaskClient, screen: str) -> None:
    found = re.search(r'href="(/help/([a-z-]+)#([a-z-]+))"', inside.get(screen).text)
    assert found is not None
    assert f'id="{found[3]}"' in inside.get(found[1]).text


def test_every_place_is_in_its_guide() -> None:
    of_setup = [("guide-technician", section) for section in OF_SETUP.values()]
    for guide, section in [*PLACES.values(), *OF_AGENTS.values(), *of_setup]:
        for language in ("en", "zh"):
            text = document(guide, language)
            assert text is not None and section in text.places, (guide, section, language)


@pytest.mark.parametrize("guide", GUIDES)
def test_both_languages_have_the_same_sections_and_their_own_pictures(guide: str) -> None:
    texts = [(DOCS / f"{guide}{language}.md").read_text(encoding="utf-8") for language in ("", ".zh")]
    english, chinese = ([one.id for one in read(text, guide).sections] for text in texts)
    assert english == chinese
    pictures = [re.findall(r"\]\(pictures/([\w-]+)\.png\)", text) for text in texts]
    for shown in [*pictures[0], *pictures[1]]:
        assert (DOCS / "pictures" / f"{shown}.png").is_file(), shown
    assert not [shown for shown in pictures[0] if "-zh" in shown]
    assert not [shown for shown in pictures[1] if "-zh" not in shown]


def test_setup_pages_lead_to_what_is_said_of_them(inside: FlaskClient) -> None:
    assert set(OF_SETUP) <= {page.name for page in PAGES}
    for path, section in (("box", "setup-box"), ("surge", "setup-surge"), ("fuse", "setup-out"), ("rooms", "setup")):
        assert f'/help/guide-technician#{section}"' in inside.get(f"/setup/{path}").text


def test_every_screen_of_the_navigation_has_a_place(inside: FlaskClient, box: FakeBox) -> None:
    box.answers["flow.list"] = {"flows": []}
    tabs = re.search(r'<nav class="tabs".*?</nav>', inside.get("/").text, re.S)
    assert tabs is not None
    screens = re.findall(r'href="(/[^"]*)"', tabs[0])
    assert len(screens) == 5
    with inside.application.test_request_context():
        for page in PAGES:
            screens.append(
                url_for(page.endpoint) if isinstance(page, LinkPage) else url_for("setup.page", name=page.name)
            )
    for screen in screens:
        assert re.search(r'href="/help/[a-z-]+#[a-z-]+"', inside.get(screen).text) is not None, screen


def test_an_agent_is_sent_to_his_guide(inside: FlaskClient, person: AddPerson) -> None:  # noqa: F811
    person("wang", "811", "agent")
    log_in(inside, "wang")
    assert "/help/guide-agent#page" in inside.get("/").text


def test_every_document_can_be_read_and_its_links_lead_somewhere(inside: FlaskClient) -> None:
    for path in DOCS.glob("*.md"):
        name = path.name.removesuffix(".md").partition(".")[0]
        if not re.fullmatch("[a-z-]+", name):
            continue
        text = inside.get(f"/help/{name}").text
        article = text.split("<article", 1)[1].split("</article>")[0]
        for link in re.findall(r'(?:href|src)="([^"#]+)', article):
            if "://" not in link and not link.startswith(("/", "..")):
                assert inside.get(f"/help/{link}").status_code == 200, (name, link)


def test_what_is_not_there(inside: FlaskClient) -> None:
    for path in ("/help/nothing", "/help/..%2f..%2fsetup.py", "/help/README.md", "/help/pictures/../../setup.py"):
        assert inside.get(path).status_code == 404
    assert inside.get("/help/").status_code == 200
    assert set(GUIDES) <= {path.name.partition(".")[0] for path in DOCS.glob("*.md")}


def test_html_is_text() -> None:
    found = read("# T\n\n<script>x</script>\n\n<!-- here -->\n\n## One <b>\n\n[x](flows.md#y) [z](javascript:1)", "n")
    assert "<script" not in found.html and "<b>" not in found.html and 'href="flows#y"' in found.html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", found.html) and [one.id for one in found.sections] == ["here"]
