"""Each rule of the house finds a violation that is planted, and is silent where there is none."""

import subprocess
from pathlib import Path

import pytest

from tests.lint import arrows, includes, tick, tracked


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("webui/desk.py", "from drivers.binding.engine import Engine"),
        ("webui/desk.py", "from firmware import calls"),
        ("webui/desk/__init__.py", "import firmware.bus"),
        ("firmware/bus.py", "import webui"),
        ("drivers/binding/engine.py", "from firmware.bus import Bus"),
        ("firmware/training/exchange.py", "from firmware.lines import Lines"),
        ("firmware/training/demo/__init__.py", "from ... import acd"),
        ("firmware/training/demo.py", "from ..ivr.document import Document"),
        ("firmware/training/demo.py", "def later():\n    import firmware.calls"),
        ("firmware/lines.py", "from firmware.calls import Call"),
    ],
)
def test_import_against_the_arrows(tmp_path: Path, file: str, source: str) -> None:
    findings = arrows.check(plant(tmp_path, {file: source}))
    assert len(findings) == 1
    assert findings[0].startswith(f"{file}:")


def test_imports_with_the_arrows(tmp_path: Path) -> None:
    good = {
        "webui/desk.py": "from firmware.api.client import Client\nfrom firmware.store import models\nimport flask",
        "firmware/calls/inbound.py": "from drivers.binding.engine import Engine\nfrom firmware.lines import Lines",
        "firmware/training/demo.py": "from drivers.binding import simcard\nfrom firmware.config import Plan",
    }
    assert arrows.check(plant(tmp_path, good)) == []


@pytest.mark.parametrize(
    ("file", "header"),
    [
        ("drivers/dsp/dtmf.c", "line/line.h"),
        ("drivers/dsp/dtmf.c", "cards/card.h"),
        ("drivers/dsp/dtmf.h", "../core/core.h"),
        ("drivers/line/fxo.c", "core/core.h"),
        ("drivers/line/fxo.c", "cards/sim/sim.h"),
        ("drivers/cards/sim/sim.c", "line/line.h"),
        ("drivers/cards/sim/sim.c", "core/core.h"),
    ],
)
def test_include_against_the_arrows(tmp_path: Path, file: str, header: str) -> None:
    findings = includes.check(plant(tmp_path, {file: f'#include "{header}"\n'}))
    assert findings == [f"{file}:1: {file.split('/')[1]} may not include {header}"]


def test_includes_with_the_arrows(tmp_path: Path) -> None:
    good = {
        "drivers/core/core.c": '#include "line/line.h"\n#include "dsp/ears.h"\n#include "cards/card.h"\n',
        "drivers/line/fxo.c": '#include "cards/card.h"\n#include "dsp/callerid.h"\n#include "linecard.h"\n',
        "drivers/dsp/dtmf.c": '#include "dsp/dtmf.h"\n#include "dtmf.h"\n',
    }
    assert includes.check(plant(tmp_path, good)) == []


CORE = """
#include <string.h>
struct ops { void (*begin)(int *); void (*wait)(int *); };
extern const struct ops *card;
void helper(int *x);
void lc_tick(int *x);
void lc_core_new(int *x);
static void step(int *x) { helper(x); card->begin(x); }
void lc_tick(int *x) { memset(x, 0, sizeof *x); step(x); }
"""
QUIET = "void helper(int *x) { *x += 1; }\n"
CARD = """
#include <stdlib.h>
#include <time.h>
struct ops { void (*begin)(int *); void (*wait)(int *); };
static void begin(int *x) { *x = 1; BEGIN; }
static void pause_tick(int *x) { struct timespec now; clock_gettime(CLOCK_MONOTONIC, &now); *x = (int)now.tv_sec; }
static const struct ops ops = { .begin = begin, .wait = pause_tick };
const struct ops *card = &ops;
void make(void); void make(void) { card = malloc(sizeof ops); }
"""


def c_tree(root: Path, helper: str = QUIET, begin: str = "(void)0") -> Path:
    card = CARD.replace("BEGIN", begin)
    return plant(root, {"drivers/core/core.c": CORE, "drivers/core/helper.c": helper, "drivers/cards/sim/sim.c": card})


def test_quiet_tick(tmp_path: Path) -> None:
    assert tick.check(c_tree(tmp_path)) == [], "malloc outside the tick and the clock between ticks are allowed"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("free(malloc(3))", "malloc"),
        ("x = realloc(x, 8)", "realloc"),
        ("pthread_mutex_lock((pthread_mutex_t *)x)", "pthread_mutex_lock"),
        ('printf("%d", *x)', "printf"),
        ('fprintf(stderr, "%d", *x)', "fprintf"),
        ("time(0)", "time"),
        ("clock_gettime(0, 0)", "clock_gettime"),
        ("(void)!write(1, x, 1)", "write"),
    ],
)
def test_forbidden_call_in_tick(tmp_path: Path, call: str, name: str) -> None:
    helper = (
        "#include <pthread.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <time.h>\n#include <unistd.h>\n"
        f"static void deep(int *x) {{ {call}; }}\nvoid helper(int *x) {{ if (*x) deep(x); }}\n"
    )
    findings = tick.check(c_tree(tmp_path, helper))
    assert any(finding.startswith(f"the tick reaches {name}(): lc_tick → ") for finding in findings), findings


def test_forbidden_call_behind_a_card(tmp_path: Path) -> None:
    findings = tick.check(c_tree(tmp_path, begin="x = malloc(9)"))
    assert len(findings) == 1
    assert "begin → malloc" in findings[0]


REAL_CARD = """
#include <stdio.h>
#include <unistd.h>
struct ops { void (*begin)(int *); };
static void begin(int *x) { *x = (int)read(3, x, 4); MORE; }
static const struct ops ops = { .begin = begin };
extern const struct ops *second;
const struct ops *second = &ops;
"""


def test_the_real_card_alone_may_call_the_kernel(tmp_path: Path) -> None:
    real = "drivers/cards/dahdi/sound.c"
    plant(tmp_path, {real: REAL_CARD.replace("MORE", "(void)0")})
    assert tick.check(c_tree(tmp_path)) == []
    findings = tick.check(c_tree(tmp_path, begin="extern long read(int, void *, unsigned long); read(3, x, 4)"))
    assert any("reaches read()" in finding for finding in findings), "not for another card, though the real one does"
    plant(tmp_path, {real: REAL_CARD.replace("MORE", 'puts("late")')})
    assert any("reaches puts()" in finding for finding in tick.check(c_tree(tmp_path))), "and not to print"


def test_forbidden_call_by_pointer(tmp_path: Path) -> None:
    helper = (
        "#include <stdlib.h>\ntypedef void *maker(unsigned long);\n"
        "static maker *use = malloc;\nvoid helper(int *x) { *(void **)x = use(3); }\n"
    )
    assert any("malloc" in finding for finding in tick.check(c_tree(tmp_path, helper)))


def test_no_tick_at_all_is_a_finding(tmp_path: Path) -> None:
    assert "none of lc_tick" in tick.check(plant(tmp_path, {"drivers/a.c": "int a;\n"}))[0]


@pytest.mark.parametrize(
    "line",
    [
        'path = "' + "/wo" + 'rk/main/x"',
        "see " + "/ro" + "ot/notes",
        "/ho" + "me/ann/box",
        "--index-url https://" + "py" + "pi.org/simple",
        "https://registry.npm" + "js.org/htmx",
    ],
)
def test_machine_path_or_host(tmp_path: Path, line: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    plant(tmp_path, {"a.txt": f"good\n{line}\n", "b.txt": "networks/wo" + "rk/root of 2, drivers/root/x, $(root)/y\n"})
    findings = tracked.check(tmp_path)
    assert len(findings) == 1
    assert findings[0].startswith("a.txt:2: ")
