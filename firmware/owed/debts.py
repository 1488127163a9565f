"""Whom the box owes a call: a fold over the event log. Pure; no clock but the events' own.

A caller from outside with whom nobody spoke is missed. A callback is wanted when he said so. Both end when he is
served, when we have reached him, or by hand. `key` brings the forms of one number together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from firmware.bus import Event

Kind = Literal["missed", "callback"]
How = Literal["served", "called_back", "hand"]
KINDS = (
    "call.started", "call.selfcall", "call.screened", "call.caller", "call.queued", "call.number", "call.connected",
    "call.far_answered", "call.callback_wanted", "call.ended", "owed.closed", "owed.tried",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Debt:
    """One person who is owed a call. `first` and `last`: when he called, `calls` how often; `queue`: where he waited or
    wants to be called back from; `since`: from when on he stands there. `tries`: how often we called him in vain, and
    `next_at` not again before. `id` is the first call's."""

    id: str
    kind: Kind
    number: str | None
    name: str | None
    queue: str | None
    first: float
    last: float
    calls: int = 1
    since: float = 0.0
    tries: int = 0
    next_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Running:
    """What is known of a call that has not ended. `settled`: nothing will be owed for it."""

    direction: str
    number: str | None = None
    name: str | None = None
    queue: str | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """A debt that is new or other than before, or with `how` paid."""

    debt: Debt
    how: How | None = None


def own_form(number: str) -> str:
    """Numbers are compared as they are."""
    return number


@dataclass(slots=True)
class Debts:
    """The state of the fold: open debts by id, and running calls. `seq`: the last event that it knows."""

    debts: dict[str, Debt] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    seq: int = 0

    def apply(self, event: Event, key: Callable[[str], str] = own_form) -> list[Changed]:
        """What the event changes."""
        self.seq = event.seq
        if event.kind == "owed.closed" and event.data.get("how") == "hand":
            return self._paid([self.debts[event.data["id"]]] if event.data["id"] in self.debts else [], "hand")
        if event.kind == "owed.tried" and event.data["id"] in self.debts:
            return self._tried(event)
        if event.kind == "call.far_answered":
            return self._paid(self._of(event.data.get("number"), key), "called_back")
        if event.call is None:
            return []
        if event.kind == "call.started":
            self.running[event.call] = Running(str(event.data.get("direction")))
        call = self.running.get(event.call)
        return [] if call is None else self._of_call(event, event.call, call, key)

    # -- inside --------------------------------------------------------------------------------------

    def _of_call(self, event: Event, call_id: str, call: Running, key: Callable[[str], str]) -> list[Changed]:
        match event.kind:
            case "call.caller":
                number, name = event.data.get("number") or None, event.data.get("name") or None
                self.running[call_id] = replace(call, number=number, name=name)
            case "call.queued":
                self.running[call_id] = replace(call, queue=event.data["queue"])
            case "call.selfcall" | "call.screened":
                self.running[call_id] = replace(call, settled=True)
            case "call.connected" if call.direction == "inbound":
                self.running[call_id] = replace(call, settled=True)
                return self._paid(self._of(call.number, key), "served")
            case "call.callback_wanted":
                self.running[call_id] = replace(call, settled=True)
                since = event.at - float(event.data.get("waited_s") or 0.0)
                number = str(event.data["number"])
                wanted = replace(call, number=number, queue=event.data.get("queue"))
                return [self._owe("callback", event, call_id, wanted, since, key)]
            case "call.ended":
                del self.running[call_id]
                if call.direction == "inbound" and not call.settled:
                    return [self._owe("missed", event, call_id, call, event.at, key)]
        return []

    def _owe(
        self, kind: Kind, event: Event, call_id: str, call: Running, since: float, key: Callable[[str], str]
    ) -> Changed:
        """Another debt, or one more call of somebody who is owed one already: a wish for a callback stays one."""
        known = next(iter(self._of(call.number, key)), None)
        if known is None:
            debt = Debt(call_id, kind, call.number, call.name, call.queue, event.at, event.at, since=since)
        else:
            debt = replace(known, last=event.at, calls=known.calls + 1, name=call.name or known.name)
            if kind == "callback":
                again = known.kind == "callback" and known.queue == call.queue and not known.tries
                since = min(since, known.since) if again else since
                debt = replace(debt, kind=kind, queue=call.queue, since=since, tries=0, next_at=0.0)
            elif known.kind == "missed":
                debt = replace(debt, queue=call.queue or known.queue)
        self.debts[debt.id] = debt
        return Changed(debt)

    def _tried(self, event: Event) -> list[Changed]:
        debt = replace(self.debts[event.data["id"]], tries=event.data["tries"], next_at=event.data["next_at"])
        self.debts[debt.id] = debt
        return [Changed(debt)]

    def _of(self, number: str | None, key: Callable[[str], str]) -> list[Debt]:
        if not number:
            return []
        wanted = key(number)
        return [debt for debt in self.debts.values() if debt.number and key(debt.number) == wanted]

    def _paid(self, debts: Iterable[Debt], how: How) -> list[Changed]:
        for debt in debts:
            del self.debts[debt.id]
        return [Changed(debt, how) for debt in debts]
