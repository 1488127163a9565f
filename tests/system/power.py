"""`./box system-test power`: the plug is pulled at random moments of busy traffic, and nothing promised may be lost.

Three ways, because a virtual machine that starts takes minutes here:

*Cuts.* The appliance runs in QEMU with live callers; at a random moment QEMU is killed. The disk is then made what a
real one with a volatile cache would be (blocklog.py), and the same box starts from it: file systems, events, settings,
recordings are looked at, and it must answer calls again. What starts is the traffic that the next cut ends. Each cut
is a line of `build/system/appliance/NAME.jsonl` as soon as it has been looked at.

*Virtual.* The appliance runs once in QEMU, its disk logged block by block. At many random positions of that log the
data partition is made what it would have been had the power gone there, checked and repaired by e2fsck as at a start,
mounted, and the box's own start-up code is let loose on it; each tenth time the whole box.

*Replays.* The same as *virtual* with the program on this machine, on an ext4 file system of its own kernel.
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from firmware.api.client import ApiClient
from firmware.api.messages import SOCKET
from firmware.recording.repair import repair_recordings
from firmware.store.database import open_store
from firmware.store.repair import close_open_calls
from firmware.update.check import box_findings
from tests.system.aftermath import look
from tests.system.appliance import HOME, Appliance, ApplianceError, Disk, started_disk
from tests.system.blocklog import SECTOR, Replay
from tests.system.logged import BEFORE_OTHERS, MOUNTED_AS, LoggedDisk
from tests.system.telling import Told, Witness, stood

HERE = Path(__file__).resolve().parent
TRAFFIC_S = (8.0, 25.0)  # between the first caller and the cut, on the guest's clock
RESUMES_S = 60.0  # on the guest's clock
STARTS_S = 3600.0  # on this machine's, behind everything else it does
# Page, names and self-check write nothing in this traffic, and are half of a start's work.
LINES_ALONE = "systemd.unit=callboxd.service mitigations=off"
MOST_LOST_S = 1.0
# Disks in memory, so that what others do to this machine's is not measured.
MEMORY = Path("/dev/shm/callbox-power")
CUT_DISKS = Path("/dev/shm/callbox-cuts")  # left there if a run ends with an error, to be looked at
DISK_MB = 8192  # sparse; large enough for the box not to make room by removing recordings
RESUME_EVERY = 10
START_S = 60.0


@dataclass
class Report:
    """Of all cuts of one way."""

    cuts: int = 0
    events_told: int = 0
    events_lost: int = 0
    settings_lost: int = 0
    recordings_recovered: int = 0
    unplayable: list[str] = field(default_factory=list)
    audio_lost_s: list[float] = field(default_factory=list)
    clock_lost_s: list[float] = field(default_factory=list)  # with what the card never clocked while the emulator stood
    writes_lost: int = 0
    calls_not_resumed: int = 0
    failures: list[str] = field(default_factory=list)

    def add(
        self,
        what: str,
        told: Told,
        found: dict[str, Any],
        clock: Sequence[tuple[float, int]] = (),
        journal: Path | None = None,
    ) -> None:
        """What one cut left; also as a line of the journal, which survives whoever runs this. `clock`: the card's."""
        self.cuts += 1
        self.events_told += told.count
        self.events_lost += found["events_lost"]
        self.settings_lost += found["setting_lost"]
        self.recordings_recovered += found["recovered"]
        self.unplayable += found["unplayable"]
        self.clock_lost_s += found["audio_lost_s"]
        stands = [stood(clock, began, told.time) for began in found["began"]]
        self.audio_lost_s += [round(lost - still, 3) for lost, still in zip(found["audio_lost_s"], stands, strict=True)]
        if found["open_calls"]:
            self.failures.append(f"{what}: {found['open_calls']} calls were never ended")
        if "disk" in found:
            self.failures.append(f"{what}: {found['disk']}")
        print(f"{what}: {json.dumps(found | {'disk_s': told.stall, 'stood_s': stands})}", flush=True)
        if journal is not None:
            with journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"what": what, "told": asdict(told), **found, "stood_s": stands}) + "\n")

    @property
    def worst_s(self) -> float:
        """Of the audio at the end of a recording."""
        return max(self.audio_lost_s, default=0.0)

    @property
    def ok(self) -> bool:
        """Nothing promised was lost."""
        lost = self.events_lost or self.settings_lost or self.unplayable or self.failures or self.calls_not_resumed
        return not lost and self.worst_s <= MOST_LOST_S

    def summary(self) -> dict[str, Any]:
        """Figures."""
        said = asdict(self)
        del said["audio_lost_s"], said["clock_lost_s"]
        median = statistics.median(self.audio_lost_s) if self.audio_lost_s else 0.0
        return said | {
            "audio_lost_worst_s": self.worst_s,
            "audio_lost_median_s": round(median, 3),
            "clock_lost_worst_s": max(self.clock_lost_s, default=0.0),
            "ok": self.ok,
        }


def traffic(box: Appliance, told: Told, *, silence_s: float = 60.0) -> Witness:
    """Callers from when the lines answer, and what the box promises; `told` before the cut of before."""
    for name in ("witness.py", "aftermath.py"):
        box.agent.put(f"/run/{name}", (HERE / name).read_bytes())
    pipe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    pipe.connect(str(box.folder / "witness"))
    witness = Witness(pipe.makefile("rb"), box.disk.log, silence_s)
    started = box.agent.shell(
        "systemd-run -q --no-block --unit=witness -p EnvironmentFile=/usr/lib/callbox/environment "
        "-p After=callboxd.service /usr/bin/python3 /run/witness.py /data/callbox "
        f"/dev/virtio-ports/callbox.witness {told.setting} {told.seq}"
    )
    if started.code:
        raise ApplianceError(f"the witness could not be started: {started.err}")
    return witness


def cuts(number: int, seed: int, name: str) -> Report:
    """The first way: what starts after one cut is the traffic before the next. Ctrl-C ends it with what there is."""
    chance, report = random.Random(seed), Report()
    base, journal = started_disk(name, CUT_DISKS / name), HOME / f"{name}.jsonl"
    overlay, log = base.with_suffix(".overlay"), base.with_suffix(".log")
    told, clock, looked = Told(), list[tuple[float, int]](), 0
    with suppress(KeyboardInterrupt):
        for cut in range(number + 1):
            began = time.monotonic()
            with Appliance(Disk(base, log, overlay), f"{name}-run", counted=True, words=LINES_ALONE) as box:
                box.agent.wait(STARTS_S)
                witness = traffic(box, told, silence_s=STARTS_S)
                if cut:
                    # All recordings once more at the end; what a later cut would have damaged is found then.
                    found = _after(f"cut {cut}", box, told, witness, looked if cut < number else 0)
                    report.calls_not_resumed += not found["answered_since"]
                    report.add(f"cut {cut}", told, found, clock, journal)
                    looked = told.seq
                if cut == number:
                    break
                witness.wait(chance.uniform(*TRAFFIC_S))
                box.cut()
            told, clock = witness.close(), witness.clock
            replay = Replay(log, base)
            replay.sure(log.stat().st_size)
            replay.cut(log.stat().st_size, base, chance)
            replay.close()
            report.writes_lost += replay.lost
            print(f"power gone after {time.monotonic() - began:.0f} s", flush=True)
    shutil.rmtree(base.parent)
    return report


def _after(what: str, box: Appliance, told: Told, witness: Witness, looked: int) -> dict[str, Any]:
    """Waits until somebody has been answered again, then looks."""
    witness.answered(RESUMES_S)
    done = box.agent.shell(
        f". /usr/lib/callbox/environment; python3 /run/aftermath.py /data/callbox {told.arguments()} {looked}",
        seconds=STARTS_S,
    )
    if done.code:
        raise ApplianceError(f"{what}: the data cannot be looked at: {done.err}")
    said = box.agent.shell(
        "journalctl -b -u callbox-data --no-pager -o cat | grep -i 'unexpected inconsistency' || true", seconds=STARTS_S
    )
    found: dict[str, Any] = json.loads(done.out)
    return found | ({"disk": said.out.strip()} if said.out.strip() else {})


def virtual(number: int, seconds: float, seed: int) -> Report:
    """The second way."""
    chance, report = random.Random(seed), Report()
    base, log = started_disk("virtual"), HOME / "virtual.log"
    box = Appliance(Disk(base, log, HOME / "virtual.overlay"), "virtual", counted=True)
    with box:
        box.up()
        witness = traffic(box, Told())
        witness.wait(seconds)
        box.cut()
    witness.close()
    MEMORY.mkdir(parents=True, exist_ok=True)
    part = MEMORY / "data.img"
    first, end = box.disk.data()
    offset, length = first * SECTOR, (end - first) * SECTOR
    copied = ["dd", f"if={base}", f"of={part}", "bs=1M", "iflag=skip_bytes,count_bytes", "conv=sparse"]
    subprocess.run([*copied, f"skip={offset}", f"count={length}"], check=True, capture_output=True)
    replay = Replay(log, part, first=first, end=end)
    _replay(report, replay, part, witness, log.stat().st_size, number, chance)
    replay.close()
    shutil.rmtree(MEMORY)
    return report


def _replay(
    report: Report, replay: Replay, part: Path, witness: Witness, written: int, number: int, chance: random.Random
) -> None:
    """Random moments since the witness had first told both, in their order."""
    positions = [end for end in replay.ends if witness.began < end <= written]
    print(f"{len(positions)} blocks and flushes", flush=True)
    for index, position in enumerate(sorted(chance.sample(positions, min(number, len(positions)))), 1):
        told = witness.at(position)
        _replayed(report, f"replay {index}", replay, part, position, told, chance, resume=index % RESUME_EVERY == 0)


def replays(number: int, seconds: float, seed: int) -> Report:
    """The third way."""
    chance, report = random.Random(seed), Report()
    HOME.mkdir(parents=True, exist_ok=True)
    with LoggedDisk(MEMORY, DISK_MB) as disk:
        data = disk.mounted / "callbox"
        box, beside = _box(data), None
        try:
            beside = subprocess.Popen(
                [*BEFORE_OTHERS, sys.executable, HERE / "witness.py", data, "/dev/stdout", "0", "0"],
                stdout=subprocess.PIPE,
                env=_environment(),
            )
            assert isinstance(beside.stdout, BufferedReader)
            witness = Witness(beside.stdout, disk.log)
            witness.wait(seconds)
        finally:
            for process in (box, beside):
                if process is not None:
                    process.kill()
                    process.wait()
        witness.close()
        written = disk.log.stat().st_size  # what the unmounting adds is no part of it
    part = disk.base
    replay = Replay(disk.log, part)
    _replay(report, replay, part, witness, written, number, chance)
    replay.all()
    replay.close()
    whole = not subprocess.run(["cmp", "--quiet", part, disk.written], check=False).returncode
    shutil.rmtree(MEMORY)
    if not whole:
        raise ApplianceError("the log does not hold all that was written: the replays prove nothing")
    return report


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(HERE.parents[1])}


def _box(data: Path) -> "subprocess.Popen[bytes]":
    """The box with its simulated callers, once it answers."""
    log = (HOME / "replays.box").open("ab")
    process = subprocess.Popen(
        [*BEFORE_OTHERS, sys.executable, "-m", "firmware.cli", "run", "--no-page", "--data", data],
        env=_environment(),
        stdout=log,
        stderr=log,
    )
    until = time.monotonic() + START_S
    while not all(finding.ok for finding in box_findings(data)):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise ApplianceError(f"the box does not start; why: {HOME / 'replays.box'}")
    return process


def _replayed(
    report: Report,
    what: str,
    replay: Replay,
    part: Path,
    position: int,
    told: Told,
    chance: random.Random,
    *,
    resume: bool,
) -> None:
    cut, folder = MEMORY / "cut.img", MEMORY / "cut"
    replay.sure(position)
    subprocess.run(["cp", "--sparse=always", part, cut], check=True)
    replay.cut(position, cut, chance)
    report.writes_lost += replay.lost
    checked = subprocess.run(["e2fsck", "-p", cut], capture_output=True, text=True, check=False)
    if checked.returncode >= 4:
        report.failures.append(f"{what}: e2fsck: {checked.stdout.strip()}")
        return
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", f"loop,{MOUNTED_AS}", cut, folder], check=True)
    try:
        data = folder / "callbox"
        if resume:
            report.calls_not_resumed += not _resumes(data)
        else:
            store = open_store(data)
            repair_recordings(data, store, close_open_calls(store))
            store.dispose()
        report.add(what, told, asdict(look(data, told.seq, told.count, told.setting, told.time)))
    finally:
        subprocess.run(["umount", folder], check=True)


def _resumes(data: Path) -> bool:
    """A real start on what the cut left: somebody calls, and is answered by the box within a minute."""
    box = _box(data)
    try:
        with ApiClient(data / SOCKET) as client:
            client.request("training.call", number="13800138000")
            until = time.monotonic() + START_S
            while time.monotonic() < until:
                if any(call["answered"] for call in client.request("snapshot")["calls"]):
                    return True
                time.sleep(0.2)
        return False
    finally:
        box.kill()
        box.wait()


def main() -> int:
    """Runs all three ways."""
    parser = argparse.ArgumentParser(prog="./box system-test power", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--cuts", type=int, default=4, help="virtual machines killed (some minutes each)")
    parser.add_argument("--virtual", type=int, default=100, help="positions in one logged run of a virtual machine")
    parser.add_argument("--replays", type=int, default=100, help="positions in one logged run on this machine")
    parser.add_argument("--seconds", type=float, default=60, help="how long such a run is")
    parser.add_argument("--name", default="cuts", help="of the disk that is cut: several may be cut at once")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same moments again")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"seed {options.seed}", flush=True)
    result: dict[str, Any] = {"seed": options.seed}
    if options.virtual:
        result["virtual"] = virtual(options.virtual, options.seconds, options.seed).summary()
    if options.replays:
        result["replays"] = replays(options.replays, options.seconds, options.seed).summary()
    if options.cuts:
        result["cuts"] = cuts(options.cuts, options.seed, options.name).summary()
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 0 if all(way["ok"] for way in result.values() if isinstance(way, dict)) else 1


if __name__ == "__main__":
    sys.exit(main())
