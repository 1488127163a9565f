"""Callers in flows, through real signals: what they hear and press, what is kept of it, where they come to."""

import asyncio
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from firmware.api.messages import SetupChanged
from firmware.ivr.answering import Answering
from firmware.ivr.document import written
from firmware.jacks.section import OutsideLines
from firmware.training.measure import RATE, find, level, read
from firmware.voicemail.section import MailBox, Voicemail
from tests.firmware.ivr.walking import flow, prompt
from tests.journeys.conftest import Town
from tests.journeys.test_queue import members, queues

Play = Callable[..., None]
SALES = {"kind": "queue", "queue": "sales"}


def publish(town: Town, nodes: dict[str, Any], name: str = "main", **more: Any) -> None:
    library = town.box.flows.library
    library.save_draft(name, written(flow(nodes, **more)), "owner")
    library.publish(name, "owner", town.box.flows.names())


async def over(town: Town, line: int = 1) -> None:
    """The box hangs up, and so does the caller."""
    await town.caller(line).hears_hang_up()
    await town.caller(line).hangs_up()
    await town.until("call.ended")


def test_who_leaves_the_queue_by_its_rule_goes_on_in_the_flow(play: Play) -> None:
    """Instead of being hung up on; and the flow knows which number he dialled."""

    async def story(town: Town) -> None:
        town.box.setup.change(
            OutsideLines, lambda _: {"lines": [{"id": "1", "number": "01087654321", "name": "Sales"}]}, who="owner"
        )
        publish(town, {
            "start": {
                "kind": "set", "values": {"dialled": {"do": "text", "text": "${called}"}}, "note": ["dialled"],
                "exits": {"next": "queue"},
            },
            "queue": {**SALES, "exits": {"left": "sorry"}},
            "sorry": {"kind": "voicemail", "box": "general"},
        })  # fmt: skip
        li, wang = town.agent("801"), town.caller(line=1)
        await li.pick_up()
        await wang.dials()
        await town.until("call.left_queue", to="hang up")
        await town.until("call.prompt", prompt="voicemail_greeting")
        assert town.told("call.flow_step", node="queue", exit="left")
        (noted,) = town.told("call.noted")
        assert noted.data["values"] == {"dialled": "01087654321"}
        await wang.hangs_up()
        await li.hang_up()

    rules = '[{ when = "waited", after_s = 5, to = { kind = "hang_up" } }]'
    play(story, queues=queues(members=members("801"), overflow=rules))


def test_in_the_night_wang_asks_to_be_called_back(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.setup.change(Answering, lambda now: now.switched(True), who="owner")
        wang = town.caller(line=1)
        await wang.dials()
        await town.until("call.flow", flow="closed", version=0)
        await town.until("call.prompt", prompt="closed_menu")
        await wang.presses("2")
        await town.until("call.prompt", prompt="callback_own")
        await wang.presses("2")
        await town.until("call.prompt", prompt="callback_enter")
        await wang.presses("87654321#")
        await asyncio.sleep(1)
        await wang.presses("1")
        wanted = await town.until("call.callback_wanted")
        assert wanted.data == {"number": "87654321", "queue": "operator"}
        await town.until("call.prompt", prompt="goodbye")
        await over(town)
        assert not town.told("call.flow_fault")

    play(story)


def test_each_line_has_its_flow(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.setup.change(Answering, lambda _: {"lines": {"2": {"flow": "surge"}}}, who="owner")
        for line in (1, 2):
            await town.caller(line).dials()
        assert {event.line: event.data["flow"] for event in town.told("call.flow")} == {1: "main", 2: "surge"}
        for line in (1, 2):
            await town.caller(line).hangs_up()

    play(story)


def test_a_flow_that_is_not_there_is_told_and_the_main_one_answers(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.setup.change(Answering, lambda _: {"flow": "gone"}, who="owner")
        await town.box.setup_changed(SetupChanged(section="answering"))
        raised = await town.until("alarm.raised", name="flow_gone")
        assert raised.data["text"] == "flow gone should answer a line, but there is none; main answers"
        await town.caller(1).dials()
        await town.until("call.flow", flow="main")
        await town.caller(1).hangs_up()
        town.box.setup.change(Answering, lambda _: {"flow": "main"}, who="owner")
        await town.box.setup_changed(SetupChanged(section="answering"))
        await town.until("alarm.cleared", name="flow_gone")

    play(story)


def test_a_caller_keeps_the_version_he_came_into(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, chen = town.caller(line=1), town.caller(line=2, number="13900139000")
        await wang.dials()
        await town.until("call.prompt", prompt="greeting", line=1)
        publish(town, {"end": {"kind": "queue", "queue": "service"}})
        await wang.presses("1")
        assert (await town.until("call.queued", line=1)).data["queue"] == "sales"
        await chen.dials()
        assert (await town.until("call.queued", line=2)).data["queue"] == "service"
        assert [event.data["version"] for event in town.told("call.flow")] == [0, 1]
        await wang.hangs_up()
        await chen.hangs_up()

    play(story)


RECORD = {
    "ask": {"kind": "record", "prompt": prompt("survey_comment"), "into": "said", "silence_s": 3, "most_s": 60,
            "exits": {"next": "thanks", "empty": "sales"}},
    "thanks": {"kind": "hang_up", "prompt": prompt("survey_thanks")}, "sales": SALES,
}  # fmt: skip


def test_wang_speaks_after_the_tone(play: Play) -> None:
    async def story(town: Town) -> None:
        publish(town, RECORD)
        wang = town.caller(line=1)
        await wang.dials()
        await town.until("call.prompt_end", prompt="beep")
        await wang.speaks(town.prompts.path("caller_speech"))
        kept = await town.until("call.flow_record")
        await town.until("call.prompt", prompt="survey_thanks")
        await over(town)
        spoken, silent = read(town.data / kept.data["path"])
        said = read(town.prompts.path("caller_speech"))[0]
        assert find(said[RATE : 4 * RATE], spoken).correlation > 0.9 and level(silent) < -60
        assert abs(kept.data["seconds"] - (len(said) / RATE + 3)) < 1.5

    play(story)


def test_what_wang_said_before_he_hung_up_is_kept(play: Play) -> None:
    async def story(town: Town) -> None:
        publish(town, RECORD)
        wang = town.caller(line=1)
        await wang.dials()
        await town.until("call.prompt_end", prompt="beep")
        speaking = asyncio.ensure_future(wang.speaks(town.prompts.path("caller_speech")))
        await asyncio.sleep(4)
        await wang.hangs_up()
        speaking.cancel()
        kept = await town.until("call.flow_record")
        assert (town.data / kept.data["path"]).stat().st_size > 3 * RATE * 4
        await town.until("call.ended")

    play(story)


def test_who_says_nothing_leaves_no_file(play: Play) -> None:
    async def story(town: Town) -> None:
        publish(town, RECORD)
        wang = town.caller(line=1)
        await wang.dials()
        await town.until("call.queued", queue="sales")
        assert not list(town.data.glob("spoken/**/*.wav")) and not town.told("call.flow_record")
        await wang.hangs_up()

    play(story)


def test_who_speaks_english_hears_english_in_the_queue_too(play: Play) -> None:
    heard: list[Path] = []

    async def story(town: Town) -> None:
        publish(town, {"choice": {"kind": "language", "exits": {"next": "sales"}}, "sales": SALES})
        prompts = town.box.calls.sound.prompts
        real = prompts.path
        prompts.path = lambda *args: heard.append(real(*args)) or real(*args)  # type: ignore[func-returns-value]
        wang = town.caller(line=1)
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("2")
        await town.until("call.prompt", prompt="queue_entry")
        await asyncio.sleep(1)
        await wang.hangs_up()

    play(story)
    played = list(dict.fromkeys(f"{file.parent.name}/{file.stem}" for file in heard))
    assert played == ["zh/language_choice", "en/language_choice", "en/queue_entry"]


SECRET = {
    "pin": {"kind": "digits", "prompt": prompt("callback_enter"), "into": "pin", "least": 4, "most": 4, "secret": True,
            "exits": {"next": "if", "otherwise": "sales"}},
    "if": {"kind": "condition", "exits": {"right": "vip", "otherwise": "sales"},
           "branches": [{"exit": "right", "when": [{"left": "${pin}", "is": "equal", "right": "2468"}]}]},
    "vip": {"kind": "queue", "queue": "sales", "priority": 9}, "sales": SALES,
}  # fmt: skip


def test_a_secret_is_kept_nowhere_and_makes_a_vip(play: Play) -> None:
    async def story(town: Town) -> None:
        publish(town, SECRET)
        chen = town.caller(line=2, number="13900139000")
        await chen.dials()
        await town.until("call.queued", line=2, position=1)
        await chen.presses("9")  # no secret any more
        wang = town.caller(line=1)
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("2468")
        queued = await town.until("call.queued", line=1)
        assert queued.data["position"] == 1  # before Chen, who came first
        assert [event.data["digit"] for event in town.told("call.digit", line=1)] == ["•"] * 4
        assert [event.data["digit"] for event in town.told("call.digit", line=2)] == ["9"]
        assert "2468" not in str(town.events)
        assert town.told("call.recording_paused", line=1) and town.told("call.recording_resumed", line=1)
        await wang.hangs_up()
        await chen.hangs_up()

    play(story, recording="answer")


TRANSFER = {
    "li": {"kind": "transfer", "to": "station", "address": "801", "exits": {"no_answer": "zhao", "busy": "zhao"}},
    "zhao": {"kind": "transfer", "to": "station", "address": "802", "exits": {"no_answer": "sales"}}, "sales": SALES,
}  # fmt: skip


def test_li_does_not_answer_and_the_flow_goes_on(play: Play) -> None:
    async def story(town: Town) -> None:
        publish(town, TRANSFER)
        wang, zhao = town.caller(line=1), town.agent("802")
        await wang.dials()
        await town.until("call.offer_ended", station="801", result="no_answer")
        await zhao.rings()
        await zhao.pick_up()
        await town.until("call.connected", station="802")
        await zhao.hang_up()
        await over(town)
        assert [(event.data["node"], event.data["exit"]) for event in town.told("call.flow_step")] == [
            ("li", ""), ("li", "no_answer"), ("zhao", ""),
        ]  # fmt: skip

    play(story)


def test_a_full_box_sends_the_caller_back_into_the_night_flow(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.setup.change(Answering, lambda now: now.switched(True), who="owner")
        town.box.setup.change(Voicemail, lambda _: {"boxes": {"general": MailBox(messages_most=1)}}, who="owner")
        for last in (False, True):
            wang = town.caller(line=1)
            await wang.dials()
            await asyncio.sleep(3)
            await wang.presses("1")
            if last:
                await town.until("call.prompt", prompt="callback_own")
                await wang.hangs_up()
            else:
                await town.until("call.prompt_end", prompt="beep")
                await wang.speaks(town.prompts.path("caller_speech"))
                await over(town)
                await town.quiet()
        assert [event.data["exit"] for event in town.told("call.flow_step", node="message")] == ["", "", "not_possible"]

    play(story)


def test_a_greeting_in_a_broken_file_is_an_excuse_and_no_silence(play: Play) -> None:
    async def story(town: Town) -> None:
        own = town.data / "prompts" / "zh"
        own.mkdir(parents=True)
        (own / "greeting.wav").write_bytes(b"this is no sound")
        wang = town.caller(line=1)
        await wang.dials()
        await town.until("call.prompt", prompt="flow_excuse")
        assert (await town.until("call.queued")).data["queue"] == "operator"
        assert town.told("alarm.raised", name="prompt_greeting") and town.told("call.flow_fault", fault="prompt")
        await wang.hangs_up()

    play(story)


def test_a_fault_in_the_setup_answers_as_before(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.setup.change(Answering, lambda _: {"flow": "closed"}, who="owner")
        assert town.box.flows.answering().flow == "closed"
        (town.data / "setup.json").write_text("{")
        await town.caller(1).dials()
        await town.until("call.flow", flow="closed")
        await town.caller(1).hangs_up()

    play(story)


def test_an_outside_number_that_is_not_allowed_comes_back_to_the_flow(play: Play) -> None:
    async def story(town: Town) -> None:
        out = {"kind": "transfer", "to": "number", "address": "13900139000", "exits": {"not_possible": "sales"}}
        publish(town, {"out": out, "sales": SALES})
        await town.caller(1).dials()
        await town.until("call.queued", queue="sales")
        await town.caller(1).hangs_up()

    play(story)


def test_wang_is_asked_how_it_was_when_li_has_hung_up(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.setup.change(Answering, lambda _: {"surveys": {"sales": "survey"}}, who="owner")
        wang, li = town.caller(line=1), town.agent("801")
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("1")
        await li.rings()
        await li.pick_up()
        await town.until("call.connected", station="801")
        await li.hang_up()
        await town.until("call.prompt", prompt="survey_question")
        await town.until("station.idle", station="801")  # he is free for the next one meanwhile
        await wang.presses("5")
        await town.until("call.prompt", prompt="survey_thanks")
        await over(town)
        answers = town.told("call.survey")[0].data
        assert answers == {"answers": [{"question": "satisfaction", "key": "5"}], "comment": None}
        assert (await town.record()).result == "answered"

    play(story)


def test_who_hangs_up_first_is_not_asked(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.setup.change(Answering, lambda _: {"surveys": {"operator": "survey"}}, who="owner")
        wang, li = town.caller(line=1), town.agent("801")
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("0")
        await li.rings()
        await li.pick_up()
        await town.until("call.connected", station="801")
        await wang.hangs_up()
        await town.until("call.ended")
        await li.other_party_gone(within=10)
        await li.hang_up()
        assert not town.told("call.flow", flow="survey")

    play(story)


ORDER = {
    "number": {"kind": "digits", "prompt": prompt("callback_enter"), "into": "order", "least": 4, "most": 4,
               "exits": {"next": "ask", "otherwise": "sales"}},
    "ask": {"kind": "http", "url": "http://127.0.0.1:PORT/orders/${order}", "into": {"price": "price"},
            "exits": {"next": "say", "failed": "sales"}},
    "say": {"kind": "play", "exits": {"next": "bye"}, "prompt": [{"kind": "money", "value": "${price}"}]},
    "bye": {"kind": "hang_up"}, "sales": SALES,
}  # fmt: skip


class Orders(BaseHTTPRequestHandler):
    """A shop's computer."""

    def do_GET(self) -> None:  # the base class asks for this name
        body = b'{"price": "12.50"}' if self.path == "/orders/3750" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """The test's output is enough."""


@pytest.mark.parametrize("listed", [True, False])
def test_wang_hears_the_price_of_his_order(play: Play, listed: bool) -> None:
    async def story(town: Town) -> None:
        with ThreadingHTTPServer(("127.0.0.1", 0), Orders) as shop:
            threading.Thread(target=shop.serve_forever, args=[0.01]).start()
            if listed:
                allowed = [{"host": "127.0.0.1", "port": shop.server_port}]
                town.box.setup.change(Answering, lambda _: {"http_allowed": allowed}, who="owner")
            publish(town, json.loads(json.dumps(ORDER).replace("PORT", str(shop.server_port))))
            wang = town.caller(line=1)
            await wang.dials()
            await asyncio.sleep(2)
            await wang.presses("3750")
            if listed:
                await town.until("call.prompt", prompt="ten digit_2 cny_1 digit_5 jiao")
                await over(town)
            else:
                fault = await town.until("call.flow_fault", fault="http")
                assert "127.0.0.1, the box itself; name it in the settings" in fault.data["words"]
                await town.until("call.queued", queue="sales")
                await wang.hangs_up()
            shop.shutdown()

    play(story)


def test_who_called_before_is_known(play: Play) -> None:
    again = {
        "if": {"kind": "condition", "exits": {"known": "last", "otherwise": "bye"},
               "branches": [{"exit": "known", "when": [{"left": "${earlier_calls}", "is": "at_least", "right": "1"}]}]},
        "last": {"kind": "lookup", "query": "last_call_of", "arguments": {"number": "${number}"},
                 "into": {"how": "result"}, "exits": {"found": "note", "not_found": "bye"}},
        "note": {"kind": "set", "values": {"was": {"do": "text", "text": "${how} after ${earlier_calls}"}},
                 "note": ["was"], "exits": {"next": "sales"}},
        "bye": {"kind": "hang_up"}, "sales": SALES,
    }  # fmt: skip

    async def story(town: Town) -> None:
        publish(town, again)
        wang = town.caller(line=1)
        await wang.dials()
        await over(town)
        await town.quiet()
        await town.box.writer.flushed()
        await town.caller(line=2).dials()
        assert (await town.until("call.noted", line=2)).data["values"] == {"was": "failed after 1"}
        await town.until("call.queued", line=2)
        await town.caller(line=2).hangs_up()

    play(story)
