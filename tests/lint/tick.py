"""Nothing that lc_tick() can reach allocates, locks, prints, asks a clock or calls the system.

Every C file of drivers/ is compiled without optimisation, one section per function, and the relocations that objdump
shows give the graph: a call is an edge; a function whose address is taken anywhere may be what an indirect call
calls. Functions outside drivers/ are judged by name against a list of those known to be harmless.
"""

import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOTS = ("lc_tick",)

# Pure computation on memory that the caller owns.
HARMLESS = re.compile(
    r"""
    mem(cpy|move|set|cmp|chr) | str(len|nlen|cmp|ncmp|chr|rchr|ncpy|cpy|spn|cspn|pbrk) | ffsl?l? | abs | labs | qsort
    | (sin|cos|sincos|tan|atan|atan2|sqrt|exp|exp2|exp10|log|log2|log10|pow|hypot|fmod|remainder
       |fabs|floor|ceil|round|rint|nearbyint|trunc|lrint|lround|llrint|llround|fmin|fmax|ldexp|copysign)[fl]?
    | __stack_chk_fail | _GLOBAL_OFFSET_TABLE_ | __popcountdi2
    """,
    re.VERBOSE,
)
# The real card is nothing but system calls, a few per channel and tick (drivers/cards/dahdi/dahdi.h), on descriptors
# that never block. Only its own functions may make them, and only these.
SYSTEM_ROOM = "drivers/cards/dahdi/"
SYSTEM_CALLS = frozenset({"read", "write", "ioctl", "__errno_location"})
# An object file does not tell an outside function from a variable, so these are known by name when pointed to.
POINTED_TO = frozenset({"malloc", "calloc", "realloc", "free", "printf", "puts", "write", "read"})
# Members of lc_card_ops that are called between ticks (cards/card.h), and what has the form of a thread's function.
BETWEEN_TICKS = re.compile(r"\.(?:wait|io|close)\s*=\s*&?(\w+)")
THREADS = re.compile(r"^static void \*(\w+)\(void \*", re.MULTILINE)

FUNCTION = re.compile(r"^[0-9a-f]+ <([\w.$]+)>:$")
SECTION = re.compile(r"^RELOCATION RECORDS FOR \[(\S+)\]")
RELOCATION = re.compile(r"R_\w+\s+([\w.$]+)")
INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(?:bnd |notrack )?(\w+)\s*(.*)$")


class DoesNotCompile(Exception):
    """A source that gcc refuses; the message names it."""


@dataclass
class Graph:
    """Who refers to whom. Static functions of different files have the file's name before theirs."""

    calls: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    indirect: set[str] = field(default_factory=set)  # functions that call through a pointer
    taken: set[str] = field(default_factory=set)  # functions whose address is kept somewhere
    defined: set[str] = field(default_factory=set)
    home: dict[str, str] = field(default_factory=dict)  # the file that defines it


def build(root: Path) -> Graph:
    """Compiles and reads every C file."""
    graph = Graph()
    sources = sorted(path for path in (root / "drivers").rglob("*.c") if path.name != "_core.c")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        objects = [Path(folder) / f"{number}.o" for number in range(len(sources))]
        list(pool.map(lambda pair: _compile(root, *pair), zip(sources, objects, strict=True)))
        for source, object_file in zip(sources, objects, strict=True):
            _read(graph, str(source.relative_to(root)), object_file)
    return graph


def _compile(root: Path, source: Path, object_file: Path) -> None:
    done = subprocess.run(
        ["gcc", "-std=gnu11", "-O0", "-fno-inline", "-ffunction-sections", "-fdata-sections", "-fno-pic",
         "-fcf-protection=none", f"-I{root / 'drivers'}", "-c", str(source), "-o", str(object_file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise DoesNotCompile(f"{source.relative_to(root)} does not compile: {done.stderr.splitlines()[0]}")


def _symbols(object_file: Path) -> dict[str, bool]:
    """Functions defined in the file; True: static."""
    listed = subprocess.run(["nm", str(object_file)], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return {row[2]: row[1] == "t" for row in rows if len(row) == 3 and row[1] in "tTW"}


def _read(graph: Graph, file: str, object_file: Path) -> None:
    own = _symbols(object_file)

    def full(name: str) -> str:
        name = name.removeprefix(".text.")
        return f"{file}:{name}" if own.get(name) else name

    graph.defined |= {full(name) for name in own}
    graph.home |= {full(name): file for name in own}
    code = subprocess.run(
        ["objdump", "-dr", "--no-show-raw-insn", str(object_file)], check=True, capture_output=True, text=True
    ).stdout
    function, mnemonic = "", ""
    for line in code.splitlines():
        if match := FUNCTION.match(line):
            function = full(match[1])
        elif match := RELOCATION.search(line):
            target = match[1]
            if mnemonic.startswith(("call", "jmp")):
                graph.calls[function].add(full(target))
            elif target.removeprefix(".text.") in own or _is_function_name(target):
                graph.taken.add(full(target))
        elif match := INSTRUCTION.match(line):
            mnemonic = match[1]
            if mnemonic.startswith(("call", "jmp")) and match[2].startswith("*"):
                graph.indirect.add(function)
    _read_tables(graph, full, own, object_file)


def _is_function_name(name: str) -> bool:
    """Another file's function, passed on as an argument; the project's variables are sorted out later."""
    return name.startswith("lc_") or name in POINTED_TO


def _read_tables(graph: Graph, full: Callable[[str], str], own: dict[str, bool], object_file: Path) -> None:
    """Functions named in tables of data, such as lc_card_ops."""
    listed = subprocess.run(["objdump", "-r", str(object_file)], check=True, capture_output=True, text=True).stdout
    section = ""
    for line in listed.splitlines():
        if match := SECTION.match(line):
            section = match[1]
        elif section.startswith((".data", ".rodata")) and (match := RELOCATION.search(line)):
            # .rodata also holds switch tables, which point into their own function with an offset
            if "+0x" in line and match[1].startswith(".text."):
                continue
            if match[1].removeprefix(".text.") in own or _is_function_name(match[1]):
                graph.taken.add(full(match[1]))


def exempt(root: Path) -> set[str]:
    """Functions that are pointed to but never run inside a tick."""
    names: set[str] = set()
    for path in (root / "drivers").rglob("*.c"):
        text = path.read_text(encoding="utf-8")
        names |= set(BETWEEN_TICKS.findall(text)) | set(THREADS.findall(text))
    return names


def reach(graph: Graph, outside: set[str]) -> dict[str, str]:
    """Every function that the roots can reach, with the one that leads there."""
    candidates = {name for name in graph.taken & (graph.defined | POINTED_TO) if name.split(":")[-1] not in outside}
    way: dict[str, str] = {name: "" for name in ROOTS if name in graph.defined}
    waiting = list(way)
    while waiting:
        name = waiting.pop()
        targets = set(graph.calls.get(name, ()))
        if name in graph.indirect:
            targets |= candidates
        for target in sorted(targets - way.keys()):
            way[target] = name
            waiting.append(target)
    return way


def _system_room_only(graph: Graph, way: dict[str, str], name: str) -> bool:
    """Whether it is a system call that the tick makes from the real card's functions alone."""
    callers = [caller for caller in way if name in graph.calls.get(caller, ())]
    return (
        name in SYSTEM_CALLS
        and name not in graph.taken  # whoever has its address may call it
        and all(graph.home.get(caller, "").startswith(SYSTEM_ROOM) for caller in callers)
    )


def check(root: Path) -> list[str]:
    """Every function outside drivers/ that a tick reaches and that is not known to be harmless."""
    try:
        graph = build(root)
    except DoesNotCompile as error:
        return [str(error)]
    way = reach(graph, exempt(root))
    if not way:
        return [f"none of {', '.join(ROOTS)} is defined in drivers/: the tick cannot be checked"]
    findings = []
    for name in sorted(way.keys() - graph.defined):
        if HARMLESS.fullmatch(name) or _system_room_only(graph, way, name):
            continue
        steps = [name]
        while way[steps[-1]]:
            steps.append(way[steps[-1]])
        findings.append(f"the tick reaches {name}(): {' → '.join(reversed(steps))}")
    return findings
