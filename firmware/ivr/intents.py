"""What the editor's page asks of the library, and the night switch by handset and page."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from firmware.api.flows import (
    FlowCall,
    FlowCompare,
    FlowDiscard,
    FlowDocument,
    FlowPublish,
    FlowRename,
    FlowRestore,
    FlowVersion,
    NightSwitch,
    OfFlow,
)  # fmt: skip
from firmware.api.messages import Message, Refused
from firmware.calls.dialling import Code
from firmware.calls.handset import Features, Handset
from firmware.errors import UserError
from firmware.ivr.answering import Answering
from firmware.ivr.checks import errors, returns
from firmware.ivr.document import written
from firmware.ivr.flows import Flows
from firmware.ivr.library import Draft, NotPublished, Version, shipped
from firmware.ivr.lookups import QUERIES
from firmware.ivr.problems import Problem
from firmware.setup.changes import Changes

NIGHT_CODE = "*27"
NIGHT_ON, NIGHT_OFF, REFUSED = "night_on", "night_off", "refused"

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


class NightSwitching:
    """By hand, the night flow answers every line."""

    def __init__(self, changes: Changes, features: Features) -> None:
        """From now on handsets may dial it."""
        self._changes = changes
        features.add(NIGHT_CODE, Code("night"), self._dialled)

    def switch(self, on: bool | None, who: str) -> Answering:
        """None: the other way than now. SetupError."""
        setup = self._changes.setup

        def change(now: Answering) -> dict[str, Any]:
            return now.switched(now.night is None if on is None else on)

        section = setup.change(Answering, change, who=who)
        self._changes.changed(setup.name_of(Answering))
        return section

    async def _dialled(self, handset: Handset, _: str) -> None:
        number = handset.station.number
        try:
            may = self._changes.setup.load(Answering).night_by
            if may and number not in may:
                handset.refuse(UserError(f"station {number} has no right to the night switch", code="no_right"))
                await handset.voice.say(REFUSED)
                return
            section = self.switch(None, f"station {number}")
        except UserError as error:
            handset.refuse(error)
            await handset.voice.say(REFUSED)
            return
        await handset.voice.say(NIGHT_OFF if section.night is None else NIGHT_ON)


class FlowIntents:
    """`handlers` are for the api. What cannot be done is Refused in words."""

    def __init__(self, flows: Flows, night: NightSwitching) -> None:
        self._flows = flows
        self._library = flows.library
        self._night = night

    def handlers(self) -> dict[str, Handler]:
        """By name."""
        plain: dict[str, Handler] = {
            "flow.list": self.overview, "flow.get": self.get, "flow.check": self.check, "flow.save": self.save,
            "flow.discard": self.discard, "flow.publish": self.publish, "flow.restore": self.restore,
            "flow.compare": self.compare, "flow.call": self.call, "flow.names": self.names,
            "flow.rename": self.rename, "flow.remove": self.remove, "night.switch": self.switch,
        }  # fmt: skip
        return {name: _in_words(does) for name, does in plain.items()}

    async def overview(self, _: Message) -> dict[str, Any]:
        """Every flow: what callers come into, whether somebody works on it, whether it may answer a line; what uses it,
        how many callers are in it, and how many errors and warnings the draft has, or else the version."""
        published, answering = self._library.published(), self._flows.answering().flows()
        uses, callers, names = self._flows.uses(), self._flows.callers(), self._flows.names()
        found = []
        for name in self._library.names():
            draft = self._library.draft(name) if self._library.has_draft(name) else None
            there = published.get(name)
            document = draft.document if draft is not None else None if there is None else written(there.document)
            problems = self._library.problems(name, document, names)
            wrong = len(errors(problems))
            title = _title(document)
            found.append({
                "flow": name, "version": None if there is None else there.version,
                "title": title if there is None else there.document.title,
                "draft": draft is not None, "answers": name in answering, "own": not shipped(name),
                "drafted": None if draft is None else _draft(draft), "errors": wrong, "warnings": len(problems) - wrong,
                "uses": [{"kind": one.kind, "name": one.name} for one in uses.get(name, ())],
                "callers": callers.get(name, 0),
            })  # fmt: skip
        return {"flows": found}

    async def get(self, wanted: FlowVersion) -> dict[str, Any]:
        """The document, what is wrong with it, and every version there is."""
        draft = self._library.draft(wanted.flow) if wanted.version is None else None
        versions = self._library.versions(wanted.flow)
        if draft is not None:
            document: Any = draft.document
        else:
            number = versions[0].number if wanted.version is None and versions else wanted.version or 0
            document = written(self._library.get(wanted.flow, number))
        return {
            "flow": wanted.flow, "document": document, "draft": None if draft is None else _draft(draft),
            "versions": [_version(one) for one in versions], "problems": self._problems(wanted.flow, document),
            "stamp": self._library.stamp(wanted.flow),
        }  # fmt: skip

    async def check(self, wanted: FlowDocument) -> dict[str, Any]:
        """What is wrong with it, as it would be published now."""
        return {"problems": self._problems(wanted.flow, wanted.document)}

    async def save(self, wanted: FlowDocument) -> dict[str, Any]:
        """Keeps it as the draft."""
        draft = self._library.save_draft(wanted.flow, wanted.document, wanted.who, wanted.seen)
        problems = self._problems(wanted.flow, wanted.document)
        return {"draft": _draft(draft), "stamp": draft.stamp, "problems": problems}

    async def discard(self, wanted: FlowDiscard) -> dict[str, Any]:
        """The draft is gone."""
        self._library.discard_draft(wanted.flow, wanted.seen)
        return {}

    async def publish(self, wanted: FlowPublish) -> dict[str, Any]:
        """Not if it has errors: then `version` is None and `problems` says why. Written texts are spoken now."""
        names = self._flows.names()
        return await self._published(
            wanted.flow,
            lambda: self._library.publish(wanted.flow, wanted.who, names, wanted.note, wanted.seen).version,
        )

    async def restore(self, wanted: FlowRestore) -> dict[str, Any]:
        """As publish."""
        names = self._flows.names()
        return await self._published(
            wanted.flow, lambda: self._library.restore(wanted.flow, wanted.version, wanted.who, names).version
        )

    async def compare(self, wanted: FlowCompare) -> dict[str, Any]:
        """What is different."""
        changes = self._library.compare(wanted.flow, wanted.before, wanted.after)
        return {
            "changes": [
                {"what": one.what, "node": one.node, "path": one.path, "before": one.before, "after": one.after}
                for one in changes
            ]
        }

    async def call(self, wanted: FlowCall) -> dict[str, Any]:
        """The station rings, and leads into the draft; or a line waits for a caller: which one."""
        if (wanted.station is None) == (wanted.line is None):
            raise Refused("say either the station or the line at which the flow is to be tried", code="station_or_line")
        await asyncio.to_thread(self._library.to_try, wanted.flow)  # speaking texts takes its time
        if wanted.line is not None:
            return {"line": self._flows.try_outside(wanted.flow, wanted.line)}
        self._flows.try_out(wanted.flow, wanted.station or "")
        return {}

    async def names(self, _: Message) -> dict[str, Any]:
        """What flows may name on this box: `schedules` with their entries, `flows` with their titles and the exits by
        which they come back, `prompts` by language, `queries` that a look-up may ask."""
        names = self._flows.names()
        return {
            "queues": sorted(names.queues or ()), "stations": sorted(names.stations or ()),
            "boxes": sorted(names.boxes or ()), "rooms": sorted(names.rooms or ()),
            "schedules": {name: list(one.entries()) for name, one in (names.schedules or {}).items()},
            "flows": {name: {"title": one.title, "returns": returns(one)} for name, one in (names.flows or {}).items()},
            "prompts": {language: sorted(found) for language, found in (names.prompts or {}).items()},
            "queries": {
                name: {"words": one.words, "arguments": list(one.arguments), "fields": list(one.fields)}
                for name, one in QUERIES.items()
            },
        }  # fmt: skip

    async def rename(self, wanted: FlowRename) -> dict[str, Any]:
        """It is called otherwise; refused while something uses it."""
        self._unused(wanted.flow)
        self._library.rename(wanted.flow, wanted.to)
        return {"flow": wanted.to}

    async def remove(self, wanted: OfFlow) -> dict[str, Any]:
        """It is gone from every list; refused while something uses it."""
        self._unused(wanted.flow)
        self._library.remove(wanted.flow)
        return {}

    def _unused(self, flow: str) -> None:
        found = self._flows.uses().get(flow, [])
        if found:
            words = ", ".join(f"{one.kind} {one.name}".strip() for one in found)
            raise Refused(f"flow {flow} is used by {words}; change that first", code="flow_used", name=flow)
        if self._flows.callers().get(flow):
            raise Refused(f"there are callers in flow {flow} just now", code="flow_has_callers", name=flow)

    async def switch(self, wanted: NightSwitch) -> dict[str, Any]:
        """The night switch; which flow answers every line now, None: as the schedules say."""
        return {"night": self._night.switch(wanted.on, wanted.who or "the page").night}

    async def _published(self, flow: str, publish: Callable[[], int]) -> dict[str, Any]:
        try:
            version = await asyncio.to_thread(publish)  # speaking texts takes its time
        except NotPublished as error:
            return {"flow": flow, "version": None, "problems": [_problem(one) for one in error.problems]}
        self._flows.look()
        return {"flow": flow, "version": version, "problems": []}

    def _problems(self, flow: str, document: Any) -> list[dict[str, Any]]:
        return [_problem(one) for one in self._library.problems(flow, document, self._flows.names())]


def _problem(one: Problem) -> dict[str, Any]:
    return {
        "node": one.node, "severity": one.severity, "name": one.name, "zh": one.words("zh"), "en": one.words("en"),
        "field": dict(one.args).get("field"),
    }  # fmt: skip


def _title(draft: Any) -> dict[str, str]:
    """Of what may be no flow yet."""
    title = draft.get("title") if isinstance(draft, dict) else None
    found = title.items() if isinstance(title, dict) else ()
    return {name: words for name, words in found if name in ("zh", "en") and isinstance(words, str)}


def _version(one: Version) -> dict[str, Any]:
    return {"number": one.number, "at": one.at, "who": one.who, "note": one.note}


def _draft(one: Draft) -> dict[str, Any]:
    return {"base": one.base, "at": one.at, "who": one.who}


def _in_words(does: Handler) -> Handler:
    async def intent(wanted: Any) -> dict[str, Any]:
        try:
            return await does(wanted)
        except UserError as error:
            raise Refused.like(error) from error

    return intent
