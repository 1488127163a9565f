"""Into a running virtual box: commands through QEMU's guest agent, which is Debian's own program in the guest."""

import base64
import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOK_S = 0.1


class AgentError(Exception):
    """The guest does not answer, or says no."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command in the guest said."""

    code: int
    out: str
    err: str


class Agent:
    """One connection to the agent's socket."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self._held = b""

    def close(self) -> None:
        """Twice is fine."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def wait(self, seconds: float) -> None:
        """Until the agent answers. AgentError."""
        until = time.monotonic() + seconds
        while True:
            try:
                self._synchronise()
                return
            except (OSError, AgentError) as error:
                self.close()
                if time.monotonic() > until:
                    raise AgentError(f"the guest's agent did not answer within {seconds:.0f} s") from error
                time.sleep(0.5)

    def run(self, *command: str, seconds: float = 120, text: str = "") -> Done:
        """A command in the guest, as root; `text` is its input."""
        asked = {"path": command[0], "arg": list(command[1:]), "capture-output": True}
        if text:
            asked["input-data"] = base64.b64encode(text.encode()).decode()
        number = self._ask("guest-exec", **asked)["pid"]
        until = time.monotonic() + seconds
        while not (status := self._ask("guest-exec-status", pid=number))["exited"]:
            if time.monotonic() > until:
                raise AgentError(f"{' '.join(command)} did not end within {seconds:.0f} s")
            time.sleep(LOOK_S)
        words = [base64.b64decode(status.get(key, "")).decode("utf-8", "replace") for key in ("out-data", "err-data")]
        return Done(int(status.get("exitcode", -1)), *words)

    def tell(self, *command: str) -> None:
        """A command whose end nobody can wait for, such as one that ends the guest."""
        self._ask("guest-exec", path=command[0], arg=list(command[1:]))

    def shell(self, script: str, seconds: float = 120) -> Done:
        """A script of the guest's shell."""
        return self.run("/bin/sh", "-c", script, seconds=seconds)

    def put(self, target: str, content: bytes) -> None:
        """Writes a file in the guest."""
        handle = self._ask("guest-file-open", path=target, mode="w")
        for start in range(0, len(content), 1 << 20):
            piece = base64.b64encode(content[start : start + (1 << 20)]).decode()
            self._ask("guest-file-write", handle=handle, **{"buf-b64": piece})
        self._ask("guest-file-close", handle=handle)

    def _synchronise(self) -> None:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(3)
            self._socket.connect(str(self._path))
            self._held = b""
        number = time.monotonic_ns() & 0x7FFFFFFF
        self._send({"execute": "guest-sync-delimited", "arguments": {"id": number}})
        while True:
            if self._line() == number:
                return

    def _ask(self, what: str, **arguments: Any) -> Any:
        if self._socket is None:
            raise AgentError("there is no connection to the guest")
        self._socket.settimeout(30)
        self._send({"execute": what, "arguments": arguments})
        return self._line()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._socket is not None
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def _line(self) -> Any:
        assert self._socket is not None
        while b"\n" not in self._held:
            piece = self._socket.recv(65536)
            if not piece:
                raise AgentError("the guest's agent has gone")
            self._held += piece
        line, _, self._held = self._held.partition(b"\n")
        answer = json.loads(line.lstrip(b"\xff"))
        if "error" in answer:
            raise AgentError(answer["error"].get("desc", "no reason"))
        return answer.get("return")
