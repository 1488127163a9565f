"""Flask-Babel's functions under the names that the catalogue's extraction looks for, with types."""

from typing import Any

import flask_babel


def _(text: str, **values: Any) -> str:
    """The text in the page's language."""
    return str(flask_babel.gettext(text, **values))


def _l(text: str) -> Any:
    """Likewise, but looked up when it is shown; for tables and forms, which are made before any request."""
    return flask_babel.lazy_gettext(text)


def language() -> str:
    """Of this request: 'zh' or 'en'."""
    return str(flask_babel.get_locale())


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The text for so many; `%(num)s` is the number."""
    return str(flask_babel.ngettext(one, many, num, **values))
