"""The REST interface keeps to its description: schemathesis asks what it allows and what it does not.

No answer may be a fault (5xx), and none may be one that the description does not know.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)  # fmt: skip

from firmware.setup.programs import Programs, hash_key, new_key
from firmware.setup.store import Setup
from tests.webui.flowbox import FlowBox

KEY = new_key()
HEADER = {"Authorization": f"Bearer {KEY}"}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = "/api/v1/events"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FlowBox]:
    box = FlowBox(tmp_path / "data")
    yield box
    box.stop()


@pytest.fixture
def described(inside: FlaskClient, box: FlowBox) -> BaseSchema:
    """A claimed box with calls, and a key that is good for everything."""
    for number in range(3):
        box.whole_call(f"c{number}")
    scopes = ("read", "calls", "recordings", "events", "control", "flows")
    program = {"id": "p", "name": "P", "scopes": scopes, "per_minute": 6000, "key_hash": hash_key(KEY)}
    Setup(box.data).change(Programs, lambda _: {"programs": [program]}, who="test")
    found = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", inside.application, headers=HEADER)
    return found.exclude(path=ENDLESS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
def test_every_answer_is_a_described_one(described: BaseSchema, mode: GenerationMode) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    asked = 0
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=10, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def ask(case: Case) -> None:
            case.call_and_validate(headers=HEADER, checks=CHECKS)

        with contextlib.suppress(Unsatisfiable):  # where everything is allowed
            ask()
            asked += 1
    assert asked > 30
