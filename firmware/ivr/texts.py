"""Speaks the written texts of a flow into prompts, when it is published."""

import logging
import subprocess
from collections.abc import Callable
from pathlib import Path

from firmware.ivr.document import Document
from firmware.ivr.speaking import written_texts
from firmware.prompts import PromptError, texts
from firmware.prompts.make import PAD_S, padded, speak, write

log = logging.getLogger(__name__)


def speaker(own: Path) -> Callable[[Document], None]:
    """`own`: the box's prompts. What is spoken already stays: a person may have recorded it better."""

    def spoken(document: Document) -> None:
        voices = texts()["voices"]
        for sound, text in written_texts(part for _, _, part in document.parts()).items():
            file = own / sound.language / f"{sound.name}.wav"
            if file.exists():
                continue
            voice = voices[sound.language]["box"]
            try:
                write(file, padded(speak(text, voice["voice"], voice["speed"]), PAD_S))
            except (OSError, subprocess.CalledProcessError, ValueError) as error:
                raise PromptError(f"the text {text[:40]!r} could not be spoken: {error}") from error

    return spoken
