"""The box on the kernel's real DAHDI driver: two virtual machines side by side, then each program's result is judged.

`./box system-test --talk 600` has the eight calls talk for ten minutes. Figures are printed.
"""

import json
from typing import Any

import pytest

from tests.system import guest
from tests.system.bench import LOST

# Of about the same length; the second ends with the eight calls. `keys` adds a span, which would count in theirs.
GUESTS = (
    ("refused", "card", "unplugged", "cardloss", "sound", "echo", "selfcall", "keys"),
    ("hangups", "localaudio", "demo"),
)
START_S = 1800  # the guests' start and all programs but the talk, on a host that is busy with much else
HOST_PER_GUEST = 10  # seconds of the host per second of eight calls there


@pytest.fixture(scope="session")
def found(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Every program's result."""
    talk = request.config.getoption("--talk")
    done = guest.run(
        GUESTS[0], [*GUESTS[1], f"eight:{talk}"], name="dahdi", seconds=START_S + HOST_PER_GUEST * talk
    )  # fmt: skip
    show("seconds of the host", done.host_s)
    return done.results


def show(name: str, value: Any) -> None:
    """A figure, for whoever reads the run."""
    print(f"\n  {name}: {json.dumps(value, ensure_ascii=False)}", end="")


def lossless(counters: dict[str, int], *but: str) -> None:
    """Nothing was lost or late."""
    assert {name: counters[name] for name in LOST if name not in but and counters[name]} == {}


def test_refusals_in_words(found: dict[str, Any]) -> None:
    words = found["refused"]
    assert words["fine"] == words["again"] == words["canceller"] == words["after_reload"] == "opened"
    assert "channel 1 is in use by another program" in words["busy"]
    assert "channel 9 is no FXO port; in system.conf it needs fxsks" in words["wrong_kind"]
    assert "channel 400 does not exist" in words["no_such_channel"]
    assert "channel 1 has no echo canceller" in words["no_canceller"]
    assert not any(words["unload"])
    assert "there is no DAHDI driver" in words["no_driver"]


def test_line(found: dict[str, Any]) -> None:
    card = found["card"]
    assert "failed" not in card
    show("ring order to ring told, ms", card["ringing"]["ring_ms"])
    assert card["ringing"]["ring_ms"] <= 200
    assert card["ringing"]["bursts"] == 2 and abs(card["ringing"]["cycle_ms"] - 5000) <= 60
    show("off-hook to seen by the exchange, ms", card["answered"]["offhook_ms"])
    assert card["answered"] == {"offhook_ms": card["answered"]["offhook_ms"], "while_ringing": 1}
    assert card["answered"]["offhook_ms"] <= 60
    assert card["rung_at_once"]["ring_ms"] <= 1500  # the driver alone is deaf for 2 s


def test_board_found_and_applied(found: dict[str, Any]) -> None:
    """Also of a card that the driver has left without numbers."""
    board = found["refused"]["board"]
    assert board["channels"] == 48
    assert "channels = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]" in board["proposed"]
    assert board["written"] == ["/etc/dahdi/system.conf", "/etc/modprobe.d/callbox-dahdi.conf"]
    assert board["after_apply"] == "opened"


def test_each_country_is_applied(found: dict[str, Any]) -> None:
    """Its tone zone is there, and the modules of the cards start with its impedance and coding."""
    told = found["refused"]["countries"]
    assert len(told) >= 12 and {country: words for country, words in told.items() if words != "fine"} == {}


@pytest.mark.parametrize("when", ["dropped", "dropped_early"])
def test_loop_drop(found: dict[str, Any], when: str) -> None:
    """Also in the first 600 ms after the answer, where the driver by itself loses it."""
    show(f"{when}: loop open to loop drop told, ms", found["card"][when]["drop_ms"])
    assert found["card"][when]["drop_ms"] <= 260


def test_station(found: dict[str, Any]) -> None:
    card = found["card"]
    assert card["telephone_answers"]["while_ringing"] == 1 and card["telephone_answers"]["offhook_ms"] <= 60
    show("R key of 100 ms, measured ms", card["flash_100"]["measured_ms"])
    for ms in (100, 150, 600):  # the driver alone: the dialled digit 1 up to 200 ms, a wink above
        assert abs(card[f"flash_{ms}"]["measured_ms"] - ms) <= 15
    assert card["dialled"] == {"digits": "1705", "digits_by_tone": 0}
    assert sum("FLASH " in word for word in card["at_station"]) == 3  # no pulse was taken for one
    show("on-hook to told, ms (driver alone: 1,250)", card["hung_up"]["onhook_ms"])
    assert card["hung_up"]["onhook_ms"] <= 850  # the longest flash of the plan, and 50 ms
    assert card["reversed"]["errno"] == 25  # the loop-back spans cannot, and it is told
    lossless(card["box"])
    lossless(card["far"], "commands_refused")  # that reversal


def test_hang_ups(found: dict[str, Any]) -> None:
    """Each way a call may end, through the whole box, until the line is released."""
    ends = found["hangups"]
    assert "failed" not in ends
    show("until the line is released, ms: agent on-hook; tones of busy, congestion, dialling; loop drop",
         [ends[how]["ms"] for how in ("agent", "busy", "congestion", "dial", "loop_drop")])  # fmt: skip
    assert (ends["agent"]["side"], ends["agent"]["told_as"]) == ("agent", "onhook")
    for tone in ("busy", "congestion", "dial"):
        end = ends[tone]
        assert (end["side"], end["told_as"], end["tone"]) == ("caller", "tone", tone)
    assert (ends["loop_drop"]["side"], ends["loop_drop"]["told_as"]) == ("caller", "loop_drop")
    assert ends["agent"]["ms"] <= 450 and ends["flash_max_ms"] == 300
    assert ends["busy"]["ms"] <= 2300 and ends["busy_ms"] == [350, 350]
    assert ends["loop_drop"]["ms"] <= 260
    show("ring to answer without caller id, ms", ends["without_number"]["ring_to_answer_ms"])
    assert ends["without_number"]["ring_to_answer_ms"] <= 5010  # one cycle and a tick: none comes
    lossless(ends["box"])
    lossless(ends["far"])


def test_unplugged_card_heals(found: dict[str, Any]) -> None:
    card = found["unplugged"]
    assert "failed" not in card
    show("span gone to loop drop, to line cut; span back to line back, ms",
         [card["drop_ms"], card["line_cut"]["ms"], card["line_back"]["ms"]])  # fmt: skip
    assert card["line_cut"]["value"] == 0 and card["line_back"]["value"] == 1
    assert card["rings_again"]
    for when in ("without_lines", "without_card", "after"):
        assert 98 <= card[f"ticks_per_s_{when}"] <= 102
    # The other card's calls do not notice: the driver makes whoever asks for a channel that is gone sleep for 5 ms.
    show("longest tick while cards go and come, ms", card["box"]["tick_us_max"] / 1000)
    lossless(card["box"], "card_errors")


def test_a_card_goes_in_mid_call(found: dict[str, Any]) -> None:
    """The whole box: lamps, the call's cause, the other ports, and that it heals."""
    one = found["cardloss"]["one_span"]
    show("span gone to the call's end, ms", one["ms"])
    assert (one["right_one"], one["side"], one["cue"], one["ms"] <= 100) == (True, "caller", "no_card", True)
    assert one["lines"] == one["lines_later"] == ["fault"] and not one["free"] and one["alarms"] == 8
    assert one["inside_goes_on"]
    assert (one["healed_lines"], one["healed_alarms"]) == (["idle"], 0)
    lost, back = one["counted"]
    assert lost == back == 8
    assert one["calls_again"] == "onhook"


def test_the_driver_is_reloaded_in_mid_call(found: dict[str, Any]) -> None:
    assert "failed" not in found["cardloss"]
    whole = found["cardloss"]["whole_driver"]
    assert whole["cue"] == "no_card" and whole["lamps"] == [["fault"], ["fault"]]
    assert not any(whole["unload"])
    assert (whole["healed"], whole["alarms"]) == ([["idle"], ["idle"]], 0)
    assert whole["counted"][0] == whole["counted"][1]
    assert whole["calls_again"] == "onhook"


def test_gains(found: dict[str, Any]) -> None:
    plain, gained = found["sound"]["plain"], found["sound"]["gained"]
    show("a tone of -20 dBm0 at the other end, dBm0: plain; with +6 dB received, -6 dB sent", [plain, gained])
    assert all(abs(plain[way] + 20) <= 0.2 for way in ("receive", "send"))
    assert abs(gained["receive"] + 14) <= 0.3 and abs(gained["send"] + 26) <= 0.3


def test_canceller_is_trained_at_the_answer(found: dict[str, Any]) -> None:
    """While the driver trains it, nothing is heard."""
    show("silent after the answer, ms", found["sound"]["training"]["silent_ms"])
    assert 400 <= found["sound"]["training"]["silent_ms"] <= 600


def test_trained_it_takes_the_echo_from_the_first_second_on(found: dict[str, Any]) -> None:
    """An echo 12 dB below the prompt, noise at -60 dBm0; of a prompt that waits for the training nothing is lost."""
    echo = found["echo"]
    assert "failed" not in echo
    show("what is left of the echo, dB below the prompt, second by second", echo)
    assert echo["trained"]["left_db"][0] <= -40 < -30 < echo["untrained"]["left_db"][0]
    assert echo["trained"]["begin"] >= 0.95


def test_line_in(found: dict[str, Any]) -> None:
    """A tone played into snd-aloop is what the caller on hold hears, at the exchange's end of the line."""
    heard = found["sound"]["line_in"]
    show("line-in: level dBm0, frequency, gaps in 10 s, counters", heard)
    assert abs(heard["dbm0"] + 20) <= 0.3 and abs(heard["hz"] - 1004) <= 2
    assert heard["gaps"] <= 2 and heard["counters"]["taken"] >= 900 and heard["counters"]["lost"] == 0
    assert heard["missing"]


def test_headset_at_the_boxs_sockets(found: dict[str, Any]) -> None:
    """Both ways through snd-aloop with the level as it was; unplugged and plugged in again; paging; a take."""
    sound = found["localaudio"]
    assert "failed" not in sound
    show("headset: round trip mouth to ear, ms", sound["delay"])
    show("headset: inserted, left out, ms", sound["counters"])
    show("headset: unplugged to told, on-hook; plugged in to off-hook, ms", sound["unplugged"])
    there, here = sound["talk"]["at_the_exchange"], sound["talk"]["in_the_ear"]
    assert abs(there["dbm0"] + 20) <= 0.3 and abs(there["hz"] - 1004) <= 2 and there["gaps"] <= 2
    assert abs(here["dbm0"] + 10) <= 0.3 and abs(here["hz"] - 450) <= 2 and here["gaps"] <= 2
    assert sound["delay"]["round_trip_ms"] <= 300
    assert sound["unplugged"]["gone_ms"] <= 200 and sound["unplugged"]["back_ms"] <= 7000
    assert sound["plugged_ms"] <= 7000 and sound["after"]["lost"] == 1
    show("paging: in the house", sound["paging"])
    assert abs(sound["paging"]["in_the_house"]["dbm0"] + 10) <= 0.3 and sound["paging"]["silent_after"]
    assert sound["paging"]["in_the_house"]["gaps"] <= 2 and sound["paging"]["counters"]["lost"] == 0
    show("paging: line, and from the core to the house, ms", sound["page_delay"])
    assert len(sound["page_delay"]["all_ms"]) == 12 and sound["page_delay"]["late_ms"] <= 100
    assert {"plughw:CARD=Loopback,DEV=0", "plughw:CARD=Loopback,DEV=1"} <= {one["device"] for one in sound["sockets"]}
    show("microphone: a take", sound["microphone"])
    assert abs(sound["microphone"]["take"]["dbm0"] + 20) <= 0.3 and sound["microphone"]["take"]["gaps"] <= 2
    assert sound["microphone"]["seconds"] >= 3.9 and "microphone plughw:9,0: " in sound["microphone"]["missing"]


def test_key_silences_a_prompt(found: dict[str, Any]) -> None:
    """From the first sample of the key to the last one of the prompt: both as they pass on the wires; and in the file
    at the exchange's end, whose own card sends the key later than it is said."""
    keys = found["keys"]
    assert "failed" not in keys
    show("key to silence, ms", keys)
    wires, ear = keys["on_the_wires"], keys["at_his_ear"]
    assert wires["keys"] == ear["keys"] == 60
    assert wires["most"] <= 45 and ear["most"] <= 55  # 45 on the simulated card; the driver's delays


@pytest.mark.parametrize(
    ("way", "untested"), [("whole", []), ("cable", ["queue", "talk", "caller_hears"])]
)  # fmt: skip
def test_the_box_calls_itself(found: dict[str, Any], way: str, untested: list[str]) -> None:
    selfcall = found["selfcall"]
    assert "failed" not in selfcall
    assert [check for check in selfcall[way]["checks"] if not check["ok"]] == []
    assert selfcall[way]["ok"] and selfcall[way]["untested"] == untested
    show(f"self-call, {way}", {check["name"]: check["measured"] for check in selfcall[way]["checks"]})


def test_whole_call(found: dict[str, Any]) -> None:
    checks = found["demo"]["checks"]
    assert [f"{check['name']}: {check['measured']}" for check in checks if not check["ok"]] == []
    delays = {check["name"]: check["measured"]["delay_ms"] for check in checks if ": hears the " in check["name"]
              and "delay_ms" in check["measured"]}  # fmt: skip
    show("checks", len(checks))
    show("mouth to ear, ms", delays)
    assert len(checks) >= 30 and len(delays) == 2
    lossless(found["demo"]["counters"]["box"])


def test_eight_calls(found: dict[str, Any]) -> None:
    eight = found["eight"]
    assert "failed" not in eight
    assert eight["events"]["call.connected"] == eight["events"]["call.recorded"] == eight["events"]["call.ended"] == 8
    assert [visit["result"] for visit in eight["farends"]["visits"]] == ["talked"] * 8
    for side in (eight["box"], eight["farends"]):
        lossless(side)
    assert min(eight["recorded_ms"]) >= 1000 * eight["talk_s"]
    for name in ("talk_s", "idle_M_per_s", "set_up_above_idle_M_per_call", "talk_M_per_call_s", "guest_busy_percent",
                 "resident_MB"):  # fmt: skip
        show(name, eight[name])
    show(
        "ticks, missed or late; longest tick, µs",
        [eight["box"][name] for name in ("ticks", "ticks_missed", "tick_us_max")],
    )
    assert eight["set_up_above_idle_M_per_call"] <= 30
    assert eight["talk_M_per_call_s"] <= 3.2
    assert eight["resident_MB"] <= 120
    assert max(eight["ring_to_answer_ms"]) <= 5000


def test_one_way_delay(found: dict[str, Any]) -> None:
    """Line to station on the wires, in a recorded call beside seven others."""
    taps = found["eight"]["taps"]
    show("line to station, ms; seconds measured; slips", [taps["delay_ms"], taps["seconds_measured"], taps["slips"]])
    assert taps["seconds_measured"] >= 0.6 * found["eight"]["talk_s"]
    assert taps["delay_ms"]["most"] <= 16
    assert taps["slips"] == 0
    lossless(taps)
