"""What the page and other programs are shown of now: plain models, as they go over the socket. `firmware/live.py` fills
them."""

from typing import Any, Literal, get_args

from pydantic import BaseModel

State = Literal[
    "idle", "ringing", "dialling", "talking", "on_hold", "wrap_up", "busy", "away", "fault", "out_of_service"
]
STATES: tuple[State, ...] = get_args(State)
PortKind = Literal["line", "station"]


class Learned(BaseModel):
    """What a line has shown over its life: what caller id its operator surely sends (`absent`: none), and unknown tones
    as hz, ms and how often they were `seen`, the newest last."""

    scheme: str | None = None
    moment: str | None = None
    reversal: bool = False
    absent: bool = False
    differs: bool = False
    cadences: list[dict[str, Any]] = []


class Tried(BaseModel):
    """What became of the number that a station dialled last: `result` as in 'call.outcome', or 'refused' with the
    reasons in `why`. Gone as soon as it is answered, or as the station's next call begins."""

    number: str = ""
    result: str
    why: list[dict[str, Any]] = []


class Lamp(BaseModel):
    """One port as the page shows it. `since` is seconds since the epoch.

    `detail` says more than the state where there is more: 'greeting' (or another prompt's name), 'queue',
    'answered', 'releasing', 'no_battery', the tone a handset hears. `until`: when a wrap-up will be over. `own`: a
    line's own number; `in_use` False: people have taken it out of use. `headset`: whether a station's is
    connected; None: it is a telephone. `tried`: what a station dialled in vain.
    """

    kind: PortKind
    port: str
    name: str = ""
    state: State = "idle"
    detail: str | None = None
    number: str | None = None
    caller: str | None = None
    withheld: str | None = None
    peer: str | None = None
    call: str | None = None
    since: float | None = None
    until: float | None = None
    learned: Learned | None = None
    own: str = ""
    in_use: bool = True
    headset: bool | None = None
    tried: Tried | None = None


class CallNow(BaseModel):
    """One call that has not ended. `stage`: ringing, dialling, answered, greeting, queue, talking, parked or moved;
    times as in its record. `origin`: the station that began it; `held`: those that put the other aside; `slot`: where
    it is parked; `parties`: how many hear each other in a conference (else 0)."""

    id: str
    direction: str
    line: int | None = None
    station: str | None = None
    number: str | None = None
    name: str | None = None
    withheld: str | None = None
    stage: str = "ringing"
    offered: str | None = None
    started: float
    since: float
    answered: float | None = None
    connected: float | None = None
    recording: bool = False
    paused: bool = False
    marked: bool = False
    origin: str | None = None
    queue: str | None = None
    held: list[str] = []
    slot: int | None = None
    parties: int = 0


class AgentNow(BaseModel):
    """One who sits at a station: everybody who has signed in, and a station's own agent while he takes no calls.
    `then`: what he is when his telephone is at rest; `words`: the reason why he is busy, by language."""

    agent: str
    station: str
    person: str | None = None
    name: str = ""
    state: str = "ready"
    then: str = "ready"
    reason: str | None = None
    words: dict[str, str] | None = None
    since: float


class Alarm(BaseModel):
    """Stands until it is cleared. `args` go into the page's sentence for `name`."""

    name: str
    since: float
    args: dict[str, Any]


class Tally(BaseModel):
    """Calls of this run, by how they ended; `stored` is how many of their records can be read."""

    started: int = 0
    answered: int = 0
    abandoned: int = 0
    failed: int = 0
    stored: int = 0


class Done(BaseModel):
    """What the box last did for itself, of one kind: 'selfcall', 'audit', 'backup', 'retention', 'disk'. `data` as in
    the event's catalogue; `ok` None: it could not be done or tells nothing of the kind."""

    at: float
    ok: bool | None = None
    data: dict[str, Any] = {}


class Snapshot(BaseModel):
    """All of it. `now` is the box's clock when the snapshot was taken, `seq` the last event it knows. `loudspeaker`:
    the board has one for overhead paging; `microphone`: one to record prompts at. `ordered`: which of "board" and
    "country" the command line said, whatever is set up."""

    seq: int = 0
    now: float = 0.0
    board: str = ""
    country: str = ""
    language: str = ""
    simulated: bool = False
    loudspeaker: bool = False
    microphone: bool = False
    ordered: tuple[str, ...] = ()
    running: bool = False
    lamps: list[Lamp] = []
    calls: list[CallNow] = []
    agents: list[AgentNow] = []
    tally: Tally = Tally()
    alarms: list[Alarm] = []
    done: dict[str, Done] = {}
