"""board-config as shipped is good; a mistake in it is one sentence with file, key, value and what is allowed."""

import shutil
from pathlib import Path

import pytest

from firmware.config import ConfigError, boards, config_folder, countries, load_board, load_country
from firmware.config.schema import MODELS, schema

SHIPPED = config_folder()
TONES_EVERYWHERE = {"dial", "ringback", "busy", "congestion", "sit", "call_waiting"}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of board-config to spoil."""
    folder = tmp_path / "board-config"
    shutil.copytree(SHIPPED, folder)
    monkeypatch.setenv("CALLBOX_BOARD_CONFIG", str(folder))
    return folder


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_shipped_board() -> None:
    board = load_board("sim-8x8")
    assert [line.name for line in board.lines] == [f"line {number}" for number in range(1, 9)]
    assert [station.number for station in board.stations] == [f"80{number}" for number in range(1, 9)]
    assert [kind for kind, _ in board.port_specs] == ["fxo"] * 8 + ["fxs"] * 8
    assert len(board.wires) == 16
    assert board.wires[0].loss > board.wires[8].loss


def test_headsets_are_stations_behind_the_cards(own: Path) -> None:
    """And a simulation, which has no sound sockets, does without them."""
    with (own / "boards" / "sim-8x8.toml").open("a", encoding="utf-8") as file:
        file.write('[[sound.headsets]]\nstation = "809"\nplay = "plughw:1"\ncapture = "plughw:1"\n')
    board = load_board("sim-8x8")
    assert (board.telephones[-1].number, board.telephones[-1].channel) == ("809", 16)
    assert board.telephones[-1].socket == "plughw:1" and board.telephones[0].socket is None
    assert [one.number for one in board.simulated.telephones] == [one.number for one in board.stations]
    assert len(board.port_specs) == 16


@pytest.mark.parametrize("code", countries())
def test_shipped_country(code: str) -> None:
    plan = load_country(code)
    assert plan.tones.keys() >= TONES_EVERYWHERE
    assert plan.tones["busy"].listen_cycles >= 3, "a hang-up is decided on it: never on fewer cycles"
    assert plan.sources
    # linecard.h: char name[16], LC_TONE_STEPS_MAX; the silence of the ring cadence must not end the ringing
    assert all(len(name) < 16 for name in plan.tones)
    assert "ring_stop" not in plan.timers, "it follows from the ringing cadence"


@pytest.mark.parametrize("code", countries())
def test_listen_ms_of_dial_tone_is_true(code: str) -> None:
    """The core waits longer than any burst of the same sound, however little the file promises."""
    plan = load_country(code)
    dial = plan.tones["dial"]
    bursts = [
        step.ms
        for tone in plan.tones.values()
        if tone.listen_cycles and tone.am == dial.am
        for step in tone.steps
        if set(step.hz) == set(dial.steps[0].hz)
    ]
    assert dial.listen_ms >= 1.25 * max(bursts)


@pytest.mark.parametrize("code", countries())
def test_core_takes_the_plan(code: str) -> None:
    from drivers.binding._core import ffi
    from drivers.binding.convert import fill_plan

    plan = load_country(code)
    out = ffi.new("struct lc_plan *")
    fill_plan(out, plan)
    assert out.timers.ring_stop == max(2500, 1.5 * max(plan.ring[1::2]))
    if plan.caller_id.scheme == "dtmf":
        start, end = plan.caller_id.frame
        assert ffi.string(out.callerid_start).decode() + "{number}" + ffi.string(out.callerid_end).decode() == (
            plan.caller_id.format
        )
        assert start[0] in "ABD" and end in ("C", "#"), "other frames are not heard by our own receiver"


def test_what_stands_nowhere_else() -> None:
    """Facts that a mistake in a file would quietly change."""
    laws = {code: load_country(code).companding for code in countries()}
    assert {code for code, law in laws.items() if law == "ulaw"} == {"us", "jp", "hk", "tw"}
    moments = {code: load_country(code).caller_id for code in countries()}
    assert {code for code, how in moments.items() if how.moment == "before_ring"} == {"gb", "in", "br", "tw"}
    assert moments["gb"].alert == ("reversal", "tone")
    assert moments["jp"].scheme == "none"


def test_countries_shipped() -> None:
    assert countries() == ["au", "br", "cn", "de", "fr", "gb", "hk", "in", "jp", "sg", "tw", "us"]
    assert "sim-8x8" in boards()


@pytest.mark.parametrize("kind", MODELS)
def test_schema_is_current(kind: str) -> None:
    written = (SHIPPED / "schema" / f"{kind}.json").read_text(encoding="utf-8")
    assert written == schema(kind), "run python -m firmware.config.schema"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("ms = 350 }", "ms = -3 }", "tones.busy.steps[0].ms = -3: must be 0 or more"),
        ("ms = 350 }", "ms = 90000 }", "tones.busy.steps[0].ms = 90000: must be 60000 or less"),
        ("ms = 350 }", 'ms = "long" }', 'tones.busy.steps[0].ms = "long": must be a whole number'),
        ("hz = [450], ms = 350", "hz = [20], ms = 350", "tones.busy.steps[0].hz[0] = 20: must be 50 or more"),
        ("hz = [450], ms = 350", "hz = [450, 500, 550], ms = 350", "tones.busy.steps[0].hz: may have at most 2"),
        ("ring = [1000, 4000]", "ring = [1000, 4000, 1000]", "ring: ring needs pairs of times: on, off, on, off ..."),
        ("ring = [1000, 4000]", "ringing = [1000, 4000]", "ring is missing"),
        ("ring = [1000, 4000]", "ring = [1000, 4000]\nringing = 3", "ringing = 3: there is no such key"),
        ('scheme = "bell202"', 'scheme = "fsk"', "caller_id.scheme = \"fsk\": must be 'none', "
         "'bell202', 'v23', 'dtmf' or 'ntt'"),
        ("level = -13.5", "level = 9", "caller_id.level = 9: must be 3 or less"),
        ('moment = "after_first_ring"', 'moment = "after_first_ring", alert = ["reversal"]',
         "caller_id: the line's polarity is turned only before the ring"),
        ('scheme = "bell202"', 'scheme = "dtmf", alert = ["tone"]',
         "caller_id: the alerting tone goes before bell202 and v23 only"),
        ('scheme = "bell202"', 'scheme = "dtmf", format = "D1234C"',
         r'caller_id.format = "D1234C": must match ^[A-D]{0,3}\{number\}[A-D#*]{1,3}$'),
        ('country = "cn"', 'country = "tw"', 'country = "tw": must be "cn", as the file is named'),
        ("[tones.howler]", "[timers]\nring_stop = 20\n[tones.howler]", "timers.ring_stop = 20: must be 2500 to 12000"),
    ],
)  # fmt: skip
def test_mistake_in_country(own: Path, old: str, new: str, sentence: str) -> None:
    spoil(own / "countries" / "cn.toml", old, new)
    with pytest.raises(ConfigError) as caught:
        load_country("cn")
    assert f"board-config/countries/cn.toml: {sentence}" in str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("tick_ms = 10", "tick_ms = 7", "tick_ms = 7: must be 5, 10 or 20"),
        ('card = "sim"', 'card = "isdn"', "card = \"isdn\": must be 'sim' or 'dahdi'"),
        ('card = "sim"', 'card = "dahdi"', "dahdi.channels must name one channel per line and station: 16, not 0"),
        ("channel = 3\n", "channel = 2\n", "channels of lines and stations together must be 0 to 15, each once; "
         "they are 0, 1, 2, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"),
        ('number = "802"', 'number = "801"', "stations: each number may stand once, but 801 stands more often"),
        ('number = "802"', 'number = "8o2"', 'stations[1].number = "8o2": must match ^[0-9]{2,6}$'),
        ("loss = 3.0", "loss = 40", "sim.line.loss = 40: must be 30 or less"),
        ("[[lines]]", '[[sound.headsets]]\nstation = "801"\nplay = "hw:1"\ncapture = "hw:1"\n\n[[lines]]',
         "each station may stand once, also as a headset, but 801 stands more often"),
        ("[[lines]]", '[[sound.headsets]]\nstation = "809"\nplay = "hw:1"\n\n[[lines]]',
         "sound.headsets[0].capture is missing"),
    ],
)  # fmt: skip
def test_mistake_in_board(own: Path, old: str, new: str, sentence: str) -> None:
    spoil(own / "boards" / "sim-8x8.toml", old, new)
    with pytest.raises(ConfigError) as caught:
        load_board("sim-8x8")
    assert f"board-config/boards/sim-8x8.toml: {sentence}" in str(caught.value).splitlines()


def test_unknown_timer_names_the_known(own: Path) -> None:
    with (own / "countries" / "us.toml").open("a", encoding="utf-8") as file:
        file.write("ring_stopp = 5000\n")
    with pytest.raises(ConfigError, match=r"timers\.ring_stopp = 5000: there is no such key; there are .*ring_stop, "):
        load_country("us")


def test_not_toml_names_line(own: Path) -> None:
    (own / "countries" / "de.toml").write_text("country = \n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^board-config/countries/de\.toml: not TOML: .*line 1"):
        load_country("de")


def test_unknown_names_list_the_known() -> None:
    with pytest.raises(
        ConfigError,
        match="^unknown board 'sim-9x9'; there are dahdi-loop, digium-tdm2400, .*sim-8x8, xorcom-astribank$",
    ):
        load_board("sim-9x9")
    with pytest.raises(
        ConfigError, match="^unknown country 'xx'; there are au, br, cn, de, fr, gb, hk, in, jp, sg, tw, us$"
    ):
        load_country("xx")
    with pytest.raises(ConfigError, match="^unknown country '../countries/cn'"):
        load_country("../countries/cn")
    board = load_board("sim-8x8")
    with pytest.raises(KeyError, match="there is no line 9; lines are 1, 2, 3"):
        board.line(9)
    with pytest.raises(KeyError, match="there is no station 900; stations are 801, 802"):
        board.station("900")


def test_no_config_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBOX_BOARD_CONFIG", str(tmp_path))
    with pytest.raises(ConfigError, match="^unknown board 'sim-8x8'; none is in "):
        load_board("sim-8x8")
