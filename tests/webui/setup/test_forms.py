"""Forms from models: every kind of field out and in again, rows and variants rearranged; every field in words."""

import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError
from werkzeug.datastructures import MultiDict

from firmware.setup.base import SECRET, Section, Strict
from webui.setup.control import Control
from webui.setup.faults import by_path
from webui.setup.forms import Builder, blank, keep_secrets, rearranged, typed, values_of
from webui.setup.pages import PAGES
from webui.setup.registry import Page
from webui.setup.shapes import shape
from webui.setup.story import choices_of, inner_models
from webui.setup.words import CHOICES, FIELDS


class ToQueue(Strict):
    kind: Literal["queue"] = "queue"
    queue: Annotated[str, Field(min_length=1)]


class HangUp(Strict):
    kind: Literal["hang_up"] = "hang_up"
    prompt: str = "goodbye"


Target = Annotated[ToQueue | HangUp, Field(discriminator="kind")]


class Rule(Strict):
    prefix: Annotated[str, Field(pattern="^[0-9]*$")] = ""
    days: tuple[Literal["mon", "tue"], ...] = ()
    then: Target = HangUp()


class Limits(Strict):
    most: Annotated[int, Field(ge=1, le=9)] = 3


class Whole(Section):
    name: Annotated[str, Field(max_length=10)] = "x"
    text: Annotated[str, Field(json_schema_extra={"long": True})] = ""
    count: int | None = None
    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    on: bool = True
    mode: Literal["a", "b"] | None = None
    begins: datetime.time = datetime.time(8, 30)
    numbers: tuple[str, ...] = ()
    skills: dict[str, int] = Field(default_factory=dict)
    key: str | None = Field(default=None, json_schema_extra=SECRET)
    who: str = Field(default="", json_schema_extra={"refers": "people"})
    limits: Limits | None = None
    rules: tuple[Rule, ...] = ()
    target: Target = HangUp()
    classes: dict[Annotated[str, Field(pattern="^[a-z]+$")], Limits] = Field(default_factory=dict)
    rights: dict[str, list[Literal["listen", "barge"]]] = Field(default_factory=dict)


SENT = {
    "name": " y ", "text": "one\ntwo", "count": "", "share": "0.25", "mode": "", "begins": "09:15", "numbers": "1\n\n2",
    "skills": "english 7\nsales: 3\nlong name=2", "key": "", "who": "wang", "rules.0.#": "1", "rules.0.prefix": "13",
    "rules.0.days": "mon", "rules.0.then.kind": "queue", "rules.0.then.queue": "sales", "rules.7.#": "1",
    "rules.7.prefix": "", "rules.7.then.kind": "hang_up", "rules.7.then.prompt": "bye",
    "target.kind": "queue", "target.queue": "", "classes.0.@": "normal", "classes.0.most": "5", "classes.3.@": "wide",
    "classes.3.most": "9", "rights": "801: listen, barge\n802：listen",
}  # fmt: skip


def build(values: dict[str, Any], errors: dict[str, str] | None = None) -> dict[str, Control]:
    controls = Builder(errors or {}, lambda _: [("wang", "Wang (801)")]).controls(Whole, values)
    return {below.name: below for control in controls for below in control.leaves()}


def test_kinds() -> None:
    assert {name: shape(info).kind for name, info in Whole.model_fields.items()} == {
        "name": "text", "text": "long", "count": "number", "share": "number", "on": "switch", "mode": "choice",
        "begins": "time", "numbers": "lines", "skills": "pairs", "key": "secret", "who": "choice", "limits": "group",
        "rules": "rows", "target": "union", "classes": "keyed", "rights": "pairs",
    }  # fmt: skip


def test_what_is_shown_comes_back_as_it_was() -> None:
    whole = Whole.model_validate(typed(Whole, MultiDict(SENT)) | {"target": {"kind": "hang_up"}})
    shown = build(values_of(whole))
    sent: list[tuple[str, str]] = []
    for name, control in shown.items():
        if control.kind == "switch":
            sent += [(name, "on")] if control.value else []
        elif control.kind == "multi":
            sent += [(name, value) for value in control.value]
        elif control.kind == "group" or control.kind == "rows":
            sent += [(f"{name}.#", "1")] if control.value is not None and name != "rules" else []
        elif control.kind == "keyed":
            continue
        elif control.kind not in ("union", "secret"):
            sent.append((name, "" if control.value is None else str(control.value)))
    again = Whole.model_validate(typed(Whole, MultiDict(sent)))
    assert values_of(again) == values_of(whole)


def test_what_was_typed() -> None:
    values = typed(Whole, MultiDict(SENT))
    assert values["name"] == "y"
    assert (values["count"], values["mode"], values["on"], values["limits"]) == (None, None, False, None)
    assert values["numbers"] == ["1", "2"]
    assert values["skills"] == {"english": "7", "sales": "3", "long name": "2"}
    assert "key" not in values
    assert [rule["prefix"] for rule in values["rules"]] == ["13", ""]
    assert values["rules"][1]["then"] == {"kind": "hang_up", "prompt": "bye"}


def test_faults_stand_at_their_controls() -> None:
    values = typed(Whole, MultiDict(SENT | {"rules.0.prefix": "x", "name": "y" * 11, "skills": "english"}))
    with pytest.raises(ValidationError) as error:
        Whole.model_validate(values)
    found = {one["loc"] for one in error.value.errors()}
    assert ("target", "queue", "queue") in found
    errors = {".".join(str(name) for name in loc): "wrong" for loc in found}
    assert {name for name, control in build(values, errors).items() if control.error} == {
        "name", "skills", "rules.0.prefix", "target.queue",
    }  # fmt: skip


def test_rows_and_groups_are_rearranged() -> None:
    values = typed(Whole, MultiDict(SENT))
    rearranged(Whole, values, "up:rules.1")
    assert [rule["prefix"] for rule in values["rules"]] == ["", "13"]
    rearranged(Whole, values, "drop:rules.0")
    rearranged(Whole, values, "add:rules")
    assert [rule["prefix"] for rule in values["rules"]] == ["13", ""]
    assert values["rules"][1]["then"] == {"kind": "hang_up", "prompt": "goodbye"}
    rearranged(Whole, values, "on:limits")
    assert values["limits"] == {"most": 3}
    rearranged(Whole, values, "off:limits")
    assert values["limits"] is None


def test_rows_with_a_name() -> None:
    values = typed(Whole, MultiDict(SENT))
    assert values["classes"] == {"normal": {"most": "5"}, "wide": {"most": "9"}}
    assert values["rights"] == {"801": ["listen", "barge"], "802": ["listen"]}
    rearranged(Whole, values, "up:classes.1")
    assert list(values["classes"]) == ["wide", "normal"]
    rearranged(Whole, values, "add:classes")
    rearranged(Whole, values, "drop:classes.0")
    assert values["classes"] == {"normal": {"most": "5"}, "": {"most": 3}}
    twice = typed(Whole, MultiDict(SENT | {"classes.3.@": "normal"}))
    with pytest.raises(ValidationError) as error:
        Whole.model_validate(twice | {"target": {"kind": "hang_up"}})
    (fault,) = by_where(error.value)
    shown = build(twice, {fault: "wrong"})
    assert shown["classes.1.@"].error == "wrong" and not shown["classes.0.@"].error
    wrong = build(values_of(Whole(classes={"normal": Limits()})), {"classes.normal.most": "wrong"})
    assert wrong["classes.0.most"].error == "wrong"


def by_where(error: ValidationError) -> list[str]:
    return [".".join(str(name) for name in one["loc"] if name != "[key]") for one in error.errors()]


def test_choosing_a_variant_shows_its_fields() -> None:
    shown = build(typed(Whole, MultiDict({"target.kind": "queue", "target.prompt": "left over"})))
    assert "target.queue" in shown and "target.prompt" not in shown
    assert [value for value, _ in shown["target.kind"].choices] == ["queue", "hang_up"]


def test_a_new_one_begins_with_the_defaults() -> None:
    assert Whole.model_validate(blank(Whole)) == Whole()
    assert blank(ToQueue) == {"kind": "queue", "queue": None}


def test_secrets_stay_when_left_empty() -> None:
    assert keep_secrets(Whole, {"name": "x"}, {"key": "old"})["key"] == "old"
    assert keep_secrets(Whole, {"key": "new"}, {"key": "old"})["key"] == "new"


def test_a_fault_of_the_whole_may_name_its_field() -> None:
    said: Any = {"type": "said", "loc": (), "msg": "", "input": {}, "ctx": {"text": "x", "field": "number"}}
    whole: Any = {"type": "said", "loc": (), "msg": "", "input": {}, "ctx": {"text": "x", "field": ""}}
    import webui.setup.faults

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webui.setup.faults, "_", lambda text: text)
        assert by_path([said, whole]) == {"number": "x", "": "x"}


@pytest.mark.parametrize("page", [page for page in PAGES if isinstance(page, Page)], ids=lambda page: page.name)
def test_every_field_and_choice_is_in_words(page: Page) -> None:
    for model in inner_models(page.model):
        fields = [f"{model.__name__}.{name}" for name in model.model_fields if name not in page.hidden]
        assert [name for name in fields if name not in FIELDS] == []
        assert [key for key in choices_of(model) if key not in CHOICES] == []
    for extra in page.extras:
        assert f"{page.model.__name__}.{extra.name}" in FIELDS
