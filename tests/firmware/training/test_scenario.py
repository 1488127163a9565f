"""Scenarios: what is wrong is named with file, line and key."""

from pathlib import Path

import pytest

from firmware.training.scenario import ScenarioError, line_of, load_scenario

GOOD = """# a comment
duration_s = 600

[calls]
per_hour = 60
talk_s = { mean = 30, least = 5, most = 90 }

[agents]
stations = ["801"]
"""


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    return path


def test_a_good_one(tmp_path: Path) -> None:
    scenario = load_scenario(_written(tmp_path, GOOD))
    assert (scenario.calls.per_hour, scenario.agents.stations) == (60, ("801",))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("per_hour", "per_huor", "line 5: calls.per_huor = 60: there is no such key"),
        ("per_hour", "per_huor", "line 4: calls.per_hour is missing"),
        ("duration_s", "duration", "line 2: duration = 600: there is no such key"),
        ("mean = 30", 'mean = "x"', 'line 6: calls.talk_s.mean = "x": must be a number'),
        ("mean = 30", "mean = 300", "line 6: calls.talk_s"),
        ("[agents]", "[agnets]", "line 8: agnets"),
        ('["801"]', '"801"', "line 9: agents.stations"),
        ("per_hour = 60", "per_hour = = 60", "not TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = _written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    assert told in str(error.value) and str(path) in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load_scenario(tmp_path / "none.toml")


def test_line_of_dotted_keys() -> None:
    text = "a = 1\ncalls.per_hour = 5\n[agents]\nwrap_up_s = 3\n"
    assert line_of(text, ("calls", "per_hour")) == 2
    assert line_of(text, ("agents", "wrap_up_s")) == 4
    assert line_of(text, ("agents", "stations", 0)) == 3


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[3] / "examples").glob("*.toml")), ids=lambda path: path.name
)
def test_examples_can_be_used(path: Path) -> None:
    assert load_scenario(path).duration_s > 0
