"""Random traffic through the real box: what came in is what was kept."""

from pathlib import Path

from firmware.training.scenario import Agents, CallsOf, Scenario, Spread
from firmware.training.simulate import report, simulate

RUSH = Scenario(
    seed=4,
    duration_s=240,
    calls=CallsOf(
        per_hour=400, talk_s=Spread(mean=15, least=5, most=40), patience_s=Spread(mean=40, least=15, most=90)
    ),
    agents=Agents(stations=("801", "802", "803"), answer_s=(1.0, 5.0), wrap_up_s=2.0),
)


def test_a_rush(tmp_path: Path) -> None:
    result = simulate(RUSH, data=tmp_path)
    assert [check for check in result["checks"] if not check["ok"]] == []
    counts = result["counts"]
    assert counts["offered"] > 15 and counts["abandoned"] and counts["answered"]
    assert counts["offered"] == counts["blocked"] + counts["answered"] + counts["abandoned"] + counts["failed"]
    assert len(list(tmp_path.rglob("*.wav"))) == counts["answered"]
    assert f"{counts['answered']} answered" in report(result)


def test_the_same_seed_gives_the_same_day(tmp_path: Path) -> None:
    scenario = RUSH.model_copy(update={"duration_s": 90.0})
    one, other = (simulate(scenario, data=tmp_path / name) for name in ("one", "other"))
    for result in (one, other):
        del result["data"], result["resources"]
        result["checks"] = [check for check in result["checks"] if check["name"] != "no file or task left open"]
    assert one == other
