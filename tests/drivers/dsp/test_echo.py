"""The echo canceller: its manners, and the tests of ITU-T G.168 over that Recommendation's hybrids.

`conformance(far, near, folder)` gives the rows of the second for any reader; here each must pass.
"""

import json
import subprocess
from pathlib import Path
from typing import TypedDict, cast

import pytest

from tests.drivers.ctest import DRIVERS, run_c

HERE = Path(__file__).parent
CANCELLER = [DRIVERS / "dsp" / "echo.c"]
QUICK = ["-O3", "-fno-sanitize=all", f"-I{HERE}"]  # half an hour of audio; test_manners has the sanitizers
# Two talkers, half a minute each: prompts of an office, and a caller.
FAR = """Good morning, and thank you for calling the office. All our people are busy at the moment; please stay on the
line, and we will be with you as soon as we can. If you know the extension of the person you want to reach, you may
dial it at any time. For opening hours press one, for repairs press two, for the accounts department press three. You
can also leave a message after the tone, and we shall call you back the same day. Our offices are open from Monday to
Friday between half past eight in the morning and six in the evening. Please have your customer number at hand."""
NEAR = """Hello, yes, I wanted to ask about the delivery that was promised for last Thursday. The driver rang the bell
twice but nobody had told us which floor he should come to, so he went away again with the boxes. Could you tell me
when he comes back? I would rather have it before noon, since I work in the afternoon and my neighbour is away until
the end of the month. The number on the paper is seven four nine, two zero, three three one."""


Row = TypedDict("Row", {"requirement": str, "clause": str, "limit": str, "measured": float, "pass": bool})


def speak(text: str, voice: str, folder: Path) -> Path:
    """The text spoken by espeak-ng, as a telephone hears it: 8 kHz, 16 bits, raw."""
    spoken, raw = folder / f"{voice}.wav", folder / f"{voice}.raw"
    subprocess.run(["espeak-ng", "-v", voice, "-s", "155", "-w", str(spoken), text], check=True, capture_output=True)
    # -R: the same dither each time. By it alone the hardest row (speech against speech) varies from 0.4 to 1.2 %.
    subprocess.run(
        ["sox", "-R", spoken, "-r", "8000", "-b", "16", "-c", "1", "-e", "signed", "-t", "raw", raw, "highpass", "200"],
        check=True,
        capture_output=True,
    )
    return raw


def conformance(far: Path, near: Path, folder: Path) -> list[Row]:
    """Every requirement with clause, limit and what was measured; fails only if the program cannot run."""
    printed = run_c(HERE / "echo_g168.c", CANCELLER, folder, flags=QUICK, arguments=[str(far), str(near)])
    return [cast(Row, json.loads(line)) for line in printed.splitlines()]


@pytest.fixture(scope="module")
def talkers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("talkers")
    return speak(FAR, "en-us", folder), speak(NEAR, "en-gb", folder)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_manners(compiler: str, tmp_path: Path) -> None:
    assert "all well" in run_c(HERE / "echo.c", CANCELLER, tmp_path, compiler=compiler, flags=[f"-I{HERE}"])


def test_g168(talkers: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = conformance(*talkers, tmp_path)
    with capsys.disabled():
        print()
        for row in rows:
            print(f"{row['requirement']:<105} {row['limit']:>12} {row['measured']:8.2f}  {row['clause']}")
    assert len(rows) >= 50
    assert [row for row in rows if not row["pass"]] == []
