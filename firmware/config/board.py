"""The board model: which jack of the box is which channel of which card."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from drivers.binding.plan import DahdiSound, SimWire, Strict

PORTS_MAX = 64  # drivers/linecard.h: LC_PORTS_MAX
HEADSETS_MAX = 8  # drivers/cards.h: LC_HEADSETS_MAX
DAHDI_CHANNEL_MAX = 1023  # DAHDI_MAX_CHANNELS is 1,024, from 0

Channel = Annotated[int, Field(ge=0, lt=PORTS_MAX)]


class Line(Strict):
    """An outside line: the FXO jack that the exchange's wire goes into."""

    number: Annotated[int, Field(ge=1, le=PORTS_MAX)]
    channel: Channel

    @property
    def name(self) -> str:
        """As people and logs call it."""
        return f"line {self.number}"


class Station(Strict):
    """An agent's telephone: the FXS jack that feeds and rings it; `number` is what others dial."""

    number: Annotated[str, Field(pattern="^[0-9]{2,6}$")]
    channel: Channel

    @property
    def name(self) -> str:
        """As people and logs call it."""
        return f"station {self.number}"


@dataclass(frozen=True, slots=True)
class Telephone:
    """A station of either kind: at an FXS jack, or a headset at the box's own `socket`. `channel`: the core's port."""

    number: str
    channel: int
    socket: str | None = None


class SimWires(Strict):
    """What the simulated card's wires do to sound, on the outside lines and inside the house."""

    line: SimWire = SimWire()
    station: SimWire = SimWire()


class Dahdi(DahdiSound):
    """A real card, through the kernel's DAHDI driver. `channels`: DAHDI's number of the card's channel 0, of channel 1
    and so on."""

    channels: Annotated[tuple[Annotated[int, Field(ge=1, le=DAHDI_CHANNEL_MAX)], ...], Field(max_length=PORTS_MAX)] = ()


class Selfcall(Strict):
    """A cable that joins an outside line's jack with a station's, so that the box can call itself at night: it rings
    the station, and is rung on the line."""

    line: Annotated[int, Field(ge=1, le=PORTS_MAX)]
    station: Annotated[str, Field(pattern="^[0-9]{2,6}$")]


Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
Device = Annotated[str, Field(pattern=r"^(/dev/|loop://)", max_length=100)]
Wire = Literal["dtr", "rts"]
GpioLine = Annotated[int, Field(ge=0, le=1023)]


class LinePanel(Strict):
    """A status panel that understands the line protocol of docs/keeping.md."""

    kind: Literal["line"]
    device: Device
    baud: Baud = 9600


class RelayPanel(Strict):
    """Lamp and buzzer at two wires of a serial port, each through a relay; `lamp` is on while something is wrong."""

    kind: Literal["relay"]
    device: Device
    lamp: Wire = "dtr"
    buzzer: Wire = "rts"

    @model_validator(mode="after")
    def _wires_differ(self) -> "RelayPanel":
        if self.lamp == self.buzzer:
            raise ValueError("lamp and buzzer must be at different wires")
        return self


class GpioPanel(Strict):
    """Lamps and buzzer at lines of a GPIO chip, by number; what there is not is left out."""

    kind: Literal["gpio"]
    chip: Annotated[str, Field(pattern="^/dev/gpiochip[0-9]+$")]
    green: GpioLine | None = None
    red: GpioLine | None = None
    buzzer: GpioLine | None = None
    active_low: bool = False

    @model_validator(mode="after")
    def _lines_differ(self) -> "GpioPanel":
        lines = [line for line in (self.green, self.red, self.buzzer) if line is not None]
        if not lines or len(set(lines)) != len(lines):
            raise ValueError("green, red and buzzer need lines of their own, at least one of them")
        return self


PanelBoard = LinePanel | RelayPanel | GpioPanel


Socket = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*(:[A-Za-z0-9_=,.+-]+)?$", max_length=100)]


class Headset(Strict):
    """A headset at the box's own sockets, as the station of that number: `play` is what its user hears, `capture` what
    he says."""

    station: Annotated[str, Field(pattern="^[0-9]{2,6}$")]
    play: Socket
    capture: Socket

    @property
    def name(self) -> str:
        """As people and logs call it."""
        return f"station {self.station}"


class Sound(Strict):
    """The box's own sound sockets, by ALSA's names (`aplay -L`, `arecord -L`). `line_in`: what comes there is the music
    on hold. `microphone`: prompts are recorded there. `loudspeaker`: overhead paging. `headsets` are stations behind
    those of the card."""

    line_in: Socket | None = None
    microphone: Socket | None = None
    loudspeaker: Socket | None = None
    headsets: Annotated[tuple[Headset, ...], Field(max_length=HEADSETS_MAX)] = ()


class Smdr(Strict):
    """A serial printer that gets a line for each call; `xonxoff`: it stops the box by XOFF when it is busy."""

    device: Device
    baud: Baud = 9600
    xonxoff: bool = True


class Board(Strict):
    """One kind of box. Every channel of the card is one line or one station."""

    name: dict[Literal["en", "zh"], str]
    card: Literal["sim", "dahdi"]
    tick_ms: Literal[5, 10, 20] = 10
    sim: SimWires = SimWires()
    dahdi: Dahdi = Dahdi()
    lines: tuple[Line, ...] = ()
    stations: tuple[Station, ...] = ()
    selfcall: Selfcall | None = None
    panel: Annotated[PanelBoard, Field(discriminator="kind")] | None = None
    smdr: Smdr | None = None
    sound: Sound | None = None

    @field_validator("lines", "stations")
    @classmethod
    def _numbers_differ(cls, jacks: tuple[Line | Station, ...]) -> tuple[Line | Station, ...]:
        numbers = [str(jack.number) for jack in jacks]
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        if twice:
            raise ValueError(f"each number may stand once, but {', '.join(twice)} stands more often")
        return jacks

    @model_validator(mode="after")
    def _channels_are_all_used(self) -> "Board":
        channels = sorted(jack.channel for jack in self.ports)
        if not channels:
            raise ValueError("a board needs at least one line or station")
        if channels != list(range(len(channels))):
            raise ValueError(
                f"channels of lines and stations together must be 0 to {len(channels) - 1}, each once; "
                f"they are {', '.join(map(str, channels))}"
            )
        return self

    @model_validator(mode="after")
    def _headsets_fit(self) -> "Board":
        numbers = [station.number for station in self.stations] + [one.station for one in self.headsets]
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        if twice:
            raise ValueError(
                f"each station may stand once, also as a headset, but {', '.join(twice)} stands more often"
            )
        if len(self.ports) + len(self.headsets) > PORTS_MAX:
            raise ValueError(f"lines, stations and headsets together may be {PORTS_MAX} at most")
        return self

    @model_validator(mode="after")
    def _selfcall_is_there(self) -> "Board":
        if self.selfcall is not None:
            try:
                self.line(self.selfcall.line)
                self.station(self.selfcall.station)
            except KeyError as error:
                raise ValueError(f"selfcall: {error.args[0]}") from None
        return self

    @model_validator(mode="after")
    def _each_port_has_a_dahdi_channel(self) -> "Board":
        channels = self.dahdi.channels
        if self.card != "dahdi":
            return self
        if len(channels) != len(self.ports):
            raise ValueError(
                f"dahdi.channels must name one channel per line and station: {len(self.ports)}, not {len(channels)}"
            )
        twice = sorted({channel for channel in channels if channels.count(channel) > 1})
        if twice:
            raise ValueError(f"each DAHDI channel may stand once, but {', '.join(map(str, twice))} stands more often")
        return self

    @property
    def ports(self) -> tuple[Line | Station, ...]:
        """Every jack of the card in its channel order, which is the core's port order."""
        return tuple(sorted((*self.lines, *self.stations), key=lambda jack: jack.channel))

    @property
    def port_specs(self) -> list[tuple[Literal["fxo", "fxs"], str]]:
        """Kind and name of each port, as `drivers.binding` takes them."""
        return [("fxo" if isinstance(jack, Line) else "fxs", jack.name) for jack in self.ports]

    @property
    def wires(self) -> list[SimWire]:
        """The simulated card's wire behind each port."""
        return [self.sim.line if isinstance(jack, Line) else self.sim.station for jack in self.ports]

    @property
    def simulated(self) -> "Board":
        """Without the box's own sound sockets, of which a simulation has none."""
        return self.model_copy(update={"sound": None})

    @property
    def headsets(self) -> tuple[Headset, ...]:
        """Those at the box's own sockets, in the order of the core's ports behind the card's."""
        return () if self.sound is None else self.sound.headsets

    @property
    def telephones(self) -> tuple[Telephone, ...]:
        """Every station, those at jacks first."""
        first = len(self.ports)
        return (
            *(Telephone(jack.number, jack.channel) for jack in self.stations),
            *(Telephone(one.station, first + at, one.play) for at, one in enumerate(self.headsets)),
        )

    def line(self, number: int) -> Line:
        """The outside line of that number; KeyError tells which there are."""
        for line in self.lines:
            if line.number == number:
                return line
        raise KeyError(f"there is no line {number}; lines are {', '.join(str(line.number) for line in self.lines)}")

    def station(self, number: str) -> Station:
        """The station of that number; KeyError tells which there are."""
        for station in self.stations:
            if station.number == number:
                return station
        raise KeyError(f"there is no station {number}; stations are {', '.join(one.number for one in self.stations)}")
