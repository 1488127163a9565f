"""A call from outside is watched and goes its way; a hang-up tone is learned; two lines measure each other."""

import asyncio
from typing import Any

import pytest

from firmware.api.doctor import AtLine, Examine, FromLine, OneReport
from firmware.api.messages import Refused
from firmware.api.switching import TakeHangUp
from firmware.config import load_country
from firmware.doctor import call_findings
from firmware.doctor.command import DoctorError, doctor, report
from firmware.doctor.measure import Cadence, Part
from firmware.jacks.section import OutsideLines
from firmware.training.caller import Caller
from firmware.training.subscribers import Subscriber
from tests.firmware.doctor.conftest import Practice, Practise
from tests.firmware.doctor.test_examine import found, value


async def watched(practice: Practice, line: int) -> dict[str, object]:
    done = await practice.until("doctor.done")
    return await practice.box.doctor.report(OneReport(id=done.data["id"]))


@pytest.mark.parametrize("release", ["busy", "loop_drop"])
def test_a_known_sign_of_hanging_up(practise: Practise, release: str) -> None:
    async def story(practice: Practice) -> None:
        practice.world.lines[3].release = release  # type: ignore[assignment]
        await practice.box.doctor.call(AtLine(line=3, who="li"))
        caller = Caller(practice.world.lines[3], "13800138000")
        assert await caller.dials()
        await asyncio.sleep(1)
        assert (await practice.look(3))["job"]["step"] == "answered"
        await practice.box.doctor.hang_up(AtLine(line=3, who="li"))
        await asyncio.sleep(1)
        await caller.hangs_up()
        report = await watched(practice, 3)
        assert report["why"] is None and report["verdict"] == "good", report["findings"]
        assert found(report, "caller_id")["values"]["number"] == "13800138000"
        assert value(report, "ringing", "on") == pytest.approx(1.0, abs=0.15)
        if release == "busy":
            assert value(report, "hang_up", "hz") == pytest.approx(450, abs=2)
            assert value(report, "hang_up", "on") == pytest.approx(0.35, abs=0.02)
            assert value(report, "hang_up", "level") == pytest.approx(-13, abs=1)
        else:
            assert value(report, "hang_up", "ms") >= 200
        await practice.until("call.ended")
        await asyncio.sleep(5)

    practise(story)


def test_an_unknown_tone_is_measured_offered_and_used_by_the_next_call(practise: Practise) -> None:
    """The exchange is another country's, whose busy tone the box does not know."""

    async def story(practice: Practice) -> None:
        await practice.box.doctor.call(AtLine(line=3))
        caller = Caller(practice.world.lines[3], "13800138000")
        assert await caller.dials()
        await asyncio.sleep(1)
        await practice.box.doctor.hang_up(AtLine(line=3))
        await caller.hangs_up()
        report = await watched(practice, 3)
        assert found(report, "hang_up")["verdict"] == "look"
        offer = report["offer"]
        assert offer["calls"] == 0 and offer["hz"] == pytest.approx(425, abs=5)
        await practice.until("call.ended")
        await asyncio.sleep(5)
        await practice.box.hangups.take(TakeHangUp(line=3, hz=offer["hz"], ms=tuple(offer["ms"]), who="li"))

        again = Caller(practice.world.lines[3], "13800138000")
        assert await again.dials()
        await asyncio.sleep(2)
        await again.hangs_up()
        gone = await practice.until("line.far_end_gone")
        assert gone.data["cue"] == "learned_tone"
        await practice.until("call.ended", times=2)
        await asyncio.sleep(5)

    practise(story, exchange=load_country("de"))


def test_nobody_calls_and_no_call_is_watched(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        with pytest.raises(Refused, match="no call is being watched"):
            await practice.box.doctor.hang_up(AtLine(line=3))
        await practice.box.doctor.call(AtLine(line=3))
        assert (await practice.until("doctor.done", within=300)).data["why"] == "nobody_called"

    practise(story)


async def exchange_joins(practice: Practice, number: str, line: int, other: int) -> None:
    """The exchange puts a call to the number through to the other line of the same box."""
    callee = await practice.world.office.subscriber(Subscriber(number)).called()
    caller = Caller(practice.world.lines[other], "88880001")
    if await caller.dials():
        callee.answers()
        practice.card.far.bridge(practice.card.far.ports[line - 1], practice.card.far.ports[other - 1])
    await practice.world.lines[other].until_released()
    practice.card.far.unbridge(practice.card.far.ports[line - 1], practice.card.far.ports[other - 1])
    await caller.hangs_up()
    await callee.hangs_up()


def test_from_line_to_line(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        joining = asyncio.create_task(exchange_joins(practice, "02188880002", 1, 2))
        await practice.box.doctor.loop(FromLine(line=1, to=2, number="02188880002"))
        report = await watched(practice, 1)
        assert report["why"] is None, report
        for check in ("loss_there", "loss_back"):
            assert value(report, check, "loss") == pytest.approx(6.0, abs=1.0)  # twice the wire's 3 dB
        assert found(report, "noise_there")["verdict"] == "good"
        assert practice.told("call.far_answered"), "the ledger counts it"
        assert not practice.told("call.started"), "no caller was answered"
        await joining
        await asyncio.sleep(5)

    practise(story)


def test_a_stranger_who_rings_the_other_line_is_answered(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        practice.world.office.subscriber(Subscriber("02188880002"))  # rings, but somewhere else
        await practice.box.doctor.loop(FromLine(line=1, to=2, number="02188880002"))
        await practice.holds(lambda: practice.world.office.dialled != [])
        stranger = Caller(practice.world.lines[2], "13911112222")
        assert await stranger.dials()
        assert (await practice.until("doctor.done")).data["why"] == "not_heard"
        await practice.until("call.prompt")
        assert practice.told("call.started")[0].line == 2
        await stranger.hangs_up()
        await practice.until("call.ended")
        await asyncio.sleep(8)

    practise(story)


def test_what_may_not_be_dialled(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        for number in ("110", "801"):
            with pytest.raises(Refused, match="may not be dialled"):
                await practice.box.doctor.loop(FromLine(line=1, to=2, number=number))
        with pytest.raises(Refused, match="two lines"):
            await practice.box.doctor.loop(FromLine(line=1, to=1, number="02188880002"))
        assert not practice.told("doctor.started") and not practice.world.office.dialled

    practise(story)


def test_findings_about_calls_say_what_to_do() -> None:
    plan = load_country("cn")
    assert call_findings.caller_id(None, "", ok=True, plan=plan).verdict == "look"
    assert call_findings.caller_id("bell202", "1380", ok=False, plan=plan).verdict == "fault"
    assert call_findings.ringing(3, 2000, 4000, plan).verdict == "look"
    nothing = call_findings.hang_up("nothing", None, 0)
    assert nothing.verdict == "fault" and "operator" in nothing.advice
    heard = Cadence((Part(425, -12.0),), 480, 480, -12.0, 4)
    assert call_findings.hang_up("unknown_tone", heard, 0).values["hz"] == "425"
    assert call_findings.loss("loss_there", -16, -40, True).verdict == "look"
    assert call_findings.loss("loss_back", -16, -99, False).verdict == "fault"


def test_the_command_examines_and_prints(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        await practice.box.serve("test", {})
        with pytest.raises(DoctorError, match="no line 40"):
            await asyncio.to_thread(doctor, practice.data, 40, quick=True)
        name = (await practice.box.doctor.examine(Examine(line=2, quick=True)))["id"]
        await practice.until("doctor.done")
        text = report(await practice.box.doctor.report(OneReport(id=name)))
        assert "good     Dial tone is 450 Hz" in text and text.endswith("line 2: good")

    practise(story)


@pytest.mark.parametrize("country", ["cn", "us", "gb", "br"])
def test_the_caller_id_as_it_came(practise: Practise, country: str) -> None:
    """Whatever gain people gave the line, levels are those on the line."""

    async def story(practice: Practice) -> None:
        practice.box.setup.change(OutsideLines, lambda _: {"lines": [{"id": "3", "receive_db": 6.0}]}, who="test")
        practice.box.changes.changed("lines")
        await practice.box.doctor.call(AtLine(line=3, who="li"))
        caller = Caller(practice.world.lines[3], "13800138000")
        assert await caller.dials()
        await asyncio.sleep(1)
        news = (await practice.look(3))["news"]
        told = next(one for one in news if one["kind"] == "callerid")
        assert told["value"] and told["text"][0] == "13800138000"
        came = (await practice.look(3))["job"]["received"]
        await caller.hangs_up()
        report = await watched(practice, 3)
        assert report["received"] == came and report["gains"] == [6.0, 0.0]
        assert dict(came["fields"])["number"] == "13800138000"
        plan = load_country(country)
        assert came["scheme"] == plan.caller_id.scheme
        if came["scheme"] != "dtmf":
            lost = practice.box.wiring.board.wires[2].loss
            assert came["dbm0"] == pytest.approx(plan.caller_id.level - lost, abs=2)
            assert came["checksum"] is True and bytes.fromhex(came["octets"])[0] in (0x04, 0x80)
        await practice.until("call.ended")
        await asyncio.sleep(5)

    practise(story, country=country)


@pytest.mark.parametrize("country", ["cn", "us", "br"])
def test_who_looks_on_sees_the_caller_id_as_it_came(practise: Practise, country: str) -> None:
    """Only while somebody looks: then the line is let go again."""

    async def story(practice: Practice) -> None:
        taps = len(practice.card.box.taps_free)
        await practice.look(3)
        caller = Caller(practice.world.lines[3], "13800138000")
        calling = asyncio.create_task(caller.dials())
        raw: list[dict[str, Any]] = []
        while not raw:
            await asyncio.sleep(0.25)
            raw = [one for one in (await practice.look(3))["news"] if one["kind"] == "received"]
        scheme, characters = raw[0]["text"]
        assert scheme == load_country(country).caller_id.scheme
        if scheme == "dtmf":
            assert "13800138000" in characters and raw[0]["value"] == -1
        else:
            assert b"13800138000" in bytes.fromhex(characters) and raw[0]["value"] == 1
        assert await calling
        await caller.hangs_up()
        await practice.until("call.ended")
        await practice.holds(lambda: len(practice.card.box.taps_free) == taps)
        assert sum(one["kind"] == "received" for one in (await practice.look(3))["news"]) == 1

    practise(story, country=country)


def test_an_examination_has_no_gain_of_ours_in_it(practise: Practise) -> None:
    async def story(practice: Practice) -> None:
        before = value(await practice.examined(3), "dial_level", "level")
        practice.box.setup.change(OutsideLines, lambda _: {"lines": [{"id": "3", "receive_db": 9.0}]}, who="test")
        practice.box.changes.changed("lines")
        report = await practice.examined(3)
        assert value(report, "dial_level", "level") == pytest.approx(before, abs=0.3)
        assert report["gains"] == [9.0, 0.0] and practice.box.lines[3].port.gains == (9.0, 0.0)

    practise(story)
