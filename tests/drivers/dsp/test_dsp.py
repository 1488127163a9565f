"""Compiles and runs the C tests of drivers/dsp under the address and undefined-behaviour sanitizers.

Each C file is a test by itself: it prints what it measured and what did not hold, and its exit status
tells. Talk-off is tried on speech that espeak-ng makes at test time.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DRIVERS = HERE.parents[2] / "drivers"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror")
SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")

ENGLISH = (
    "The quick brown fox jumps over the lazy dog while seventeen engineers argue about the echo canceller. "
    "Please hold the line, an agent will be with you shortly. Who was it that said we owe you eleven thousand "
    "and eighty euros? Ooh, aah, eeh, yes indeed, no, nine, five, six. We really believe in sweet green cheese."
)
CHINESE = (
    "您好，欢迎致电客户服务中心，请按一接通中文服务，请按二查询订单。一二三四五六七八九十，"
    "谢谢您的耐心等待，我们的客服人员将尽快为您服务。今天的天气很好，一起去看电影吧。"
)
VOICES = (
    ("en", 30, ENGLISH),
    ("en+f2", 60, ENGLISH),
    ("en+f5", 90, ENGLISH),
    ("en-us+m3", 45, ENGLISH),
    ("en+whisper", 50, ENGLISH),
    ("cmn", 50, CHINESE),
    ("cmn+f3", 90, CHINESE),
    ("cmn+f5", 75, CHINESE),
    ("cmn+m2", 30, CHINESE),
)

Build = Callable[..., Path]


def run(*command: str | Path) -> str:
    """Runs to the end; what it printed is the message if it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{command[0]}: status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Compiles one test with all of drivers/dsp; the objects are made once."""
    place = tmp_path_factory.mktemp("dsp")
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("clang")
    assert compiler, "neither gcc nor clang is installed"
    objects: list[Path] = []

    def compile_test(name: str) -> Path:
        if not objects:
            for source in sorted((DRIVERS / "dsp").glob("*.c")):
                out = place / f"{source.stem}.o"
                run(compiler, *WARNINGS, *SANITIZERS, "-I", DRIVERS, "-c", source, "-o", out)
                objects.append(out)
        program = place / f"test-{name}"
        run(compiler, *WARNINGS, *SANITIZERS, "-I", DRIVERS, HERE / f"{name}.c", *objects, "-o", program, "-lm")
        return program

    return compile_test


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some minutes of made speech: raw, 16 bits, 8 kHz, mono, peaks near -6 dBFS."""
    if not shutil.which("espeak-ng") or not shutil.which("ffmpeg"):
        pytest.skip("espeak-ng and ffmpeg make the speech; one is missing")
    place = tmp_path_factory.mktemp("speech")
    whole = place / "speech.raw"
    with whole.open("wb") as out:
        for i, (voice, pitch, text) in enumerate(VOICES):
            spoken, plain = place / f"{i}.wav", place / f"{i}.raw"
            run("espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(120 + pitch), "-w", spoken, text)
            run("ffmpeg", "-loglevel", "error", "-i", spoken, "-ar", "8000", "-ac", "1", "-f", "s16le", plain)
            out.write(plain.read_bytes())
    return whole


@pytest.mark.parametrize("name", ["dtmf", "progress", "callerid"])
def test_detector(name: str, build: Build, speech: Path) -> None:
    print(run(build(name), speech))


@pytest.mark.parametrize("name", ["tone", "level"])
def test_generator_and_ears(name: str, build: Build) -> None:
    print(run(build(name)))


def test_cost_is_measured(build: Build) -> None:
    """Only that the bench runs; its figures depend on the machine and are read by people."""
    assert "ns per 80 samples" in run(build("bench"))
