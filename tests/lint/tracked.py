"""No tracked file names a path of one machine or the host of a package registry."""

import re
import subprocess
from pathlib import Path

# Written in pieces, so that this file does not find itself.
PATHS = re.compile(r"(?<![\w.$}/-])/(" + "|".join(["work", "root", "ho" + r"me/[a-z_][\w-]*", "Users"]) + r")/")
HOSTS = re.compile(
    "|".join(
        [
            r"(test\.)?py" + r"pi\.(org|python)",
            "files.python" + "hosted",
            r"registry\.npm" + "js",
            r"proxy\.go" + "lang",
        ]
    )
)


def check(root: Path) -> list[str]:
    """Text files that git knows, or would with the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    findings = []
    for name in sorted(filter(None, listed.split("\0"))):
        path = root / name
        if not path.is_file() or "vendor" in path.parts:
            continue
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            found = PATHS.search(line) or HOSTS.search(line)
            if found:
                findings.append(f"{name}:{number}: {found[0]!r} belongs to one machine or one registry")
    return findings
