"""A box without telephones: a real bus, live view, store and socket, told what happens by the test.

The page is the real one, either as Flask's test client or served by gunicorn in a process of its own.
"""

import asyncio
import json
import subprocess
import sys
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

from firmware import customers
from firmware.api.agents import AGENTS
from firmware.api.doctor import DOCTOR
from firmware.api.keeping import BACKUPS
from firmware.api.message import Message
from firmware.api.messages import SOCKET, CallMark, Counters, Nothing, Refused, SetupChanged, TrainingCall
from firmware.api.owed import OWED
from firmware.api.prompts import PROMPTS
from firmware.api.server import ApiServer, Handler
from firmware.api.switching import SWITCHING
from firmware.bus import Bus
from firmware.live import LiveView, Port
from firmware.store.database import next_seq, open_store
from firmware.store.writer import StoreWriter

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"
FLOWS = {"main": {"en": "Main menu", "zh": "主菜单"}, "closed": {"en": "Closed", "zh": "下班"}, "surge": {}}
PORTS = [Port("line", str(n)) for n in range(1, 9)] + [Port("station", str(800 + n)) for n in range(1, 9)]


class FakeBox:
    """`say()` publishes on the bus and returns when the store and every subscriber have it."""

    def __init__(self, data: Path, now: Callable[[], float] = time) -> None:
        self.data = data
        self.now = now
        self.engine = open_store(data)
        self.changed: list[str] = []  # sections of the setup, as the page told them
        self.asked: list[tuple[str, dict[str, Any]]] = []  # of telephones and agents
        self.refuses: dict[str, Refused] = {}  # intents that it says no to, and how
        self.answers: dict[str, dict[str, Any]] = {
            "backup.state": {"folder": "", "kept": [], "brought": None, "job": None},
            "doctor.reports": {"reports": []},
            "panel.state": {"lamp": None, "printer": None, "ports": []},
            "sound.state": {"sockets": [], "runs": {"headsets": []}, "gone": []},
            "doctor.look": {"rx": -64.2, "tx": -99.0, "state": "idle", "call": "", "news": [], "job": None, "now": 0.0},
            "voicemail.list": {"messages": []},
            "owed.list": {"owed": []},
            "flow.list": {"flows": [{"flow": name, "title": title} for name, title in FLOWS.items()]},
        }
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))
        self._thread.start()
        assert self._ready.wait(10)
        self.say("box.started", board="sim-8x8", country="cn", language="zh", epoch=self.now())

    async def _main(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.bus = Bus(self.now, next_seq(self.engine))
        self.view = LiveView(PORTS, board="sim-8x8", country="cn", simulated=True)
        self.counters = Counters(
            since=self.now(), version="1.2.3", lines=8, fifo=True, locked=True, box={"ticks_missed": 0}, far={},
        )  # fmt: skip
        handlers: dict[str, Handler] = {
            **{
                intent: self._asks(intent)
                for intent in (
                    *AGENTS,
                    *BACKUPS,
                    *DOCTOR,
                    *SWITCHING,
                    *PROMPTS,
                    *OWED,
                    "panel.state",
                    "sound.state",
                    "panel.test",
                    "call.record",
                    "flow.list",
                )
            },
            **customers.handlers(self.bus),
            **self.more(),
            "training.call": self._training,
            "counters": self._counters,
            "setup.changed": self._setup,
            "call.mark": self._mark,
        }
        self.server = ApiServer(self.data / SOCKET, lambda: self.view.snapshot(self.now()), handlers)
        self.writer = StoreWriter(self.engine, self.bus, threaded=False, on_stored=self._stored, batch=1)
        for subscriber in (self.writer, self.view.apply, self.server.on_event):
            self.bus.subscribe(subscriber)
        self.writer.start()
        await self.server.start()
        self._ready.set()
        await self._stop.wait()
        await self.server.stop()
        self.writer.stop()

    def more(self) -> dict[str, Handler]:
        """Of a box that can do more."""
        return {}

    def _stored(self, seq: int, calls: int) -> None:
        self.view.stored(seq, calls)
        self.server.changed()

    def _asks(self, intent: str) -> Handler:
        async def handler(args: Message) -> dict[str, Any]:
            self.asked.append((intent, args.model_dump(exclude_unset=True)))
            if intent in self.refuses:
                raise self.refuses[intent]
            return self.answers.get(intent, {})

        return handler

    async def _counters(self, _: Nothing) -> dict[str, Any]:
        return self.counters.model_dump()

    async def _setup(self, args: SetupChanged) -> dict[str, Any]:
        self.changed.append(args.section)
        return {"section": args.section, "told": 0}

    async def _mark(self, args: CallMark) -> dict[str, Any]:
        self.bus.publish("call.marked", call=args.call, marked=args.marked)
        return {"call": args.call, "marked": args.marked, "changed": True}

    async def _training(self, args: TrainingCall) -> dict[str, Any]:
        line = args.line or 3
        self.loop.call_soon(
            lambda: self.ring(f"t{self.bus.publish('line.ring', line=line, burst=1).seq}", line, args.number)
        )
        return {"line": line}

    def ring(self, call: str, line: int, number: str, name: str = "") -> None:
        """In the loop's thread: a call rings and shows its number."""
        self.bus.publish("line.ring", call=call, line=line, burst=1)
        self.bus.publish("call.started", call=call, line=line, direction="inbound")
        self.bus.publish("line.callerid", call=call, line=line, ok=True, number=number, name=name, withheld=None)
        self.bus.publish("call.caller", call=call, line=line, number=number, name=name, withheld=None)

    def do(self, action: Callable[[], Any]) -> None:
        """Runs `action` in the loop's thread and waits for it."""

        async def run() -> None:
            action()

        asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def say(self, kind: str, **what: Any) -> None:
        self.do(lambda: self.bus.publish(kind, **what))

    def whole_call(self, call: str, number: str = "13800138000", *, recording: bool = True) -> None:
        """From ring to record."""
        self.do(lambda: self.ring(call, 3, number, "Wang"))
        self.say("line.seized", call=call, line=3)
        self.say("call.answered", call=call, by="box")
        self.say("call.connected", call=call, station="801")
        if recording:
            path = f"recordings/{call}.wav"
            (self.data / "recordings").mkdir(exist_ok=True)
            with wave.open(str(self.data / path), "wb") as file:
                file.setparams((2, 2, 8000, 0, "NONE", ""))
                file.writeframes(bytes(8000 * 4))
            self.say("call.recording", call=call, path=path)
            self.say("call.recorded", call=call, path=path, ms=1000, error=None)
        self.say("call.ended", call=call, side="caller", cue="tone", result="answered")
        self.say("line.released", call=call, line=3)
        self.say("line.idle", line=3)
        self.say("station.idle", station="801")

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
            self.engine.dispose()


class Served:
    """The page as the box starts it: gunicorn in a process of its own."""

    def __init__(self, data: Path, http: str = "127.0.0.1:0") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "webui", "--data", str(data), "--http", http, "--until-eof"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["ready"]

    def stop(self) -> int:
        """Ends it as a box that died would: by the end of its standard input."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(20)
