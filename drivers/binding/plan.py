"""The country's plan and the simulated wires, as Python sees them; `linecard.h` and `cards.h` are the C side.

One definition serves both the TOML files in `board-config/` (validated into these models) and the core
(filled from them). Levels are dBm0, frequencies Hz, times ms.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Ms = Annotated[int, Field(ge=0, le=60_000)]
Hertz = Annotated[int, Field(ge=50, le=3_800)]
Dbm0 = Annotated[float, Field(ge=-60, le=3)]
Scheme = Literal["none", "bell202", "v23", "dtmf", "ntt"]
Code = Annotated[str, Field(pattern="^[0-9A-D#*]{1,7}$")]


class Strict(BaseModel):
    """Unknown keys are errors: a typing mistake must not become a default."""

    # Validators are built when the first one is wanted: all at once they are a third of the box's start.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Step(Strict):
    """One piece of a tone's cadence: up to two frequencies together, or silence; ms 0 is for ever."""

    hz: Annotated[tuple[Hertz, ...], Field(max_length=2)] = ()
    ms: Ms


class Tone(Strict):
    """A progress tone, both as it is made and as it is recognised (ITU-T E.180 and the country's own plan). `am`: its
    single frequency is modulated fully by so many Hz; `level` is then the crest's."""

    level: Dbm0 = -13.0
    am: Annotated[int, Field(ge=0, le=50)] = 0
    once: bool = False
    listen_cycles: Annotated[int, Field(ge=0, le=10)] = 3
    listen_ms: Ms = 600
    cadence_percent: Annotated[int, Field(ge=5, le=40)] = 15
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=12)]


class CallerId(Strict):
    """How the exchange and we towards handsets send the caller's number. `alert` is what precedes it: the line's
    polarity turned (only before the ring), the dual tone of 2130 and 2750 Hz (only before FSK). `waiting`: also to a
    telephone in talk (type II: after the call_waiting tone, on its acknowledgement). `format`, `private` and
    `unavailable` are the digits of scheme dtmf. Heard are all schemes, at all moments, in every country.

    `lamp`: what precedes the message lamp's data at a telephone on-hook: what precedes a caller id, or a short burst of
    ringing.

    `lines`: how the exchange tells it on outside lines, where that is another way than to handsets: "ntt", the number
    display of Japan, for which a line goes off-hook for a moment before each call. As `scheme`, "ntt" is for handsets
    that know it: any other rings in short bursts first, and who lifts it then hears data."""

    scheme: Scheme
    moment: Literal["after_first_ring", "before_ring"] = "after_first_ring"
    alert: tuple[Literal["reversal", "tone"], ...] = ()
    level: Dbm0 = -13.5
    waiting: bool = False
    lamp: Literal["as_call", "ring_pulse"] = "as_call"
    lines: Literal["same", "ntt"] = "same"
    format: Annotated[str, Field(pattern=r"^[A-D]{0,3}\{number\}[A-D#*]{1,3}$")] = "D{number}C"
    private: Code = "D1#"
    unavailable: Code = "D2#"

    @model_validator(mode="after")
    def _alert_fits(self) -> "CallerId":
        if "reversal" in self.alert and self.moment != "before_ring":
            raise ValueError("the line's polarity is turned only before the ring")
        if "tone" in self.alert and self.scheme not in ("bell202", "v23"):
            raise ValueError("the alerting tone goes before bell202 and v23 only")
        if self.waiting and self.scheme not in ("bell202", "v23"):
            raise ValueError("only bell202 and v23 are sent to a telephone in talk")
        return self

    @property
    def comes(self) -> bool:
        """The exchange tells who calls."""
        return self.scheme != "none" or self.lines != "same"

    @property
    def frame(self) -> tuple[str, str]:
        """What stands before and after the number when it is sent as digits."""
        start, end = self.format.split("{number}")
        return start, end


class Dtmf(Strict):
    """Digits as sent and, for twist, as accepted (ITU-T Q.23, Q.24)."""

    low: Dbm0 = -9.0
    high: Dbm0 = -7.0
    on_ms: Annotated[int, Field(ge=40, le=500)] = 70
    off_ms: Annotated[int, Field(ge=30, le=500)] = 70
    twist: Annotated[float, Field(ge=0, le=15)] = 6.0
    reverse_twist: Annotated[float, Field(ge=0, le=15)] = 6.0


class Plan(Strict):
    """Everything that differs from one telephone network to the next. `companding` is its codecs' law (ITU-T G.711)."""

    country: Annotated[str, Field(pattern="^[a-z]{2}$")]
    name: dict[Literal["en", "zh"], str]
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    companding: Literal["alaw", "ulaw"] = "alaw"
    ring: Annotated[tuple[Ms, ...], Field(min_length=2, max_length=6)]
    caller_id: CallerId
    dtmf: Dtmf = Dtmf()
    tones: Annotated[dict[str, Tone], Field(min_length=1, max_length=16)]
    timers: dict[str, Ms] = {}

    @field_validator("ring")
    @classmethod
    def _even(cls, ring: tuple[int, ...]) -> tuple[int, ...]:
        if len(ring) % 2:
            raise ValueError("ring needs pairs of times: on, off, on, off ...")
        return ring

    def as_exchange(self) -> "Plan":
        """The plan as the exchange has it that stands behind the outside lines."""
        if self.caller_id.lines == "same":
            return self
        caller_id = self.caller_id.model_copy(update={"scheme": self.caller_id.lines, "lines": "same"})
        return self.model_copy(update={"caller_id": caller_id})

    def tone_index(self, name: str) -> int:
        """Where the tone stands in the core's table; KeyError tells which tones the country has."""
        try:
            return list(self.tones).index(name)
        except ValueError:
            raise KeyError(f"country {self.country} has no tone {name!r}; it has {', '.join(self.tones)}") from None


Gain = Annotated[float, Field(ge=-15, le=12)]


class DahdiGains(Strict):
    """How much louder a port hears (receive) and sends, dB in steps of 0.1: the line module's own amplifier where its
    driver offers one, else the driver's tables."""

    line_receive: Gain = 0.0
    line_send: Gain = 0.0
    station_receive: Gain = 0.0
    station_send: Gain = 0.0


class DahdiSound(Strict):
    """What the card's driver does with sound. Echo is taken out by one of: `echo_taps`, the kernel's canceller in talk
    with so many samples; `own_canceller`, the box's; or, with neither, nobody. `canceller`: which of the kernel's;
    `echo_train_ms`: after a line's answer it is shown the echo of a click for so long, in which nothing is heard."""

    echo_taps: Literal[0, 32, 64, 128, 256, 512, 1024] = 0
    canceller: Literal["mg2", "kb1", "sec", "sec2", "jpah"] = "mg2"
    echo_train_ms: Annotated[int, Field(ge=0, le=999)] = 0
    own_canceller: bool = False
    gains: DahdiGains = DahdiGains()

    @model_validator(mode="after")
    def _one_canceller(self) -> "DahdiSound":
        if self.own_canceller and self.echo_taps:
            raise ValueError(
                "own_canceller and echo_taps: two cancellers behind each other disturb each other; choose one"
            )
        if self.echo_train_ms and not self.echo_taps:
            raise ValueError("echo_train_ms trains the kernel's canceller, which echo_taps = 0 turns off")
        if self.echo_train_ms and self.canceller == "jpah":
            raise ValueError("echo_train_ms must be 0 with jpah: its training never ends, and the line stays silent")
        return self

    @property
    def deaf_s(self) -> float:
        """For so long after a line's answer nothing passes, either way: the click's time, then its echo's."""
        return (self.echo_train_ms + self.echo_taps / 8) / 1000 if self.echo_train_ms else 0.0


class SimWire(Strict):
    """One simulated wire: what it does to sound on its way (see `struct lc_sim_wire`). Its codecs' law is the
    country's unless `companding` says otherwise."""

    companding: Literal["country", "linear", "alaw", "ulaw"] = "country"
    loss: Annotated[float, Field(ge=0, le=30)] = 3.0
    echo_loss: Annotated[float, Field(ge=0, le=100)] = 14.0
    far_echo_loss: Annotated[float, Field(ge=0, le=100)] = 14.0
    noise: Annotated[float, Field(ge=-100, le=-20)] = -65.0
    hum: Annotated[float, Field(ge=-100, le=-20)] = -100.0
