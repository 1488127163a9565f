"""A browser that writes pictures, and the box that it looks at."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).parents[2]
TALLEST = 2600  # px, of a picture for review
WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody looks at a screen."""

    language: str = "en"
    theme: str = "light"
    phone: bool = False

    @property
    def suffix(self) -> str:
        """What it adds to a picture's name."""
        parts = ("-zh", self.language == "zh"), ("-dark", self.theme == "dark"), ("-phone", self.phone)
        return "".join(word for word, said in parts if said)

    @property
    def size(self) -> tuple[int, int]:
        """Pixels of the window."""
        return (390, 844) if self.phone else (1366, 768)


PLAIN = Way()
REVIEWED = (PLAIN, Way("zh", "dark"), Way("zh", "light", True), Way("en", "dark", True))


class Photographer:
    """Takes the pictures in `wanted`; without it every screen in every way of REVIEWED, at its whole height."""

    def __init__(self, url: str, folder: Path, wanted: frozenset[str] | None) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(option)
        options.add_argument("--use-fake-ui-for-media-stream")
        options.add_argument("--use-fake-device-for-media-stream")
        self.browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.url, self.folder, self.wanted = url, folder, wanted
        self.way: Way | None = None

    def ways(self, screen: str) -> list[Way]:
        """In which ways this screen is wanted."""
        if self.wanted is None:
            return list(REVIEWED)
        every = product(("en", "zh"), ("light", "dark"), (False, True))
        return [way for way in (Way(*one) for one in every) if screen + way.suffix in self.wanted]

    def looks(self, way: Way) -> None:
        """From the next page on, as that person."""
        if not self.browser.current_url.startswith(self.url):
            self.browser.get(f"{self.url}/healthz")
        if way != self.way:
            self._size(*way.size)
            for name, value in (("language", way.language), ("theme", way.theme)):
                self.browser.add_cookie({"name": name, "value": value})
        self.way = way

    def goes(self, path: str) -> None:
        """Opens the page."""
        self.browser.get(path if path.startswith("http") else self.url + path)

    def take(self, name: str) -> None:
        """What stands there now."""
        assert self.way is not None
        self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 0, "y": 0})
        width, height = self.way.size
        if self.wanted is None:
            whole = int(self.browser.execute_script("return document.documentElement.scrollHeight"))
            self._size(width, min(TALLEST, max(height, whole)))
        self.browser.save_screenshot(str(self.folder / f"{name}{self.way.suffix}.png"))
        if self.wanted is None:
            self._size(width, height)

    def screen(self, name: str, path: str, until: Callable[[], object] | None = None) -> None:
        """This screen in every way that is wanted; `until`: what it must show first."""
        for way in self.ways(name):
            self.looks(way)
            self.goes(path)
            if until is not None:
                self.waits(name, until)
            self.take(name)

    def waits(self, what: str, until: Callable[[], object]) -> None:
        """Until it is so."""
        WebDriverWait(self.browser, WAIT_S, 0.1).until(lambda _: until(), what)

    def has(self, selector: str) -> bool:
        """Whether something such is there to see."""
        shown = "return [...document.querySelectorAll(arguments[0])].some((one) => one.getClientRects().length)"
        return bool(self.browser.execute_script(shown, selector))

    def sees(self, selector: str) -> Callable[[], bool]:
        """`has`, to wait for."""
        return lambda: self.has(selector)

    def clicks(self, selector: str) -> None:
        """Presses it, once it is there; again if the stream has just put a new one in its place."""
        press = "const one = document.querySelector(arguments[0]); if (one && !one.disabled) one.click(); return !!one;"
        self.waits(selector, lambda: self.browser.execute_script(press, selector))

    def _size(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


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


def shrink(picture: Path, target: Path) -> None:
    """Writes it with 128 colours of its own, which text on a plain ground does not show."""
    palette = "split[a][b];[a]palettegen=max_colors=128:stats_mode=full[p];[b][p]paletteuse=dither=none"
    command = ["ffmpeg", "-loglevel", "error", "-y", "-i", str(picture), "-vf", palette, "-compression_level", "100"]
    subprocess.run([*command, "-pred", "mixed", str(target)], check=True)
