"""A piece of a working day, with every feature mixed; the whole is `callbox simulate --workday`."""

from pathlib import Path

from firmware.training.workday import report, workday


def test_a_piece_of_a_day_leaves_nothing_over(tmp_path: Path) -> None:
    result = workday(60, seed=3, data=tmp_path)
    assert result["ok"], report(result)
    assert set(result["acts"]) >= {"talk", "hold", "blind", "attended", "confer", "park"}
    assert result["events"]["call.started"] > 60
