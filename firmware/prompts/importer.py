"""Brings a sound file of any kind into the box: 8 kHz, mono, 16-bit, at speech level, without silence around it.

ffmpeg decodes and resamples (its band limit is steep; pydub's own resampling has none and would fold what lies above
4 kHz into the speech), webrtcvad finds where speech begins and ends. PromptError, in words, for what cannot be used.
"""

import json
import math
import os
import re
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.prompts import ANY, PromptError, texts
from firmware.prompts.make import LEVEL_DBM0, RMS_0_DBM0, active_rms
from firmware.prompts.music import RATE
from firmware.voice.activity import Runs, Settings, as_segments, segments

LONGEST_S = 600
DECODE_WITHIN_S = 120
KEPT_S = 0.15  # silence left before and after
FADE_S = 0.005
KNOCKS_PERCENT = 98
GAIN_MOST_DB = 40.0  # what needs more is noise
FRAME = RATE // 50
# What counts as sound beside speech, after normalising: louder than this, so far above the quietest tenth, so long.
SOUND_LEAST_DBM0, OVER_NOISE_DB, NOISE_PERCENT, LOUD_FRAMES = -40.0, 12.0, 10, 3
PEAK = 32_000.0  # 0.2 dB below full scale
LIMITER = 2 * (RATE // 400) + 1  # samples: 2.5 ms to each side
# Kinds of file, ffmpeg's names. Playlists and other kinds that name further files or hosts are not among them.
KINDS = "wav,w64,aiff,au,caf,mp3,aac,mov,matroska,webm,ogg,flac,amr,amrnb,amrwb,asf,ac3,gsm,wv,ape,tta"
TRUNCATED = 0.02, 0.3  # share and seconds by which the sound may be shorter than the file says
UNKNOWN_SIZES = (0, 0x7FFFFFFF, 0xFFFFFFFF)  # of a WAV that was written to a pipe
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
# 200 Hz as for the prompts made here; the resampler passes up to 3.6 kHz and stops at 4 kHz.
FILTERS = f"highpass=f=200,aresample={RATE}:filter_size=256:phase_shift=10:cutoff=0.92"

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was done to a file."""

    path: str
    source: str  # coding, rate and channels as they were
    seconds: float
    gain_db: float
    level_dbm0: float  # active speech level as it is now
    trimmed_begin_ms: int
    trimmed_end_ms: int
    limited_ms: int  # how long peaks were held down
    speech: bool  # False: no speech was found, only sound
    replaced: bool


def import_prompt(file: Path, name: str, language: str, data: Path) -> Imported:
    """Writes data/prompts/<language>/<name>.wav, whole or not at all; a prompt of that name is replaced."""
    known = [*sorted(texts()["voices"]), ANY]
    if language not in known:
        raise PromptError(
            f"no prompts in language {language!r}; there are {', '.join(known)}", code="no_prompt_language"
        )
    if not NAME.fullmatch(name):
        raise PromptError(f"a prompt cannot be called {name!r}: a-z, 0-9, _ and -, at most 64", code="prompt_name")
    source, sound = decode(file)
    sound, gain_db = normalise(sound, file)
    sound, limited_ms = limit(sound)
    begin, end, speech = extent(sound, file)
    target = data / "prompts" / language / f"{name}.wav"
    replaced = target.exists()
    kept = faded(sound[begin:end])
    _write(target, kept)
    return Imported(
        str(target), source, round(len(kept) / RATE, 3), round(gain_db, 1), round(_level(kept), 1),
        _ms(begin), _ms(len(sound) - end), limited_ms, speech, replaced,
    )  # fmt: skip


# -- reading -------------------------------------------------------------------------------------------------


def decode(file: Path) -> tuple[str, Samples]:
    """What the file was, and its sound at 8 kHz."""
    try:
        with file.open("rb") as opened:
            size, head = os.fstat(opened.fileno()).st_size, opened.read(12)
            if size and head[:4] == b"RIFF" and head[8:12] == b"WAVE":
                _whole_wav(file, opened, size)
    except OSError as error:
        raise PromptError(f"{file}: {error.strerror}", code="not_read", why=error.strerror) from error
    if not size:
        raise PromptError(f"{file}: the file is empty", code="prompt_empty")
    stream, announced = _probe(file)
    if announced is not None and announced > LONGEST_S + 1:
        raise _too_long(file)
    raw = _tool(
        file, "ffmpeg", "-map", "0:a:0", "-t", str(LONGEST_S + 1), "-af", FILTERS, "-ac", "1", "-f", "f32le", "-"
    )
    sound = np.frombuffer(raw[: len(raw) // 4 * 4], "<f4").astype(np.float64) * 32768
    seconds = len(sound) / RATE
    if seconds > LONGEST_S:
        raise _too_long(file)
    share, least = TRUNCATED
    if announced is not None and announced - seconds > least + share * announced:
        raise PromptError(
            f"{file}: cut short: it announces {announced:.1f} s of sound, and {seconds:.1f} s are there",
            code="prompt_cut_short",
        )
    if not len(sound):
        raise PromptError(f"{file}: there is no sound in it", code="prompt_soundless")
    return f"{stream['codec_name']}, {stream['sample_rate']} Hz, {stream['channels']} channels", sound


def _whole_wav(file: Path, opened: Any, size: int) -> None:
    """PromptError if a WAV is shorter than its chunks say; ffmpeg would play what is left."""
    place = 12
    while place + 8 <= size:
        opened.seek(place)
        head = opened.read(8)
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"data":
            there = size - place - 8
            if length > there and length not in UNKNOWN_SIZES:
                raise PromptError(
                    f"{file}: cut short: it announces {length} bytes of sound, and {there} are there",
                    code="prompt_cut_short",
                )
            return
        place += 8 + length + length % 2
    raise PromptError(f"{file}: cut short: a WAV without sound data", code="prompt_cut_short")


def _probe(file: Path) -> tuple[dict[str, Any], float | None]:
    """Its first sound stream, and how many seconds it says it lasts."""
    try:
        told = json.loads(_tool(file, "ffprobe", "-show_streams", "-show_format", "-of", "json"))
    except PromptError as error:
        raise PromptError(
            f"{file}: not a sound file that can be read, or cut short", code="prompt_unreadable"
        ) from error
    stream = next((one for one in told.get("streams", []) if one.get("codec_type") == "audio"), None)
    if stream is None or "sample_rate" not in stream:
        raise PromptError(f"{file}: there is no sound in it", code="prompt_soundless")
    # The stream's own time: a film's picture may go on for longer.
    seconds = stream.get("duration") or told["format"].get("duration")
    # A file without a header of its own is not asked: its length is an estimate from the bit rate.
    estimated = told["format"].get("format_name") in ("aac", "amr", "amrnb", "amrwb", "ac3", "gsm")
    return stream, None if seconds is None or estimated else float(seconds)


def _tool(file: Path, tool: str, *options: str) -> bytes:
    """Output of ffmpeg or ffprobe, which may open this file and nothing else."""
    guards = ["-protocol_whitelist", "file,pipe", "-format_whitelist", KINDS]
    started = [tool, "-v", "error", "-nostdin"] if tool == "ffmpeg" else [tool, "-v", "error"]
    try:
        done = subprocess.run(
            [*started, *guards, "-i", f"file:{file}", *options],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=DECODE_WITHIN_S, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise PromptError(f"{tool} is not installed: run ./box setup", code="tool_missing") from error
    except subprocess.TimeoutExpired as error:
        raise PromptError(f"{file}: not converted within {DECODE_WITHIN_S} s", code="prompt_slow") from error
    if done.returncode:
        raise PromptError(f"{file}: cannot be converted", code="prompt_unconvertible")
    return done.stdout


def _too_long(file: Path) -> PromptError:
    return PromptError(f"{file}: too long: a prompt lasts at most {LONGEST_S // 60} minutes", code="prompt_too_long")


# -- sound ---------------------------------------------------------------------------------------------------


def normalise(sound: Samples, file: Path) -> tuple[Samples, float]:
    """The sound with its active speech level at LEVEL_DBM0, and the gain in dB that this took."""
    sound = sound - np.mean(sound)
    filled = sound if len(sound) >= FRAME else np.pad(sound, (0, FRAME - len(sound)))
    if not np.any(np.abs(sound) >= 1):
        raise PromptError(f"{file}: there is only silence in it", code="prompt_silent")
    gain_db = LEVEL_DBM0 - _level(filled)
    if gain_db > GAIN_MOST_DB:
        raise PromptError(f"{file}: there is only silence in it, {LEVEL_DBM0 - gain_db:.0f} dBm0", code="prompt_silent")
    return filled * 10 ** (gain_db / 20), gain_db


def _level(sound: Samples) -> float:
    """Active speech level in dBm0, not raised by some knocks: the loudest frames count as those below them."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(frames**2, axis=1)
    most = np.percentile(power, KNOCKS_PERCENT)
    tamed = frames * np.sqrt(np.minimum(1.0, most / np.maximum(power, 1e-9)))[:, np.newaxis]
    rms = active_rms(tamed.ravel()) if np.any(tamed) else active_rms(sound)
    return 20 * math.log10(rms / RMS_0_DBM0)


def limit(sound: Samples) -> tuple[Samples, int]:
    """The sound with no sample beyond PEAK, and for how many ms it was turned down for that.

    Each sample's gain is the least that any sample around it needs, smoothed over the same width: it has come down
    before the peak comes, and no edge can be heard.
    """
    wanted = np.minimum(1.0, PEAK / np.maximum(np.abs(sound), 1.0))
    if wanted.min() >= 1.0:
        return sound, 0
    half = LIMITER // 2
    around = np.lib.stride_tricks.sliding_window_view(np.pad(wanted, 2 * half, constant_values=1.0), LIMITER)
    gain = np.convolve(around.min(axis=1), np.full(LIMITER, 1 / LIMITER), "valid")
    return np.clip(sound * gain, -PEAK, PEAK), _ms(int(np.count_nonzero(gain < 0.999)))


def extent(sound: Samples, file: Path) -> tuple[int, int, bool]:
    """First sample and end of what is kept, and whether speech was found.

    webrtcvad finds the speech; what stands out of the noise by its level is kept, too: a gong fades long after
    webrtcvad has lost it. A knock before the speech is too short to count.
    """
    spoken = _spoken(sound)
    loud = _loud(sound)
    found = spoken + loud
    if not found:
        raise PromptError(f"{file}: there is only silence in it", code="prompt_silent")
    kept = round(KEPT_S * RATE)
    begin, end = min(begin for begin, _ in found), max(end for _, end in found)
    return max(0, begin - kept), min(len(sound), end + kept), bool(spoken)


def _spoken(sound: Samples) -> list[tuple[int, int]]:
    """Begin and end of each stretch of speech."""
    heard = np.clip(np.rint(sound), -32768, 32767).astype("<i2").tobytes()
    return [(round(one.begin * RATE), round(one.end * RATE)) for one in segments(heard, Settings(onset_ms=40))]


def _loud(sound: Samples) -> list[tuple[int, int]]:
    """Begin and end of all that stands out of the noise for LOUD_FRAMES, if anything does."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    rms = np.sqrt(np.mean(frames**2, axis=1))
    least = RMS_0_DBM0 * 10 ** (SOUND_LEAST_DBM0 / 20)
    runs = Runs(20, 20 * LOUD_FRAMES, 20)
    threshold = max(least, np.percentile(rms, NOISE_PERCENT) * 10 ** (OVER_NOISE_DB / 20))
    changes = [runs.frame(bool(loud)) for loud in rms > threshold] + [runs.finish()]
    places = as_segments(change for change in changes if change is not None)
    return [(round(places[0].begin * RATE), round(places[-1].end * RATE))] if places else []


def faded(sound: Samples) -> Samples:
    """Both ends brought to zero within some ms: no click where a cut went through noise."""
    ramp = np.linspace(0.0, 1.0, min(round(FADE_S * RATE), len(sound) // 2))
    shape = np.ones(len(sound))
    shape[: len(ramp)] = ramp
    shape[len(sound) - len(ramp) :] = ramp[::-1]
    return sound * shape


def _ms(samples: int) -> int:
    return round(samples * 1000 / RATE)


# -- writing -------------------------------------------------------------------------------------------------


def _write(target: Path, sound: Samples) -> None:
    """On the disk under its name, or not there at all."""
    unfinished: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=".part", dir=target.parent)
        unfinished = Path(name)
        with os.fdopen(number, "wb") as raw:
            with wave.open(raw, "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(np.rint(sound).astype("<i2").tobytes())
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.chmod(0o644)
        unfinished.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
        raise PromptError(f"{target}: {error.strerror}", code="not_written", why=error.strerror) from error
