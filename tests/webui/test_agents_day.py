"""A whole day of an agent on a real box: two desks, a supervisor, callers; each button checked at the far end."""

import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from firmware.api.client import ApiClient
from firmware.api.messages import SOCKET as API
from tests.webui.workday import HEARD_DB, TONE_HZ, AtWork, Hand, Running, microphone, prepared, recorded

WANG, FRIEND = "13800138000", "65521188"
COUNTS = """
window.beeps = 0;
const real = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.beeps += 1; return real.call(this); };
localStorage.setItem("desk-sound", "on");
"""


@dataclass
class Day:
    running: Running
    li: AtWork
    wu: AtWork
    zhao: AtWork
    hands: list[Hand] = field(default_factory=list)

    def takes_hands(self) -> None:
        """Every telephone of the day, once the box offers them."""
        self.li.waits("the telephones", lambda: (self.running.data / "telephones.sock").exists())
        self.hands = [Hand(self.running.data, name) for name in ("801", "802", "803", "out1", "out2")]
        self.at801, self.at802, self.at803, self.out, self.away = self.hands
        self.out.does("reach", number=WANG)
        self.away.does("reach", number=FRIEND)

    def calls_in(self, number: str = WANG) -> str:
        """Wang calls, chooses sales, and Li's telephone rings; the call."""
        before = len(self.running.events("call.offered", station="801"))
        self.out.does("call", number=number)
        self.li.hand(self.out, "talking")
        self.out.does("press", digits="1")
        call = self.li.told("call.offered", before + 1, station="801")["call"]
        self.li.hand(self.at801, "ringing")
        return str(call)

    def is_answered(self) -> str:
        call = self.calls_in()
        self.li.sees("desk-call", "138")
        self.at801.does("pick_up")
        self.li.told("call.connected", call=call)
        self.li.able("hold")
        return call

    def is_ready(self) -> None:
        """Li, whatever he was."""
        with ApiClient(self.running.data / API) as box:
            box.request("agent.state", agent="811", state="ready")

    @contextmanager
    def in_a_tab(self, name: str) -> Iterator[str]:
        """Li holds this telephone in a tab of his browser, not by hand."""
        at = next(index for index, hand in enumerate(self.hands) if hand.name == name)
        self.hands.pop(at).close()
        try:
            with self.li.telephone(name) as tab:
                yield tab
                self.li.waits(f"{name} is down", lambda: self.running.lies(name))
        finally:
            hand = Hand(self.running.data, name)
            self.hands.insert(at, hand)
            setattr(self, f"at{name}", hand)

    def puts_down(self) -> None:
        """Everybody, and waits for it."""
        for hand in self.hands:
            hand.does("hang_up")
        for hand in self.hands:
            self.li.hand(hand, "idle")
        for station in ("801", "802", "803"):
            self.li.waits(f"{station} is down", partial(self.running.lies, station))

    def is_over(self) -> None:
        """Nothing is left of the call."""
        self.puts_down()
        self.li.waits("no call", lambda: len(self.running.events("call.started")) == len(self.running.records()))
        self.is_ready()
        self.li.sees("desk-state", "idle")
        self.wu.sees("desk-state", "idle")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    running = Running(prepared(tmp_path_factory.mktemp("day") / "data"))
    voice = {"li": microphone(tmp_path_factory.mktemp("voice"))}
    day: Day | None = None
    with ThreadPoolExecutor() as pool:  # three browsers start at once
        desks = [pool.submit(AtWork, running, who, *voice.get(who, ())) for who in ("li", "wu", "zhao")]
    try:
        li, wu, zhao = (desk.result() for desk in desks)
        day = Day(running, li, wu, zhao)
        day.takes_hands()
        for desk, station in ((li, "801"), (wu, "802"), (zhao, "803")):
            desk.does(f"sit-{station}")
        for desk in (li, wu, zhao):
            desk.sees("desk-state", "idle")
        yield day
    finally:
        for hand in day.hands if day else ():
            hand.close()
        for one in desks:
            if one.exception() is None:
                one.result().browser.quit()
        running.stop()


@pytest.fixture(autouse=True)
def fresh(day: Day) -> Iterator[None]:
    """A test that failed leaves nothing behind for the next."""
    yield
    day.puts_down()
    day.is_ready()


def test_morning(day: Day) -> None:
    """Signed in, busy, ready; the first call, its buttons, and the work after it."""
    li = day.li
    li.does("busy-1")
    li.told("agent.state", agent="811", state="busy", reason="1")
    li.does("ready")
    li.told("agent.state", 2, agent="811", state="ready")
    call = day.calls_in()
    li.waits("his number at the telephone", lambda: day.at801.state["number"] == WANG)
    li.sees("card", "Beijing")
    day.at801.does("pick_up")
    li.told("call.connected", call=call)
    li.able("record")
    li.hears(day.out, day.at801)
    li.does("record")
    li.told("call.recording_paused", call=call)
    li.sees("desk-call", "recording paused")
    li.does("record")
    li.told("call.recording_resumed", call=call)
    li.does("mark")
    li.told("call.marked", call=call, marked=True)
    day.out.listens()
    li.does("hold")
    li.told("call.held", call=call, station="801")
    li.waits("music", lambda: day.out.hears)
    li.does("retrieve")
    li.told("call.retrieved", call=call)
    li.hears(day.at801, day.out)
    li.does("hang_up")
    li.hand(day.out, "gone")
    day.at801.does("hang_up")
    li.sees("desk-state", "wrap-up")
    li.does("more")
    li.told("station.wrap_up", station="801", seconds=60.0)
    li.does("gone")
    day.is_over()


def test_consult_swap_put_through(day: Day) -> None:
    """B is asked first, then has the caller; B parks him and A fetches him."""
    li, wu = day.li, day.wu
    call = day.is_answered()
    li.asks_first("802")
    li.hand(day.at802, "ringing")
    day.at802.does("pick_up")
    li.able("through")
    li.hears(day.at801, day.at802)
    li.does("swap")
    li.told("call.retrieved", call=call)
    li.hears(day.out, day.at801)
    li.does("through")
    li.waits("the two speak", lambda: bool(day.running.events("call.connected", call=call, station="802")))
    li.hears(day.out, day.at802)
    li.hears(day.at802, day.out)
    day.at801.does("hang_up")
    li.sees("desk-state", "wrap-up")
    wu.does("park")
    slot = li.told("call.parked", call=call)["slot"]
    li.sees("desk-call", f"Parked at {slot}")
    day.at802.does("hang_up")
    li.does(f"fetch-{slot}")
    li.hand(day.at801, "ringing")
    day.at801.does("pick_up")
    li.told("call.connected", 2, call=call, station="801")
    li.hears(day.out, day.at801)
    day.is_over()


def test_all_together(day: Day) -> None:
    """Three hear each other; one leaves, two go on."""
    li = day.li
    call = day.is_answered()
    li.does("hold")
    li.told("call.held", call=call)
    li.asks_first("802")
    li.hand(day.at802, "ringing")
    day.at802.does("pick_up")
    li.able("confer")
    li.does("confer")
    li.told("call.conference", call=call, parties=3)
    li.hears(day.out, day.at801, day.at802)
    li.hears(day.at802, day.at801, day.out)
    li.sees("desk-call", "3 together")
    day.at802.does("hang_up")
    li.hears(day.out, day.at801)
    day.is_over()


@pytest.mark.parametrize("whom", ["802", "service"])
def test_blind_transfer(day: Day, whom: str) -> None:
    """To the outside the fuse forbids it: the desk says so, and the caller is still there. Then to somebody inside."""
    li = day.li
    call = day.is_answered()
    if whom == "802":
        li.transfers("01065521188")
        li.sees("asked-says", "may not be put through to an outside number")
        li.hears(day.out, day.at801)
    li.transfers(whom)
    li.told("call.moved", call=call, why="transferred")
    li.hand(day.at802, "ringing")
    day.at802.does("pick_up")
    li.hears(day.out, day.at802)
    li.hears(day.at802, day.out)
    li.sees("desk-call", "The call is over. Put the handset down")
    day.is_over()


def test_calls_out_by_keyboard(day: Day) -> None:
    """A number is typed; his telephone, in another tab, rings, then the outside one; both hear each other; Wu takes it
    over. The record says that it went out, and all of it is recorded."""
    li, wu = day.li, day.wu
    desk = li.browser.current_window_handle
    with day.in_a_tab("801") as tab:
        li.presses_on('[data-part="mute"]')  # people say nothing while it rings
        li.browser.switch_to.window(desk)
        li.alt("k")
        li.browser.switch_to.active_element.send_keys("9 6552-1188", Keys.ENTER)
        li.waits("a free field", lambda: li.browser.find_element("id", "to").get_attribute("value") == "")
        li.sees("team-again", "965521188")
        li.browser.switch_to.window(tab)
        li.waits("it rings", lambda: li.js("one.state.state") == "ringing")
        li.presses_on('[data-do="pick_up"]')
        li.hand(day.away, "ringing")
        assert day.away.state["number"] == "65521188"
        li.told("call.progress", what="ringback")
        day.away.does("pick_up")
        li.hand(day.away, "talking")
        day.away.does("speak")
        call = li.told("call.far_answered", number="65521188")["call"]
        li.waits("the other voice", lambda: li.js("one.figures.ear") > HEARD_DB)
        day.away.does("silent")
        li.presses_on('[data-part="mute"]')
        li.waits("his voice at the other end", lambda: day.away.hears_tone(TONE_HZ))

        li.browser.switch_to.window(desk)
        li.sees("desk-call", "1188")
        li.sees("desk-call", "recording")
        li.able("hold")
        li.alt("k")
        li.browser.switch_to.active_element.send_keys("wu")
        shown = ".team-row:not([hidden])"
        li.waits("only Wu", lambda: [one.text[:2] for one in li.browser.find_elements("css selector", shown)] == ["Wu"])
        li.alt("t")
        li.hand(day.at802, "ringing")
        day.at802.does("pick_up")
        wu.sees("desk-call", "1188")
        li.hears(day.away, day.at802)
        li.hears(day.at802, day.away)
        wu.able("hang_up")
        wu.alt("x")
        li.hand(day.away, "gone")
        li.browser.switch_to.window(tab)
        li.presses_on('[data-do="hang_up"]')
    day.is_over()
    record = next(one for one in day.running.records() if one["id"] == call)
    assert (record["direction"], record["number"], record["result"]) == ("outbound", "65521188", "answered")
    loud = recorded(day.running.data / record["recording"])
    assert min(loud) > HEARD_DB, loud
    wu.browser.get(f"{wu.url}/calls?direction=outbound")
    listen = f'tr[data-call="{call}"] [data-listen]'
    wu.waits("it can be listened to", lambda: bool(wu.browser.find_elements("css selector", listen)))
    wu.browser.get(f"{wu.url}/desk")


def test_dial_pad(day: Day) -> None:
    """What may not be dialled is said; the same again by a key, with the handset down and up."""
    li = day.li
    li.types("")
    for digit in "94711":
        li.browser.find_element("css selector", f'[data-digit="{digit}"]').click()
    li.clicks("team-dial-typed")
    li.hand(day.at801, "ringing")
    day.at801.does("pick_up")
    li.sees("desk-tried", "4711 may not be dialled: the box knows no such number")
    day.at801.does("hang_up")
    li.waits("801 is down", lambda: day.running.lies("801"))
    li.alt("l")
    li.hand(day.at801, "ringing")
    li.waits("nothing is said of the last", lambda: not li.browser.find_elements("id", "desk-tried"))
    day.at801.does("pick_up")
    li.told("call.refused", 2, number="4711")
    li.sees("desk-tried", "4711 may not be dialled")
    li.clicks("team-dial-again")
    li.told("call.refused", 3, number="4711")
    day.is_over()


def test_supervisor(day: Day) -> None:
    """Listens, whispers, barges in, takes over, releases; his own telephone rings."""
    li, zhao = day.li, day.zhao
    call = day.is_answered()
    zhao.browser.get(zhao.url)

    def leads(what: str) -> None:
        zhao.waits(what, lambda: _clicked(zhao, call, what))
        if what != "release":
            zhao.hand(day.at803, "ringing")
            day.at803.does("pick_up")

    leads("listen")
    li.told("call.listening", at="801", how="listen")
    li.hears(day.out, day.at803)
    li.hears(day.at801, day.at803)
    day.at803.does("hang_up")
    zhao.waits("803 is down", lambda: day.running.lies("803"))
    leads("whisper")
    li.told("call.listening", at="801", how="whisper")
    li.hears(day.at803, day.at801, deaf=(day.out,))
    day.at803.does("hang_up")
    zhao.waits("803 is down", lambda: day.running.lies("803"))
    leads("barge")
    li.told("call.listening", at="801", how="barge")
    li.hears(day.at803, day.at801, day.out)
    day.at803.does("hang_up")
    zhao.waits("803 is down", lambda: day.running.lies("803"))
    leads("take_over")
    li.told("call.connected", call=call, station="803")
    li.hears(day.out, day.at803)
    leads("release")
    li.hand(day.out, "gone")
    zhao.browser.get(f"{zhao.url}/desk")
    day.is_over()


def _clicked(zhao: AtWork, call: str, what: str) -> bool:
    zhao.browser.find_element("css selector", f'[data-do="{what}"][data-call="{call}"]').click()
    return True


def test_page_killed_in_mid_call(day: Day, tmp_path: Path) -> None:
    """No call notices: both go on hearing each other, the record and the recording are whole, the desk comes back."""
    li, running = day.li, day.running
    call = day.is_answered()
    li.hears(day.out, day.at801)
    day.at801.listens()
    day.out.does("speak")
    running.kills_page()
    li.waits("the desk says so", lambda: li.browser.find_element("id", "offline").is_displayed())
    li.hears(day.at801, day.out)
    li.hears(day.out, day.at801)
    running.starts_page()
    li.waits("the desk is back", lambda: not li.browser.find_element("id", "offline").is_displayed())
    li.able("hold")
    li.does("hold")
    li.told("call.held", call=call)
    li.does("retrieve")
    li.told("call.retrieved", call=call)
    day.out.does("hang_up")
    li.told("call.ended", call=call)
    day.is_over()
    record = next(one for one in running.records() if one["id"] == call)
    assert (record["result"], record["end_side"]) == ("answered", "caller")
    with wave.open(str(running.data / record["recording"])) as file:
        recorded = file.getnframes() / file.getframerate()
    talked = running.events("call.ended", call=call)[-1]["at"] - running.events("call.connected", call=call)[0]["at"]
    assert recorded >= talked - 0.5


def test_a_second_tab(day: Day) -> None:
    """It is said, and only one of them makes a sound. The call that nobody took is called back by a click."""
    li = day.li
    first = li.browser.current_window_handle
    li.browser.switch_to.new_window("tab")
    li.browser.get(f"{li.url}/desk")
    second = li.browser.current_window_handle
    for tab in (first, second):
        li.browser.switch_to.window(tab)
        li.browser.execute_script(COUNTS)
        li.clicks("left-missed")  # a browser gives no sound before
    li.browser.switch_to.window(first)
    li.sees("second", "another tab")
    call = day.calls_in()
    for tab in (first, second):
        li.browser.switch_to.window(tab)
        li.sees("desk-call", "138")
    li.waits("the sound", lambda: li.browser.execute_script("return window.beeps") > 0)
    day.out.does("hang_up")
    beeps = {}
    for tab in (first, second):
        li.browser.switch_to.window(tab)
        li.sees("desk-call", "No call")
        beeps[tab] = li.browser.execute_script("return window.beeps")
    rung = len(day.running.events("station.ringing", call=call, station="801"))
    assert beeps == {first: 0, second: 2 * rung}
    li.browser.close()
    li.browser.switch_to.window(first)
    li.waits("the sound is its own again", lambda: not li.browser.find_element("id", "second").is_displayed())
    rung = len(day.running.events("station.ringing", call="to-801"))
    li.clicks(f"missed-{call}")
    li.told("station.ringing", rung + 1, call="to-801")  # the telephone has not noticed that it rings no longer
    day.at801.does("pick_up")
    li.told("call.dialling", number=WANG)
    day.is_over()


def test_box_away(day: Day) -> None:
    """It dies, and comes back: the desk says so each time and asks nothing meanwhile; nobody has to load the page or
    sign in again, and the next call rings."""
    li, running = day.li, day.running
    li.browser.execute_script("window.never_reloaded = true")
    li.types("wu")
    for hand in day.hands:
        hand.close()
    running.kills_box()
    li.waits("the desk says so", lambda: li.browser.find_element("id", "away").is_displayed())
    li.does("busy-1")
    li.sees("asked-says", "The box does not answer, so nothing was asked.")
    running.starts_box()
    li.waits("the box is back", lambda: not li.browser.find_element("id", "away").is_displayed())
    li.sees("desk-state", "idle")
    assert li.browser.execute_script("return window.never_reloaded")
    assert li.browser.find_element("id", "to").get_attribute("value") == "wu"
    day.takes_hands()
    li.types("")
    day.is_answered()
    day.is_over()
