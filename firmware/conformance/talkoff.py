"""Speech and music that must not be taken for anything: digits, hang-up tones, caller id.

The corpus is a recipe, not files: five minutes per seed, in turn Mandarin, English, music, and speech over music;
voices, texts, speeds and pitches drawn by `speech.py`, pieces by `music.py`; level -10 to -28 dBm0, half of it limited
to 300 to 3,400 Hz, A-law or µ-law coded.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from drivers.binding.events import Ear, Kind
from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.ears import events
from firmware.conformance.music import music
from firmware.conformance.rows import Job, Row, Scale
from firmware.conformance.signals import Pcm, Wave
from firmware.conformance.speech import talk

GROUP = "talkoff"
PART_S = 300.0
OWN = "callbox figure"
KINDS = ("Mandarin", "English", "music", "speech over music")
HANG_UP = ("busy", "congestion")  # what the box takes for the end of a call (firmware.lines)
DIGIT_COUNTRIES = ("cn", "us")  # even and uneven twist


@dataclass(frozen=True, slots=True)
class Found:
    """What was heard in one part that is not there. Keys of `tones`: country and tone."""

    kind: str
    seconds: float
    digits: Counter[str] = field(default_factory=Counter)
    tones: Counter[tuple[str, str]] = field(default_factory=Counter)
    numbers: int = 0
    places: tuple[str, ...] = ()


def corpus(part: int, seconds: float = PART_S) -> tuple[str, Pcm]:
    """The part of this number: what it is, and the sound."""
    rng = signals.rng_of("corpus", part)
    kind = KINDS[part % len(KINDS)]
    sound = _sound(kind, seconds, rng)
    if rng.random() < 0.5:
        sound = signals.shaped(sound, 300, 3400)
    sound = signals.at_level(sound, float(rng.uniform(-28, -10)))
    return kind, signals.coded(sound, "alaw" if part // len(KINDS) % 2 else "ulaw", rng)


def _sound(kind: str, seconds: float, rng: np.random.Generator) -> Wave:
    if kind == "music":
        return music(seconds, rng)
    speakers = [talk(seconds / 10, _chinese(kind, rng), rng) for _ in range(10)]
    voice = np.concatenate(speakers)[: round(seconds * signals.RATE)]
    if kind == "speech over music":
        under = signals.at_level(music(len(voice) / signals.RATE, rng), signals.dbm0_of(voice) - rng.uniform(3, 20))
        return voice + under[: len(voice)]
    return voice


def _chinese(kind: str, rng: np.random.Generator) -> bool:
    return kind == "Mandarin" or (kind != "English" and bool(rng.random() < 0.5))


def hear(part: int, seconds: float, digits: bool, listening: Sequence[str]) -> Found:
    """One part with these countries' tones, with caller id, and with digits where asked for."""
    kind, pcm = corpus(part, seconds)
    found: Counter[str] = Counter()
    tones: Counter[tuple[str, str]] = Counter()
    numbers, places = 0, []
    for country in listening:
        ears = Ear.TONE
        if digits and country in DIGIT_COUNTRIES:
            ears |= Ear.DTMF
        if country == listening[0]:  # the same in every country
            ears |= Ear.CALLERID
        for what in events(load_country(country), ears, pcm):
            at = what.at / signals.RATE
            if what.kind is Kind.DIGIT:
                found[country] += 1
            elif what.kind is Kind.TONE:
                tones[country, what.word] += 1
            elif what.kind is Kind.CALLERID:
                numbers += 1
            else:
                continue
            places.append(f"{country} {what.kind.name.lower()} {what.word} at {at:.2f} s of part {part} ({kind})")
    return Found(kind, len(pcm) / signals.RATE, found, tones, numbers, tuple(places))


# -- the requirements ----------------------------------------------------------------------------------------


def _parts(scale: Scale) -> tuple[int, int, float]:
    """Parts in all, parts in which digits are listened for, and their length: 10 h and 2 h."""
    return (8, 8, 30.0) if scale.quick else (120, 24, PART_S)


def jobs(scale: Scale) -> list[Job]:
    """One per part of the corpus."""
    parts, with_digits, seconds = _parts(scale)
    return [Job(hear, (part, seconds, part < with_digits, scale.countries())) for part in range(parts)]


def rows(results: Sequence[Found], scale: Scale) -> list[Row]:
    """The group's rows."""
    _, with_digits, _ = _parts(scale)
    listened = results[:with_digits]
    hours = sum(part.seconds for part in results) / 3600
    out = [
        _digits(country, what, [part for part in listened if part.kind in kinds])
        for country in DIGIT_COUNTRIES
        if country in scale.countries()
        for what, kinds in (("speech", KINDS[:2]), ("music", KINDS[2:]))
    ]
    numbers = sum(part.numbers for part in results)
    out.append(Row(
        GROUP, "caller id heard in speech and music", OWN, "at most", 0.0, float(numbers), "in all",
        note=_note(hours, results, f"{scale.countries()[0]} callerid"),
    ))  # fmt: skip
    for country in scale.countries():
        for tones, words in ((HANG_UP, "hang-up tones (busy, congestion)"), (None, "other progress tones")):
            out.append(_tones(country, tones, words, results, hours))
    return out


def _digits(country: str, what: str, parts: Sequence[Found]) -> Row:
    hits = sum(part.digits[country] for part in parts)
    hours = sum(part.seconds for part in parts) / 3600
    return Row(
        GROUP, f"{country}: digits heard in {what}", "ITU-T Q.24, digit simulation by speech; " + OWN, "at most", 0.0,
        float(hits), "in all", "Mitel tape: 30 allowed; spandsp 0 in 25.5 min", _note(hours, parts, f"{country} digit"),
    )  # fmt: skip


def _tones(country: str, names: tuple[str, ...] | None, words: str, parts: Sequence[Found], hours: float) -> Row:
    wanted = [
        (part.tones[key], key) for part in parts for key in part.tones if key[0] == country and _counts(key[1], names)
    ]
    hits = sum(count for count, _ in wanted)
    compare = "spandsp, busy: 31 to 37 in 25.5 min after 1 cycle, 0 after 3" if names else ""
    # Other tones end no call: a held whistle is a dial tone for a while. One an hour does no harm.
    limit = 0.0 if names else 1.0
    return Row(
        GROUP, f"{country}: {words} heard in speech and music", OWN,
        "at most", limit, hits / hours if hours else float("nan"), "per hour", compare,
        _note(hours, parts, *(f"{country} tone {key[1]} " for _, key in wanted)),
    )  # fmt: skip


def _counts(tone: str, names: tuple[str, ...] | None) -> bool:
    return tone in names if names else tone not in HANG_UP


def _note(hours: float, parts: Sequence[Found], *words: str) -> str:
    """How much was listened to, and where the first hits are."""
    places = [place for part in parts for place in part.places if any(place.startswith(word) for word in words)]
    return f"{hours:.2f} h" + ("; " + "; ".join(places[:4]) if places else "")
