"""Python imports point one way: webui → firmware.api → firmware rooms → firmware.calls → drivers.binding → C."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("drivers", "firmware", "webui")

CALLS_AND_ABOVE = ("firmware.calls", "firmware.api", "firmware.ivr", "firmware.acd")

# (who, may not import, except, why); every row holds.
FORBIDDEN: list[tuple[str, tuple[str, ...], tuple[str, ...], str]] = [
    ("drivers", ("firmware", "webui"), (), "drivers know ports, never calls or pages"),
    ("firmware", ("webui",), ("firmware.cli", "firmware.box"), "the firmware must run without the page"),
    ("webui", ("drivers",), (), "the page asks the api, never the core"),
    (
        "webui",
        ("firmware",),
        (
            "firmware.api",
            "firmware.store",
            "firmware.notify",
            "firmware.settings",
            "firmware.update.brought",  # what lies ready for the installer, and what it said
            "firmware.update.bundle",
            "firmware.setup",
            "firmware.people",
            "firmware.keeping.section",
            "firmware.jacks.section",
            "firmware.panel.section",
            "firmware.prompts",
            "firmware.errors",
            "firmware.agents.section",
            "firmware.voicemail.section",
            "firmware.acd.model",
            "firmware.acd.vip",
            "firmware.dialplan",
            "firmware.guard.section",
            "firmware.ivr.answering",
            "firmware.ivr.document",  # what the flow editor's forms are made of
            "firmware.ivr.nodes",
            "firmware.ivr.values",
            "firmware.logfile",
            "firmware.network.look",  # nothing but models and how the machine's network is
            "firmware.network.request",
            "firmware.network.wanted",
            "firmware.outbound.ledger",
            "firmware.outbound.linedialling",
            "firmware.outbound.section",
            "firmware.sound.section",
            "firmware.surge.section",
            "firmware.switching.section",
        ),
        "the page asks the api, reads the store, keeps settings and setup",
    ),
    (
        "firmware.setup",
        ("firmware.calls", "firmware.lines", "firmware.stations", "firmware.box", "firmware.api", "firmware.store"),
        (),
        "the setup holds models of rooms, never their machinery",
    ),
    (
        "firmware.training",
        ("firmware.lines", "firmware.stations", "firmware.calls", "firmware.ivr", "firmware.acd"),
        (),
        "the far ends know signals only and never look into the box",
    ),
    (
        "firmware.calls",
        ("firmware.api", "firmware.cli", "firmware.box", "firmware.training"),
        (),
        "calls are below them",
    ),
    (
        "firmware.doctor",
        ("firmware.box", "firmware.cli", "firmware.training", "firmware.conformance", "drivers.binding.listener"),
        (),
        "the doctor measures by himself: a deaf detector must not praise itself",
    ),
    ("firmware.lines", CALLS_AND_ABOVE, (), "lines are below calls"),
    ("firmware.stations", CALLS_AND_ABOVE, (), "stations are below calls"),
    (
        "firmware.store",
        ("firmware.calls", "firmware.api", "firmware.lines", "firmware.stations"),
        (),
        "the store hears the bus and nothing else",
    ),
]


def within(module: str, package: str) -> bool:
    """Whether `module` is `package` or lies in it."""
    return module == package or module.startswith(f"{package}.")


def imports(source: str, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that is imported, also inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                kept = parents[: len(parents) - node.level + is_package]
                base = ".".join([*kept, base]).rstrip(".")
            # `from firmware import calls` imports firmware.calls
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def refusal(module: str, imported: str) -> str | None:
    """Why `module` may not import `imported`, if it may not."""
    for who, forbidden, allowed, why in FORBIDDEN:
        if not within(module, who):
            continue
        # An exception names either side: a module that may, or what may be imported.
        if any(within(module, name) or within(imported, name) for name in allowed):
            continue
        if any(within(imported, name) for name in forbidden):
            return why
    return None


def check(root: Path) -> list[str]:
    """Every import against the arrows."""
    findings = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            module = ".".join(parts[:-1] if is_package else parts)
            for line, imported in imports(path.read_text(encoding="utf-8"), module, is_package):
                why = refusal(module, imported)
                if why:
                    findings.append(f"{path.relative_to(root)}:{line}: {module} imports {imported}: {why}")
    return findings
