"""Flows written, checked, published, taken back, and tried from the editor before any caller comes into them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from firmware.api.messages import INTENTS, Refused
from firmware.ivr.answering import Answering
from firmware.ivr.checks import Names
from firmware.ivr.document import written
from firmware.ivr.intents import FlowIntents
from firmware.ivr.library import LibraryError
from tests.firmware.ivr.walking import flow, prompt
from tests.journeys.conftest import Town
from tests.journeys.test_flow import SALES, publish

Play = Callable[..., None]
MENU = {"kind": "menu", "prompt": prompt("greeting"), "exits": {"1": "sales", "2": "bye", "otherwise": "bye"}}


def test_the_flows_of_a_new_box_have_no_errors(play: Play) -> None:
    async def story(town: Town) -> None:
        assert town.box.flows.alarms() == []
        assert isinstance(town.box.flows.names(), Names)

    play(story)


def test_a_broken_version_is_an_alarm_and_the_one_before_answers(play: Play) -> None:
    async def story(town: Town) -> None:
        publish(town, {"end": SALES})
        publish(town, {"end": {"kind": "hang_up"}})
        (town.data / "flows" / "main" / "000002.json").write_text("{")
        assert [name for name, _ in town.box.flows.alarms()] == ["flow_file_main"]
        await town.caller(1).dials()
        await town.until("call.queued", queue="sales")
        await town.caller(1).hangs_up()

    play(story)


def test_the_night_switch_at_a_handset(play: Play) -> None:
    async def story(town: Town) -> None:
        heard: list[Answering] = []
        town.box.changes.on_change(Answering, heard.append)
        li = town.agent("801")
        await li.pick_up()
        await asyncio.sleep(1)
        await li.handset.press("*27")
        await asyncio.sleep(5)
        await li.hang_up()
        assert [section.night for section in heard] == ["closed"]
        await town.caller(1).dials()
        await town.until("call.flow", flow="closed")
        await town.caller(1).hangs_up()
        assert town.box.setup.history("answering")[0].who == "station 801"
        town.box.setup.change(Answering, lambda _: {"night_by": ["802"]}, who="owner")
        await li.pick_up()
        await asyncio.sleep(1)
        await li.handset.press("*27")
        refused = await town.until("station.refused", station="801")
        assert refused.data["text"] == "station 801 has no right to the night switch"
        assert town.box.flows.answering().night == "closed"
        await li.hang_up()

    play(story)


def test_the_editor_drafts_checks_publishes_and_takes_back(play: Play) -> None:
    async def story(town: Town) -> None:
        intents = FlowIntents(town.box.flows, town.box.night).handlers()

        async def ask(intent: str, **args: Any) -> dict[str, Any]:
            return await intents[intent](INTENTS[intent].model_validate(args))

        flows = {one["flow"]: one for one in (await ask("flow.list"))["flows"]}
        assert (flows["main"]["version"], flows["main"]["answers"], flows["surge"]["answers"]) == (0, True, False)
        document = (await ask("flow.get", flow="main"))["document"]
        document["nodes"]["sales"]["queue"] = "gone"
        saved = await ask("flow.save", flow="main", document=document, who="wang")
        assert [(one["node"], one["zh"]) for one in saved["problems"]] == [("sales", "没有名为“gone”的队列。")]
        assert (await ask("flow.publish", flow="main", who="wang"))["version"] is None
        document["nodes"]["sales"]["queue"] = "service"
        await ask("flow.save", flow="main", document=document, who="wang")
        assert (await ask("flow.get", flow="main"))["draft"]["who"] == "wang"
        assert await ask("flow.publish", flow="main", who="wang") == {"flow": "main", "version": 1, "problems": []}
        (changed,) = (await ask("flow.compare", flow="main", before=0, after=1))["changes"]
        assert (changed["path"], changed["before"], changed["after"]) == ("nodes/sales/queue", "sales", "service")
        assert (await ask("flow.restore", flow="main", version=0, who="li"))["version"] == 2
        assert [one["number"] for one in (await ask("flow.get", flow="main"))["versions"]] == [2, 1, 0]
        with pytest.raises(Refused, match="no version 9"):
            await ask("flow.get", flow="main", version=9)
        await ask("flow.save", flow="trial", document={}, who="wang")
        assert (await ask("flow.check", flow="trial", document={}))["problems"]
        await ask("flow.discard", flow="trial")
        assert (await ask("night.switch", on=True, who="li")) == {"night": "closed"}
        assert (await ask("night.switch", who="li")) == {"night": None}

    play(story)


def test_the_editor_calls_a_draft(play: Play) -> None:
    async def story(town: Town) -> None:
        library, li = town.box.flows.library, town.agent("801")
        document = written(flow({"menu": MENU, "sales": SALES, "bye": {"kind": "hang_up"}}))
        with pytest.raises(LibraryError, match="no draft of flow trial"):
            town.box.flows.try_out("trial", "801")
        library.save_draft("trial", {"start": "menu"}, "wang")
        with pytest.raises(LibraryError, match="nodes is missing"):
            town.box.flows.try_out("trial", "801")
        library.save_draft("trial", document, "wang")
        with pytest.raises(LibraryError, match="there is no station 899"):
            town.box.flows.try_out("trial", "899")
        call = FlowIntents(town.box.flows, town.box.night).handlers()["flow.call"]
        await call(INTENTS["flow.call"].model_validate({"flow": "trial", "station": "801"}))
        await li.rings()
        await li.pick_up()
        await town.until("call.flow", flow="trial", version=-1)
        await asyncio.sleep(1)
        await li.handset.press("2")
        await town.until("call.prompt", prompt="goodbye")
        await town.until("call.ended")
        await li.hang_up()
        assert "trial" not in library.published()

    play(story)


def test_an_outside_caller_tries_a_draft(play: Play) -> None:
    async def story(town: Town) -> None:
        intents = FlowIntents(town.box.flows, town.box.night).handlers()

        async def ask(intent: str, **args: Any) -> dict[str, Any]:
            return await intents[intent](INTENTS[intent].model_validate(args))

        say = {"kind": "play", "prompt": prompt("greeting"), "exits": {"next": "sales"}}
        document = written(flow({"say": say, "sales": SALES}))
        await ask("flow.save", flow="trial", document=document, who="wang", seen="")
        for wrong in ({}, {"station": "801", "line": 1}):
            with pytest.raises(Refused, match="either the station or the line"):
                await ask("flow.call", flow="trial", **wrong)
        with pytest.raises(Refused, match="line 60 is not there or in use"):
            await ask("flow.call", flow="trial", line=60)
        assert await ask("flow.call", flow="trial", line=1) == {"line": 1}
        await town.caller(1).dials()
        await town.until("call.flow", flow="trial", version=-1)
        flows = {one["flow"]: one for one in (await ask("flow.list"))["flows"]}
        assert (flows["trial"]["callers"], flows["trial"]["own"], flows["trial"]["drafted"]["who"]) == (1, True, "wang")
        assert flows["main"]["uses"] == [{"kind": "lines", "name": ""}]
        for intent, args in (("flow.remove", {}), ("flow.rename", {"to": "other"})):
            with pytest.raises(Refused, match="callers in flow trial"):
                await ask(intent, flow="trial", **args)
        await town.until("call.queued", queue="sales")
        assert town.box.flows.callers() == {}
        await town.caller(1).hangs_up()
        names = await ask("flow.names")
        assert names["flows"]["main"]["returns"] == [] and "801" in names["stations"] and "sales" in names["queues"]
        await ask("flow.rename", flow="trial", to="other")
        await ask("flow.remove", flow="other")
        with pytest.raises(Refused, match="flow main is used by lines"):
            await ask("flow.remove", flow="main")

    play(story)
