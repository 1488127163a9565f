"""What people set up reaches the running box."""

from typing import Any

import pytest

from firmware.api.messages import Refused, SetupChanged
from firmware.people import People
from firmware.setup.store import Setup
from tests.journeys.conftest import Town

Play = Any


def test_a_change_reaches_the_box_without_a_restart(play: Play) -> None:
    async def story(town: Town) -> None:
        heard: list[People] = []
        town.box.changes.on_change(People, heard.append)
        page = Setup(town.data)
        page.change(People, lambda now: {"people": [{"id": "li", "name": "Li", "number": "881"}]}, who="owner")
        assert await town.box.setup_changed(SetupChanged(section="people", who="owner")) == {
            "section": "people", "told": 2,
        }  # fmt: skip
        assert heard[0].people[0].name == "Li"
        assert town.told("setup.changed", section="people", who="owner")

    play(story)


def test_a_section_that_cannot_be_read_is_refused_and_the_old_one_stays(play: Play) -> None:
    async def story(town: Town) -> None:
        heard: list[People] = []
        town.box.changes.on_change(People, heard.append)
        (town.data / "setup.json").write_text("{")
        with pytest.raises(Refused, match="damaged"):
            await town.box.setup_changed(SetupChanged(section="people"))
        assert not heard
        assert not town.told("setup.changed")

    play(story)
