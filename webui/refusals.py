"""What the box says no with, in the page's language."""

import re
from collections.abc import Iterable
from typing import Any

from webui.translate import _

# Patterns of the whole of what the box may say, and a sentence for each; its holes are filled by the pattern's groups.
Refusals = Iterable[tuple[str, Any]]


def refused(words: str, known: Refusals) -> str:
    """The first that fits; what is not known is shown as the box says it."""
    for pattern, said in known:
        if found := re.fullmatch(pattern, words, re.DOTALL):
            return str(said) % found.groupdict()
    return _("The box says no: %(words)s", words=words)
