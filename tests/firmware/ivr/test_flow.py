"""Flows, led with a voice made of a list of answers."""

import asyncio
from pathlib import Path

import pytest

from firmware.ivr.flow import Flow, FlowError, follow, load_flow


class Script:
    """Answers each question from a list, and writes down what was said."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.said: list[str] = []

    async def ask(self, prompt: str, wait_s: float) -> str | None:
        self.said.append(prompt)
        return self.answers.pop(0)

    async def say(self, prompt: str) -> None:
        self.said.append(prompt)


@pytest.mark.parametrize(
    ("answers", "queue", "said"),
    [
        (["1"], "sales", ["greeting"]),
        (["2"], "service", ["greeting"]),
        (["0"], "operator", ["greeting"]),
        (["*", "1"], "sales", ["greeting", "greeting"]),
        ([None, "1"], "sales", ["greeting", "no_input", "greeting"]),
        (["9", "1"], "sales", ["greeting", "wrong_input", "greeting"]),
        ([None, None], "operator", ["greeting", "no_input", "greeting"]),
        (["9", None], "operator", ["greeting", "wrong_input", "greeting"]),
    ],
)
def test_the_default_flow(answers: list[str | None], queue: str, said: list[str]) -> None:
    voice = Script(*answers)
    assert asyncio.run(follow(load_flow(), voice)) == queue
    assert voice.said == said


def test_a_flow_may_end_the_call() -> None:
    flow = Flow.model_validate(
        {"start": "a", "steps": {"a": {"kind": "play", "prompt": "goodbye", "then": "b"}, "b": {"kind": "hang_up"}}}
    )
    voice = Script()
    assert asyncio.run(follow(flow, voice)) is None
    assert voice.said == ["goodbye"]


def test_a_flow_in_a_circle_ends() -> None:
    flow = Flow.model_validate({"start": "a", "steps": {"a": {"kind": "play", "prompt": "goodbye", "then": "a"}}})
    assert asyncio.run(follow(flow, Script())) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('start = "b"\n[steps.a]\nkind = "hang_up"', "start = 'b': no such step; there are a"),
        ('start = "a"\n[steps.a]\nkind = "hang_up"\npromt = "x"', "promt"),
        ('start = "a"\n[steps.a]\nkind = "dance"', "dance"),
        ("start = ", "Invalid value"),
    ],
)
def test_a_wrong_document_is_told_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "flow.toml"
    path.write_text(text)
    with pytest.raises(FlowError, match=words) as error:
        load_flow(path)
    assert str(path) in str(error.value)
