"""`callbox explain`: the whole story of one call at a terminal."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from firmware.cli import main
from firmware.config import load_country
from firmware.store.database import open_store
from firmware.store.models import CallRecord
from firmware.training.demo import demo_call


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    data = tmp_path_factory.mktemp("explained")
    demo_call(load_country("cn"), data=data)
    store = open_store(data)
    with Session(store) as session:
        (call,) = session.scalars(select(CallRecord.id))
    store.dispose()
    return data, call


def test_the_story_of_a_call(done: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    data, call = done
    assert main(["explain", call, "--data", str(data), "--language", "en"]) == 0
    told = capsys.readouterr().out
    for words in (
        "Line 3 rings: a call begins.",
        "The exchange tells who calls: 13800138000.",
        "The box chooses station 801: free for",
        "The exchange gives the tone that follows a hang-up (450 Hz)",
        "The call ends: caller hung up.",
    ):
        assert words in told


def test_a_call_that_is_not_there(done: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "nobody", "--data", str(done[0])]) == 2
    assert "there is no call nobody" in capsys.readouterr().err
