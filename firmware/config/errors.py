"""One sentence for each mistake in a file: which file, which key, what stands there, what is allowed."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from firmware.errors import UserError


class ConfigError(UserError):
    """A file of board-config that cannot be used, or one that is not there. One sentence per line."""


def sentences(file: str, error: ValidationError) -> str:
    """Every mistake that validation found in `file`, one sentence per line."""
    return "\n".join(f"{file}: {_sentence(detail)}" for detail in error.errors(include_url=False))


def _sentence(detail: ErrorDetails) -> str:
    key = _key(detail["loc"])
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return f"{key} is missing"
    if kind == "extra_forbidden":
        return f"{key} = {_shown(value)}: there is no such key"
    allowed = _allowed(kind, detail)
    if isinstance(value, dict | list | tuple):
        return f"{key}: {allowed}" if key else allowed
    return f"{key} = {_shown(value)}: {allowed}"


def _key(location: tuple[int | str, ...]) -> str:
    """('tones', 'busy', 'steps', 0, 'ms') as people write it: tones.busy.steps[0].ms"""
    words = ""
    for part in location:
        if isinstance(part, int):
            words += f"[{part}]"
        elif part != "[key]":
            words += f".{part}" if words else part
    return words


def _shown(value: object) -> str:
    """As it would stand in TOML, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    words = f'"{value}"' if isinstance(value, str) else str(value)
    return words if len(words) <= 60 else f"{words[:57]}..."


def _allowed(kind: str, detail: ErrorDetails) -> str:
    context = {key: f"{value:g}" if isinstance(value, float) else value for key, value in detail.get("ctx", {}).items()}
    phrases = {
        "greater_than_equal": "must be {ge} or more",
        "greater_than": "must be more than {gt}",
        "less_than_equal": "must be {le} or less",
        "less_than": "must be less than {lt}",
        "literal_error": "must be {expected}",
        "string_pattern_mismatch": "must match {pattern}",
        "too_short": "needs at least {min_length}, has {actual_length}",
        "too_long": "may have at most {max_length}",
        "int_type": "must be a whole number",
        "int_parsing": "must be a whole number",
        "int_from_float": "must be a whole number",
        "float_type": "must be a number",
        "float_parsing": "must be a number",
        "bool_type": "must be true or false",
        "bool_parsing": "must be true or false",
        "string_type": "must be a text",
        "tuple_type": "must be a list",
        "dict_type": "must be a table",
        "model_type": "must be a table",
        "value_error": "{error}",
    }
    if kind in phrases:
        return phrases[kind].format(**context)
    return detail["msg"]
