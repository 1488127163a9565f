"""Training telephones of a whole box in real time: in a browser with a microphone, and by WebSocket without one."""

import contextlib
import json
import socket
import sqlite3
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from werkzeug.datastructures import Headers
from wsproto import ConnectionType, WSConnection
from wsproto.events import CloseConnection, Ping, Pong, Request, TextMessage

from firmware.api.telephones import DOWN, FRAME_BYTES, SOUND, UP, packed
from firmware.people import People, Person
from firmware.setup.site import Site
from firmware.setup.store import Setup
from tests.webui.browsers import browser
from tests.webui.fakebox import PASSWORD, FakeBox
from tests.webui.test_browser import Person as Browsing
from tests.webui.test_roles import HASH
from tests.webui.wires import Refused, Visitor, Wire
from tests.webui.workday import TONE_HZ, microphone
from webui import wire

FRAME = UP.pack(0, 0) + bytes(FRAME_BYTES)


class House:
    """A box that runs, with its page; the owner has claimed it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        command = [sys.executable, "-m", "firmware.cli", "run", "--data", str(data), "--http", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]
        self.owner = Visitor(self.url)
        self.owner.claims()
        while "data-telephone=" not in self.owner.get("/telephones"):
            pass  # the page has not heard of the box yet

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(20) == 0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house") / "data")
    yield house
    house.stop()


# -- in a browser ------------------------------------------------------------------------------------------


class Trainee(Browsing):
    """One person with a browser, started with these options."""

    def __init__(self, url: str, *more: str) -> None:
        self.browser = browser(*more, "--accept-lang=en-US")
        self.logs_in(url)

    def logs_in(self, url: str) -> None:
        """At this address of the box."""
        self.url = url
        self.browser.get(url)
        self.browser.find_element(By.ID, "user").send_keys("owner")
        self.browser.find_element(By.ID, "password").send_keys(PASSWORD + "\n")
        self.waits("to be inside", lambda: bool(self.browser.find_elements(By.CSS_SELECTOR, ".lamps")))

    def reaches_for(self, telephone: str) -> str:
        """Asks for a telephone in a tab of its own."""
        self.browser.switch_to.new_window("tab")
        self.browser.get(f"{self.url}/telephones/{telephone}")
        self.part("take").click()
        return self.browser.current_window_handle

    def takes(self, telephone: str) -> str:
        """Has it in his hand there, and a microphone for it."""
        tab = self.reaches_for(telephone)
        self.waits("the telephone", lambda: self.part("body").is_displayed())
        self.waits("the microphone", lambda: bool(self.js("Boolean(one.ear && one.ear.input)")))
        return tab

    def part(self, name: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, f'.tel [data-part="{name}"]')

    def does(self, what: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, f'.tel [data-do="{what}"]').click()

    def js(self, what: str) -> object:
        return self.browser.execute_script(f"const one = document.querySelector('.tel').telephone; return {what}")

    def figure(self, name: str) -> float:
        return float(str(self.js(f"one.figures.{name} ?? -1")))

    def sees_state(self, state: str) -> None:
        self.waits(state, lambda: self.js("one.element.dataset.state") == state)


def test_one_person_tries_the_whole_box(house: House, tmp_path: Path) -> None:
    trainee = Trainee(house.url, *microphone(tmp_path))
    try:
        agent = trainee.takes("801")
        trainee.part("mute").click()
        caller = trainee.takes("out1")
        trainee.part("headset").click()
        assert trainee.barriers() == []
        trainee.browser.find_element(By.CSS_SELECTOR, ".tel form button").click()
        trainee.sees_state("calling")
        assert "ringback" in trainee.part("hears").text
        trainee.sees_state("talking")
        trainee.waits("the greeting is heard", lambda: trainee.figure("ear") > -40)
        trainee.browser.find_element(By.CSS_SELECTOR, '.tel [data-digit="1"]').click()

        trainee.browser.switch_to.window(agent)
        trainee.sees_state("ringing")
        trainee.waits("the caller's number", lambda: len(trainee.part("who").text) > 6)
        trainee.does("pick_up")
        trainee.sees_state("off_hook")
        trainee.js(f"one.listenFor({TONE_HZ})")
        trainee.waits("the caller's voice", lambda: trainee.figure("tone?.share") > 0.5)
        trainee.waits("the delay", lambda: trainee.figure("back") > 0)
        assert trainee.barriers() == []
        trainee.browser.switch_to.window(caller)
        trainee.waits("the delay", lambda: trainee.figure("there") > 0)
        trainee.browser.switch_to.window(agent)
        trainee.does("hang_up")
        trainee.sees_state("idle")
        trainee.browser.switch_to.window(caller)
        trainee.sees_state("gone")
        assert "busy tone" in trainee.part("hears").text
        trainee.does("hang_up")
        trainee.sees_state("idle")

        trainee.waits("the record", lambda: bool(_records(house.data)))
        ((result, side, recording),) = _records(house.data)
        assert (result, side) == ("answered", "agent")
        with wave.open(str(house.data / recording)) as file:
            sides = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).astype(float)
        assert max(_share(sides[:, channel]) for channel in (0, 1)) > 0.5, "what was said is in the recording"

        trainee.reaches_for("801")
        trainee.waits("it is held", lambda: "in another tab" in trainee.part("ended-words").text)
        assert trainee.complaints() == []
        _in_the_tab_that_lost_it(trainee, agent)
    finally:
        trainee.browser.quit()


def _in_the_tab_that_lost_it(trainee: Trainee, agent: str) -> None:
    trainee.part("over").click()
    trainee.waits("it is his", lambda: trainee.part("body").is_displayed())
    trainee.browser.switch_to.window(agent)
    trainee.waits("it is gone", lambda: "has taken this telephone over" in trainee.part("ended").text)
    assert trainee.part("over").text == "Take it back"
    trainee.part("over").click()
    trainee.waits("it is back", lambda: trainee.part("body").is_displayed())


def _records(data: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(data / "callbox.sqlite") as store:
        return store.execute("select result, end_side, recording from call_record").fetchall()


def _share(samples: np.ndarray) -> float:
    """The tone's share of a channel's loudest second."""
    seconds = [samples[at : at + 8000] for at in range(0, len(samples) - 7999, 4000)]
    turn = np.exp(-2j * np.pi * TONE_HZ * np.arange(8000) / 8000)
    return max((2 * abs(one @ turn) ** 2 / 8000 / max(one @ one, 1.0) for one in seconds), default=0.0)


def test_without_a_microphone(house: House) -> None:
    """On a page that is not encrypted, and where the browser may not: what is missing is said, the other side is heard
    all the same; permitted after all, nothing has to be loaded again."""
    Setup(house.data).change(Site, lambda _: {"page_names": ("box.test",)}, who="test")
    plain = house.url.replace("127.0.0.1", "box.test")
    options = ("--use-fake-device-for-media-stream", "--host-resolver-rules=MAP box.test 127.0.0.1")
    trainee = Trainee(plain, *options, "--deny-permission-prompts")

    def hears_dial_tone() -> None:
        trainee.does("pick_up")
        trainee.sees_state("off_hook")
        trainee.waits("dial tone is heard", lambda: trainee.figure("ear") > -40)
        trainee.waits("the delay", lambda: trainee.figure("back") > 0)
        assert trainee.part("here").text == "You listen here."
        assert not trainee.part("mute").is_displayed()
        trainee.does("hang_up")

    try:
        trainee.reaches_for("801")
        trainee.waits("why", lambda: "needs an encrypted page" in trainee.part("microphone").text)
        assert not trainee.part("ask").is_displayed()
        hears_dial_tone()
        trainee.part("put-away").click()
        trainee.logs_in(house.url)
        trainee.reaches_for("801")
        trainee.waits("why", lambda: "may not use the microphone" in trainee.part("microphone").text)
        hears_dial_tone()
        assert trainee.barriers() == []
        permitted = {"permission": {"name": "microphone"}, "setting": "granted", "origin": house.url}
        trainee.browser.execute_cdp_cmd("Browser.setPermission", permitted)
        trainee.waits("a microphone", lambda: bool(trainee.js("one.find('mute').hidden === false")))
        assert not trainee.part("ask").is_displayed() and not trainee.part("microphone").is_displayed()
        assert trainee.part("here").text == "You speak and listen here."
    finally:
        trainee.browser.quit()


# -- by WebSocket ------------------------------------------------------------------------------------------


def test_words_and_sound_pass(house: House) -> None:
    with house.owner.takes("808") as line:
        assert line.told("state")["state"] == "idle"
        line.socket.sendall(line.protocol.send(Ping(b"hello")))
        assert any(isinstance(event, Pong) for event in iter(line.next, None))
        line.says(UP.pack(0, 77))
        assert DOWN.unpack(line.sound())[1] == 77
        line.asks(do="pick_up")
        assert len(line.sound()) == DOWN.size + FRAME_BYTES
        line.asks(do="hang_up")


@pytest.mark.parametrize(
    "sent", ["{", '{"do": "dance"}', '{"do": "press", "digits": "12x"}', FRAME[:-2], FRAME + b"xx", b""]
)
def test_what_makes_no_sense(house: House, sent: str | bytes) -> None:
    with house.owner.takes("807") as line:
        if isinstance(sent, str):
            line.words(sent)
        else:
            line.says(sent)
        assert line.told("ended")["ended"] == "malformed"
        assert line.closed() == 4000


def test_too_much_of_it(house: House) -> None:
    with house.owner.takes("807") as line:
        line.says(bytes(100_000))
        assert line.closed() == 1009
    with house.owner.takes("806") as line:
        for _ in range(250):
            line.says(FRAME)
        assert line.told("ended")["ended"] == "flood"
    with house.owner.takes("805") as line:
        line.socket.sendall(b"\xff" * 64)
        assert line.closed() == 1002


@pytest.mark.parametrize(("telephone", "why"), [("899", "unknown"), ("out9", "unknown")])
def test_a_telephone_that_is_not_there(house: House, telephone: str, why: str) -> None:
    with house.owner.takes(telephone) as line:
        assert line.told("ended")["ended"] == why


@pytest.mark.parametrize("telephone", ["out0", "x", "..%2f801", "801%20", "8" * 40])
def test_a_telephone_that_cannot_be(house: House, telephone: str) -> None:
    with pytest.raises(Refused, match="404"):
        house.owner.takes(telephone)


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": ""}, 403),
        ({"token": "forged"}, 403),
        ({"cookies": ""}, 302),
        ({"cookies": "callbox=forged"}, 302),
    ],
)
def test_who_does_not_get_in(house: House, how: dict[str, Any], status: int) -> None:
    with pytest.raises(Refused, match=str(status)):
        Wire(house.owner, "808", **({"token": house.owner.token} | how))


def test_no_websocket_at_all(house: House) -> None:
    with pytest.raises(OSError, match="400"):
        house.owner.get("/telephones/808/wire")


def test_a_second_user(house: House) -> None:
    Setup(house.data).change(
        People,
        lambda now: {
            "people": [*now.people, Person(id="li", name="Li", number="811", role="agent", password_hash=HASH)]
        },
        who="test",
    )
    li = Visitor(house.url)
    li.logs_in("li")
    with house.owner.takes("808") as first:
        first.told("state")
        with li.takes("808") as second:
            assert second.told("ended") == {"ended": "held", "by": "Owner"}
        with li.takes("808", over=True) as second:
            assert second.told("state")["state"] == "idle"
            assert first.told("ended") == {"ended": "taken_over", "by": "Li"}


def test_a_slow_reader_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The box's side is read all the time; sound for the browser is let go, then the browser is told why."""
    monkeypatch.setattr(wire, "SLOW_S", 0.2)
    monkeypatch.setattr(wire, "BYE_S", 10.0)
    browser, ours = socket.socketpair()
    browser.settimeout(20)
    client = WSConnection(ConnectionType.CLIENT)
    asked = client.send(Request(host="a", target="/", subprotocols=[wire.SUBPROTOCOL, "x"]))
    with socket.socket(socket.AF_UNIX) as listener, browser:
        listener.bind(str(tmp_path / "box"))
        listener.listen()
        protocol, rest = wire.handshake(
            Headers(line.partition(": ")[::2] for line in asked.decode().split("\r\n")[1:-2])
        )
        assert rest == ["x"]
        one = wire.Wire(
            ours, protocol, wire.Box(str(tmp_path / "box")), still_in=lambda: True, closing=lambda: False
        )  # fmt: skip

        def carry() -> None:
            one.run({"do": "take"})
            ours.close()  # as the server does

        carrying = threading.Thread(target=carry, daemon=True)
        carrying.start()
        box = listener.accept()[0]
        frame = packed(SOUND, DOWN.pack(0, 0, 0, 0) + bytes(FRAME_BYTES))
        with contextlib.suppress(OSError), box:
            while one._ending is None:
                box.sendall(frame)
        heard = b""
        while came := browser.recv(65_536):
            heard += came
        carrying.join(10)
    client.receive_data(heard)
    events = list(client.events())
    assert one.dropped > 0
    assert [json.loads(event.data) for event in events if isinstance(event, TextMessage)] == [
        {"ended": "slow", "by": ""}
    ]
    assert isinstance(events[-1], CloseConnection) and events[-1].code == 4000


# -- the page without a simulated card -----------------------------------------------------------------------


def test_on_a_real_card(inside: FlaskClient, box: FakeBox) -> None:
    here = inside.get("/telephones")
    assert "data-telephone=" in here.text and "Station 801" in here.text
    assert here.headers["Permissions-Policy"] == "camera=(), microphone=(self), geolocation=()"
    assert inside.get("/").headers["Permissions-Policy"] == "camera=(), microphone=(), geolocation=()"
    assert json.dumps("Take it back") in here.text.replace("&#34;", '"')
    assert inside.get("/telephones/801").status_code == 200
    assert inside.get("/telephones/899").status_code == 404
    box.view._simulated = False
    box.say("line.idle", line=3)
    while inside.application.extensions["callbox"].hub.snapshot.simulated:
        pass
    there = inside.get("/telephones").text
    assert "on the simulated card only" in there and "callbox run --board sim-8x8" in there
    assert "data-telephone=" not in there
