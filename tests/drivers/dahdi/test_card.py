"""The DAHDI card against an imitated driver; tests/system runs it on the real one."""

from pathlib import Path

from tests.drivers.ctest import DRIVERS, room, run_c

HERE = Path(__file__).resolve().parent
WRAPPED = ("open", "close", "ioctl", "read", "write", "poll", "clock_gettime", "clock_nanosleep")


def test_card(tmp_path: Path) -> None:
    flags = ["-Werror", f"-I{HERE}", *(f"-Wl,--wrap={name}" for name in WRAPPED)]
    run_c(
        HERE / "card.c",
        [HERE / "kernel.c", *room("cards/dahdi"), DRIVERS / "cards/sim/companding.c"],
        tmp_path,
        flags=flags,
    )
