"""A flow as a document: nodes with names, joined by their exits. What the editor draws and the interpreter follows.

A document may be unfinished: an exit may lead nowhere, a name may be unknown. It is read all the same, so that a draft
can be kept; `checks` tells what is wrong, and only what has no errors is published.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from drivers.binding.plan import Strict
from firmware.calls.places import HangUp, ToNumber, ToQueue, ToStation, ToVoicemail
from firmware.config.errors import sentences
from firmware.errors import UserError
from firmware.ivr.nodes import AnyNode, Language, NodeId, Prompt, PromptPart, Survey, say
from firmware.ivr.values import VALUE_MOST, Variable

BYTES_MOST = 1_000_000
NODES_MOST = 500

Fallback = Annotated[ToQueue | ToStation | ToVoicemail | ToNumber | HangUp, Field(discriminator="kind")]


class FlowError(UserError):
    """A flow cannot be read; a sentence for each mistake."""


class Limits(Strict):
    """How long a caller may be in a flow: nodes gone through, and seconds. Flows that it calls count as part of it."""

    steps: Annotated[int, Field(ge=1, le=2_000)] = 300
    seconds: Annotated[float, Field(ge=1, le=3_600)] = 600.0


class Document(Strict):
    """A whole flow. `excuse` and then `fallback`: for a caller whom the flow cannot lead on: an exit without a node, a
    fault, a limit. `variables`: those it begins with."""

    format: Literal[1] = 1
    title: dict[Language, Annotated[str, Field(max_length=80)]] = Field(default_factory=dict)
    start: NodeId
    nodes: Annotated[dict[NodeId, AnyNode], Field(min_length=1, max_length=NODES_MOST)]
    variables: Annotated[dict[Variable, Annotated[str, Field(max_length=VALUE_MOST)]], Field(max_length=100)] = Field(
        default_factory=dict
    )
    excuse: Prompt = say("flow_excuse")
    fallback: Fallback = HangUp()
    limits: Limits = Limits()

    def prompts(self) -> Iterator[tuple[str | None, str, Prompt]]:
        """Every prompt: id of its node (None: the flow's own), name of its field, its parts."""
        yield None, "excuse", self.excuse
        for name, node in self.nodes.items():
            for field in type(node).model_fields:
                if field.endswith(("prompt", "_input")) and field not in node.unused():
                    yield name, field, getattr(node, field)
            if isinstance(node, Survey):
                for question in node.questions:
                    yield name, f"questions.{question.id}.prompt", question.prompt

    def parts(self) -> Iterator[tuple[str | None, str, PromptPart]]:
        """Every part of every prompt."""
        for node, field, prompt in self.prompts():
            for part in prompt:
                yield node, field, part


def read(text: str | bytes, name: str = "flow") -> Document:
    """A document from JSON; FlowError in words."""
    if len(text) > BYTES_MOST:
        raise FlowError(f"{name}: it has {len(text)} bytes; a flow may have {BYTES_MOST}")
    try:
        return Document.model_validate(json.loads(text, parse_constant=_no_number), strict=False)
    except ValidationError as error:
        raise FlowError(sentences(name, error)) from error
    except (ValueError, RecursionError) as error:
        raise FlowError(f"{name}: not JSON: {error or 'nested too deeply'}") from error


def written(document: Document) -> dict[str, Any]:
    """As JSON, without what was never told: what stands in the file is what somebody meant."""
    return document.model_dump(mode="json", exclude_unset=True, by_alias=True)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
