"""Who sits where: signing in, moving, replacing, owners, restarts, and calls that nobody takes."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from firmware.agents.codes import split
from firmware.agents.kept import FILE
from firmware.agents.roster import AgentError
from firmware.agents.section import STANDARD, Agents, owners_are_there
from firmware.lines import CallerId
from firmware.people import People
from firmware.setup.base import Reads
from tests.firmware.agents.conftest import PEOPLE, Room

Play = Callable[[Any], None]
Makes = Callable[..., Room]


def refused(does: Callable[[], object]) -> str:
    with pytest.raises(AgentError) as error:
        does()
    assert str(error.value)[0].isupper() and str(error.value).endswith(".")
    return error.value.why


def test_without_people_every_station_is_its_own_agent(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes(people=People())
        roster = room.roster
        assert {agent.number: agent.state for agent in roster} == dict.fromkeys(("801", "802", "803"), "ready")
        room.stations["801"].lift()
        assert room.state("801") == "talking"
        room.stations["801"].put_down()
        assert room.state("801") == "ready"
        assert not room.told("agent.state")  # the station's events tell it
        roster.busy("801", "2", "handset")
        assert (room.state("801"), roster.takes_calls("801")) == ("busy", "busy")
        roster.ready("801", "handset")
        assert [event.data["state"] for event in room.told("agent.state")] == ["busy", "ready"]

    play(story)


def test_who_must_sign_in_is_not_there_before(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes(Agents(sign_in=True))
        assert not list(room.roster) and room.roster.station_of("801") is None
        assert refused(lambda: room.roster.ready("801", "handset")) == "nobody"
        room.roster.sign_in("3001", "801", "handset")
        assert room.roster.station_of("3001") == room.roster.station_of("801") == "801"
        assert room.roster.agent_at("801") == "3001"
        room.roster.sign_out("801", "handset")
        assert room.roster.takes_calls("3001") is None
        assert [event.kind for event in room.events] == ["agent.signed_in", "agent.state", "agent.signed_out"]

    play(story)


def test_a_second_sign_in_moves_him(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.roster.sign_in("3001", "801", "handset")
        room.roster.sign_in("3001", "802", "page")
        assert (room.roster.agent_at("801"), room.roster.agent_at("802")) == ("801", "3001")
        out = room.told("agent.signed_out")[0]
        assert (out.station, out.data["how"]) == ("801", "moved")

    play(story)


def test_he_is_not_moved_out_of_a_call(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.roster.sign_in("3001", "801", "handset")
        room.stations["801"].call = "c1"
        assert refused(lambda: room.roster.sign_in("3001", "802", "handset")) == "in_call"
        assert refused(lambda: room.roster.sign_in("3002", "801", "page")) == "taken"
        assert room.roster.agent_at("801") == "3001"

    play(story)


def test_whoever_signs_in_takes_the_place(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.roster.sign_in("3001", "801", "handset")
        room.roster.sign_in("3002", "801", "handset")
        assert room.roster.agent_at("801") == "3002" and room.roster.find("3001") is None
        assert room.told("agent.signed_out")[0].data["how"] == "replaced"
        assert room.roster.skills("3002") == {"english": 5}

    play(story)


def test_signing_in_twice_at_the_same_place_makes_him_ready(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.roster.sign_in("3001", "801", "handset")
        room.roster.busy("801", "1", "handset")
        room.roster.sign_in("3001", "801", "handset")
        assert room.state("801") == "ready" and len(room.told("agent.signed_in")) == 1

    play(story)


def test_what_cannot_be(play: Play) -> None:
    async def story(makes: Makes) -> None:
        roster = makes().roster
        assert refused(lambda: roster.sign_in("3009", "801", "page")) == "unknown"
        assert refused(lambda: roster.sign_in("3003", "801", "page")) == "unknown"  # disabled
        assert refused(lambda: roster.sign_in("3001", "899", "page")) == "no_station"
        assert refused(lambda: roster.sign_out("801", "page")) == "nobody"
        assert refused(lambda: roster.busy("801", "9", "page")) == "no_reason"
        assert refused(lambda: roster.wrap_up("801", 0)) == "no_wrap_up"

    play(story)


def test_hook_and_state_go_together(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.roster.sign_in("3001", "801", "page")
        desk = room.stations["801"]
        assert not await desk.offer("c1", CallerId("1"), 1.0)
        desk.lift()
        room.roster.busy("801", "1", "page")
        assert room.state("801") == "talking"
        desk.put_down()
        assert [event.data["state"] for event in room.told("agent.state")] == [
            "ready", "ringing", "ready", "talking", "talking", "busy",
        ]  # fmt: skip
        words = room.told("agent.state")[-1].data
        assert (words["then"], words["reason"], words["words"]) == ("busy", "1", {"zh": "小休", "en": "Break"})
        assert not room.roster.surprises

    play(story)


def test_signing_in_while_the_handset_is_up(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.stations["801"].lift()
        room.roster.sign_in("3001", "801", "handset")
        assert room.state("801") == "talking"
        room.stations["801"].put_down()
        assert room.state("801") == "ready"

    play(story)


def test_he_is_still_signed_in_after_a_restart(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.roster.sign_in("3001", "801", "handset")
        room.roster.sign_in("3002", "803", "handset")
        room.roster.busy("801", "2", "handset")
        again = makes()
        assert (again.state("801"), again.state("802"), again.state("803")) == ("busy", "ready", "ready")
        assert again.roster.at("801").standing.reason == "2"  # type: ignore[union-attr]
        assert [event.data["how"] for event in again.told("agent.signed_in")] == ["restart", "restart"]
        gone = makes(people=People(people=PEOPLE.people[1:]))
        assert gone.roster.agent_at("801") == "801" and gone.roster.agent_at("803") == "3002"

    play(story)


@pytest.mark.parametrize("text", ["", "{", '{"signed_in": {"801": {"person": 7}}}', '{"signed_in": []}'])
def test_a_broken_file_costs_signing_in_again(play: Play, text: str) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.kept.path.write_text(text)
        again = makes()
        assert again.kept.failed == 1 and again.kept.path.name == FILE
        again.roster.sign_in("3001", "801", "handset")
        assert makes().roster.agent_at("801") == "3001"

    play(story)


def test_an_owner_need_not_sign_in(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes(Agents(sign_in=True, stations={"802": "3002"}))
        assert room.state("802") == "ready"
        assert refused(lambda: room.roster.sign_in("3001", "802", "handset")) == "owned"
        assert refused(lambda: room.roster.sign_in("3002", "801", "handset")) == "owner"
        room.roster.sign_out("802", "handset")
        assert room.state("802") == "away"
        room.roster.section_changed(Agents(sign_in=True))
        assert room.roster.at("802") is None
        room.roster.section_changed(Agents(sign_in=True, stations={"803": "3002"}))
        assert room.roster.agent_at("803") == "3002"

    play(story)


def test_people_come_and_go(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes()
        room.roster.sign_in("3001", "801", "handset")
        changed = [person.model_copy(update={"number": "3010"}) for person in PEOPLE.people if person.id == "li"]
        room.roster.people_changed(People(people=tuple(changed)))
        assert room.roster.agent_at("801") == "3010"
        room.roster.people_changed(People())
        assert room.roster.agent_at("801") == "801"
        assert room.told("agent.signed_out")[0].data["how"] == "removed"

    play(story)


def test_too_many_unanswered_set_him_away(play: Play) -> None:
    async def story(makes: Makes) -> None:
        room = makes(Agents(away_after=2))
        room.roster.sign_in("3001", "801", "handset")
        room.roster.unanswered("3001")
        room.roster.answered("3001")
        room.roster.unanswered("3001")
        assert room.roster.takes_calls("3001") == "ready"
        room.roster.unanswered("3001")
        assert (room.state("801"), room.told("agent.state")[-1].data["by"]) == ("away", "box")
        room.roster.ready("801", "handset")
        room.roster.unanswered("3001")
        assert room.state("801") == "ready"

    play(story)


def test_a_person_may_have_a_stations_number(play: Play) -> None:
    async def story(makes: Makes) -> None:
        people = People.model_validate({"people": [{"id": "li", "name": "Li", "number": "802"}]})
        room = makes(people=people)
        assert room.roster.station_of("802") == "802"
        room.roster.sign_in("802", "801", "handset")
        assert (room.roster.station_of("802"), room.roster.at("802")) == ("801", None)
        room.roster.sign_out("801", "handset")
        assert room.roster.agent_at("802") == "802"

    play(story)


@pytest.mark.parametrize(
    ("keyed", "found"),
    [
        ("", ("", "")),
        ("3001", ("3001", "")),
        ("30014711", ("3001", "4711")),
        ("300147110815", ("3001", "47110815")),
        ("3001471", ("3001471", "")),  # no PIN has three digits
        ("3003", ("3003", "")),
        ("99994711", ("99994711", "")),
    ],
)
def test_number_and_pin_in_one(keyed: str, found: tuple[str, str]) -> None:
    assert split(keyed, PEOPLE) == found


def test_the_section_says_what_is_wrong() -> None:
    with pytest.raises(ValidationError, match="two reasons with the code 1"):
        Agents(reasons=(STANDARD[0], STANDARD[0]))
    with pytest.raises(ValidationError, match="3001 can have only one station"):
        Agents(stations={"801": "3001", "802": "3001"})


def test_an_owner_who_is_nobody_is_told() -> None:
    class Found:
        def load(self, model: type[Any]) -> Any:
            return Agents(stations={"801": "3009"}) if model is Agents else PEOPLE

    found: Reads = Found()
    assert [problem.words() for problem in owners_are_there(found)] == [
        "Station 801 belongs to the number 3009, which nobody has."
    ]
