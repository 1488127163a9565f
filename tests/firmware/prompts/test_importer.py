"""Sound files of every kind, and what no prompt can be made of."""

import json
import os
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from firmware.cli import main
from firmware.prompts import PromptError, Prompts, built_prompts
from firmware.prompts import importer as room
from firmware.prompts.importer import Imported, import_prompt
from firmware.prompts.make import LEVEL_DBM0, RMS_0_DBM0, active_rms

RATE = 8000
SPOKEN_S = 8.0


def write(path: Path, samples: np.ndarray, rate: int = RATE, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes())
    return path


def read(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)


def ffmpeg(*options: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *options], check=True)


def tone(hertz: float, seconds: float, peak: float, rate: int = RATE) -> np.ndarray:
    return peak * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def level(samples: np.ndarray) -> float:
    return float(20 * np.log10(active_rms(samples) / RMS_0_DBM0))


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """The greeting, without the silence around it."""
    spoken = read(Prompts("en", built=built_prompts()).path("greeting"))
    loud = np.flatnonzero(np.abs(spoken) > 30)
    return spoken[loud[0] : loud[-1]]


@pytest.fixture(scope="module")
def recording(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of silence, the greeting 15 dB too low, two seconds of silence; 44.1 kHz, stereo."""
    folder = tmp_path_factory.mktemp("recording")
    plain = write(folder / "plain.wav", np.concatenate((np.zeros(RATE), speech * 0.178, np.zeros(2 * RATE))))
    ffmpeg("-i", plain, "-ar", "44100", "-ac", "2", folder / "recording.wav")
    return folder / "recording.wav"


def spectrum_db(samples: np.ndarray, hertz: float) -> float:
    window = np.hanning(len(samples))
    at = np.exp(-2j * np.pi * hertz / RATE * np.arange(len(samples)))
    return float(20 * np.log10(np.abs(np.sum(samples * window * at)) / np.sum(window) * 2 + 1e-9))


FORMATS = [
    ("u8.wav", ["-c:a", "pcm_u8", "-ar", "11025"]),
    ("s24.wav", ["-c:a", "pcm_s24le", "-ar", "48000"]),
    ("float.wav", ["-c:a", "pcm_f32le", "-ar", "96000"]),
    ("alaw.wav", ["-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1"]),
    ("surround.wav", ["-ac", "6"]),
    ("a.mp3", ["-b:a", "64k"]),
    ("vbr.mp3", ["-q:a", "5"]),
    ("a.m4a", ["-c:a", "aac"]),
    ("a.aac", ["-c:a", "aac"]),
    ("a.ogg", ["-c:a", "libvorbis"]),
    ("a.opus", ["-c:a", "libopus"]),
    ("a.webm", ["-c:a", "libopus"]),
    ("a.flac", []),
    ("a.wma", ["-c:a", "wmav2"]),
    ("a.aiff", []),
    ("a.caf", []),
    ("a.gsm", ["-ar", "8000", "-ac", "1"]),
    ("no_extension", ["-f", "mp3"]),
]


@pytest.mark.parametrize(("name", "options"), FORMATS, ids=[name for name, _ in FORMATS])
def test_formats(name: str, options: list[str], recording: Path, speech: np.ndarray, tmp_path: Path) -> None:
    file = tmp_path / name
    ffmpeg("-i", recording, *options, file)
    done = import_prompt(file, "greeting", "en", tmp_path / "data")
    heard = read(tmp_path / "data" / "prompts" / "en" / "greeting.wav")
    assert done.speech
    assert not done.replaced
    assert level(heard) == pytest.approx(LEVEL_DBM0, abs=0.5)
    assert np.max(np.abs(heard)) <= 32000
    assert abs(len(heard) - len(speech)) < 0.7 * RATE
    assert 750 <= done.trimmed_begin_ms <= 1100
    assert 1500 <= done.trimmed_end_ms <= 2150
    found = np.max(np.abs(np.fft.irfft(np.fft.rfft(heard, 1 << 18) * np.conj(np.fft.rfft(speech, 1 << 18)))))
    assert found > 0.75 * np.linalg.norm(heard) * np.linalg.norm(speech), "it is not what was said"


def test_amr(tmp_path: Path) -> None:
    """Debian's ffmpeg reads AMR and writes none: frames of 4.75 kbit/s with random bits, which sound like noise."""
    frames = np.random.default_rng(4).integers(0, 256, (150, 12), dtype=np.uint8)
    (tmp_path / "a.amr").write_bytes(b"#!AMR\n" + b"".join(b"\x04" + frame.tobytes() for frame in frames))
    done = import_prompt(tmp_path / "a.amr", "noise", "any", tmp_path)
    assert done.source == "amr_nb, 8000 Hz, 1 channels"
    assert 1.0 < done.seconds <= 3.01


def test_what_lies_above_4_khz_is_not_folded_in(tmp_path: Path) -> None:
    both = tone(1000, 3, 6000, 44_100) + tone(5000, 3, 6000, 44_100) + tone(4400, 3, 6000, 44_100)
    import_prompt(write(tmp_path / "a.wav", both, 44_100), "a", "en", tmp_path)
    heard = read(tmp_path / "prompts" / "en" / "a.wav")
    kept = spectrum_db(heard, 1000)
    assert kept - spectrum_db(heard, 3000) > 70
    assert kept - spectrum_db(heard, 3600) > 70


def test_speech_band_is_flat(tmp_path: Path) -> None:
    hertz = [300, 1000, 2000, 3000, 3400]
    chord = np.sum([tone(f, 3, 2000, 44_100) for f in hertz], axis=0)
    import_prompt(write(tmp_path / "a.wav", chord, 44_100), "a", "en", tmp_path)
    heard = read(tmp_path / "prompts" / "en" / "a.wav")
    levels = [spectrum_db(heard, f) for f in hertz]
    assert max(levels[1:]) - min(levels[1:]) < 0.5
    assert levels[1] - levels[0] < 1.5


def test_noise_around_speech_is_cut(speech: np.ndarray, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    noisy = np.concatenate((np.zeros(2 * RATE), speech, np.zeros(2 * RATE)))
    noisy += random.normal(0, RMS_0_DBM0 * 10 ** (-45 / 20), len(noisy))
    done = import_prompt(write(tmp_path / "a.wav", noisy), "a", "en", tmp_path)
    assert done.speech
    assert 1700 <= done.trimmed_begin_ms <= 2000
    assert 1500 <= done.trimmed_end_ms <= 2000


def test_silence_left_around_speech(speech: np.ndarray, tmp_path: Path) -> None:
    quiet = np.concatenate((np.zeros(RATE), speech, np.zeros(RATE)))
    import_prompt(write(tmp_path / "a.wav", quiet), "a", "en", tmp_path)
    loud = np.flatnonzero(np.abs(read(tmp_path / "prompts" / "en" / "a.wav")) > 300)
    assert 0.1 * RATE <= loud[0] <= 0.25 * RATE


def test_speech_that_begins_with_the_file_is_whole(speech: np.ndarray, tmp_path: Path) -> None:
    done = import_prompt(write(tmp_path / "a.wav", speech), "a", "en", tmp_path)
    assert done.trimmed_begin_ms == 0


def test_peaks_are_held_down_not_clipped(speech: np.ndarray, tmp_path: Path) -> None:
    low = speech * 0.05
    for at in (RATE, 3 * RATE, 5 * RATE):  # somebody knocked on the microphone
        low[at : at + 80] += tone(700, 0.01, 9000)
    done = import_prompt(write(tmp_path / "a.wav", low), "a", "en", tmp_path)
    heard = read(tmp_path / "prompts" / "en" / "a.wav")
    assert 3 * 10 <= done.limited_ms <= 3 * 25
    assert np.max(np.abs(heard)) <= 32_000
    assert np.count_nonzero(np.abs(heard) >= 31_999) < 20, "flat tops"
    assert done.gain_db == pytest.approx(26, abs=1.0), "the knocks were taken for speech"


def test_limiter_leaves_the_rest_alone() -> None:
    sound = tone(500, 1, 20_000)
    assert room.limit(sound)[0] is sound
    sound[4000] = 60_000
    limited, ms = room.limit(sound)
    assert np.max(np.abs(limited)) <= room.PEAK
    assert np.allclose(limited[:3900], sound[:3900])
    assert np.allclose(limited[4100:], sound[4100:])
    assert 5 <= ms <= 15


def test_sound_without_speech_is_kept_whole(tmp_path: Path) -> None:
    gong = np.concatenate((np.zeros(RATE), tone(440, 2, 8000) * np.exp(-np.arange(2 * RATE) / RATE), np.zeros(RATE)))
    done = import_prompt(write(tmp_path / "a.wav", gong), "gong", "any", tmp_path)
    assert 1.5 < done.seconds < 2.4
    assert done.trimmed_begin_ms == pytest.approx(850, abs=60)


def test_film_gives_its_sound(recording: Path, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "color=black:s=32x32:d=30:r=5", "-i", recording, tmp_path / "a.mp4")
    assert import_prompt(tmp_path / "a.mp4", "a", "en", tmp_path).seconds < 12


def test_own_prompt_is_found_and_replaced(recording: Path, tmp_path: Path) -> None:
    first = import_prompt(recording, "greeting", "en", tmp_path)
    second = import_prompt(recording, "greeting", "en", tmp_path)
    assert (first.replaced, second.replaced) == (False, True)
    assert str(Prompts("en", own=tmp_path / "prompts").path("greeting")) == second.path
    assert sorted(path.name for path in (tmp_path / "prompts" / "en").iterdir()) == ["greeting.wav"]


def cut(recording: Path, tmp_path: Path, name: str, *options: str) -> Path:
    """A file of which the last third is missing."""
    file = tmp_path / name
    ffmpeg("-i", recording, *options, file)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])
    return file


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.wav", []),
        ("a.flac", []),
        ("vbr.mp3", ["-q:a", "5"]),
        ("at_the_end.m4a", []),
        ("at_the_front.m4a", ["-movflags", "+faststart"]),
        ("a.wma", ["-c:a", "wmav2"]),
        ("a.aiff", []),
    ],
)
def test_truncated(name: str, options: list[str], recording: Path, tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="cut short"):
        import_prompt(cut(recording, tmp_path, name, *options), "a", "en", tmp_path)
    assert not (tmp_path / "prompts").exists()


def test_wav_from_a_pipe_is_whole(recording: Path, tmp_path: Path) -> None:
    """Its size was not known when its head was written."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", recording, "-f", "wav", "-"], capture_output=True, check=True)
    (tmp_path / "a.wav").write_bytes(done.stdout)
    assert import_prompt(tmp_path / "a.wav", "a", "en", tmp_path).speech


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty"),
        (b"This is a letter, not a sound.\n" * 50, "not a sound file that can be read"),
        (np.random.default_rng(6).bytes(20_000), "not a sound|there is no sound|cannot be converted|silence"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", "cut short"),
        (b"#EXTM3U\n#EXTINF:1,\nsecret.wav\n", "not a sound file that can be read"),
        (b"ffconcat version 1.0\nfile secret.wav\n", "not a sound file that can be read"),
    ],
    ids=["empty", "text", "random", "riff_only", "playlist", "concat"],
)
def test_not_a_sound(content: bytes, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    write(tmp_path / "secret.wav", tone(440, 1, 8000))
    with pytest.raises(PromptError, match=complaint):
        import_prompt(tmp_path / "a.wav", "a", "en", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_picture(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", tmp_path / "a.png")
    with pytest.raises(PromptError, match="not a sound file"):
        import_prompt(tmp_path / "a.png", "a", "en", tmp_path)


@pytest.mark.parametrize("peak", [0, 3])
def test_silence(peak: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(7).integers(-peak, peak + 1, 3 * RATE)
    with pytest.raises(PromptError, match="only silence"):
        import_prompt(write(tmp_path / "a.wav", noise.astype(np.float64)), "a", "en", tmp_path)


def test_too_long(tmp_path: Path) -> None:
    for name in ("a.wav", "a.mp3"):
        ffmpeg("-f", "lavfi", "-i", "sine=440:r=8000:d=602", "-ac", "1", tmp_path / name)
        with pytest.raises(PromptError, match="at most 10 minutes"):
            import_prompt(tmp_path / name, "a", "en", tmp_path)


def test_not_to_be_read(recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PromptError, match="No such file"):
        import_prompt(tmp_path / "missing.wav", "a", "en", tmp_path)
    with pytest.raises(PromptError, match="Is a directory"):
        import_prompt(tmp_path, "a", "en", tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything
    with pytest.raises(PromptError, match="Permission denied"):
        room.decode(recording)


def test_cannot_be_written(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("in the way")
    with pytest.raises(PromptError, match="prompts"):
        import_prompt(recording, "a", "en", tmp_path)


def test_full_disk_leaves_the_old_prompt(recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = import_prompt(recording, "a", "en", tmp_path)
    before = Path(done.path).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PromptError, match="No space left"):
        import_prompt(recording, "a", "en", tmp_path)
    assert Path(done.path).read_bytes() == before
    assert len(list(Path(done.path).parent.iterdir())) == 1


@pytest.mark.parametrize("name", ["../a", "", "A", "a b", "a/b", "a" * 65, ".a"])
def test_names(name: str, recording: Path, tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="cannot be called"):
        import_prompt(recording, name, "en", tmp_path)
    with pytest.raises(PromptError, match="there are en, zh, any"):
        import_prompt(recording, "a", "fr", tmp_path)


def test_file_whose_name_looks_like_something_else(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("-i.wav", "http:a.wav", "a%03d.wav"):
        (tmp_path / name).write_bytes(recording.read_bytes())
        assert import_prompt(Path(name), "a", "en", tmp_path).speech


def test_command(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["import-prompt", str(recording), "--name", "greeting", "--language", "zh", "--data", str(tmp_path)]
    assert main([*command, "--json"]) == 0
    told = Imported(**json.loads(capsys.readouterr().out))
    assert told.path == str(tmp_path / "prompts" / "zh" / "greeting.wav")
    assert told.gain_db == pytest.approx(15, abs=0.6)
    assert main(command) == 0
    assert "replaced" in capsys.readouterr().out
    assert (
        main(["import-prompt", str(tmp_path / "none"), "--name", "a", "--language", "zh", "--data", str(tmp_path)]) == 2
    )
    assert "No such file" in capsys.readouterr().err
