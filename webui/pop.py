"""Screen pop: the address at which another program shows who calls."""

from typing import Any
from urllib.parse import quote

from flask import current_app

from firmware.setup.programs import Pop


def filled(template: str, *, number: Any, name: Any, call: Any, line: Any, agent: Any) -> str:
    """The address with the call's values, each escaped: a caller's name cannot lead anywhere else."""
    values = {"number": number, "name": name, "call": call, "line": line, "agent": agent}
    return template.format(**{key: quote(str(value or ""), safe="") for key, value in values.items()})


def pop_url(record: Any) -> str | None:
    """Of this call (anything with number, name, line, agent and id); None if no address is set up."""
    template = current_app.extensions["callbox"].setup.load(Pop).url
    if not template:
        return None
    return filled(
        template, number=record.number, name=record.name, call=record.id, line=record.line, agent=record.agent
    )
