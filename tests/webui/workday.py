"""What a working day on a real box needs: the box and its page as two processes, telephones in hands, and a desk."""

import contextlib
import json
import math
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from firmware.acd.model import Member, Queue, Queues
from firmware.agents.section import Agents
from firmware.api.client import ApiClient
from firmware.api.messages import SOCKET as API
from firmware.api.telephones import DOWN, SOCKET, SOUND, WORDS, Unpacker, packed
from firmware.outbound.section import Dialling
from firmware.people import People, Role
from firmware.people import Person as Somebody
from firmware.setup.store import Setup
from firmware.store.database import FILE
from tests.webui.fakebox import PASSWORD, ROOT, Served
from tests.webui.test_browser import Person
from tests.webui.test_roles import HASH

STAFF: tuple[tuple[str, str, Role], ...] = (
    ("owner", "700", "owner"), ("li", "811", "agent"), ("wu", "812", "agent"), ("zhao", "813", "supervisor"),
)  # fmt: skip
TONE_HZ = 1000  # comes out of a browser's microphone
HEARD_DB = -40.0
FRAMES = 10  # of 20 ms: so long must be heard before it counts
WRAP_UP_S = 30.0


def microphone(folder: Path) -> tuple[str, ...]:
    """Options of a browser whose microphone hears a tone, and which asks nobody whether it may."""
    path = folder / "tone.wav"
    samples = 8000 * np.sin(2 * np.pi * TONE_HZ * np.arange(48_000 * 10) / 48_000)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    fakes = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    return (*fakes, f"--use-file-for-fake-audio-capture={path}")


def recorded(path: Path) -> list[float]:
    """How loud each side of a recording is, dB of full scale."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    power = np.mean(samples.astype(float) ** 2, axis=0)
    return [10 * math.log10(one / 32_768**2) if one else -99.0 for one in power]


def prepared(data: Path) -> Path:
    """A box that is set up: people, two queues, nobody is an agent who has not signed in."""
    data.mkdir(parents=True)
    people = tuple(
        Somebody(id=id, name=id.capitalize(), number=number, role=role, password_hash=HASH)
        for id, number, role in STAFF
    )
    queues = (
        Queue(id="sales", label={"en": "Sales", "zh": "销售"}, wrap_up_s=WRAP_UP_S, members=(Member(agent="811"),)),
        Queue(id="service", label={"en": "Service", "zh": "售后服务"}, members=(Member(agent="812"),)),
        Queue(id="operator", label={"en": "Operator", "zh": "总机"}),
    )
    setup = Setup(data)
    setup.change(People, lambda _: People(people=people), who="test")
    setup.change(Queues, lambda _: Queues(queues=queues), who="test")
    setup.change(Dialling, lambda now: now.model_copy(update={"area": "10"}), who="test")
    setup.change(Agents, lambda now: now.model_copy(update={"sign_in": True}), who="test")
    return data


class Running:
    """A box in real time on the simulated card; its page is a process of its own, as on the appliance."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.starts_box()
        self.page = Served(data)

    def starts_box(self) -> None:
        """Without its page."""
        command = [sys.executable, "-m", "firmware.cli", "run", "--data", str(self.data), "--no-page"]
        self.process = subprocess.Popen(command, cwd=ROOT)

    def kills_box(self) -> None:
        """As a power cut would; what its telephones were offered at is gone."""
        self.process.kill()
        self.process.wait(20)
        (self.data / SOCKET).unlink(missing_ok=True)

    def kills_page(self) -> None:
        """Every process of it, at once."""
        for pid in (*_children(self.page.process.pid), self.page.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.page.process.wait(20)

    def starts_page(self) -> None:
        """Where it was."""
        self.page = Served(self.data, self.page.url.removeprefix("http://"))

    def events(self, kind: str, **data: Any) -> list[dict[str, Any]]:
        """Those of the log, in their order; `data` must be among theirs (call, line and station too)."""
        with contextlib.closing(sqlite3.connect(self.data / FILE)) as store:
            rows = store.execute(
                "select call, line, station, at, data from event where kind = ? order by seq", (kind,)
            ).fetchall()
        names = ("call", "line", "station", "at")
        found = [dict(zip(names, row[:4], strict=True)) | json.loads(row[4]) for row in rows]
        return [one for one in found if all(one.get(key) == value for key, value in data.items())]

    def newest(self, count: int) -> list[str]:
        """The end of the event log."""
        with contextlib.closing(sqlite3.connect(self.data / FILE)) as store:
            rows = store.execute(
                "select at, kind, call, line, station, data from event order by seq desc limit ?", (count,)
            ).fetchall()
        return [" ".join(map(str, row)) for row in reversed(rows)]

    def lies(self, station: str) -> bool:
        """The box knows that this handset is down, and the log all that the box has told so far."""
        with ApiClient(self.data / API) as box:
            told = box.request("snapshot")["seq"]
        return self._logged() >= told and len(self.events("station.onhook", station=station)) == len(
            self.events("station.offhook", station=station)
        )

    def _logged(self) -> int:
        with contextlib.closing(sqlite3.connect(self.data / FILE)) as store:
            newest = store.execute("select max(seq) from event").fetchone()[0]
        return int(newest or 0)

    def records(self) -> list[dict[str, Any]]:
        """Of calls that have ended."""
        with contextlib.closing(sqlite3.connect(self.data / FILE)) as store:
            store.row_factory = sqlite3.Row
            return [dict(row) for row in store.execute("select * from call_record order by started")]

    def stop(self) -> None:
        self.page.stop()
        self.process.terminate()
        assert self.process.wait(20) == 0


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Hand:
    """Holds a training telephone by the box's own socket: it stays in the hand while the page is dead."""

    def __init__(self, data: Path, telephone: str) -> None:
        self.name = telephone
        self.state: dict[str, Any] = {}
        self.refused = ""
        self.level = -99.0  # dB of full scale, the loudest stretch of FRAMES since `listens`
        self._frames: list[np.ndarray] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(data / SOCKET))
        self.does("take", telephone=telephone, who="test", name="Test")
        self._reading = threading.Thread(target=self._reads, daemon=True)
        self._reading.start()

    def does(self, what: str, **more: Any) -> None:
        self._socket.sendall(packed(WORDS, json.dumps({"do": what, **more}).encode()))

    def listens(self) -> None:
        """What was heard before counts no more."""
        self._frames, self.level = [], -99.0

    @property
    def hears(self) -> bool:
        return self.level > HEARD_DB

    def hears_tone(self, hz: float) -> bool:
        """In what came last there is hardly anything else."""
        samples = np.concatenate(self._frames) if self._frames else np.zeros(1)
        share = abs(samples @ np.exp(-2j * np.pi * hz / 8000 * np.arange(len(samples)))) ** 2 * 2 / len(samples)
        return self.hears and bool(share > 0.5 * (samples @ samples))

    def is_(self, state: str) -> bool:
        return bool(self.state.get("state") == state)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reading.join(5)
        self._socket.close()

    def _reads(self) -> None:
        unpacker = Unpacker()
        with contextlib.suppress(OSError):
            while came := self._socket.recv(65_536):
                for kind, payload in unpacker.messages(came):
                    if kind == WORDS:
                        words = json.loads(payload)
                        self.state = words.get("state", self.state)
                        self.refused = words.get("refused", self.refused)
                    elif kind == SOUND and len(payload) > DOWN.size:
                        self._hear(np.frombuffer(payload[DOWN.size :], "<i2").astype(float))

    def _hear(self, samples: np.ndarray) -> None:
        self._frames = [*self._frames[1 - FRAMES :], samples]
        if len(self._frames) == FRAMES:
            power = float(np.mean([frame @ frame / len(frame) for frame in self._frames]))
            self.level = max(self.level, 10 * math.log10(power / 32_768**2) if power else -99.0)


class AtWork(Person):
    """Somebody of the house at his desk, in a browser of his own."""

    def __init__(self, running: Running, who: str, *more: str) -> None:
        super().__init__(running.page, "en-US", *more)
        self.running = running
        self.browser.find_element(By.ID, "user").send_keys(who)
        self.browser.find_element(By.ID, "password").send_keys(PASSWORD + "\n")
        self.waits("to be inside", lambda: not self.browser.current_url.endswith("/login"))
        self.browser.get(f"{self.url}/desk")
        self.waits("the box", lambda: bool(self.browser.find_elements(By.ID, "desk-me")))

    @contextlib.contextmanager
    def telephone(self, name: str) -> Iterator[str]:
        """Takes one in hand in a tab of its own, by keyboard; the tab is in front, and closed in the end."""
        desk = self.browser.current_window_handle
        self.browser.switch_to.new_window("tab")
        try:
            self.browser.get(f"{self.url}/telephones/{name}")
            self.presses_on('[data-part="take"]')
            self.waits(f"telephone {name} in hand", self._in_hand)
            yield self.browser.current_window_handle
        finally:
            for tab in set(self.browser.window_handles) - {desk}:
                self.browser.switch_to.window(tab)
                self.browser.close()
            self.browser.switch_to.window(desk)

    def _in_hand(self) -> bool:
        """With a microphone; taken over from whoever has not quite let go of it."""
        over = self.browser.find_element(By.CSS_SELECTOR, '[data-part="over"]')
        if over.is_displayed():
            over.send_keys(Keys.ENTER)
        return bool(self.js("Boolean(one.wire && one.ear && one.ear.input) && one.element.matches('.held')"))

    def js(self, what: str) -> Any:
        """Of the telephone in this tab."""
        return self.browser.execute_script(f"const one = document.querySelector('.tel').telephone; return {what}")

    def presses_on(self, selector: str) -> None:
        """Comes to a button by keyboard."""

        def pressed() -> bool:
            self.browser.find_element(By.CSS_SELECTOR, selector).send_keys(Keys.ENTER)
            return True

        self.waits(f"{selector} to press", pressed)

    def clicks(self, button: str) -> None:
        """Tried again if the stream has just put a new one in its place."""

        def clicked() -> bool:
            found = self.browser.find_element(By.ID, button)
            if not found.is_enabled():
                return False
            found.click()
            return True

        self.waits(f"{button} to click", clicked)

    def does(self, button: str) -> None:
        """A button of the desk."""
        self.clicks(f"act-{button}")

    def able(self, button: str, *, able: bool = True) -> None:
        self.waits(f"{button} {able}", lambda: self.browser.find_element(By.ID, f"act-{button}").is_enabled() is able)

    def alt(self, key: str) -> None:
        ActionChains(self.browser).key_down(Keys.ALT).send_keys(key).key_up(Keys.ALT).perform()

    def types(self, whom: str) -> None:
        """In the field of whom to call."""
        field = self.browser.find_element(By.ID, "to")
        field.clear()
        field.send_keys(whom)

    def asks_first(self, whom: str) -> None:
        self.types(whom)
        self.browser.find_element(By.ID, "to").send_keys(Keys.ENTER)

    def transfers(self, whom: str) -> None:
        self.types(whom)
        self.alt("t")

    def told(self, kind: str, count: int = 1, **data: Any) -> dict[str, Any]:
        """The newest such event of the log, once there are so many."""
        self.waits(f"{count} × {kind} {data}", lambda: len(self.running.events(kind, **data)) >= count)
        return self.running.events(kind, **data)[-1]

    def hand(self, hand: Hand, state: str) -> None:
        """A telephone is in that state."""
        self.waits(f"telephone {hand.name} {state}, not refused: {hand.refused}", lambda: hand.is_(state))

    def waits(self, what: str, holds: Callable[[], bool]) -> None:
        """Otherwise the end of the event log tells why it never came."""
        try:
            super().waits(what, holds)
        except TimeoutException as error:
            says = [one.text for one in self.browser.find_elements(By.ID, "asked-says")]
            raise AssertionError("\n".join([what, *says, *self.running.newest(40)])) from error

    def hears(self, mouth: Hand, *ears: Hand, deaf: tuple[Hand, ...] = ()) -> None:
        """What is said into `mouth` comes to every ear, and to none of the deaf ones."""
        for ear in (*ears, *deaf):
            ear.listens()
        mouth.does("speak")
        self.waits("it is heard", lambda: all(ear.hears for ear in ears))
        assert not any(ear.hears for ear in deaf)
        mouth.does("silent")
