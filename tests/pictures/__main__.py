"""Pictures of every screen, from the real box on the simulated card: `python -m tests.pictures [--all DIR]`.

A seeded quarter of an hour of calls (virtual time) fills the lists; then the box runs as users run it, the same
callers come in the same order, and a browser looks. The pictures that the guides use go to docs/pictures; with `--all`
every screen goes to DIR, at its whole height, light, dark, in Chinese and on a telephone, for review.
"""

import argparse
import json
import re
import sys
import tempfile
from itertools import cycle
from pathlib import Path

from selenium.webdriver.common.by import By

from firmware.api.client import ApiClient
from firmware.api.messages import SOCKET, Refused
from tests.pictures.camera import PLAIN, ROOT, Photographer, box, shrink
from tests.pictures.seed import history, people
from webui.setup.pages import PAGES
from webui.setup.registry import ListPage, Page

KEPT = (
    "claim", "claim-zh", "first", "first-zh", "first-call", "first-call-zh",
    "live", "live-zh", "live-dark", "live-phone", "live-zh-phone", "wall-dark", "wall-zh-dark",
    "calls", "calls-zh", "call", "call-zh", "desk-ringing", "desk-ringing-zh", "desk", "desk-zh", "owed", "owed-zh",
    "notices", "notices-zh", "setup", "setup-zh", "setup-hours-one", "setup-hours-one-zh", "setup-people",
    "setup-people-zh", "setup-lines-one", "setup-lines-one-zh", "prompt", "prompt-zh", "flow", "flow-zh",
    "doctor", "doctor-zh", "doctor-report", "doctor-report-zh", "health", "health-zh", "telephone", "telephone-zh",
)  # fmt: skip
OWNER = ("Lin", "lin", "a password for pictures")
SEAT = "801"
EXAMINED = 8  # a line that callers do not reach
CALLERS = (
    ("13800138000", "Wang Fang"), ("01065521188", ""), ("13911024567", "Liu Yang"), ("02164370000", "Hongqiao"),
    ("18612345678", ""), ("075583210066", "Chen"), ("13700002222", "Zhang Wei"), ("4008123123", ""),
)  # fmt: skip
# Three talk, a station rings, a line has somebody who is not yet in a queue.
LIVELY = """
const count = (where, state) => document.querySelectorAll(`#lamps [id^=${where}-][data-state=${state}]`).length;
const early = [...document.querySelectorAll("#lamps [id^=line-]")].some((lamp) => lamp.dataset.state === "ringing"
  || lamp.dataset.state === "talking" && !/80[1-8]/.test(lamp.querySelector(".lamp-detail").textContent));
return count("station", "talking") >= 3 && count("station", "ringing") >= 1 && early;
"""


class Day:
    """What a browser sees in it, in order."""

    def __init__(self, photographer: Photographer, data: Path) -> None:
        self.sees, self.data = photographer, data
        self.callers = cycle(CALLERS)

    def whole(self) -> None:
        """Every screen."""
        self.door()
        self.first_run()
        self.live()
        self.records()
        self.plain()
        self.setup()
        self.flows()
        self.doctor()
        self.at_the_desk()

    def door(self) -> None:
        """Claimed and logged in."""
        sees = self.sees
        sees.screen("claim", "/claim")
        sees.looks(PLAIN)
        sees.goes("/claim")
        for field, text in zip(("name", "user", "password", "again"), (*OWNER, OWNER[2]), strict=True):
            found = sees.browser.find_element(By.ID, field)
            found.clear()
            found.send_keys(text)
        sees.clicks("form .btn-primary")
        sees.waits("logged in", lambda: "/claim" not in sees.browser.current_url)
        cookies = sees.browser.get_cookies()
        sees.browser.delete_all_cookies()
        sees.way = None
        sees.screen("login", "/login")
        for cookie in cookies:
            sees.browser.add_cookie(cookie)
        sees.way = None

    def first_run(self) -> None:
        """Its list, its steps, and the walked test call once both hear each other."""
        sees = self.sees
        for step in ("", "people", "hours"):
            sees.screen(f"first-{step}".strip("-"), f"/first/{step}".rstrip("/"))
        sees.looks(PLAIN)
        sees.goes("/first/call")
        sees.clicks("#first-call")
        sees.waits("they talk", sees.sees("[data-stage=talk][data-state=done]"))
        sees.screen("first-call", sees.browser.current_url)

    def live(self) -> None:
        """A busy hour."""
        for way in self.sees.ways("live"):
            self.sees.looks(way)
            self.sees.goes("/")
            self.sees.waits("the lamps", self.sees.sees("#lamps .lamp"))
            self.callers_come(LIVELY)
            self.sees.take("live")
        self.sees.screen("wall", "/wall")

    def records(self) -> None:
        """What was, and what is left to do."""
        sees = self.sees
        sees.screen("calls", "/calls")
        sees.looks(PLAIN)
        sees.goes("/calls")
        row = sees.browser.find_element(By.XPATH, "//tr[contains(., '803')]//a[@class='row-link']")
        sees.screen("call", row.get_attribute("href") or "")
        sees.screen("messages", "/messages")
        sees.screen("owed", "/owed")
        sees.looks(PLAIN)
        sees.goes("/notices")
        text = "Orders of model B leave two days late: tell callers Thursday.\nB 款订单推迟两天发货，请告知客户：周四。"
        sees.browser.find_element(By.NAME, "text").send_keys(text)
        sees.clicks(".notice-form .btn-primary")
        sees.screen("notices", "/notices")

    def plain(self) -> None:
        """Those that only have to be opened."""
        for name in ("health", "account", "log", "telephones", "help", "nothing"):
            self.sees.screen(name, f"/{name}")
        self.sees.screen("api", "/api")

    def setup(self) -> None:
        """The list, every page, and one item of each list."""
        sees = self.sees
        sees.screen("setup", "/setup")
        for page in PAGES:
            if not isinstance(page, Page):
                continue
            sees.screen(f"setup-{page.name}", f"/setup/{page.name}")
            if isinstance(page, ListPage) and sees.ways(f"setup-{page.name}-one"):
                sees.looks(PLAIN)
                sees.goes(f"/setup/{page.name}")
                found = sees.browser.find_elements(By.CSS_SELECTOR, f"a[href*='/setup/{page.name}/item/']")
                path = (found[0].get_attribute("href") or "") if found else f"/setup/{page.name}/new"
                sees.screen(f"setup-{page.name}-one", path)
        for name in ("box", "certificate", "prompts"):
            sees.screen(f"setup-{name}", f"/setup/{name}")
        sees.screen("prompt", "/setup/prompts/zh/greeting")

    def flows(self) -> None:
        """The list, and an editor."""
        self.sees.screen("flows", "/flows")
        self.sees.screen("flow", "/flows/main", self.sees.sees(".flow-card, #flow-list button"))

    def doctor(self) -> None:
        """All lines, one of them, and a report on it."""
        sees, line = self.sees, f"/doctor/line/{EXAMINED}"
        sees.looks(PLAIN)
        sees.goes(line)
        sees.clicks("[data-doctor=quick]")
        sees.waits("a report", self._report)
        report = self._report()
        sees.screen("doctor", "/doctor")
        sees.screen("doctor-line", line, lambda: "dBm0" in sees.browser.find_element(By.ID, "o-rx").text)
        sees.screen("doctor-report", report)

    def _report(self) -> str:
        """The path of the first report that the page leads to; empty: none."""
        found = re.search(r"/doctor/report/[\w-]+", self.sees.browser.page_source)
        return found[0] if found else ""

    def at_the_desk(self) -> None:
        """Nobody sits there; it rings; they talk. The telephone is one of training, in a tab of its own."""
        sees = self.sees
        sees.screen("desk-before", "/desk")
        sees.looks(PLAIN)
        sees.goes("/desk")
        sees.clicks(f"#act-sit-{SEAT}")
        sees.waits("signed in", sees.sees("#desk-state"))
        sees.screen("desk-idle", "/desk")
        desk = sees.browser.current_window_handle
        sees.browser.switch_to.new_window("tab")
        sees.looks(PLAIN)
        sees.goes(f"/telephones/{SEAT}")
        sees.waits("its script", lambda: sees.browser.execute_script("return document.readyState") == "complete")
        sees.browser.find_element(By.CSS_SELECTOR, "[data-part=take]").click()  # a real one: sound wants a gesture
        sees.waits("in hand", sees.sees("[data-part=body]"))
        telephone = sees.browser.current_window_handle
        for way in sees.ways("desk-ringing"):
            sees.browser.switch_to.window(desk)
            sees.way = None
            sees.looks(way)
            sees.goes("/desk")
            self.callers_come("return !!document.querySelector('#desk-call .desk-lift')", most=8)
            sees.waits("the card", sees.sees("#card-notes"))
            sees.take("desk-ringing")
        for way in sees.ways("telephone"):
            sees.browser.switch_to.window(telephone)
            sees.way = None
            sees.looks(way)
            if way != PLAIN:
                sees.goes(f"/telephones/{SEAT}")
                sees.browser.find_element(By.CSS_SELECTOR, "[data-part=take]").click()
                sees.waits("in hand", sees.sees("[data-part=body]"))
            sees.take("telephone")
        sees.browser.switch_to.window(desk)
        sees.looks(PLAIN)
        sees.goes("/desk")
        self.callers_come("return !!document.querySelector('#desk-call .desk-lift')", most=8)
        sees.browser.switch_to.window(telephone)
        sees.clicks("[data-do=pick_up]")
        sees.browser.switch_to.window(desk)
        sees.screen("desk", "/desk", sees.sees("#desk-call .rec"))

    def callers_come(self, until: str, most: int = 7) -> None:
        """Lets them, one after the other, until the page's script says that it looks right."""
        with ApiClient(self.data / SOCKET) as ask, ApiClient(self.data / SOCKET) as watch:
            for push in watch.subscribe(idle=0.1):
                if self.sees.browser.execute_script(until):
                    return
                calls = push["snapshot"]["calls"] if push else []
                if push and len(calls) < most and all(call["stage"] in ("queue", "talking") for call in calls):
                    taken = {call["number"] for call in calls}
                    number, name = next(one for one in self.callers if one[0] not in taken)
                    try:
                        ask.request("training.call", number=number, name=name)
                    except Refused:
                        continue


def main() -> int:
    """Takes them all; how large those that are kept have become."""
    parser = argparse.ArgumentParser(prog="tests.pictures", description="Takes the pictures of the guides.")
    parser.add_argument("--all", type=Path, metavar="DIR", help="every screen in every way to DIR, for review")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, shots = folder / "data", args.all or folder / "shots"
        shots.mkdir(parents=True, exist_ok=True)
        history(data)
        people(data)
        with box(data) as url:
            photographer = Photographer(url, shots, None if args.all else frozenset(KEPT))
            try:
                Day(photographer, data).whole()
            finally:
                photographer.browser.quit()
        if args.all:
            return 0
        kept = ROOT / "docs/pictures"
        kept.mkdir(parents=True, exist_ok=True)
        for picture in KEPT:
            shrink(shots / f"{picture}.png", kept / f"{picture}.png")
        sizes = {picture: (kept / f"{picture}.png").stat().st_size for picture in KEPT}
    print(json.dumps({"bytes": sizes, "total": sum(sizes.values())}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
