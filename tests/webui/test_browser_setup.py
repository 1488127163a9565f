"""A person with a browser at the setup pages: told while he types, saves, takes back; axe over every page."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.webui.fakebox import FakeBox, Served
from tests.webui.test_browser import Person

PAGES = (
    "/setup", "/setup/people", "/setup/people/new", "/setup/people/item/owner", "/setup/programs/new",
    "/setup/webhooks", "/setup/pop", "/setup/certificate", "/log", "/account", "/api",
    "/calls?from=2020-01-01", "/calls/c1",
)  # fmt: skip


def types(person: Person, name: str, text: str) -> None:
    field = person.browser.find_element(By.NAME, name)
    field.clear()
    field.send_keys(text)


def test_a_person_is_added(served: Served, box: FakeBox) -> None:
    person = Person(served, "en-US")
    try:
        person.claims()
        person.presses(Keys.F7)
        person.waits("setup", lambda: person.browser.current_url.endswith("/setup"))
        person.browser.get(f"{person.url}/setup/people/new")
        types(person, "id", "wang")
        types(person, "name", "Wang")
        types(person, "number", "70")
        person.sees("says-f-number", "3 to 6 digits.")
        types(person, "number", "700")
        person.sees("says-f-number", "is already that of")
        types(person, "number", "801")
        person.sees("says-f-number", "Others call him on it")
        types(person, "skills", "english 7")
        person.presses(Keys.F10)
        person.waits("the list", lambda: person.browser.current_url.endswith("/setup/people"))
        assert "english 7" in person.text("main")
        person.browser.find_element(By.CSS_SELECTOR, "details.log summary").click()
        person.browser.find_element(By.CSS_SELECTOR, ".changes form button").click()
        person.waits("taken back", lambda: "Taken back." in person.text("main"))
        assert "english 7" not in person.browser.find_element(By.CSS_SELECTOR, "table").text
        assert person.complaints() == []
    finally:
        person.browser.quit()


def test_nobody_is_kept_out_of_setup(served: Served, box: FakeBox) -> None:
    person = Person(served, "en-US")
    try:
        person.claims()
        box.whole_call("c1")
        found: list[str] = []
        for theme in ("light", "dark"):
            person.browser.add_cookie({"name": "theme", "value": theme})
            for path in PAGES:
                person.browser.get(person.url + path)
                found += [f"{theme} {path}: {one}" for one in person.barriers()]
        assert not found, "\n".join(found)
        assert person.complaints() == []
    finally:
        person.browser.quit()
