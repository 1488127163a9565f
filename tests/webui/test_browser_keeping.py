"""An owner in a browser: another address tried and kept, a backup and an update brought as files; axe over it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from werkzeug.serving import make_server

from firmware.api.keeping import BROUGHT_FILE
from firmware.network import request as asking
from firmware.update import bundle
from tests.webui.fakebox import FakeBox
from tests.webui.setup.test_keeping_pages import LOOKED_AT, NAME, a_bundle, state
from tests.webui.test_browser import Person
from tests.webui.test_browser_setup import types
from webui.app import create_app


class Here:
    """The page in this process, so that the test may say what machine it is on."""

    def __init__(self, data: Path) -> None:
        self.app = create_app(data)
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.app.extensions["callbox"].hub.close()
        self.server.shutdown()
        self.thread.join()


@pytest.fixture
def appliance(box: FakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A page that believes to be on one; the applier's word lies in `told`."""
    release = tmp_path / "os-release"
    release.write_text("IMAGE_VERSION=0.1.0\n")
    monkeypatch.setattr(bundle, "OS_RELEASE", release)
    monkeypatch.setattr(asking.state, "__defaults__", (tmp_path / "told.json",))
    here = Here(box.data)
    yield here
    here.stop()


def test_network_backups_and_updates(appliance: Any, box: FakeBox, tmp_path: Path) -> None:
    person = Person(appliance, "en-US")
    try:
        person.claims()
        person.browser.get(f"{person.url}/setup/network")
        person.browser.find_element(By.CSS_SELECTOR, 'button[value="on:fixed"]').click()
        person.waits("the fields", lambda: bool(person.browser.find_elements(By.NAME, "fixed.address")))
        types(person, "fixed.gateway", "10.9.9.9")
        types(person, "fixed.address", "192.168.7")
        person.sees("says-f-fixed-address", "An address such as")
        types(person, "fixed.address", "192.168.7.20")
        types(person, "fixed.mask", "24")
        person.sees("says-f-fixed-gateway", "must be in the network 192.168.7.0/24")
        types(person, "fixed.gateway", "192.168.7.1")
        person.waits("no fault", lambda: "must be" not in person.text("fields"))
        found = person.barriers()
        person.presses(Keys.F10)
        person.sees("network-now", "The change is being made")
        request = asking.take(box.data)
        assert request.network.fixed is not None and request.network.fixed.gateway == "192.168.7.1"
        trial = asking.State(what="trial", id=request.id, until=box.now() + 100, network=request.network)
        (tmp_path / "told.json").write_text(trial.model_dump_json())
        person.sees("network-now", "goes back by itself in")
        found += person.barriers()
        person.browser.find_element(By.CSS_SELECTOR, "#network-now button").click()
        person.waits("kept", lambda: asking.kept(box.data, request.id))

        file = tmp_path / NAME
        file.write_bytes(b"PK\3\4" * 200_000)
        box.answers["backup.state"] = state(LOOKED_AT, there=True)
        person.browser.get(f"{person.url}/setup/backups")
        person.browser.execute_script("window.before = true")
        person.browser.find_element(By.ID, "upload-file").send_keys(str(file))
        person.waits("the page anew", lambda: not person.browser.execute_script("return window.before"))
        person.sees("brought", "It is whole")
        assert (box.data / BROUGHT_FILE).stat().st_size == 800_000
        found += person.barriers()

        file = tmp_path / "callbox.raucb"
        file.write_bytes(b"no update")
        person.browser.get(f"{person.url}/setup/updates")
        person.browser.find_element(By.ID, "upload-file").send_keys(str(file))
        person.sees("bring", "This file is no update of the box.")
        file.write_bytes(a_bundle())
        person.browser.find_element(By.ID, "upload-file").send_keys(str(file))
        person.sees("updates", "Its signature is checked before anything is written")
        found += person.barriers()
        person.browser.find_element(By.CSS_SELECTOR, "#updates button.btn-primary").click()
        person.sees("updates", "being checked and installed")
        assert (box.data / "update/install.raucb").read_bytes() == a_bundle()
        assert not found, "\n".join(found)
        assert [one for one in person.complaints() if "422" not in one] == []
    finally:
        person.browser.quit()
