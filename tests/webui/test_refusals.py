"""What the box says no with: each code has words in both languages, and each word a code that is said somewhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale

from firmware.errors import UserError
from firmware.run import CARD_FAULTS
from firmware.update.bundle import SIGNS
from webui.backup_faults import FAULTS
from webui.refusals import WORDS, refusal

ROOT = Path(__file__).parents[2]
TROUBLE = ROOT / "image-build/overlay/usr/lib/callbox/trouble"
# Errors that the page shows: whoever raises one gives it a code.
SHOWN = {"LibraryError", "Changed", "NotPossible", "PromptError", "Refused", "SetupError", "ShelfError", "UpdateError"}
# What passes a refusal on; classes of other rooms that happen to have these names.
ELSEWHERE = {"firmware/api/client.py", "firmware/ivr/ports.py", "firmware/owed/debts.py"}
# Of the operating system, said by what strerror(3) says (webui/oserrors.py); the last words of an installer that died.
AS_SAID = {"firmware/keeping/byhand.py", "firmware/update/brought.py"}


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call in the box's program, its file, and what is called."""
    for folder in ("firmware", "drivers"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            where = str(file.relative_to(ROOT))
            text = file.read_text("utf-8")
            if where in ELSEWHERE or re.search(r"ivr\.ports import[^)]*?\bRefused\b", text):
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield where, node, node.func.id


def codes(call: ast.Call) -> list[str]:
    """What it may say."""
    value = next((one.value for one in call.keywords if one.arg == "code"), None)
    either = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    return [str(one.value) for one in either if isinstance(one, ast.Constant)]


def said() -> dict[str, set[str]]:
    """Every code, and where it is said."""
    found: dict[str, set[str]] = {}
    for where, call, name in calls():
        if name == "AgentError" and isinstance(call.args[0], ast.Constant):
            found.setdefault(f"agent_{call.args[0].value}", set()).add(where)
        if name.endswith("Error") or name in SHOWN or name == "kind":
            for code in codes(call):
                found.setdefault(code, set()).add(where)
    for code in (*(code for _sign, code in SIGNS), "update_unusable", *CARD_FAULTS.values()):
        found.setdefault(code, set()).add("firmware/update/bundle.py")
    for code in re.findall(r"\[([a-z]+_[a-z_]+)\]", TROUBLE.read_text("utf-8")):
        found.setdefault(code, set()).add(TROUBLE.name)
    return found


def test_every_code_has_words_and_every_word_a_code() -> None:
    backups = {code: where for code, where in said().items() if code in FAULTS}
    others = {code: where for code, where in said().items() if code not in FAULTS}
    assert {code: where for code, where in others.items() if code not in WORDS} == {}
    assert set(WORDS) - set(said()) == set()
    assert all(any("keeping" in one for one in where) for where in backups.values()), backups


def test_what_the_page_shows_has_a_code() -> None:
    without = [
        f"{where}:{call.lineno}"
        for where, call, name in calls()
        if name in SHOWN and call.args and not any(one.arg == "code" for one in call.keywords)
    ]
    assert [one for one in without if one.partition(":")[0] not in AS_SAID] == []


def test_what_a_sentence_names_comes_with_it(inside: FlaskClient) -> None:
    """Otherwise the page itself would fail, and only then."""
    with inside.application.test_request_context(), force_locale("en"):
        for where, call, _name in calls():
            given = {one.arg for one in call.keywords}
            for code in codes(call):
                assert set(re.findall(r"%\((\w+)\)s", str(WORDS.get(code, "")))) <= given, (
                    f"{where}:{call.lineno} {code}"
                )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_in_both_languages(language: str, inside: FlaskClient) -> None:
    with inside.application.test_request_context(), force_locale(language):
        error = UserError("station 801 is in use", code="station_in_use", name="801")
        assert "801" in refusal(error)
        full = refusal(UserError("x: No space left on device", code="not_written", why="No space left on device"))
        assert ("磁盘已满" in full) == (language == "zh")
        assert refusal(UserError("the moon is full")).endswith("the moon is full")
        shown = {code: refusal(UserError("", code=code, name="7", why="x", seconds="9", most="8")) for code in WORDS}
        assert all(bool(re.search("[\u4e00-\u9fff]", words)) == (language == "zh") for words in shown.values())
