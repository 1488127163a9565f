"""The box's socket, for real: intents, snapshots, rubbish, clients that do not read."""

import asyncio
import json
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import LINE_MAX, Refused, TrainingCall
from firmware.api.server import ApiError, ApiServer
from firmware.bus import Bus
from firmware.live import LiveView, Port


class Box:
    """A box without telephones: bus, live view and server in a loop of their own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[TrainingCall] = []
        self.view = LiveView([Port("line", "3"), Port("station", "801")], simulated=True)
        self.bus = Bus(lambda: 1000.0)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))

    async def _main(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        handlers = {"training.call": self._training, "counters": self._broken}
        self.server = ApiServer(self.path, lambda: self.view.snapshot(1000.0), handlers, version="1.2.3")
        self.bus.subscribe(self.view.apply)
        self.bus.subscribe(self.server.on_event)
        await self.server.start()
        self._ready.set()
        await self._stop.wait()
        await self.server.stop()

    async def _training(self, args: TrainingCall) -> dict[str, Any]:
        if args.line == 8:
            raise Refused("line 8 is busy; choose another one")
        self.asked.append(args)
        return {"line": 3}

    async def _broken(self, _args: Any) -> dict[str, Any]:
        raise RuntimeError("a fault in the box")

    def start(self) -> "Box":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def say(self, kind: str, **what: Any) -> None:
        self.loop.call_soon_threadsafe(lambda: self.bus.publish(kind, **what))


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path / "callboxd.sock").start()
    yield box
    box.stop()


def raw(box: Box, sent: bytes) -> list[dict[str, Any]]:
    """Sends these bytes, ends the sending, and gives every line that comes back."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(box.path))
        link.sendall(sent)
        link.shutdown(socket.SHUT_WR)
        return [json.loads(line) for line in link.makefile("rb")]


def until(client: ApiClient, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for push in client.subscribe():
        if push["push"] == "snapshot" and holds(push["snapshot"]):
            return push["snapshot"]
    raise AssertionError("the box ended before")


def test_hello_and_snapshot(box: Box) -> None:
    with ApiClient(box.path) as client:
        assert client.request("hello")["version"] == "1.2.3"
        assert [lamp["state"] for lamp in client.request("snapshot")["lamps"]] == ["idle", "idle"]


def test_a_subscriber_sees_what_happens(box: Box) -> None:
    with ApiClient(box.path) as client:
        pushes = client.subscribe()
        assert next(pushes)["snapshot"]["lamps"][0]["state"] == "idle"
        box.say("line.ring", line=3, burst=1)
        assert next(pushes)["snapshot"]["lamps"][0]["state"] == "ringing"


def test_events_when_asked_for(box: Box) -> None:
    with ApiClient(box.path) as client:
        pushes = client.subscribe(events=True)
        next(pushes)
        box.say("line.ring", line=3, burst=1)
        found = next(pushes)
        assert (found["push"], found["event"]["kind"], found["event"]["line"]) == ("event", "line.ring", 3)


def test_many_changes_few_snapshots(box: Box) -> None:
    with ApiClient(box.path) as client:
        pushes = client.subscribe()
        next(pushes)
        box.loop.call_soon_threadsafe(lambda: [box.bus.publish("station.idle", station="801") for _ in range(500)])
        seen = 0
        for push in pushes:
            seen += 1
            if push["snapshot"]["seq"] == 500:
                break
        assert seen <= 2


def test_a_quiet_box_lets_the_page_breathe(box: Box) -> None:
    with ApiClient(box.path) as client:
        pushes = client.subscribe(idle=0.01)
        next(pushes)
        assert next(pushes) == {}
        box.say("line.ring", line=3, burst=1)
        assert next(push for push in pushes if push)["snapshot"]["seq"] == 1


def test_intents_are_checked_and_refused_in_words(box: Box) -> None:
    with ApiClient(box.path) as client:
        assert client.request("training.call", number="13800138000", line=3) == {"line": 3}
        for args, words in (
            ({"line": 8}, "line 8 is busy"),
            ({"number": "abc"}, "number: "),
            ({"line": 0}, "line: .*greater than or equal to 1"),
            ({"colour": "red"}, "colour: .*not permitted"),
        ):
            with pytest.raises(Refused, match=words):
                client.request("training.call", **args)
        with pytest.raises(Refused, match="unknown intent 'reboot'; there are "):
            client.request("reboot")
        with pytest.raises(Refused, match="its log tells more"):
            client.request("counters")
        assert client.request("hello")["protocol"] == 1
    assert [call.number for call in box.asked] == ["13800138000"]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"\n", "not understood"),
        (b"hello\n", "not understood: Invalid JSON"),
        (b"\xff\xfe\x00\x01\n", "not understood"),
        (b"[1, 2]\n", "not understood"),
        (b'{"id": "x", "intent": "hello"}\n', "id: "),
        (b'{"id": 1, "intent": 7}\n', "intent: "),
        (b'{"id": 1, "intent": "hello", "args": []}\n', "args: "),
        (b'{"id": 1, "intent": "hello", "password": "x"}\n', "password: "),
        (b'{"id": 1, "intent": "hello", "args": {"x": 1}}\n', "x: "),
        (b"[" * 60_000 + b"\n", "not understood"),
        (b"x" * (LINE_MAX + 2), f"at most {LINE_MAX} bytes"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_rubbish_is_answered_in_words(box: Box, sent: bytes, answer: str) -> None:
    replies = raw(box, sent)
    assert replies[0]["ok"] is False
    assert answer in replies[0]["error"]
    with ApiClient(box.path) as client:
        assert client.request("hello")["protocol"] == 1


def test_a_big_document_goes_and_one_that_is_too_big_is_refused_before_it_is_sent(box: Box) -> None:
    with ApiClient(box.path) as client:
        with pytest.raises(Refused, match="not understood: x"):
            client.request("hello", x="y" * (LINE_MAX - 100))
        with pytest.raises(Refused, match=f"are too many for one message, at most {LINE_MAX} may be sent"):
            client.request("hello", x="y" * LINE_MAX)
        assert client.request("hello")["protocol"] == 1


def test_half_a_message_is_no_message(box: Box) -> None:
    assert [reply["ok"] for reply in raw(box, b'{"id": 1, "intent": "hello"}\n{"id": 2, "inte')] == [True, False]


def test_a_client_that_does_not_read_is_cut_and_counted(box: Box) -> None:
    lazy = socket.socket(socket.AF_UNIX)
    lazy.settimeout(10)
    lazy.connect(str(box.path))
    lazy.sendall(b'{"id": 1, "intent": "subscribe", "args": {"events": true}}\n')
    assert lazy.recv(10)
    with ApiClient(box.path) as client:
        box.loop.call_soon_threadsafe(
            lambda: [box.bus.publish("station.tone", station="801", tone="x" * 2000) for _ in range(2000)]
        )
        until(client, lambda snapshot: snapshot["seq"] == 2000)
        assert box.server.counters.cut == 1
        assert client.request("hello")["protocol"] == 1
    lazy.close()


def test_only_the_owner_may_speak(box: Box) -> None:
    assert stat.S_IMODE(box.path.stat().st_mode) == 0o600


def test_a_second_box_on_the_same_data_is_refused(box: Box) -> None:
    async def second() -> None:
        await ApiServer(box.path, lambda: box.view.snapshot(0), {}).start()

    with pytest.raises(ApiError, match="another box is running"):
        asyncio.run(second())
    with ApiClient(box.path) as client:
        assert client.request("hello")


def test_a_dead_boxs_socket_is_taken_over(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "callboxd.sock"))
    left.close()
    box = Box(tmp_path / "callboxd.sock").start()
    with ApiClient(box.path) as client:
        assert client.request("hello")
    box.stop()
    assert not box.path.exists()


def test_the_page_is_told_when_the_box_goes_away(box: Box) -> None:
    with ApiClient(box.path) as client:
        pushes = client.subscribe()
        next(pushes)
        box.stop()
        with pytest.raises(BoxAway):
            next(pushes)
    with pytest.raises(BoxAway, match="does not answer"):
        ApiClient(box.path)


def test_a_handler_outside_the_catalogue_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="reboot"):
        ApiServer(tmp_path / "x", lambda: LiveView([]).snapshot(0), {"reboot": lambda _: asyncio.sleep(0, {})})
