"""Everything outside the box: an exchange's line behind each FXO port, a telephone behind each FXS port."""

from drivers.binding.engine import Engine
from firmware.config import Board
from firmware.training.exchange import ExchangeLine, Release
from firmware.training.office import Office
from firmware.training.telephone import Telephone


class World:
    """`lines` by line number, `telephones` by station number, over the far end's engine."""

    def __init__(self, far: Engine, board: Board, *, release: Release = "busy") -> None:
        self.far = far
        self.office = Office()  # whom the box can call
        self.lines = {
            jack.number: ExchangeLine(far.ports[jack.channel], release=release, serve=self.office.serve)
            for jack in board.lines
        }
        self.telephones = {jack.number: Telephone(far.ports[jack.channel]) for jack in board.stations}

    def idle_line(self) -> ExchangeLine | None:
        """The first line nobody holds, as an exchange hunts through a group."""
        return next((line for line in self.lines.values() if line.idle), None)

    async def close(self) -> None:
        """Everybody puts the handset down; receiver files are closed."""
        for line in self.lines.values():
            line.party_hung_up()
            await line.close()
        for telephone in self.telephones.values():
            await telephone.hang_up()
