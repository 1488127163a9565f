"""Who may go where: one table. An endpoint that is not in it is the owner's alone, and a test names it.

A key is an endpoint or a whole blueprint; the endpoint counts first. Programs with a key go by SCOPES instead.
"""

from typing import Final

from firmware.people import Role

Roles = frozenset[Role]

OWNER: Final[Roles] = frozenset({"owner"})
BUILDERS: Final[Roles] = frozenset({"owner", "technician"})
LEADERS: Final[Roles] = frozenset({"owner", "supervisor"})
TALKERS: Final[Roles] = frozenset({"owner", "supervisor", "agent"})
EVERYBODY: Final[Roles] = frozenset({"owner", "technician", "supervisor", "agent"})

# Without a login: the door itself, what it is made of, and one word on whether all parts answer.
OPEN: Final = frozenset(
    {"static", "health.healthz", "auth.claim", "auth.login", "language.choose", "language.icon", "language.states"}
)

ROLES: Final[dict[str, Roles]] = {
    "account": EVERYBODY,
    "auth.logout": EVERYBODY,
    "health": BUILDERS | LEADERS,
    "backups": OWNER,  # they hold everybody's passwords and every number
    "box": BUILDERS,
    "certificate": BUILDERS,
    "control": LEADERS,  # any station's telephone
    "control.doctor_capture": OWNER,
    **{f"control.doctor_{what}": BUILDERS for what in ("examine", "call", "hang_up", "loop", "stop", "look")},
    "desk": TALKERS,
    "devices": BUILDERS,
    "docs": EVERYBODY,
    "doctor": BUILDERS,
    "doctor.capture": OWNER,  # it may be a conversation, and keys that were pressed
    "doctor.captured": OWNER,
    "first": BUILDERS,
    "flows": BUILDERS,
    "flows_api": BUILDERS,
    "help": EVERYBODY,
    "live": EVERYBODY,
    "live.lead": LEADERS,  # others' calls
    "log": BUILDERS,
    "mail": BUILDERS,
    "messages": TALKERS,
    "network": BUILDERS,
    "notices": LEADERS,
    "openapi.spec": EVERYBODY,
    "owed": TALKERS,
    "paging": TALKERS,
    "prompts": BUILDERS,
    "records": EVERYBODY,  # each sees the calls of his data scope
    "records.export": LEADERS,
    "records.mark": TALKERS,
    "records.recording": TALKERS,  # a technician needs no conversations
    "rest.calls": EVERYBODY,
    "rest.events": OWNER,  # everything that happens, whoever it is about
    "rest.health": BUILDERS | LEADERS,
    "rest.messages": TALKERS,
    "rest.one_call": EVERYBODY,
    "rest.owed": TALKERS,
    "rest.state": EVERYBODY,
    "rest.training_call": EVERYBODY,
    "setup": BUILDERS,
    "updates": BUILDERS,
    "telephones": EVERYBODY,  # of the simulated card; whoever learns the box may try it
    "wall": EVERYBODY,
}

# What a program's key must be good for.
SCOPES: Final[dict[str, str]] = {
    "control": "control",
    "flows_api": "flows",
    "openapi.spec": "read",
    "messages.sound": "recordings",
    "records.recording": "recordings",
    "rest.calls": "calls",
    "rest.events": "events",
    "rest.health": "read",
    "rest.messages": "calls",
    "rest.one_call": "calls",
    "rest.owed": "calls",
    "rest.state": "read",
    "rest.training_call": "control",
}


def roles_of(endpoint: str) -> Roles:
    """Who may use it after a login."""
    return ROLES.get(endpoint) or ROLES.get(endpoint.partition(".")[0]) or OWNER


def may_program(scopes: tuple[str, ...], endpoint: str) -> bool:
    """Whether a key with these scopes is good for it."""
    return endpoint in OPEN or SCOPES.get(endpoint, SCOPES.get(endpoint.partition(".")[0])) in scopes


def may(role: Role, endpoint: str) -> bool:
    """Whether this role may use it."""
    return endpoint in OPEN or role in roles_of(endpoint)
