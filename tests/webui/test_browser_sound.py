"""A person with a browser and the box's own sound sockets: says which is what, and has a text said at the
loudspeaker; axe over both pages."""

from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from firmware.setup.store import Setup
from firmware.sound.section import SoundSockets
from tests.webui.fakebox import FakeBox, Served
from tests.webui.setup.test_sound import FOUND, NONE, PCH, USB
from tests.webui.test_browser import Person

SAVE, ADD, DROP = "main form .btn-primary", "button[value='add:headsets']", "button[value='drop:headsets.0']"


def clicks(person: Person, selector: str) -> None:
    """As soon as it can be: not from behind the bar, nor while the form is put anew."""

    def clicked() -> bool:
        button = person.browser.find_element(By.CSS_SELECTOR, selector)
        person.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        return True

    person.waits(selector, clicked)


def test_a_loudspeaker_is_chosen_and_spoken_to(served: Served, box: FakeBox) -> None:
    box.answers["sound.state"] = {"sockets": FOUND, "runs": NONE, "gone": []}
    box.answers["loudspeaker.say"] = {"language": "en", "seconds": 5.2}
    person = Person(served, "en-US")
    try:
        person.claims()
        browser, found = person.browser, []
        browser.get(f"{person.url}/setup/sound")
        found += person.barriers()
        browser.find_element(By.NAME, "as_board").click()
        Select(browser.find_element(By.NAME, "loudspeaker")).select_by_value(PCH)
        clicks(person, ADD)
        person.waits("a row for a headset", lambda: browser.find_elements(By.NAME, "headsets.0.station"))
        browser.find_element(By.NAME, "headsets.0.station").send_keys("801")
        clicks(person, SAVE)
        person.sees("main", f"{PCH} is chosen twice.")
        for way in ("play", "capture"):
            Select(browser.find_element(By.NAME, f"headsets.0.{way}")).select_by_value(USB)
        clicks(person, SAVE)
        person.sees("main", "There is a telephone 801 at a jack.")
        found += person.barriers()
        clicks(person, DROP)
        person.waits("no row", lambda: not browser.find_elements(By.NAME, "headsets.0.station"))
        clicks(person, SAVE)
        person.sees("main", "It counts once the box has started again.")
        person.sees("main", "It has to start again")
        assert Setup(box.data).load(SoundSockets).loudspeaker == PCH

        box.view.loudspeaker = True
        box.say("line.ring", line=1, burst=1)
        browser.get(f"{person.url}/loudspeaker")
        person.waits("the box has one", lambda: "This box has no" not in person.text("main") or browser.refresh())
        found += person.barriers()
        browser.find_element(By.ID, "said").send_keys("Mr Wang to the front desk")
        browser.find_element(By.NAME, "twice").click()
        browser.find_element(By.ID, "say-aloud").click()
        person.sees("main", "It is being said: 5 seconds, the chime included.")
        assert box.asked[-1][1] == {"text": "Mr Wang to the front desk", "twice": True, "who": "owner"}
        browser.find_element(By.ID, "say-stop").click()
        person.sees("main", "The loudspeaker is silent.")
        assert not found, "\n".join(found)
        assert not [one for one in person.complaints() if "status of 422" not in one], "but for what was refused"
    finally:
        person.browser.quit()
