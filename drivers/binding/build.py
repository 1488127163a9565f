"""Compiles drivers/ into `drivers.binding._core` (cffi, API mode).

`linecard.h`, and `cards.h` with it, is the one definition: the compiler sees it whole, cffi sees what the preprocessor
leaves of it.
"""

import subprocess
from pathlib import Path

from cffi import FFI

DRIVERS = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    path
    for room in ("core", "dsp", "line", "cards/sim", "cards/sound", "cards/spy", "cards/dahdi")
    for path in (DRIVERS / room).glob("*.c")
)
OPTIMISE = ["-std=gnu11", "-O3", "-march=x86-64-v2", "-ftree-vectorize", "-fno-math-errno", "-fno-trapping-math", "-g"]
WARN = ["-Wall", "-Wextra", "-Wno-unused-parameter"]


def declarations() -> str:
    """cards.h, which includes linecard.h, as cffi's parser wants it: no directives, no comments."""
    header = DRIVERS / "cards.h"
    return subprocess.run(
        ["gcc", "-E", "-P", "-DLC_CDEF", str(header)], check=True, capture_output=True, text=True
    ).stdout


ffi = FFI()
ffi.cdef(declarations())
ffi.set_source(
    "drivers.binding._core",
    '#include "cards.h"',
    sources=[str(path.relative_to(DRIVERS.parent)) for path in SOURCES],
    include_dirs=[str(DRIVERS.relative_to(DRIVERS.parent))],
    extra_compile_args=OPTIMISE + WARN,
    libraries=["m", "pthread"],
    depends=[str(path.relative_to(DRIVERS.parent)) for path in sorted(DRIVERS.rglob("*.h"))],
)

if __name__ == "__main__":
    ffi.compile(verbose=False)
