"""The usual tools are really run with the project's settings, and a failing check makes the lint fail."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lint import __main__ as lint
from tests.lint import tools

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty project with this one's settings."""
    for name in ("pyproject.toml", ".clang-format", ".clang-tidy"):
        shutil.copy(ROOT / name, tmp_path / name)
    for room in ("drivers", "firmware", "webui", "tests/lint"):
        (tmp_path / room).mkdir(parents=True)
        (tmp_path / room / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("check", "file", "bad", "good"),
    [
        (tools.ruff, "firmware/a.py", "import os\n", "A = 1\n"),
        (tools.ruff_format, "firmware/a.py", "A=1\n", "A = 1\n"),
        (tools.mypy, "firmware/a.py", "def f(x):\n    return x\n", "def f(x: int) -> int:\n    return x\n"),
        (tools.clang_format, "drivers/a.c", "int  a;\n", "int a;\n"),
        (
            tools.clang_tidy,
            "drivers/a.c",
            "int f(int x)\n{\n\tint y;\n\treturn x + y;\n}\n",
            "int f(int x)\n{\n\treturn x + 1;\n}\n",
        ),
        (
            tools.cppcheck,
            "drivers/a.c",
            "int f(void)\n{\n\tint a[3] = {0};\n\treturn a[3];\n}\n",
            "int f(void)\n{\n\tint a[3] = {0};\n\treturn a[2];\n}\n",
        ),
    ],
)
def test_tool(tree: Path, check: Callable[[Path], list[str]], file: str, bad: str, good: str) -> None:
    (tree / file).write_text(good, encoding="utf-8")
    assert check(tree) == []
    (tree / file).write_text(bad, encoding="utf-8")
    assert any(file in line for line in check(tree))


def test_failing_check_fails_the_lint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["lint"])
    monkeypatch.setattr(lint, "CHECKS", {"good one": lambda root: [], "bad one": lambda root: ["a.c:1: wrong"]})
    assert lint.main() == 1
    assert capsys.readouterr().out == "ok   good one\nFAIL bad one\n     a.c:1: wrong\n"
    monkeypatch.setattr("sys.argv", ["lint", "good"])
    assert lint.main() == 0
    monkeypatch.setattr("sys.argv", ["lint", "nothing"])
    assert lint.main() == 2
