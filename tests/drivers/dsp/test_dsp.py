"""The C tests of the detectors and generators.

Each C file is a test by itself: it prints what it measured and what did not hold, and its exit status
tells. Talk-off is tried on speech that espeak-ng makes at test time.
"""

import subprocess
from pathlib import Path

import pytest

from tests.drivers.ctest import room, run_c

HERE = Path(__file__).resolve().parent
FLAGS = ("-Werror", f"-I{HERE}")

ENGLISH = (
    "The quick brown fox jumps over the lazy dog while seventeen engineers argue about the echo canceller. "
    "Please hold the line, an agent will be with you shortly. Who was it that said we owe you eleven thousand "
    "and eighty euros? Ooh, aah, eeh, yes indeed, no, nine, five, six. We really believe in sweet green cheese."
)
CHINESE = (
    "您好，欢迎致电客户服务中心，请按一接通中文服务，请按二查询订单。一二三四五六七八九十，"
    "谢谢您的耐心等待，我们的客服人员将尽快为您服务。今天的天气很好，一起去看电影吧。"
)
MANDARIN = "cmn-latn-pinyin"  # not "cmn": espeak-ng's voice of that name says most characters as English letters
VOICES = (
    ("en", 30, ENGLISH),
    ("en+f2", 60, ENGLISH),
    ("en+f5", 90, ENGLISH),
    ("en-us+m3", 45, ENGLISH),
    ("en+whisper", 50, ENGLISH),
    (MANDARIN, 50, CHINESE),
    (f"{MANDARIN}+f3", 90, CHINESE),
    (f"{MANDARIN}+f5", 75, CHINESE),
    (f"{MANDARIN}+m2", 30, CHINESE),
)


def run(*command: str | Path) -> None:
    """Runs to the end; what it printed is the message if it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{command[0]}: status {done.returncode}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some minutes of made speech: raw, 16 bits, 8 kHz, mono, peaks near -6 dBFS."""
    place = tmp_path_factory.mktemp("speech")
    whole = place / "speech.raw"
    with whole.open("wb") as out:
        for i, (voice, pitch, text) in enumerate(VOICES):
            spoken, plain = place / f"{i}.wav", place / f"{i}.raw"
            run("espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(120 + pitch), "-w", spoken, text)
            run("ffmpeg", "-loglevel", "error", "-i", spoken, "-ar", "8000", "-ac", "1", "-f", "s16le", plain)
            out.write(plain.read_bytes())
    return whole


@pytest.mark.parametrize("name", ["dtmf", "progress", "callerid", "alert", "answer_tone"])
def test_detector(name: str, speech: Path, tmp_path: Path) -> None:
    print(run_c(HERE / f"{name}.c", room("dsp"), tmp_path, flags=FLAGS, arguments=[str(speech)]))


@pytest.mark.parametrize("name", ["tone", "level", "callerid_sent"])
def test_generator_and_ears(name: str, tmp_path: Path) -> None:
    print(run_c(HERE / f"{name}.c", room("dsp"), tmp_path, flags=FLAGS))


def test_cost_is_measured(tmp_path: Path) -> None:
    """Only that the bench runs; its figures depend on the machine and are read by people."""
    assert "ns per 80 samples" in run_c(HERE / "bench.c", room("dsp"), tmp_path, flags=FLAGS)


def test_ntt_number_display_with_spandsp_at_the_other_end(tmp_path: Path) -> None:
    """Another's sender and receiver (Debian's libspandsp) understand ours, and ours theirs."""
    print(run_c(HERE / "callerid_ntt.c", room("dsp"), tmp_path, flags=["-Werror", "-lspandsp"]))
