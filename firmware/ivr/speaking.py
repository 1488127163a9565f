"""From the parts of a prompt to the sounds that are played: pure, by the rules of firmware/prompts/speech.py."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, time
from decimal import Decimal, InvalidOperation

from firmware.ivr.nodes import Language, NamedPrompt, PromptPart, SpokenMoney, SpokenValue, WrittenPrompt
from firmware.ivr.ports import Sound
from firmware.ivr.values import Variables, fill
from firmware.prompts.speech import Speech, speech

SPOKEN_MOST = 100  # sounds of one part: nobody listens to more digits

RULES: dict[Language, Speech] = {"zh": speech("zh"), "en": speech("en")}
SAY: dict[str, Callable[[Speech, str], list[str]]] = {
    "number": lambda rules, text: rules.cardinal(int(text)),
    "ordinal": lambda rules, text: rules.ordinal(int(text)),
    "position": lambda rules, text: rules.position(int(text)),
    "duration": lambda rules, text: rules.duration(round(float(text))),
    "digits": lambda rules, text: rules.digits(text),
    "telephone": lambda rules, text: rules.telephone(text),
    "date": lambda rules, text: rules.date(date.fromisoformat(text)),
    "weekday": lambda rules, text: rules.weekday(date.fromisoformat(text)),
    "time": lambda rules, text: rules.time(time.fromisoformat(text)),
}


def text_prompt(text: str, language: Language) -> str:
    """The name of the prompt that a written text is spoken into: the same text always has the same."""
    return f"text_{hashlib.sha256(f'{language}:{text}'.encode()).hexdigest()[:20]}"


def sounds(part: PromptPart, variables: Variables, language: Language) -> list[Sound]:
    """What is played. ValueError, in words, for a value that cannot be said."""
    match part:
        case NamedPrompt(name=name, language=fixed):
            return [Sound(name, fixed or language)]
        case WrittenPrompt(text=texts):
            spoken: Language = language if language in texts else next(iter(texts))
            return [Sound(text_prompt(texts[spoken], spoken), spoken)]
        case SpokenMoney(value=value, currency=currency):
            names = RULES[language].money(_amount(fill(value, variables)), currency)
        case SpokenValue(kind=kind, value=value):
            text = fill(value, variables).strip()
            if len(text) > SPOKEN_MOST:
                raise ValueError(f"{len(text)} characters are too many to be said")
            try:
                names = SAY[kind](RULES[language], text)
            except (OverflowError, ValueError) as error:
                raise ValueError(f"{text!r} cannot be said as {kind}: {error}") from error
    return [Sound(name, language) for name in names]


def written_texts(parts: Iterable[PromptPart]) -> dict[Sound, str]:
    """The prompts to be spoken from written texts, with their texts."""
    return {
        Sound(text_prompt(text, language), language): text
        for part in parts
        if isinstance(part, WrittenPrompt)
        for language, text in part.text.items()
    }


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no amount of money") from error
    if not amount.is_finite() or abs(amount.adjusted()) > 15:
        raise ValueError(f"{text!r} is no amount of money that can be said")
    return amount
