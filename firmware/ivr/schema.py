"""Writes flow.schema.json, by which editors and other programs check a flow: `python -m firmware.ivr.schema`."""

import json
from pathlib import Path

from firmware.ivr.document import Document

FILE = Path(__file__).with_name("flow.schema.json")


def schema() -> str:
    """The JSON schema of a flow document, as it is written."""
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "callbox flow"}
    return json.dumps(Document.model_json_schema() | described, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
