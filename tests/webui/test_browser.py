"""A person with a browser: claims the box, sees lamps change without reloading, sends in a call, listens."""

from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.webui.browsers import browser
from tests.webui.fakebox import PASSWORD, ROOT, FakeBox, Served

AXE = (ROOT / "tests/webui/vendor/axe-4.14.1.min.js").read_text()


class Person:
    """Sees and clicks; waits for what must come, never for a time."""

    def __init__(self, served: Served, language: str, *more: str) -> None:
        self.browser = browser(*more, f"--accept-lang={language}")
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 1366, "height": 768, "deviceScaleFactor": 1, "mobile": False},
        )
        self.url = served.url
        self.browser.get(self.url)

    def text(self, element: str) -> str:
        return " ".join(self.browser.find_element(By.ID, element).text.split())

    def waits(self, what: str, holds: Callable[[], bool]) -> None:
        WebDriverWait(self.browser, 60, 0.05, ignored_exceptions=[Exception]).until(lambda _: holds(), what)

    def sees(self, element: str, words: str) -> None:
        self.waits(f"{words!r} in #{element}", lambda: words in self.text(element))

    def claims(self) -> None:
        self.browser.find_element(By.ID, "password").send_keys(PASSWORD)
        self.browser.find_element(By.ID, "again").send_keys(PASSWORD)
        self.browser.find_element(By.CSS_SELECTOR, "button.btn-primary").click()
        self.waits("the first steps", lambda: self.browser.current_url.endswith("/first"))
        self.browser.get(self.url)
        self.waits("lamps", lambda: len(self.browser.find_elements(By.CLASS_NAME, "lamp")) == 16)
        self.browser.execute_script("window.never_reloaded = true")

    def presses(self, key: str) -> None:
        self.browser.switch_to.active_element.send_keys(key)

    def barriers(self) -> list[str]:
        """What axe finds that keeps people out: rule, and where."""
        self.browser.execute_script(AXE)
        found = self.browser.execute_async_script("axe.run().then((found) => arguments[0](found.violations))")
        return [
            f"{one['id']}: {', '.join(str(node['target']) for node in one['nodes'])}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def complaints(self) -> list[str]:
        """What the browser's console says: broken scripts, refused styles."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.fixture(params=["en-US", "zh-CN"])
def person(request: pytest.FixtureRequest, served: Served) -> Iterator[Person]:
    person = Person(served, request.param)
    yield person
    person.browser.quit()


WORDS = {
    "en": ("ringing", "talking", "idle", "caller hung up", "with 801"),
    "zh": ("振铃", "通话", "空闲", "来电方挂断", "与 801"),
}


def test_one_call_seen_live(person: Person, box: FakeBox) -> None:
    person.claims()
    language = str(person.browser.execute_script("return document.documentElement.lang"))[:2]
    ringing, talking, idle, hung_up, with_801 = WORDS[language]
    assert idle in person.text("line-3")

    box.do(lambda: box.ring("c1", 3, "13800138000"))
    person.sees("line-3", f"{ringing} 13800138000")
    person.sees("calls", "13800138000")
    box.say("line.seized", call="c1", line=3)
    box.say("call.answered", call="c1", by="box")
    box.say("call.connected", call="c1", station="801")
    person.sees("line-3", talking)
    person.sees("line-3", with_801)
    person.sees("station-801", f"{talking} 13800138000")
    person.waits("the clock runs", lambda: person.text("station-801").endswith("0:01"))
    box.say("call.ended", call="c1", side="caller", cue="tone", result="answered")
    box.say("line.idle", line=3)
    box.say("station.idle", station="801")
    person.sees("line-3", idle)
    person.sees("newest", hung_up)
    assert person.browser.execute_script("return window.never_reloaded")
    width, height = person.browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert (width, height) == (1366, 768), "the first screen does not scroll"
    assert person.complaints() == []


def test_simulate_listen_and_a_box_that_goes_away(served: Served, box: FakeBox) -> None:
    person = Person(served, "en-US")
    try:
        person.claims()
        person.browser.find_element(By.ID, "simulate").click()
        person.sees("simulate-status", "A call came in.")
        person.sees("line-3", "ringing")

        box.whole_call("c1")
        person.sees("newest", "caller hung up")
        person.browser.find_element(By.CSS_SELECTOR, "#newest [data-listen]").click()
        person.sees("player-title", "13800138000")
        audio = "document.querySelector('#player audio')"
        person.waits("the recording is read", lambda: person.browser.execute_script(f"return {audio}.duration") == 1)

        box.stop()
        person.sees("away", "The box does not answer.")
        again = FakeBox(box.data)
        try:
            person.waits("it is seen again", lambda: not person.browser.find_element(By.ID, "away").is_displayed())
            again.do(lambda: again.ring("c2", 5, "01088886666"))
            person.sees("line-5", "ringing")
        finally:
            again.stop()
        assert person.browser.execute_script("return window.never_reloaded")
    finally:
        person.browser.quit()


def test_nobody_is_kept_out(served: Served, box: FakeBox) -> None:
    """axe over every screen, light and dark."""
    person = Person(served, "en-US")
    try:
        assert person.barriers() == []  # the claim
        person.claims()
        box.whole_call("c1")
        box.counters.box = {"ticks_missed": 3}
        box.counters.fifo = False
        box.say("alarm.raised", name="line_7_no_battery")
        box.do(lambda: box.ring("c2", 5, "01088886666"))
        box.do(lambda: box.ring("c3", 6, "13911112222"))
        box.say("line.seized", call="c3", line=6)
        box.say("call.connected", call="c3", station="802")
        person.sees("station-802", "talking")
        found: list[str] = []
        for theme in ("light", "dark"):
            person.browser.add_cookie({"name": "theme", "value": theme})
            for path in ("/", "/calls", "/calls?search=nobody", "/calls/c1", "/health", "/nothing"):
                person.browser.get(person.url + path)
                found += [f"{theme} {path}: {one}" for one in person.barriers()]
        assert not found, "\n".join(found)
    finally:
        person.browser.quit()


def test_by_keyboard(served: Served, box: FakeBox) -> None:
    person = Person(served, "en-US")
    try:
        person.claims()
        person.presses(Keys.F9)
        person.sees("line-3", "ringing")
        person.waits("the tab tells", lambda: person.browser.title == "(1) Now · callbox")
        icon = person.browser.find_element(By.ID, "icon").get_attribute("href")
        assert icon is not None and icon.endswith("icon-ringing.svg")
        box.whole_call("c1")
        person.presses(Keys.F4)
        person.waits("calls done", lambda: person.browser.current_url.endswith("/calls"))
        when = person.browser.find_element(By.CSS_SELECTOR, "tr[data-call=c1] time")
        seen = when.text
        person.browser.execute_script("dispatchEvent(new Event('beforeprint'))")
        assert when.text == when.get_attribute("title") != seen  # the exact time on paper
        person.browser.execute_script("dispatchEvent(new Event('afterprint'))")
        assert when.text == seen
        person.browser.find_element(By.CSS_SELECTOR, "tr[data-call=c1] a.row-link").send_keys(Keys.ENTER)
        person.waits("the call", lambda: "hear each other" in person.browser.find_element(By.CLASS_NAME, "story").text)
        person.presses(Keys.F8)
        person.sees("verdict", "Nothing was lost or late")
        box.counters.box = {"ticks_missed": 3}
        person.sees("verdict", "1 thing was lost or late")  # within five seconds, by itself
        person.presses(Keys.F2)
        person.waits("now", lambda: person.browser.current_url == f"{person.url}/")
        person.presses(Keys.TAB)
        skip = person.browser.switch_to.active_element
        assert skip.text == "To the content" and skip.is_displayed()
        assert person.complaints() == []
    finally:
        person.browser.quit()


def test_more_tabs_than_a_browser_has_connections(served: Served, box: FakeBox) -> None:
    person = Person(served, "en-US")
    try:
        person.claims()
        first = person.browser.current_window_handle
        for tab in range(2, 10):
            person.browser.switch_to.new_window("tab")
            person.browser.get(person.url)
            person.waits(f"tab {tab}", lambda: len(person.browser.find_elements(By.CLASS_NAME, "lamp")) == 16)
        box.do(lambda: box.ring("c1", 3, "13800138000"))
        person.sees("line-3", "ringing")
        person.browser.switch_to.window(first)
        person.sees("line-3", "ringing")
        assert person.browser.execute_script("return window.never_reloaded")
        assert person.complaints() == []
    finally:
        person.browser.quit()
