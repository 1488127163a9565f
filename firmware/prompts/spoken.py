"""Texts that people wrote, spoken by the box's own voice: the one that speaks the prompts, too."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np

from firmware.prompts import PromptError, texts
from firmware.prompts.make import PAD_S, padded, speak, write

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def can_speak() -> bool:
    """Whether the box has a voice."""
    return shutil.which("espeak-ng") is not None and shutil.which("sox") is not None


def language_of(text: str, otherwise: str) -> str:
    """In which language it is to be spoken: Chinese characters make it "zh", else letters "en"; a text of digits alone
    goes by `otherwise`."""
    if HAN.search(text):
        return "zh"
    return "en" if re.search("[A-Za-z]", text) else otherwise


def spoken(text: str, language: str, file: Path) -> None:
    """Writes the text as a prompt; it takes its time, so never in the loop. PromptError in words."""
    voices = texts()["voices"]
    if language not in voices:
        raise PromptError("a text needs a language to be spoken in: choose one", code="text_language")
    if not text.strip():
        raise PromptError("there is no text to speak", code="no_text")
    if not can_speak():
        raise PromptError(
            "espeak-ng and sox are not installed on this box, so it cannot speak texts", code="tool_missing"
        )
    voice = voices[language]["box"]
    try:
        samples = speak(text, voice["voice"], voice["speed"])
        if not np.any(samples):
            raise PromptError("there is no word in this text that can be spoken", code="no_word")
        write(file, padded(samples, PAD_S))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise PromptError(f"the text {text[:40]!r} could not be spoken: {error}", code="not_spoken") from error
