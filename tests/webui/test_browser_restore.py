"""An owner brings a backup to a running box by its page: what is broken is refused, what is whole is there again."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from firmware.api.client import ApiClient
from firmware.api.messages import SOCKET
from firmware.setup.site import Site
from firmware.setup.store import Setup
from tests.firmware.keeping.conftest import BEGIN, keep_call
from tests.webui.fakebox import PASSWORD, ROOT
from tests.webui.test_browser import Person

PAGE = "/setup/backups"


class Running:
    """`callbox run` at an address that stays the same when it starts again."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [sys.executable, "-m", "firmware.cli", "run", "--data", str(data), "--http", address]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1].rstrip("/")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Owner(Person):
    """Knows the page of backups."""

    def waits(self, what: str, holds: Callable[[], bool]) -> None:
        """The box looks at files in programs of their own that let everybody else go first."""
        WebDriverWait(self.browser, 240, 0.1, ignored_exceptions=[Exception]).until(lambda _: holds(), what)

    def comes(self, path: str) -> None:
        self.browser.get(f"{self.url}{path}")

    def clicks(self, selector: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, selector).click()

    def calls_the_company(self, name: str) -> None:
        self.comes("/setup/box")
        field = self.browser.find_element(By.NAME, "company")
        field.clear()
        field.send_keys(name)
        self.clicks(".setup-end .btn-primary")
        self.waits("it is saved", lambda: "Saved." in self.text("main"))

    def downloads(self, to: Path) -> bytes:
        link = self.browser.find_element(By.CSS_SELECTOR, "#backups a[download]").get_attribute("href")
        cookies = "; ".join(f"{one['name']}={one['value']}" for one in self.browser.get_cookies())
        with urllib.request.urlopen(urllib.request.Request(str(link), headers={"Cookie": cookies})) as answer:
            to.write_bytes(answer.read())
        return to.read_bytes()

    def brings(self, file: Path, content: bytes) -> None:
        file.write_bytes(content)
        self.comes(PAGE)
        self.browser.execute_script("window.before = true")
        self.browser.find_element(By.ID, "upload-file").send_keys(str(file))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    Setup(data).change(Site, lambda _: {"language": "en"}, who="test")
    keep_call(data, "c1", BEGIN)
    return data


@pytest.fixture
def running(data: Path) -> Iterator[Running]:
    running = Running(data)
    yield running
    running.stop()


def test_a_backup_is_brought_back(running: Running, data: Path, tmp_path: Path) -> None:
    owner = Owner(running, "en-US")  # type: ignore[arg-type] # only its address is asked for
    file = tmp_path / "brought.zip"
    try:
        owner.claims()
        owner.calls_the_company("Great Wall")
        owner.comes(PAGE)
        owner.clicks("#backups .setup-action button")
        owner.waits("it is made", lambda: "read back and compared" in owner.text("backups"))
        whole = owner.downloads(file)

        owner.calls_the_company("Little Wall")
        with ApiClient(data / SOCKET) as box:
            box.request("call.mark", call="c1", marked=True)

        owner.brings(file, whole[: len(whole) * 2 // 3])
        owner.waits("a part is refused", lambda: "The file is not whole" in owner.text("backups"))
        assert "Nothing was changed:" in owner.text("backups")
        place = whole.index(b"callbox.sqlite") + 2000
        owner.brings(file, whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        owner.waits("a change is refused", lambda: "damaged or changed after it was made" in owner.text("backups"))
        assert Setup(data).load(Site).company == "Little Wall"

        owner.brings(file, whole)
        owner.waits("it is looked at", lambda: "It is whole." in owner.text("brought"))
        assert owner.barriers() == []
        owner.clicks("#brought .btn-primary")
        owner.waits("it is restored", lambda: bool(list(data.glob("replaced-*"))))
        owner.waits("it is there again", lambda: _logged_in(owner))
        owner.comes("/setup/box")
        assert owner.browser.find_element(By.NAME, "company").get_attribute("value") == "Great Wall"
        asks = "fetch('/api/v1/calls').then((answer) => answer.json()).then((found) => arguments[0](found.total))"
        assert owner.browser.execute_async_script(asks) == 1
        with ApiClient(data / SOCKET) as box:
            assert box.request("call.mark", call="c1", marked=False)["changed"] is False
    finally:
        owner.browser.quit()


def _logged_in(owner: Owner) -> bool:
    """The box has begun again, and so has the page; whoever was logged in then may log in."""
    owner.comes(PAGE)
    if owner.browser.find_elements(By.ID, "password"):
        owner.browser.find_element(By.NAME, "user").send_keys("owner")
        owner.browser.find_element(By.ID, "password").send_keys(PASSWORD)
        owner.clicks("button.btn-primary")
    return bool(owner.browser.find_elements(By.ID, "backups")) and "does not answer" not in owner.text("backups")
