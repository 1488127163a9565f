"""Takes secrets and telephone numbers out of what is given to somebody else. Pure functions.

Secrets are found in three ways, each for what the others miss: by the name of a key, by what a value looks like, and by
value wherever one that was found turns up again, as in a log.
"""

import re
from collections.abc import Iterable
from typing import Any

HIDDEN = "[secret]"
LEAST = 4  # a shorter secret cannot be told from other text when it is looked for by value

_KEY = re.compile(
    r"(^|_)(password|passwd|passphrase|pass|pwd|secret|hash|token|key|apikey|pin|credentials?|cookie|authorization|salt)(_|$)",
    re.IGNORECASE,
)
_SHAPES = (
    re.compile(r"\$argon2[a-z]*\$[^\s\"'<>]+"),
    re.compile(r"\$[0-9a-z]{1,3}\$[./0-9A-Za-z$=,]{20,}"),  # crypt(3)
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),  # JSON web token
    re.compile(r"\b[0-9a-fA-F]{32,}\b"),
)
_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]+):([^\s/@]+)@", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?P<name>[\w-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|authorization|cookie|密码|口令)[\w-]*)"
    r"(?P<is>[\"']?\s*[:=：]\s*(?:bearer\s+|basic\s+)?)(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;&\"'}\]]+)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.:/-])\+?\d{7,15}(?![\w.:/-])")
_NUMBER_KEYS = frozenset({"number", "name", "caller", "to_number", "from"})


def is_secret_key(name: str) -> bool:
    """Whether what stands under this key is to be hidden."""
    return _KEY.search(re.sub(r"(?<=[a-z])(?=[A-Z])|[-.\s]", "_", name)) is not None


def found(document: Any) -> set[str]:
    """Every secret of a JSON document, by the names of its keys."""
    if isinstance(document, dict):
        inside = [_strings(value) if is_secret_key(str(key)) else found(value) for key, value in document.items()]
    elif isinstance(document, list):
        inside = [found(value) for value in document]
    else:
        return set()
    return {text for texts in inside for text in texts if len(text) >= LEAST}


def without(document: Any) -> Any:
    """The document with HIDDEN in place of what stands under a secret key; null stays null."""
    if isinstance(document, dict):
        return {
            key: HIDDEN if is_secret_key(str(key)) and value not in (None, "", [], {}) else without(value)
            for key, value in document.items()
        }
    return [without(value) for value in document] if isinstance(document, list) else document


def text(words: str, secrets: Iterable[str], *, numbers: bool) -> str:
    """Any text without secrets, and without telephone numbers unless `numbers` says that they may stay."""
    for secret in sorted(secrets, key=len, reverse=True):
        words = words.replace(secret, HIDDEN)
    for shape in _SHAPES:
        words = shape.sub(HIDDEN, words)
    words = _URL.sub(rf"\1:{HIDDEN}@", words)
    words = _ASSIGNED.sub(_unassigned, words)
    return words if numbers else _NUMBER.sub(lambda match: _masked(match[0]), words)


def people(data: dict[str, Any]) -> dict[str, Any]:
    """An event's data with the caller's number and name masked."""
    return {
        key: _masked(value) if key in _NUMBER_KEYS and isinstance(value, str) else value for key, value in data.items()
    }


def _unassigned(match: re.Match[str]) -> str:
    quote = match["value"][0] if match["value"][0] in "\"'" else ""
    return f"{match['name']}{match['is']}{quote}{HIDDEN}{quote}"


def _masked(value: str) -> str:
    """Its last two signs: enough to tell two callers apart."""
    return "*" * max(0, len(value) - 2) + value[-2:] if len(value) > 4 else "*" * len(value)


def _strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {text for one in value.values() for text in _strings(one)}
    if isinstance(value, list):
        return {text for one in value for text in _strings(one)}
    return {value} if isinstance(value, str) else set()
