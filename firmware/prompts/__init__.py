"""What the box plays to callers: which file stands for a prompt.

Prompts live in the firmware, not in the image: every machine that runs the box speaks them at set-up, from one
file of texts (`texts.toml`), and they are replaced per box by recordings in its data directory.
"""

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from firmware.errors import UserError

HERE = Path(__file__).resolve().parent
ANY = "any"  # music needs no language
MUSIC = "music"
BEEP = "beep"
CHIME = "chime"  # before a page at the loudspeaker


class PromptError(UserError):
    """A prompt or language that is not there; the message says which are."""


@cache
def texts() -> dict[str, Any]:
    """The whole of texts.toml: `voices` by language and speaker, `prompts` by name, `parts` of speech by language. Read
    once, so nobody changes it."""
    with (HERE / "texts.toml").open("rb") as file:
        return tomllib.load(file)


def built_prompts() -> Path:
    """Where `./box` puts the spoken prompts; CALLBOX_PROMPTS says otherwise on an installed box."""
    return Path(os.environ.get("CALLBOX_PROMPTS") or HERE.parents[1] / "build" / "prompts")


class Prompts:
    """Finds prompts of one language; a recording of the box's own wins over what was made at set-up."""

    def __init__(self, language: str, own: Path | None = None, built: Path | None = None) -> None:
        recipe = texts()
        known = sorted(recipe["voices"])
        if language not in known:
            raise PromptError(
                f"no prompts in language {language!r}; there are {', '.join(known)}", code="no_prompt_language"
            )
        self._language = language
        self._parts = frozenset(recipe["parts"][language])
        self._roots = [root for root in (own, built or built_prompts()) if root is not None]

    def path(self, name: str, language: str | None = None) -> Path:
        """The WAV file of a prompt: 8 kHz, mono, 16-bit if it was made here; an own recording is not checked.
        `language`: another than the box's."""
        language = language or self._language
        for root in self._roots:
            for folder in (language, ANY):
                file = root / folder / f"{name}.wav"
                if file.is_file():
                    return file
        there = ", ".join(self.names()) or "none: run ./box setup"
        raise PromptError(f"no prompt {name!r} in language {language!r}; there are {there}", code="no_prompt")

    def names(self) -> list[str]:
        """Every prompt that can be played, without the parts that numbers and dates are said with."""
        folders = (root / folder for root in self._roots for folder in (self._language, ANY))
        return sorted({file.stem for folder in folders for file in folder.glob("*.wav")} - self._parts)
