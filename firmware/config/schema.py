"""Writes board-config/schema/*.json, by which editors check the TOML files: `python -m firmware.config.schema`."""

import json
from pathlib import Path

from pydantic import BaseModel

from drivers.binding.plan import Plan
from firmware.config import config_folder
from firmware.config.board import Board

MODELS: dict[str, type[BaseModel]] = {"board": Board, "country": Plan}


def schema(kind: str) -> str:
    """The JSON schema of a kind of file, as it is written."""
    return json.dumps(MODELS[kind].model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> list[Path]:
    """Writes every schema; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind in MODELS:
        file = folder / f"{kind}.json"
        file.write_text(schema(kind), encoding="utf-8")
        files.append(file)
    return files


if __name__ == "__main__":
    write(config_folder() / "schema")
