"""Browsers that are started once and used by one test after the other: a start costs more than many a test.

`quit()` gives one back, as good as new: no cookies, no other tabs, what its console said forgotten. The storage of a
page needs no cleaning: every test has its page at a port of its own. One with options beyond its language is used once.
"""

import shutil

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1366,768",
)  # fmt: skip
_idle: dict[tuple[str, ...], "Browser"] = {}


class Browser(webdriver.Chrome):
    """One with these options beyond OPTIONS."""

    def __init__(self, *more: str) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for option in (*OPTIONS, *more):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.more = more
        super().__init__(options=options, service=Service(str(DRIVER)))

    def quit(self) -> None:
        """Back to those that idle; one of a kind is enough, and one that does not obey is ended."""
        if len(self.more) > 1 or self.more in _idle:
            self.end()
            return
        try:
            self._as_new()
        except WebDriverException:
            self.end()
        else:
            _idle[self.more] = self

    def end(self) -> None:
        """For good."""
        super().quit()

    def _as_new(self) -> None:
        used = self.window_handles
        self.switch_to.new_window("tab")
        new = self.current_window_handle
        for tab in used:
            self.switch_to.window(tab)
            self.close()
        self.switch_to.window(new)
        self.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.get_log("browser")


def browser(*more: str) -> Browser:
    """One that nobody uses; give it back by its `quit()`."""
    return _idle.pop(more, None) or Browser(*more)


def end() -> None:
    """Of all that idle."""
    while _idle:
        _idle.popitem()[1].end()
