"""A builder with a browser: a flow from a starter, a mistake seen and mended, published, walked through, gone back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.webui.fakebox import Served
from tests.webui.flowbox import FlowBox
from tests.webui.test_browser import Person


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FlowBox]:
    box = FlowBox(tmp_path / "data")
    yield box
    box.stop()


class Builder(Person):
    """Works at a flow by the outline and the forms, and by pulling on the paper."""

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def chooses(self, node: str) -> None:
        self.one(f"#out-{node}").click()

    def tab(self, name: str) -> None:
        self.one(f"#tab-{name}").click()

    def card(self, node: str) -> WebElement:
        return self.one(f'.flow-card[data-node="{node}"]')

    def saved(self) -> None:
        self.waits("saved", lambda: "aved" in self.text("flow-state") and "saving" not in self.text("flow-state"))

    def opens(self, name: str) -> None:
        self.browser.get(f"{self.url}/flows/{name}")
        self.waits("the editor", lambda: bool(self.browser.find_elements(By.CLASS_NAME, "flow-card")))


def test_a_flow_is_built_tried_and_taken_back(served: Served, box: FlowBox) -> None:
    person = Builder(served, "en-US")
    try:
        person.claims()
        person.browser.get(f"{person.url}/flows")
        assert person.barriers() == []
        person.one("input[value=menu]").click()
        person.one("#new-title").send_keys("Main menu")
        person.one("#new-name").send_keys("mainmenu", Keys.ENTER)
        person.waits("the editor", lambda: bool(person.browser.find_elements(By.CLASS_NAME, "flow-card")))
        assert person.text("flow-title") == "Main menu"

        # One more key leads to a new node, in which something is missing.
        person.chooses("welcome")
        Select(person.one("#flow-add-key")).select_by_value("+play")
        person.waits("the problem", lambda: "has-error" in (person.card("play").get_attribute("class") or ""))
        person.tab("problems")
        assert "must not be empty" in person.text("flow-problems")
        person.one("#flow-problems button").click()
        assert "Say something" in person.text("flow-properties")
        person.one("#flow-properties textarea[lang=en]").send_keys("We are moving house.")
        person.one("#flow-properties textarea[lang=zh]").send_keys("我们正在搬家。", Keys.TAB)
        person.waits("what is missing still", lambda: "“next” leads nowhere" in person.text("flow-own-problems"))
        assert person.barriers() == []

        # Pulled from its exit to a queue; then nothing is wrong.
        ActionChains(person.browser).drag_and_drop(
            person.one('[data-node="play"] [data-exit="next"] .flow-port'), person.card("first")
        ).perform()
        person.waits(
            "mended", lambda: "Nothing is wrong" in (person.one("#flow-problems").get_attribute("textContent") or "")
        )
        person.presses(Keys.F10)
        person.one("#flow-note").send_keys("moving", Keys.TAB)
        person.one("#flow-publish").click()
        person.sees("flow-says", "Callers come into version 1")
        assert box.flows.library.published()["mainmenu"].version == 1

        # Deleted, brought back by undo; changed by keyboard, and compared.
        person.chooses("second")
        person.one("#flow-paper").click()
        person.chooses("second")
        person.one("#out-second").send_keys(Keys.DELETE)
        person.waits("gone", lambda: not person.browser.find_elements(By.ID, "out-second"))
        person.one("#flow-undo").click()
        person.waits("back", lambda: bool(person.browser.find_elements(By.ID, "out-second")))
        person.chooses("first")
        Select(person.one("#flow-properties select")).select_by_value("service")
        person.saved()
        person.tab("versions")
        person.one('[aria-label="Compare: Version 1"]').click()
        person.sees("flow-changes", "“first”: Queue was “sales”, is “service”.")
        assert "mark-changed" in (person.card("first").get_attribute("class") or "")
        assert person.barriers() == []

        # The way of who tries it is lit.
        person.presses(Keys.F9)
        Select(person.one("#flow-station")).select_by_value("801")
        person.one("#flow-walk-start").click()
        person.sees("flow-walk-says", "Station 801 rings")
        assert box.flows.tried == [("mainmenu", "801")]
        box.say("call.flow", call="c1", flow="mainmenu", version=-1)
        person.waits("he is there", lambda: "is-here" in (person.card("welcome").get_attribute("class") or ""))
        box.say("call.flow_step", call="other", flow="mainmenu", node="welcome", exit="2", to="")
        box.say("call.flow_step", call="c1", flow="mainmenu", node="welcome", exit="1", to="")
        person.waits("he goes on", lambda: "is-here" in (person.card("first").get_attribute("class") or ""))
        assert [
            one.get_attribute("data-exit") for one in person.browser.find_elements(By.CSS_SELECTOR, ".flow-line.is-lit")
        ] == ["1"]
        box.say("call.flow_step", call="c1", flow="mainmenu", node="first", exit="", to="queue service")
        box.say("call.ended", call="c1", side="caller", cue="tone", result="abandoned")
        person.sees("flow-walk-says", "The call is over.")
        assert "key 1" in person.text("flow-walk-lines") and "queue service" in person.text("flow-walk-lines")

        # A second version, and the first one again.
        person.tab("versions")
        person.one("#flow-publish").click()
        person.sees("flow-says", "version 2")
        person.one('[aria-label="Restore: Version 1"]').click()
        person.sees("flow-says", "version 3")
        assert box.flows.library.published()["mainmenu"].document.model_dump()["nodes"]["first"]["queue"] == "sales"
        person.chooses("first")
        assert Select(person.one("#flow-properties select")).first_selected_option.text == "Sales"

        # Somebody else works on it, too: apart from mine, both count; the same, one is asked about.
        document = box.flows.library.get("mainmenu", 3).model_dump(mode="json", exclude_unset=True, by_alias=True)
        document["nodes"]["second"]["queue"] = "operator"
        box.flows.library.save_draft("mainmenu", document, "wang")
        Select(person.one("#flow-properties select")).select_by_value("service")
        person.sees("flow-says", "Both changes are in it")
        person.saved()
        both = box.flows.library.draft("mainmenu")
        assert both is not None
        assert [both.document["nodes"][one]["queue"] for one in ("first", "second")] == ["service", "operator"]
        document["nodes"]["first"]["queue"] = "operator"
        box.flows.library.save_draft("mainmenu", document, "wang")
        person.chooses("first")
        Select(person.one("#flow-properties select")).select_by_value("sales")
        person.sees("flow-conflict-says", "wang has changed the same")
        person.one("#flow-keep-mine").click()
        person.saved()
        kept = box.flows.library.draft("mainmenu")
        assert kept is not None and kept.document["nodes"]["first"]["queue"] == "sales"
        person.one("#flow-undo").click()
        person.waits("theirs", lambda: "Operator" in person.card("first").text)

        # On a telephone: the outline, and forms.
        person.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        )
        person.opens("mainmenu")
        assert not person.one("#flow-paper").is_displayed() and not person.one("#flow-properties").is_displayed()
        person.chooses("welcome")
        assert "The caller presses one key" in person.text("flow-properties")
        assert person.browser.execute_script("return document.documentElement.scrollWidth") == 390
        assert person.barriers() == []
        person.one("#flow-back").click()
        assert person.one("#out-welcome").is_displayed()
        refused = [one for one in person.complaints() if "409" not in one]  # what somebody else had changed
        assert refused == []
    finally:
        person.browser.quit()
