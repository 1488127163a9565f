"""Packaging of callbox; names and versions stand in pyproject.toml. The one hook compiles drivers/ with cffi."""

from collections.abc import Sequence
from pathlib import Path

from setuptools import find_packages, setup

BOARD_CONFIG = Path("board-config")


def share(source: Path, target: str) -> list[tuple[str, Sequence[str]]]:
    """Every TOML and JSON file under `source`, for the installed share directory."""
    files = [file for file in source.rglob("*") if file.suffix in (".toml", ".json")]
    folders = sorted({file.parent for file in files})
    return [
        (str(Path(target) / folder.relative_to(source)), sorted(str(file) for file in files if file.parent == folder))
        for folder in folders
    ]


setup(
    packages=find_packages(include=["drivers", "drivers.*", "firmware", "firmware.*", "webui", "webui.*"]),
    package_data={
        "drivers": ["*.h", "**/*.h", "**/*.c"],
        "firmware": ["**/*.toml", "**/*.json", "**/*.mako", "**/*.ini", "py.typed"],
        "webui": ["**/*.html", "**/*.po", "**/*.mo", "**/*.txt", "**/*.svg", "static/**/*"],
    },
    data_files=share(BOARD_CONFIG, "share/callbox/board-config"),
    entry_points={"console_scripts": ["callbox = firmware.cli:main"]},
    cffi_modules=["drivers/binding/build.py:ffi"],
    zip_safe=False,
)
