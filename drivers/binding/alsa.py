"""The box's own sound sockets (ALSA): opened, and kept open by a thread as long as they are there.

Each has a clock of its own, which is never quite the card's. Who uses one holds a little in reserve, leaves out or
inserts what drifts, counts it, and nobody waits for anybody.
"""

import logging
import re
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import alsaaudio

from drivers.binding.engine import RATE
from drivers.binding.media import hurry

log = logging.getLogger(__name__)

BLOCK = RATE // 100  # samples of a read or write: 10 ms
BLOCK_BYTES = 2 * BLOCK
PERIODS = 3  # of 10 ms: what a playing socket holds
LISTENING_PERIODS = 8  # of 10 ms: what a listening one holds for who comes late
SOCKET = re.compile(r"plughw:CARD=([^,]+),DEV=\d+")
RETRY_S = 5.0  # a socket that is gone is looked for so often


class Closable(Protocol):
    """A socket, or several that are open together."""

    def close(self) -> None: ...


class Capture(Closable, Protocol):
    """What is used of alsaaudio.PCM. `read`: frames and samples; below 0: its own buffer was full before."""

    def read(self) -> tuple[int, bytes]: ...


class Playback(Closable, Protocol):
    """What is used of alsaaudio.PCM. `write`: frames taken, waiting until there is room; below 0: it had run dry."""

    def write(self, data: bytes) -> int: ...


@dataclass(frozen=True, slots=True)
class FoundSocket:
    """One that is there now: ALSA's name for it, what card it is at, and whether it plays, listens, or both."""

    device: str
    what: str
    plays: bool
    listens: bool


def found_sockets() -> list[FoundSocket]:
    """What this machine has, in the order of its cards: every socket once, by the name that converts rates."""
    plays, listens = (set(alsaaudio.pcms(kind)) for kind in (alsaaudio.PCM_PLAYBACK, alsaaudio.PCM_CAPTURE))
    try:
        what = {
            card: alsaaudio.card_name(index)[0]
            for index, card in zip(alsaaudio.card_indexes(), alsaaudio.cards(), strict=True)
        }
    except (alsaaudio.ALSAAudioError, ValueError):  # one is being pulled at this moment: who asks again is told
        return []
    order = list(what)
    names = [(card[1], name) for name in plays | listens if (card := SOCKET.fullmatch(name)) and card[1] in what]
    return [
        FoundSocket(name, what[card].strip(), name in plays, name in listens)
        for card, name in sorted(names, key=lambda one: (order.index(one[0]), one[1]))
    ]


def capture(device: str) -> Capture:
    """The socket, 8 kHz mono; alsaaudio.ALSAAudioError if it cannot be had so ("plughw:..." converts)."""
    _look_for_card(device)
    pcm: Capture = alsaaudio.PCM(
        alsaaudio.PCM_CAPTURE, alsaaudio.PCM_NORMAL, device=device, channels=1, rate=RATE,
        format=alsaaudio.PCM_FORMAT_S16_LE, periodsize=BLOCK, periods=LISTENING_PERIODS,
    )  # fmt: skip
    return pcm


def playback(device: str) -> Playback:
    """The socket, 8 kHz mono; alsaaudio.ALSAAudioError if it cannot be had so ("plughw:..." converts)."""
    _look_for_card(device)
    pcm: Playback = alsaaudio.PCM(
        alsaaudio.PCM_PLAYBACK, alsaaudio.PCM_NORMAL, device=device, channels=1, rate=RATE,
        format=alsaaudio.PCM_FORMAT_S16_LE, periodsize=BLOCK, periods=PERIODS,
    )  # fmt: skip
    return pcm


def play(pcm: Playback, block: bytes) -> bool:
    """Waits until the socket has room; False if it had run dry: silence is held before the block then."""
    if pcm.write(block) >= 0:
        return True
    pcm.write(bytes(BLOCK_BYTES * (PERIODS - 1)) + block)
    return False


def _look_for_card(device: str) -> None:
    """alsaaudio.ALSAAudioError if `device` names a sound card that is not plugged in: ALSA itself would say so on
    stderr, too, each time that it is looked for."""
    named = re.match(r"(?:plug)?hw:(?:CARD=)?([^,]+)", device)
    if named is not None and named[1] not in (*alsaaudio.cards(), *map(str, alsaaudio.card_indexes())):
        raise alsaaudio.ALSAAudioError(f"there is no sound card {named[1]}")


Sockets = TypeVar("Sockets", bound=Closable)


class KeptOpen(ABC, Generic[Sockets]):
    """Sockets that one thread opens, serves, loses, and looks for until they are back. `name`: as logs call it;
    `listed`: the command that lists what there is.

    A subclass is ready to be served before it calls `start`. `close()` twice is fine.
    """

    def __init__(self, name: str, listed: str) -> None:
        self._name, self._listed = name, listed
        self._told = ""
        self._open: Sockets | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def there(self) -> bool:
        """It could be opened, and was not lost since."""
        return self._open is not None

    def start(self) -> None:
        """Opens it at once, if it is there, and begins to serve it or to look for it."""
        self._find()
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._stop.set()
        self._thread.join()

    @abstractmethod
    def _opened(self) -> Sockets:
        """Opens it; alsaaudio.ALSAAudioError if it cannot be had."""

    @abstractmethod
    def _serve(self, sockets: Sockets) -> None:
        """A block, or as many until `_stop` is set; alsaaudio.ALSAAudioError when it is lost."""

    @abstractmethod
    def _is_there(self, there: bool) -> None:
        """It could be opened, or was lost: by the thread, the first time by who called `start`."""

    def _run(self) -> None:
        hurry()
        while not self._stop.is_set():
            if self._open is not None:
                self._serve_or_lose(self._open)
            elif not self._stop.wait(RETRY_S):
                self._find()
        if self._open is not None:
            self._open.close()

    def _serve_or_lose(self, sockets: Sockets) -> None:
        try:
            self._serve(sockets)
        except alsaaudio.ALSAAudioError as error:
            log.warning("%s has gone: %s", self._name, error)
            self._open, self._told = None, str(error)
            sockets.close()
            self._is_there(False)

    def _find(self) -> None:
        try:
            self._open = self._opened()
        except alsaaudio.ALSAAudioError as error:
            if str(error) != self._told:
                log.warning("%s: %s; %s what there is", self._name, error, self._listed)
            self._told = str(error)
            return
        if self._told:
            log.info("%s is there", self._name)
        self._told = ""
        self._is_there(True)
