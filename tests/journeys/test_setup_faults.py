"""What the setup names and is not there: an alarm for whoever can mend it, which goes when it is mended; and callers
are served all the same."""

import asyncio
from collections.abc import Callable

import pytest

from firmware.acd.model import Queues
from firmware.calls.places import Target, ToFlow, ToRoom, ToStation, ToVoicemail
from firmware.ivr.document import written
from firmware.voicemail.section import MailBox, Voicemail
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes, members, parted, queues, talks
from tests.journeys.test_switching import done, setup

Play = Callable[..., None]


def test_callers_wait_and_nobody_is_there(play: Play) -> None:
    """The caller hears music and his place, whoever can mend it an alarm; with the first agent it is over."""

    async def story(town: Town) -> None:
        for number in ("801", "802"):
            town.box.agents.away(number, "box")
        wang = town.caller(line=1)
        call = await comes(town, wang)
        alarm = await town.until("alarm.raised", name="nobody_sales")
        assert "none of its agents is there" in alarm.data["text"]
        await town.until("call.prompt", prompt="queue_entry", call=call)
        town.box.agents.ready("802", "box")
        await talks(town, town.agent("802"), call)
        await town.until("alarm.cleared", name="nobody_sales")
        await parted(town.agent("802"), wang)

    play(story, queues=queues(members=members("801", "802")))


def test_he_gives_up_and_the_alarm_goes(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.agents.away("801", "box")
        wang = town.caller(line=1)
        await comes(town, wang)
        await town.until("alarm.raised", name="nobody_sales")
        await wang.hangs_up()
        await town.until("alarm.cleared", name="nobody_sales")

    play(story, queues=queues(members=members("801")))


def test_a_queue_leads_to_a_flow_that_is_not_there(play: Play) -> None:
    """The rule is passed over; once there is such a flow the alarm goes and the rule holds."""

    async def story(town: Town) -> None:
        await town.until("alarm.raised", name="queue_sales")
        wang, chen = town.caller(line=1), town.caller(line=2, number="13900139000")
        call = await comes(town, wang)
        await talks(town, town.agent("801"), call)
        library = town.box.flows.library
        library.save_draft("promotion", written(library.published()["main"].document), who="test")
        library.publish("promotion", "test", town.box.flows.names())
        town.box.flows.look()
        await town.until("alarm.cleared", name="queue_sales")
        second = await comes(town, chen)
        await town.until("call.flow", call=second, flow="promotion")
        await chen.hangs_up()
        await parted(town.agent("801"), wang)

    rules = '[{ when = "waited", after_s = 0, to = { kind = "flow", flow = "promotion" } }]'
    play(story, queues=queues(members=members("801"), overflow=rules))


NOT_THERE: list[Target] = [ToFlow(flow="nope"), ToRoom(room="79"), ToVoicemail(box="nope"), ToStation(station="899")]


@pytest.mark.parametrize("target", NOT_THERE)
def test_an_inside_number_leads_to_what_is_not_there(play: Play, target: Target) -> None:
    """Whoever dials it hears something: the menu, words, or busy tone."""

    async def story(town: Town) -> None:
        setup(town, numbers={"600": target})
        town.box.changes.changed("telephones")
        alarm = await town.until("alarm.raised", name="number_600")
        assert "which is not there" in alarm.data["text"]
        li = town.agent("801")
        await li.dial("600")
        if isinstance(target, ToFlow):
            await town.until("call.flow", flow="main")
        else:
            await li.other_party_gone(within=20)
        setup(town, numbers={"600": ToVoicemail(box="general")})
        town.box.setup.change(Voicemail, lambda _: Voicemail(boxes={"general": MailBox()}), who="test")
        town.box.changes.changed("telephones")
        await town.until("alarm.cleared", name="number_600")
        await done(town, li)
        await asyncio.sleep(1)

    play(story)


def test_the_last_queue_goes_while_somebody_waits(play: Play) -> None:
    """Its alarm goes with it, and who waits there is served as before."""

    async def story(town: Town) -> None:
        town.box.agents.away("801", "box")
        wang = town.caller(line=1)
        call = await comes(town, wang)
        await town.until("alarm.raised", name="nobody_sales")
        left = [queue for queue in town.box.setup.load(Queues).queues if queue.id != "sales"]
        town.box.setup.change(Queues, lambda now: now.model_copy(update={"queues": tuple(left)}), who="test")
        town.box.changes.changed("queues")
        town.box.agents.ready("801", "box")
        await talks(town, town.agent("801"), call)
        await town.until("alarm.cleared", name="nobody_sales")
        await parted(town.agent("801"), wang)

    play(story, queues=queues(members=members("801")))
