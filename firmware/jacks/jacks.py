"""Lines and stations go by what people have set up: at the start, and from each change on."""

from collections.abc import Mapping
from typing import Any

from drivers.binding.ports import Port
from firmware.bus import Bus
from firmware.jacks.section import InsideStations, Jack, OutsideLines
from firmware.lines import Line
from firmware.recording.recorder import Recordings
from firmware.setup.changes import Changes
from firmware.stations import Station


class Jacks:
    """`start()` once the box has started: who shows lines and stations is told how they are set up."""

    def __init__(
        self, bus: Bus, changes: Changes, lines: Mapping[int, Line], stations: Mapping[str, Station],
        recordings: Recordings,
    ) -> None:  # fmt: skip
        self._bus, self._lines, self._stations, self._recordings = bus, lines, stations, recordings
        self._told: dict[Port, dict[str, Any]] = {}
        self._gains: dict[Port, tuple[float, float]] = {}
        self._now = changes.setup
        changes.on_change(OutsideLines, self._lines_are)
        changes.on_change(InsideStations, self._stations_are)

    def start(self) -> None:
        """As the setup stands."""
        self._lines_are(self._now.load(OutsideLines))
        self._stations_are(self._now.load(InsideStations))

    def _lines_are(self, section: OutsideLines) -> None:
        for number, line in self._lines.items():
            wanted = section.line(number)
            line.in_use, line.rings_least = wanted.in_use, wanted.rings
            self._recordings.of_port(line.port, mode=wanted.recording)
            self._gain(line.port, wanted)
            self._tell("line.setup", line.port, wanted, line=number, number=wanted.number)

    def _stations_are(self, section: InsideStations) -> None:
        for number, station in self._stations.items():
            wanted = section.station(number)
            station.use(wanted.in_use)
            station.wear(wanted.headset)
            self._recordings.of_port(station.port, mode=None if wanted.recorded else "never")
            self._gain(station.port, wanted)
            self._tell("station.setup", station.port, wanted, station=number, number="")

    def _gain(self, port: Port, wanted: Jack) -> None:
        gains = (wanted.receive_db, wanted.transmit_db)
        if self._gains.get(port, (0.0, 0.0)) != gains:
            self._gains[port] = gains
            port.gain(*gains)

    def _tell(
        self, kind: str, port: Port, wanted: Jack, *, number: str, line: int | None = None, station: str | None = None
    ) -> None:
        what = {"name": wanted.name, "number": number, "in_use": wanted.in_use}
        if self._told.get(port, {"name": "", "number": "", "in_use": True}) != what:
            self._told[port] = what
            self._bus.publish(kind, line=line, station=station, name=wanted.name, number=number, in_use=wanted.in_use)
