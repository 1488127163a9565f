"""Builds the fuzzers (clang's libFuzzer with AddressSanitizer and UBSan) and runs them side by side.

`./box fuzz [SECONDS]` runs each that long (default 600) and grows a corpus under build/fuzz; `./box test` for twenty
seconds. What breaks one is kept in tests/data/fuzz/NAME/ and replayed first by every later run.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.drivers.ctest import DRIVERS, ROOT, room

HERE = Path(__file__).resolve().parent
FINDINGS = ROOT / "tests" / "data" / "fuzz"
CORPUS = ROOT / "build" / "fuzz"
WHOLE = ("core", "dsp", "line", "cards/sim", "cards/spy")
TRACES = ROOT / "tests" / "data" / "traces"
SEEDS = {
    "wav": b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x08\0\0\0\1\2\3\4\5\6\7\x08",  # noqa: E501
    "trace": (TRACES / "ring-answer-v1.lct").read_bytes(),
}


@dataclass(frozen=True)
class Fuzzer:
    """One harness `NAME.c` and what it is linked with."""

    name: str
    sources: tuple[Path, ...]
    longest: int = 8192  # bytes of an input

    @property
    def findings(self) -> Path:
        """What once broke it, one file each."""
        return FINDINGS / self.name


def fuzzers() -> list[Fuzzer]:
    """All of them."""
    return [
        Fuzzer("callerid", (DRIVERS / "dsp" / "callerid_message.c", DRIVERS / "dsp" / "callerid_ntt.c")),
        Fuzzer("wav", (DRIVERS / "core" / "wav.c",)),
        Fuzzer("command", tuple(room(*WHOLE)), longest=800),
        Fuzzer("ears", tuple(room(*WHOLE))),
        Fuzzer("trace", tuple(room(*WHOLE)), longest=65536),
    ]


def build(fuzzer: Fuzzer, folder: Path) -> Path:
    """The program; CalledProcessError with the compiler's words."""
    program = folder / fuzzer.name
    command = [
        "clang", "-std=gnu11", "-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all",
        "-D_GNU_SOURCE", f"-I{DRIVERS}", str(HERE / f"{fuzzer.name}.c"), *map(str, fuzzer.sources),
        "-lm", "-pthread", "-o", str(program),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, text=True)
    return program


def fuzz(fuzzer: Fuzzer, folder: Path, seconds: int) -> str:
    """Replays the findings, then searches; "" or the report of what broke."""
    program = build(fuzzer, folder)
    corpus = CORPUS / fuzzer.name
    for place in (corpus, fuzzer.findings):
        place.mkdir(parents=True, exist_ok=True)
    if fuzzer.name in SEEDS:
        (corpus / "seed").write_bytes(SEEDS[fuzzer.name])
    old = sorted(path for path in fuzzer.findings.iterdir() if path.is_file())
    runs = [[str(program), *map(str, old)]] if old else []
    runs.append([
        str(program), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096", f"-max_len={fuzzer.longest}",
        f"-artifact_prefix={fuzzer.findings}/", "-print_final_stats=1", str(corpus),
    ])  # fmt: skip
    for run in runs:
        done = subprocess.run(run, capture_output=True, text=True, cwd=folder, check=False)
        if done.returncode:
            return f"{fuzzer.name}: {done.stderr[-4000:]}"
    print(f"{fuzzer.name}: {_stat(done.stderr, 'number_of_executed_units')} inputs, nothing found", flush=True)
    return ""


def _stat(text: str, name: str) -> str:
    return next((line.split()[-1] for line in text.splitlines() if f"stat::{name}" in line), "?")


def fuzz_all(folder: Path, seconds: int) -> list[str]:
    """All side by side, two at a time; the reports of those that broke."""
    with ThreadPoolExecutor(2) as pool:
        return [report for report in pool.map(lambda one: fuzz(one, folder, seconds), fuzzers()) if report]


if __name__ == "__main__":
    (CORPUS / "bin").mkdir(parents=True, exist_ok=True)
    broken = fuzz_all(CORPUS / "bin", int(sys.argv[1]) if len(sys.argv) > 1 else 600)
    print("\n".join(broken))
    sys.exit(bool(broken))
