"""Pictures of every screen, from the real box on the simulated card: `python -m tests.pictures [--all DIR]`.

A seeded quarter of an hour of calls (virtual time) fills the list; then the box runs as users run it, the same
callers come in the same order, and a browser looks. The pictures that the guides use go to docs/pictures, with
`--all` every one of them to DIR, for review. They are made smaller by ffmpeg with a palette of their own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle, product
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from firmware.api.client import ApiClient
from firmware.api.messages import SOCKET, Refused
from firmware.training.scenario import CallsOf, Scenario, Spread
from firmware.training.simulate import simulate

ROOT = Path(__file__).parents[2]
KEPT = (
    "claim",
    "first",
    "first-call",
    "live",
    "live-zh",
    "live-dark",
    "live-phone",
    "calls",
    "call",
    "call-zh",
    "health",
)
SIZES = {"": (1366, 768), "-phone": (390, 844)}
LANGUAGES = {"": "en", "-zh": "zh"}
THEMES = {"": "light", "-dark": "dark"}
PASSWORD = "a password for pictures"
SEED = 8
HISTORY_S = 900
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


class Photographer:
    """A browser that writes pictures to `folder`."""

    def __init__(self, url: str, folder: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(option)
        self.browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.url, self.folder = url, folder

    def goes(self, path: str, language: str, theme: str, size: tuple[int, int]) -> None:
        """Opens the page as that person sees it."""
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        if not self.browser.current_url.startswith(self.url):
            self.browser.get(f"{self.url}/healthz")
        for name, value in (("language", language), ("theme", theme)):
            self.browser.add_cookie({"name": name, "value": value})
        self.browser.get(self.url + path)

    def every_way(self, screen: str, path: str) -> Iterator[str]:
        """The screen in every language, theme and size; yields each name once it is open, to be taken by `take`."""
        for (size, pixels), (language, tag), (theme, look) in product(SIZES.items(), LANGUAGES.items(), THEMES.items()):
            self.goes(path, tag, look, pixels)
            yield f"{screen}{language}{theme}{size}"

    def take(self, name: str) -> None:
        """What stands there now."""
        self.browser.save_screenshot(str(self.folder / f"{name}.png"))


@contextmanager
def box(data: Path) -> Iterator[str]:
    """A running box; the page's address."""
    command = [sys.executable, "-m", "firmware.cli", "run", "--data", str(data), "--http", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait(30)


def history(data: Path) -> None:
    """Calls done before the pictures are taken."""
    begins = datetime.now().replace(microsecond=0) - timedelta(seconds=HISTORY_S + 240)  # noqa: DTZ005 - local time
    calls = CallsOf(
        per_hour=80, talk_s=Spread(mean=45, least=10, most=120), patience_s=Spread(mean=40, least=5, most=90)
    )
    simulate(Scenario(seed=SEED, duration_s=HISTORY_S, begins=begins, calls=calls), data=data)


def until_lively(photographer: Photographer, data: Path) -> None:
    """Lets callers come, one after the other, until it looks like a busy hour."""
    callers = cycle(CALLERS)
    with ApiClient(data / SOCKET) as ask, ApiClient(data / SOCKET) as watch:
        for push in watch.subscribe(idle=0.1):
            if photographer.browser.execute_script(LIVELY):
                return
            calls = push["snapshot"]["calls"] if push else []
            if push and len(calls) < 7 and all(call["stage"] in ("queue", "talking") for call in calls):
                taken = {call["number"] for call in calls}
                number, name = next(one for one in callers if one[0] not in taken)
                try:
                    ask.request("training.call", number=number, name=name)
                except Refused:
                    continue


def first_run(photographer: Photographer) -> None:
    """Its list, two of its steps, and the walked test call once both hear each other."""
    for path in ("/first", "/first/people", "/first/hours"):
        for name in photographer.every_way(path.strip("/").replace("/", "-"), path):
            photographer.take(name)
    browser = photographer.browser
    photographer.goes("/first/call", "en", "light", SIZES[""])
    browser.find_element(By.ID, "first-call").click()
    talk = "[data-stage=talk][data-state=done]"
    WebDriverWait(browser, 60).until(lambda found: found.find_elements(By.CSS_SELECTOR, talk))
    for name in photographer.every_way("first-call", browser.current_url.removeprefix(photographer.url)):
        photographer.take(name)


def photograph(photographer: Photographer, data: Path) -> None:
    """Every screen."""
    browser = photographer.browser
    for name in photographer.every_way("claim", "/claim"):
        photographer.take(name)
    for field in ("password", "again"):
        browser.find_element(By.ID, field).send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "button.btn-primary").click()
    first_run(photographer)
    browser.get(photographer.url)
    WebDriverWait(browser, 20).until(lambda found: len(found.find_elements(By.CLASS_NAME, "lamp")) == 16)
    for name in photographer.every_way("live", "/"):
        until_lively(photographer, data)
        photographer.take(name)
    for name in photographer.every_way("wall", "/wall"):
        photographer.take(name)
    for name in photographer.every_way("calls", "/calls"):
        photographer.take(name)
    with_name = "//tr[contains(., '803')]//a[@class='row-link']"
    call = browser.find_element(By.XPATH, with_name).get_attribute("href") or ""
    screens = {"call": call.removeprefix(photographer.url), "desk": "/desk", "health": "/health", "nothing": "/nothing"}
    for screen, path in screens.items():
        for name in photographer.every_way(screen, path):
            photographer.take(name)


def shrink(picture: Path, target: Path) -> None:
    """Writes it with 192 colours of its own, which text on a plain ground does not show."""
    palette = "split[a][b];[a]palettegen=max_colors=192:stats_mode=full[p];[b][p]paletteuse=dither=none"
    command = ["ffmpeg", "-loglevel", "error", "-y", "-i", str(picture), "-vf", palette, "-compression_level", "100"]
    subprocess.run([*command, "-pred", "mixed", str(target)], check=True)


def main() -> int:
    """Takes them all; how large those that are kept have become."""
    parser = argparse.ArgumentParser(prog="tests.pictures", description="Takes the pictures of the guides.")
    parser.add_argument("--all", type=Path, metavar="DIR", help="every screen in every way, for review")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, shots = folder / "data", args.all or folder / "shots"
        shots.mkdir(parents=True, exist_ok=True)
        history(data)
        with box(data) as url:
            photographer = Photographer(url, shots)
            try:
                photograph(photographer, data)
            finally:
                photographer.browser.quit()
        kept = ROOT / "docs/pictures"
        kept.mkdir(parents=True, exist_ok=True)
        for picture in KEPT:
            shrink(shots / f"{picture}.png", kept / f"{picture}.png")
        sizes = {picture: (kept / f"{picture}.png").stat().st_size for picture in KEPT}
    print(json.dumps({"bytes": sizes, "total": sum(sizes.values())}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
