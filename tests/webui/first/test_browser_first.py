"""A new owner with a browser at a box that has just been started: from the claim to a talk, every click counted."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.webui.fakebox import PASSWORD, ROOT, Served
from tests.webui.test_browser import Person

MOST = 60  # clicks and fields: ten minutes for somebody who reads what stands there


class NewOwner(Person):
    """Counts what he does, and looks whether anybody would be kept out of the page he is at."""

    def __init__(self, served: Served) -> None:
        super().__init__(served, "en-US")
        self.acts = 0
        self.kept_out: list[str] = []

    def clicks(self, selector: str) -> None:
        self.acts += 1
        self.browser.find_element(By.CSS_SELECTOR, selector).click()

    def fills(self, name: str, text: str) -> None:
        self.acts += 1
        field = self.browser.find_element(By.NAME, name)
        if field.tag_name == "select":
            Select(field).select_by_value(text)
        else:
            field.clear()
            field.send_keys(text)

    def shows(self, selector: str) -> None:
        self.waits(selector, lambda: bool(self.browser.find_elements(By.CSS_SELECTOR, selector)))

    def is_at(self, path: str) -> None:
        self.waits(path, lambda: self.browser.current_url.split("?")[0].endswith(path))
        self.waits("its heading", lambda: bool(self.browser.find_element(By.TAG_NAME, "h1").text))
        self.kept_out += [f"{path}: {one}" for one in self.barriers()]

    def goes_on(self, path: str) -> None:
        self.clicks(".first-end .btn-primary")
        self.is_at(path)


class Started:
    """`callbox run` on the simulated card, in real time, as a user starts it."""

    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-m", "firmware.cli", "run", "--data", str(data), "--http", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[NewOwner]:
    box = Started(tmp_path / "data")
    try:
        owner = NewOwner(box)  # type: ignore[arg-type] # only its address is asked for
        yield owner
        owner.browser.quit()
    finally:
        box.stop()


def test_from_the_claim_to_the_first_answered_call(owner: NewOwner) -> None:
    owner.fills("password", PASSWORD)
    owner.fills("again", PASSWORD)
    owner.clicks("button.btn-primary")
    owner.is_at("/first")
    owner.goes_on("/first/place")
    owner.fills("company", "长城电器")
    owner.goes_on("/first/clock")
    assert "says the same" in owner.text("clock-says")
    owner.goes_on("/first/test")
    owner.clicks("#tested .first-do button")
    owner.shows("[data-look=talking]")
    owner.is_at("/first/test")
    owner.goes_on("/first/lines")
    owner.fills("1.name", "Sales")
    owner.fills("1.number", "010 8888 6666")
    owner.goes_on("/first/people")
    for row, name in enumerate(("Wang Fang", "Li Ming")):
        owner.fills(f"{row}.name", name)
    owner.clicks(".first-end .btn-primary")
    owner.waits("slips", lambda: len(owner.browser.find_elements(By.CSS_SELECTOR, ".first-slips li")) == 2)
    owner.goes_on("/first/greeting")
    owner.clicks("[aria-labelledby=way-text] button")
    owner.waits("the new greeting", lambda: "Callers hear your own greeting." in owner.text("main"))
    owner.goes_on("/first/hours")
    owner.clicks("input[value=always]")
    owner.goes_on("/first/call")
    owner.clicks("#first-call")
    owner.shows("[data-stage=talk][data-state=done]")
    stages = owner.text("walk")
    for words in ("138", "The caller hears the greeting.", "Key 1 was heard.", "queue “sales”", "hear each other"):
        assert words in stages, words
    owner.is_at("/first/call")
    owner.goes_on("/first/ready")
    assert "You are ready" in owner.text("main") and "Left out so far" not in owner.text("main")
    assert "长城电器" in owner.text("main")
    assert owner.kept_out == [] and owner.complaints() == []
    print(f"first run: {owner.acts} clicks and fields")
    assert owner.acts <= MOST
