"""The appliance's applier, with root's rights: `python -m firmware.network.applier start|try`.

`start`, before the network is up: what is kept becomes files. `try`: one request of the page is validated, used, and
kept only if the page says so within TRIAL_S; else the box goes back to what was kept. A box that is switched off
meanwhile starts with what was kept. What is kept lies outside of what the page may write.
"""

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from firmware.network.files import write
from firmware.network.request import STATE, TRIAL_S, Request, RequestError, State, kept, take
from firmware.network.wanted import Network, zones
from firmware.setup.files import replace

log = logging.getLogger("callbox.network")

DATA = Path("data/callbox")
KEPT = Path("data/network/network.json")  # below the root
TIMEZONE = Path("data/timezone")
LOOK_S = 0.5
RESTARTED = ("systemd-networkd.service", "systemd-timesyncd.service", "systemd-resolved.service")


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        log.error("%s failed: %s", " ".join(command), done.stderr.strip())


@dataclass
class Applier:
    """`root` is / on the box and a folder in the tests; what it does to the system are the functions."""

    root: Path = Path("/")
    run: Callable[[Sequence[str]], None] = _run
    name: Callable[[str], None] = socket.sethostname
    now: Callable[[], float] = time.time
    tick: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _data: Path = field(init=False)

    def __post_init__(self) -> None:
        self._data = self.root / DATA

    def start(self) -> None:
        """Before the network is up."""
        kept = self._kept()
        self._use(kept)
        self.run(["systemctl", "--no-block", "try-restart", RESTARTED[1]])  # it may be up already
        self._tell(State(network=kept))

    def try_(self) -> None:
        """One request, from being taken to its end."""
        before = self._kept()
        try:
            request = take(self._data)
        except RequestError as error:
            log.warning("a request was refused: %s", error)
            self._tell(State(what="refused", why=str(error), network=before))
            return
        log.warning("on trial: %s", request.network)
        self._use(request.network)
        self._restart()
        self._tell(State(what="trial", id=request.id, until=self.now() + TRIAL_S, network=request.network))
        if self._is_kept(request):
            self._keep(request.network)
            self._tell(State(what="kept", id=request.id, network=request.network))
            return
        log.warning("nobody said to keep it; back to what was")
        self._use(before or Network(timezone=self._zone()))
        self._restart()
        self._tell(State(what="back", id=request.id, network=before))

    # -- inside ------------------------------------------------------------------------------------------------

    def _is_kept(self, request: Request) -> bool:
        until = self.tick() + TRIAL_S
        while self.tick() < until:
            if kept(self._data, request.id):
                return True
            self.sleep(LOOK_S)
        return False

    def _kept(self) -> Network | None:
        path = self.root / KEPT
        try:
            return Network.model_validate_json(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.error("%s cannot be used, so the network is as the image comes: %s", path, error)
            return None

    def _keep(self, network: Network) -> None:
        path = self.root / KEPT
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        replace(path, network.model_dump_json())
        replace(self.root / TIMEZONE, f"{network.timezone}\n")

    def _use(self, network: Network | None) -> None:
        """None: as the image comes, with the zone that callbox-data has set."""
        write(self.root, network)
        self.name(Network().hostname if network is None else network.hostname)

    def _zone(self) -> str:
        """The one before the first that was kept."""
        try:
            found = (self.root / TIMEZONE).read_text("ascii").strip()
        except OSError:
            return Network().timezone
        return found if found in zones() else Network().timezone

    def _restart(self) -> None:
        self.run(["systemctl", "restart", RESTARTED[0]])
        self.run(["systemctl", "try-restart", *RESTARTED[1:]])

    def _tell(self, state: State) -> None:
        path = self.root / STATE.relative_to("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, state.model_dump_json())
        path.chmod(0o644)


def main(arguments: Sequence[str]) -> int:
    """0; 2 if it was called in another way."""
    logging.basicConfig(level=logging.INFO, format="callbox: %(message)s")
    match list(arguments):
        case ["start"]:
            Applier().start()
        case ["try"]:
            Applier().try_()
        case _:
            log.error("say start or try")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
