"""Speaks the written texts of a flow into prompts, when it is published."""

from collections.abc import Callable
from pathlib import Path

from firmware.ivr.document import Document
from firmware.ivr.speaking import written_texts
from firmware.prompts.spoken import spoken


def speaker(own: Path) -> Callable[[Document], None]:
    """`own`: the box's prompts. What is spoken already stays: a person may have recorded it better."""

    def speak(document: Document) -> None:
        for sound, text in written_texts(part for _, _, part in document.parts()).items():
            file = own / sound.language / f"{sound.name}.wav"
            if not file.exists():
                spoken(text, sound.language, file)

    return speak
