"""The examination finds what was planted in the wire, within 1 dB, and leaves callers alone."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware.api.doctor import AtLine, Capture, Examine, Look, OneReport, Reports
from firmware.api.messages import Refused
from firmware.config import load_country
from firmware.prompts import Prompts
from firmware.training.caller import Caller
from firmware.training.exchange import ExchangeLine
from firmware.training.measure import level, read
from firmware.training.subscribers import Subscriber
from tests.firmware.doctor.conftest import Practice, Practise

CLEAN: dict[str, Any] = {"noise": -70.0, "echo_loss": 14.0, "hum": -100.0}


def value(report: dict[str, Any], check: str, name: str) -> float:
    return float(found(report, check)["values"][name])


def found(report: dict[str, Any], check: str) -> dict[str, Any]:
    return next(one for one in report["findings"] if one["check"] == check)


def test_a_good_line_is_good(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        report = await practice.examined(3)
        assert report["why"] is None and report["verdict"] == "good", report["findings"]
        assert {one["check"] for one in report["findings"]} >= {
            "battery", "dial_tone", "dial_frequency", "dial_level", "digit", "noise", "hum", "echo", "canceller",
            "clipping", "release",
        }  # fmt: skip
        assert value(report, "dial_level", "level") == pytest.approx(-13.0, abs=1.0)  # -10 less the wire's 3 dB
        assert found(report, "dial_frequency")["values"]["hz"] == "450"
        done = practice.told("doctor.done")[0]
        assert done.line == 3 and done.data["verdict"] == "good"
        assert report["sound"] and (practice.data / "doctor" / f"{report['id']}.wav").stat().st_size > 100_000
        assert practice.world.office.dialled == []  # one digit is no number

    practise(story)


PLANTED = {
    1: {"noise": -58.0},  # at -65, A-law's own steps add 1 dB
    2: {"noise": -48.0},
    3: CLEAN | {"hum": -32.0},
    4: CLEAN | {"hum": -55.0},
    5: CLEAN | {"echo_loss": 4.0},
    6: CLEAN | {"echo_loss": 8.0},
    7: CLEAN | {"echo_loss": 20.0},
    8: CLEAN | {"loss": 9.0},
}


def test_what_was_planted_is_found(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        reports = {line: await practice.examined(line) for line in PLANTED}
        for line in (1, 2):
            planted = PLANTED[line]["noise"]
            assert value(reports[line], "noise", "plain") == pytest.approx(planted, abs=1.0)
            assert value(reports[line], "noise", "weighted") == pytest.approx(planted - 3.6, abs=1.0)
        assert found(reports[2], "noise")["verdict"] == "look" and reports[2]["verdict"] == "look"
        for line in (3, 4):
            assert value(reports[line], "hum", "level") == pytest.approx(PLANTED[line]["hum"], abs=1.0)
        assert [found(reports[line], "hum")["verdict"] for line in (3, 4)] == ["fault", "good"]
        for line in (5, 6, 7):
            assert value(reports[line], "echo", "loss") == pytest.approx(PLANTED[line]["echo_loss"], abs=1.0)
        assert [found(reports[line], "echo")["verdict"] for line in (5, 6, 7)] == ["fault", "look", "good"]
        assert value(reports[7], "canceller", "gain") > 10
        assert value(reports[8], "dial_level", "level") == pytest.approx(-19.0, abs=1.0)

    practise(story, wires=PLANTED)


def test_a_line_without_voltage_dial_tone_or_tone_dialling(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        practice.world.lines[1].dial_tone_after_s = None
        practice.world.lines[2].dial_tone_after_s = 1.9
        practice.world.lines[4] = ExchangeLine(practice.card.far.ports[3])  # whose exchange hears no digits
        practice.card.cut(2)
        await asyncio.sleep(3)
        silent, late, dead, deaf = [await practice.examined(line, quick=True) for line in (1, 2, 3, 4)]
        assert (found(silent, "dial_tone")["verdict"], silent["verdict"]) == ("fault", "fault")
        assert found(late, "dial_tone")["verdict"] == "look" and value(late, "dial_tone", "seconds") == pytest.approx(
            1.9, abs=0.1
        )
        assert [one["check"] for one in dead["findings"]] == ["battery"] and dead["verdict"] == "fault"
        assert found(deaf, "digit")["verdict"] == "fault" and found(deaf, "digit")["values"]["tries"] == "2"
        practice.card.cut(2, False)
        await asyncio.sleep(3)

    practise(story)


def test_another_countrys_exchange_is_told(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        report = await practice.examined(5, quick=True)
        assert found(report, "dial_frequency")["verdict"] == "fault"
        assert found(report, "dial_frequency")["values"] == {"hz": "350 + 440", "expected": "450"}
        assert "echo" not in {one["check"] for one in report["findings"]}

    practise(story, exchange=load_country("us"))


@pytest.mark.parametrize("country", ["us", "gb", "au", "jp", "in", "de"])
def test_each_countrys_own_dial_tone_is_right(practise: Practise, country: str) -> None:
    async def story(practice: Practice) -> None:
        report = await practice.examined(2, quick=True)
        assert report["verdict"] == "good", [one for one in report["findings"] if one["verdict"] != "good"]

    practise(story, country=country)


def test_calls_on_other_lines_go_on_and_a_line_in_use_is_not_examined(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        caller = Caller(practice.world.lines[3], "13800138000")
        assert await caller.dials()
        with pytest.raises(Refused, match="in use"):
            await practice.box.doctor.examine(Examine(line=3))
        reports = [await practice.examined(line, quick=True) for line in (1, 2)]
        assert [report["verdict"] for report in reports] == ["good", "good"]
        assert not practice.told("call.ended")
        await caller.hangs_up()
        await practice.until("call.ended")
        await asyncio.sleep(5)

    practise(story)


def test_all_lines_at_once_two_at_a_time(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        for line in practice.box.lines:
            await practice.box.doctor.examine(Examine(line=line, quick=True))
        with pytest.raises(Refused, match="already"):
            await practice.box.doctor.examine(Examine(line=1))
        began, most = asyncio.get_running_loop().time(), 0
        while len(practice.told("doctor.done")) < 8:
            most = max(most, sum(not line.free for line in practice.box.lines.values()))
            await asyncio.sleep(0.05)
        assert most == 2 and asyncio.get_running_loop().time() - began < 30
        assert {event.data["verdict"] for event in practice.told("doctor.done")} == {"good"}

    practise(story)


def test_a_caller_who_rings_meanwhile_is_answered(practise: Practise) -> None:
    """He rings between the first and the second time that the line is seized."""

    async def story(practice: Practice) -> None:
        await practice.box.doctor.examine(Examine(line=3))
        await practice.until("line.released")
        await practice.world.lines[3].until_released()
        caller = Caller(practice.world.lines[3], "13800138000")
        assert await caller.dials()
        assert (await practice.until("doctor.done")).data["why"] == "rung"
        assert practice.told("call.answered")[0].line == 3
        await caller.hangs_up()
        await practice.until("call.ended")
        await asyncio.sleep(5)

    practise(story)


def test_who_called_the_very_moment_is_answered(practise: Practise, tmp_path: Path) -> None:
    """In place of dial tone somebody speaks: he is a caller, and hears the greeting."""

    async def story(practice: Practice) -> None:
        line = practice.world.lines[3]
        line.dial_tone_after_s = None
        await practice.box.doctor.examine(Examine(line=3))
        await asyncio.sleep(0.5)
        line.handset.speak(Prompts("en").path("caller_speech"))
        assert (await practice.until("doctor.done")).data["why"] == "glare"
        await practice.until("call.prompt")
        assert [event.line for event in practice.told("call.answered")] == [3]
        line.handset.silent()
        line.busy = True
        line.party_hung_up()
        await practice.until("call.ended")
        await asyncio.sleep(5)

    practise(story)


def test_an_emergency_call_gets_the_line_at_once(practise: Practise) -> None:
    """Every other line is dead: the one that is examined is given up."""

    async def story(practice: Practice) -> None:
        for wire in range(1, 8):
            practice.card.cut(wire)
        await asyncio.sleep(3)
        practice.world.office.subscriber(Subscriber("110", after_s=2.0, who="nobody"))
        await practice.box.doctor.examine(Examine(line=1))
        await asyncio.sleep(2.5)
        telephone = practice.world.telephones["801"]
        await telephone.pick_up()
        await asyncio.sleep(0.5)
        await telephone.handset.press("110")
        await practice.until("call.far_answered")
        assert practice.told("doctor.done")[0].data["why"] == "emergency"
        assert practice.told("call.dialling")[-1].line == 1
        assert practice.world.office.dialled[-1] == "110"
        await telephone.hang_up()
        await practice.until("call.ended")
        for wire in range(1, 8):
            practice.card.cut(wire, False)
        await asyncio.sleep(8)

    practise(story)


def test_it_can_be_stopped_and_the_box_can_stop_in_the_middle(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        await practice.box.doctor.examine(Examine(line=1))
        await asyncio.sleep(1)
        assert (await practice.box.doctor.stop(AtLine(line=1)))["stopped"]
        assert (await practice.until("doctor.done")).data["why"] == "stopped"
        assert practice.box.lines[1].free and not (await practice.box.doctor.stop(AtLine(line=1)))["stopped"]
        with pytest.raises(Refused, match="no line 40"):
            await practice.box.doctor.examine(Examine(line=40))

    practise(story)


def test_level_state_and_news_of_a_port(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        idle = await practice.look(3)
        assert idle["state"] == "idle" and idle["job"] is None and idle["rx"] < -60
        await practice.box.doctor.examine(Examine(line=3))
        await asyncio.sleep(1)
        busy = await practice.look(3)
        assert (
            busy["rx"] == pytest.approx(-13, abs=1)
            and busy["job"]["step"] == "dial_tone"
            and busy["state"] == "offhook"
        )
        assert [one["kind"] for one in busy["news"]] == ["line_state", "voice"]
        assert (await practice.look(3, after=busy["news"][-1]["n"]))["news"] == []
        await practice.until("doctor.done")
        station = await practice.box.doctor.look(Look(station="801"))
        assert station["state"] == "idle"
        with pytest.raises(Refused, match="no station"):
            await practice.box.doctor.look(Look(station="999"))

    practise(story)


def test_a_capture_has_both_directions_and_the_news(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        caller = Caller(practice.world.lines[3], "13800138000")
        assert await caller.dials()
        asked = await practice.box.doctor.capture(Capture(line=3, seconds=4, who="li"))
        await caller.presses("9")
        done = await practice.until("doctor.captured")
        assert (done.line, done.data["id"], done.data["who"]) == (3, asked["id"], "li")
        found = await practice.box.doctor.report(OneReport(id=asked["id"]))
        heard, sent = read(practice.data / "doctor" / f"{asked['id']}.wav")
        assert len(heard) == pytest.approx(32_000, abs=400) and level(heard) > -40 and level(sent) > -40
        assert "digit" in [one["kind"] for one in found["news"]]
        await caller.hangs_up()
        await practice.until("call.ended")
        await asyncio.sleep(5)
        listed = await practice.box.doctor.reports(Reports(line=3))
        assert [one["id"] for one in listed["reports"]] == [asked["id"]]

    practise(story)
