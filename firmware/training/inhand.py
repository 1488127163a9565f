"""A telephone of the far ends in a person's hand: what all have in common, and an agent's telephone."""

import asyncio
import contextlib
import errno
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from drivers.binding.engine import CoreError, Engine
from drivers.binding.events import Kind, PortEvent
from firmware.api.messages import Refused
from firmware.api.telephones import Refusal, State
from firmware.training.handset import Handset
from firmware.training.sound import Sound
from firmware.training.telephone import Telephone

log = logging.getLogger(__name__)

KEY_AFTER_MS = 30  # from the last word to the first key
GUARD_S = 3.0  # a port's guard after it was released is shorter
KEYS_MOST = 64  # keys that wait to be sent


class No(Refused):
    """It cannot be done; `code` says why."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code)
        self.code = code


class InHand(ABC):
    """`on_change` is called when `state()` has changed. `speech`: a WAV that speaks in place of the person."""

    def __init__(self, name: str, engine: Engine, speech: Path) -> None:
        self.name = name
        self.sound = Sound(engine)
        self.on_change: Callable[[], None] = lambda: None
        self.hears = ""  # the tone that is heard
        self._engine = engine
        self._speech = speech
        self._keys: asyncio.Queue[str] = asyncio.Queue(KEYS_MOST)
        self._finger = asyncio.create_task(self._press(), name=f"finger at telephone {name}")

    @property
    @abstractmethod
    def handset(self) -> Handset | None:
        """The handset whose mouth and ear are in use; None: nothing to speak to."""

    @abstractmethod
    def state(self) -> State:
        """What the page shows."""

    @abstractmethod
    async def pick_up(self) -> None:
        """Off-hook. Raises No."""

    @abstractmethod
    async def hang_up(self) -> None:
        """On-hook; fine if it is."""

    async def put_away(self) -> None:
        """On-hook, and nothing is left behind."""
        self._finger.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._finger
        await self.hang_up()
        self.sound.close()

    def press(self, digits: str) -> None:
        """Keys, after those that wait. Raises No."""
        if self.handset is None or self._keys.qsize() + len(digits) > KEYS_MOST:
            raise No("not_now")
        for digit in digits:
            self._keys.put_nowait(digit)

    def speak(self) -> None:
        """Says the sample. Raises No."""
        if self.handset is None:
            raise No("not_now")
        self.handset.speak(self._speech)

    def silent(self) -> None:
        """Says nothing more."""
        if self.handset is not None:
            self.handset.silent()

    def heard(self, event: PortEvent) -> None:
        """News of the port: what the person hears, in a word."""
        if event.kind is Kind.TONE:
            self.hears = event.word
        elif event.kind is Kind.TONE_END and event.word == self.hears:
            self.hears = ""
        self.on_change()

    def forget_keys(self) -> None:
        """Those that wait are not pressed."""
        while not self._keys.empty():
            self._keys.get_nowait()
        self.hears = ""

    async def _press(self) -> None:
        while True:
            digit = await self._keys.get()
            handset = self.handset
            if handset is None:
                continue
            if not self.sound.muted:  # what was said is over before the key
                self.sound.muted = True
                await asyncio.sleep((self.sound.waiting_ms + KEY_AFTER_MS) / 1000)
            await handset.press(digit)
            self.sound.muted = not self._keys.empty()


class Extension(InHand):
    """An agent's telephone; whoever takes it in mid-call goes on with the call."""

    def __init__(self, name: str, telephone: Telephone, speech: Path) -> None:
        super().__init__(name, telephone.port.engine, speech)
        self._telephone = telephone
        telephone.handset.on_news = self.heard
        telephone.handset.silent()
        if telephone.offhook:
            self._join()

    @property
    def handset(self) -> Handset | None:
        """While off-hook."""
        return self._telephone.handset if self._telephone.offhook else None

    def state(self) -> State:
        """`state` is idle, ringing or off_hook."""
        one = self._telephone
        shown = one.waiting or one.shown
        return {
            "state": "off_hook" if one.offhook else "ringing" if one.ringing else "idle",
            "number": shown.number if shown and shown.ok else "", "name": shown.name if shown and shown.ok else "",
            "line": None, "hears": self.hears, "sound": self.sound.open,
        }  # fmt: skip

    async def pick_up(self) -> None:
        """Off-hook: answers, or dial tone comes. Raises No."""
        if not self._telephone.offhook:
            try:
                await self._off_hook()
            except (CoreError, TimeoutError) as error:
                log.warning("telephone %s: %s", self.name, error)
                raise No("faulty") from error
            self._join()

    async def _off_hook(self) -> None:
        """For a second after it was put down its port guards the release: it is lifted then."""
        guarded = asyncio.ensure_future(self._telephone.handset.until(Kind.LINE_STATE, within=GUARD_S))
        try:
            await self._telephone.pick_up()
        except CoreError as error:
            if error.errno != errno.EBUSY:
                raise
            await guarded
            await self._telephone.pick_up()
        finally:
            guarded.cancel()

    async def hang_up(self) -> None:
        """On-hook."""
        self.forget_keys()
        self.sound.shut()
        self._telephone.handset.listen_in(None)
        await self._telephone.hang_up()

    async def flash(self) -> None:
        """The flash key. Raises No."""
        if not self._telephone.offhook:
            raise No("not_now")
        try:
            await self._telephone.flash()
        except TimeoutError as error:
            raise No("faulty") from error

    async def put_away(self) -> None:
        """As above; nobody looks at its news any more."""
        await super().put_away()
        self._telephone.handset.on_news = None

    def _join(self) -> None:
        self.sound.join(self._telephone.port)
        self._telephone.handset.listen_in(self.sound.ear)
