"""A shop owner sets up his opening hours in a browser, and lets them answer; axe over the hardest pages."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from firmware.ivr.answering import Answering
from firmware.setup.store import Setup
from tests.webui.fakebox import FakeBox, Served
from tests.webui.test_browser import Person
from tests.webui.test_browser_setup import types

LOOKED_AT = (
    "/setup/holidays", "/setup/answering", "/setup/queues/item/sales", "/setup/telephones", "/setup/mail", "/messages",
    "/owed",
)  # fmt: skip


def at(person: Person, name: str, value: str) -> None:
    """A time, as a browser's picker would set it."""
    person.browser.execute_script(
        "const e = document.getElementsByName(arguments[0])[0]; e.value = arguments[1];"
        "e.dispatchEvent(new Event('input', {bubbles: true}))", name, value,
    )  # fmt: skip


def ticks(person: Person, row: int, *days: str) -> None:
    for day in days:
        box = f'input[name="hours.{row}.days"][value="{day}"]'
        person.browser.find_element(By.CSS_SELECTOR, box).click()


def presses(person: Person, order: str) -> None:
    person.browser.find_element(By.CSS_SELECTOR, f'button[value="{order}"]').click()


def test_the_hours_of_a_shop(served: Served, box: FakeBox) -> None:
    person = Person(served, "en-US")
    try:
        person.claims()
        person.browser.get(f"{person.url}/setup?q=lunch")
        person.sees("setup-list", "Opening hours")
        person.browser.get(f"{person.url}/setup/hours/new")
        types(person, "@", "Shop")
        person.sees("says-f-@", "A small letter first")
        types(person, "@", "shop")
        presses(person, "add:hours")
        person.waits("a row", lambda: bool(person.browser.find_elements(By.NAME, "hours.0.begin")))
        ticks(person, 0, "sat", "sun")  # a new row has all days that no other has
        at(person, "hours.0.pause", "12:00")
        at(person, "hours.0.resume", "13:30")
        person.sees("week-f-hours", "Mon to Fri")
        person.sees("week-f-hours", "9:00–12:00 Main menu")
        presses(person, "add:hours")
        person.waits("another", lambda: bool(person.browser.find_elements(By.NAME, "hours.1.begin")))
        ticks(person, 1, "fri", "sun")
        person.sees("says-f-hours", "Hours overlap: Fri")
        ticks(person, 1, "fri")
        at(person, "hours.1.begin", "10:00")
        at(person, "hours.1.end", "16:00")
        person.sees("week-f-hours", "10:00–16:00")
        person.browser.find_element(By.CSS_SELECTOR, 'select[name="otherwise"] option[value="closed"]').click()
        found = [f"light: {one}" for one in person.barriers()]
        person.presses(Keys.F10)
        person.waits("the list", lambda: person.browser.current_url.endswith("/setup/hours"))
        assert "Mon to Fri 9:00–12:00, 13:30–18:00 · Sat 10:00–16:00" in person.text("main")
        person.browser.get(f"{person.url}/setup/answering")
        person.browser.find_element(By.CSS_SELECTOR, 'select[name="schedule"] option[value="shop"]').click()
        person.presses(Keys.F10)
        person.waits("saved", lambda: "It counts from the next call on." in person.text("main"))
        person.sees("setup-now", "until")
        assert Setup(box.data).load(Answering).schedule == "shop"
        for theme in ("light", "dark"):
            person.browser.add_cookie({"name": "theme", "value": theme})
            for path in (*LOOKED_AT, "/setup/hours/item/shop") if theme == "light" else ("/setup/hours/item/shop",):
                person.browser.get(person.url + path)
                found += [f"{theme} {path}: {one}" for one in person.barriers()]
        assert not found, "\n".join(found)
        assert person.complaints() == []
    finally:
        person.browser.quit()
