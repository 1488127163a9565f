"""The box as flows see it: its clock, schedules, prompts, places, records, and the computers it may ask."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from firmware.calls.places import Target
from firmware.dialplan.hours import Answer, Calendar, which
from firmware.ivr.answering import Answering, answers
from firmware.ivr.fetch import Fetcher
from firmware.ivr.lookups import Lookups
from firmware.ivr.nodes import Http
from firmware.ivr.ports import Facts, Fetched, Refused, Sound
from firmware.prompts import PromptError, Prompts


class House:
    """What `ports.Box` asks for. `answering` gives the section as it is now; `possible` whether there is a place."""

    def __init__(
        self, now: Callable[[], float], answering: Callable[[], Answering], calendar: Calendar, prompts: Prompts,
        lookups: Lookups, possible: Callable[[Target], bool],
    ) -> None:  # fmt: skip
        self.possible = possible
        self._now = now
        self._answering = answering
        self._calendar = calendar
        self._prompts = prompts
        self._lookups = lookups
        self._fetcher = Fetcher()

    def now(self) -> datetime:
        """The local wall clock."""
        return datetime.fromtimestamp(self._now(), UTC).astimezone().replace(tzinfo=None)

    def playable(self, sound: Sound) -> bool:
        """Whether there is a file."""
        try:
            self._prompts.path(sound.name, sound.language)
        except PromptError:
            return False
        return True

    def answer(self, line: int | None) -> Answer:
        """Which flow answers a line now, and why."""
        return answers(self._answering(), line or 0, self.now(), self._calendar)

    def entry(self, schedule: str) -> str | None:
        """Which entry the schedule gives now; the night switch wins there, too."""
        section = self._answering()
        if schedule not in section.schedules:
            return None
        calendar = section.calendar or self._calendar
        return which(section.schedules[schedule], self.now(), calendar, section.night).entry

    async def look_up(self, query: str, arguments: Mapping[str, str]) -> Mapping[str, str] | None:
        """From the records."""
        return await self._lookups.find(query, arguments)

    async def fetch(
        self, request: Http, url: str, headers: Mapping[str, str], body: Mapping[str, str] | None
    ) -> Fetched:
        """From another computer."""
        self._fetcher.allowed = self._answering().http_allowed
        return await self._fetcher.fetch(request.method, url, headers, body, request.timeout_s)

    async def known(self, number: str) -> Facts:
        """What the records say of a number; nothing if they cannot be asked."""
        try:
            calls = await self._lookups.find("calls_of", {"number": number}) if number else None
            last = await self._lookups.find("last_call_of", {"number": number}) if calls else None
        except Refused:
            return Facts()
        return Facts(earlier_calls=int((calls or {}).get("calls", 0)), last_station=(last or {}).get("station", ""))

    def close(self) -> None:
        """No more requests."""
        self._fetcher.close()
