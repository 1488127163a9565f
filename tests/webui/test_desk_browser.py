"""A whole call at the desk with a browser: sign in, ring and card, hold, ask a colleague, put through; by keyboard."""

from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.webui.fakebox import FakeBox, Served
from tests.webui.test_browser import Person
from webui.keep import Keep
from webui.notices import Notices

ME = {"agent": "700", "person": "owner"}


class AtDesk(Person):
    """Presses keys with Alt, and waits until the box was asked."""

    box: FakeBox

    def alt(self, key: str) -> None:
        ActionChains(self.browser).key_down(Keys.ALT).send_keys(key).key_up(Keys.ALT).perform()

    def asks(self, intent: str, **args: Any) -> None:
        self.waits(f"the box is asked for {intent}", lambda: (intent, args) in self.box.asked)

    def clicks(self, button: str) -> None:
        """Tried again if the stream has just put a new one in its place."""

        def clicked() -> bool:
            self.browser.find_element(By.ID, button).click()
            return True

        self.waits(button, clicked)

    def has_focus(self, element: str) -> bool:
        return self.browser.switch_to.active_element.get_attribute("id") == element

    def able(self, button: str, *, able: bool = True) -> None:
        found = lambda: self.browser.find_element(By.ID, f"act-{button}").is_enabled() is able  # noqa: E731
        self.waits(f"{button} {able}", found)


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_whole_call_at_the_desk(served: Served, box: FakeBox, language: str) -> None:
    person = AtDesk(served, language)
    person.box = box
    english = language == "en-US"
    try:
        person.claims()
        box.whole_call("old")
        person.presses(Keys.F3)
        person.waits("the desk", lambda: person.browser.current_url.endswith("/desk"))
        person.clicks("act-sit-801")
        person.sees("act-sit-801", "asked…" if english else "已请求")
        person.asks("agent.sign_in", agent="700", station="801")
        box.say("agent.signed_in", station="801", name="Owner", how="page", **ME)
        state = {"state": "ready", "then": "ready", "reason": None, "words": None, "by": "page"}
        box.say("agent.state", station="801", **ME, **state)
        person.sees("desk-state", "idle" if english else "空闲")
        person.alt("h")
        person.sees("asked-says", "“Hold” is not possible just now." if english else "“保持”现在不能用。")
        person.alt("z")
        person.waits("the next list", lambda: person.has_focus("left-voicemail"))
        person.sees("left", "Who speaks to your voicemail box" if english else "语音")
        person.alt("k")
        person.browser.switch_to.active_element.send_keys("nobody")
        person.sees("team-none", "Nobody here" if english else "没有这样的姓名")
        person.browser.find_element(By.ID, "to").clear()

        box.do(lambda: box.ring("c1", 3, "13800138000", "Wang"))
        box.say("call.offered", call="c1", station="801", agent="700", why=[])
        box.say("station.ringing", call="c1", station="801", number="13800138000", name="Wang")
        person.sees("desk-call", "Lift the handset" if english else "请摘机接听")
        person.waits("the tab tells", lambda: person.browser.title.startswith("(1) "))
        person.sees("card", "Beijing" if english else "北京")
        person.alt("o")
        person.browser.switch_to.active_element.send_keys("likes tea")
        person.sees("card-says", "not saved yet" if english else "尚未保存")
        person.alt("v")
        person.sees("card-says", "saved" if english else "已保存")

        box.say("station.offhook", call="c1", station="801")
        box.say("call.connected", call="c1", line=3, station="801")
        box.say("call.recording", call="c1", path="recordings/x.wav")
        person.able("record")
        person.alt("r")
        person.asks("call.record", call="c1", action="pause")
        box.say("call.recording_paused", call="c1")
        person.sees("desk-call", "recording paused" if english else "录音已暂停")
        person.alt("1")
        person.asks("agent.state", agent="700", state="busy", reason="1")
        box.say("agent.state", station="801", **ME, **state | {"then": "busy"})
        person.able("ready")
        person.alt("h")
        person.asks("desk.hold", station="801")
        person.sees("asked-says", "nothing has changed yet" if english else "尚无变化")  # the box says nothing
        box.say("call.held", call="c1", station="801")
        person.able("retrieve")
        person.waits("it has changed", lambda: not person.text("asked-says"))

        person.alt("k")
        person.browser.switch_to.active_element.send_keys("803", Keys.ARROW_DOWN, Keys.ENTER)
        person.asks("desk.dial", station="801", to="803")
        box.say("call.started", call="c2", station="801", direction="inside")
        box.say("call.connected", call="c2", station="803")
        person.able("through")
        box.do(lambda: box.ring("c3", 5, "01088886666"))
        box.say("call.parked", call="c3", station="802", slot=2)
        person.sees("desk-call", "Parked at 2" if english else "停泊在 2 号位")
        size = "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert person.browser.execute_script(size) == [1366, 768], "the desk does not scroll"
        assert person.barriers() == []
        person.alt("j")
        person.asks("desk.transfer", station="801")
        box.say("call.ended", call="c2", side="agent", cue="transferred", result="answered")
        box.say("call.moved", call="c1", to={"kind": "joined"}, why="transferred", by="801")
        box.say("call.connected", call="c1", line=3, station="803")
        box.say("station.idle", station="801")
        person.able("hold", able=False)
        person.sees("desk-team", "talking" if english else "通话")
        written = person.browser.find_element(By.ID, "card-notes").get_attribute("value")
        assert written == "likes tea"  # the card stays until the next call

        box.say("call.ended", call="c1", side="caller", cue="tone", result="answered")
        person.browser.switch_to.new_window("tab")
        person.browser.get(f"{served.url}/desk")
        person.sees("desk-state", "idle" if english else "空闲")
        person.browser.switch_to.window(person.browser.window_handles[0])
        person.sees("second", "another tab" if english else "另一个标签页")
        Notices(Keep(box.data).engine).announce("lead", "urgent", "The exchange is being repaired.")
        box.do(lambda: box.ring("c4", 4, "13911112222"))
        box.say("call.offer_ended", call="c4", station="801", agent="700", result="no_answer")
        box.say("call.ended", call="c4", side="caller", cue="tone", result="abandoned")
        person.sees("desk-news", "being repaired")
        person.alt("0")  # the topmost notice has it, and then the next
        person.waits("sound is taken here", lambda: not person.browser.find_element(By.ID, "second").is_displayed())
        person.waits("the notice stays", lambda: "being repaired" in person.text("desk-news"))
        person.alt("0")
        person.waits("it is read", lambda: not person.text("desk-news"))
        person.clicks("left-missed")
        person.sees("left", "Alt+D")
        person.alt("d")
        person.asks("desk.dial", station="801", to="13911112222")
        assert person.complaints() == []
        box.stop()
        person.waits("it says so", lambda: person.browser.find_element(By.ID, "away").is_displayed())
    finally:
        person.browser.quit()
