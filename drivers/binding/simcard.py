"""The simulated card: wires with the box's core on one end and the training world's on the other."""

import os
from collections.abc import Sequence
from typing import Any, Literal

from drivers.binding._core import ffi, lib
from drivers.binding.convert import fill_wire
from drivers.binding.engine import CoreError, Engine
from drivers.binding.plan import Plan, SimWire
from drivers.binding.trace import TraceFile

INLETS = 16  # at the far end: as many people may speak into telephones of the page

PortSpec = tuple[Literal["fxo", "fxs"], str]


class SimCard:
    """`box` is the box's engine; `far` the other ends, in the same order: an exchange's line for each FXO port of the
    box, a telephone for each FXS port. `headsets` are the box's alone. `trace`: of the box's end. `close()` closes
    both."""

    def __init__(self, ports: Sequence[PortSpec], wires: Sequence[SimWire], plan: Plan, *, far_plan: Plan | None = None,
                 tick_ms: int = 10, seed: int = 1, record_sync_ms: int = 300,
                 inlets: int = 0, headsets: Sequence[str] = (), trace: TraceFile | None = None) -> None:  # fmt: skip
        specs = ffi.new("struct lc_sim_wire[]", len(wires))
        for index, wire in enumerate(wires):
            fill_wire(specs[index], wire, plan)
        kinds = bytes(lib.LC_FXO if kind == "fxo" else lib.LC_FXS for kind, _ in ports)
        error = ffi.new("int *")
        self._sim: Any = lib.lc_sim_new(len(wires), specs, kinds, tick_ms * lib.LC_RATE // 1000, seed, error)
        if self._sim == ffi.NULL:
            raise CoreError(-error[0], f"cannot make the simulated card: {os.strerror(-error[0])}")
        far_ports: list[PortSpec] = [
            ("fxs", f"exchange {name}") if kind == "fxo" else ("fxo", f"telephone {name}") for kind, name in ports
        ]
        self.box = Engine(
            lib.lc_sim_card(self._sim, 0), ports, plan, tick_ms=tick_ms, record_sync_ms=record_sync_ms,
            cancel_echo=True, inlets=inlets, headsets=headsets, trace=trace,
        )  # fmt: skip
        self.far = Engine(
            lib.lc_sim_card(self._sim, 1), far_ports, (far_plan or plan).as_exchange(), tick_ms=tick_ms,
            record_sync_ms=record_sync_ms, players=2 * len(ports), recorders=min(2 * len(ports), lib.LC_RECORDERS_MAX),
            inlets=INLETS,
        )  # fmt: skip

    def cut(self, wire: int, cut: bool = True) -> None:
        """Cuts a wire, or joins it again."""
        result = lib.lc_sim_cut(self._sim, wire, int(cut))
        if result < 0:
            raise CoreError(-result, f"cut wire {wire}: {os.strerror(-result)}")

    def close(self) -> None:
        """Closes both engines, then the wires. Twice is fine."""
        self.box.close()
        self.far.close()
        sim, self._sim = self._sim, ffi.NULL
        lib.lc_sim_free(sim)
