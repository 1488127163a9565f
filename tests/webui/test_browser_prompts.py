"""A person with a browser and a microphone: records a prompt, hears it, keeps it; axe over the prompts' pages."""

from selenium.webdriver.common.by import By

from firmware.prompts.library import Library
from tests.webui.fakebox import FakeBox, Served
from tests.webui.test_browser import Person

MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def test_a_prompt_is_recorded_by_microphone(served: Served, box: FakeBox) -> None:
    person = Person(served, "en-US", *MICROPHONE)
    try:
        person.claims()
        browser, found = person.browser, []
        browser.get(f"{person.url}/setup/prompts?language=en")
        found += person.barriers()
        browser.get(f"{person.url}/setup/prompts/en/greeting")
        found += person.barriers()
        browser.find_element(By.ID, "mic").click()
        person.waits("two seconds", lambda: float(person.text("mic-clock").split()[0]) >= 2)
        assert person.text("mic") == "Stop"
        browser.find_element(By.ID, "mic").click()
        person.waits("it can be heard", lambda: browser.find_element(By.ID, "mic-heard").is_displayed())
        person.waits(
            "its length", lambda: browser.execute_script("return document.getElementById('mic-heard').duration") > 1.9
        )
        browser.find_element(By.ID, "mic-keep").click()
        person.sees("main", "Callers hear it from now on")
        found += person.barriers()
        (version,) = Library(box.data).versions("en", "greeting")
        assert version.how == "browser" and version.heard and version.seconds > 0.5
        assert not found, "\n".join(found)
        assert person.complaints() == []
    finally:
        person.browser.quit()
