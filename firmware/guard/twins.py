"""Ghost rings (H13): operators' equipment rings a second line 8 to 9 s after the first for one and the same call."""

from dataclasses import dataclass

from firmware.bus import Bus, Event

WITHIN_S = 12.0


@dataclass(slots=True)
class _Came:
    call: str
    number: str
    at: float
    connected: bool = False


class Twins:
    """Tells of each call that is only another ring of an earlier one: `call.twin`. Pages show one card for both, and
    the list of missed calls has one entry."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._came: list[_Came] = []
        bus.subscribe(self._event)

    def _event(self, event: Event) -> None:
        if event.call is None:
            return
        if event.kind == "call.connected":
            for one in self._came:
                one.connected |= one.call == event.call
        elif event.kind == "call.caller" and event.line is not None:
            number = str(event.data.get("number") or "")
            self._came = [one for one in self._came if event.at - one.at <= WITHIN_S]
            twin = next((one for one in self._came if _same(one, event.call, number)), None)
            self._came.append(_Came(event.call, number, event.at))
            if twin is not None:
                self._bus.publish("call.twin", call=event.call, line=event.line, of=twin.call)


def _same(one: _Came, call: str, number: str) -> bool:
    """The same number; or no number, while the first has not been served yet: two strangers may call at once."""
    if one.call == call:
        return False
    return one.number == number if number else not one.connected
