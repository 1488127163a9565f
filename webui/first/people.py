"""First run: people in a quick table, who sits where, and for each a slip with what he comes in with."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from firmware.agents.section import Agents
from firmware.people import OWNER_NUMBER, People, Person, hash_secret
from firmware.setup.store import SetupInvalid
from webui.first.steps import after, done, mark, show
from webui.passwords import pin_fault
from webui.security import who
from webui.setup import faults
from webui.setup.people import PAGE
from webui.setup.sources import choices
from webui.setup.words import CHOICES
from webui.translate import _

ROWS = 4
ROLES = ("agent", "supervisor", "technician")
FIELDS = ("name", "number", "role", "station")


@dataclass(frozen=True, slots=True)
class Slip:
    """What a new person is told, once: it stands nowhere else."""

    name: str
    number: str
    user: str
    pin: str
    password: str
    station: str


def join(bp: Blueprint) -> None:
    """Its step becomes part of first run."""
    bp.add_url_rule("/people", "people", people, methods=["GET", "POST"])


def people() -> ResponseReturnValue:
    """Who is there; takes some more at once, each with a PIN and a first password that the box makes."""
    if request.method == "GET":
        return _shown(_blank())
    rows = [{name: request.form.get(f"{row}.{name}", "").strip() for name in FIELDS} for row in range(ROWS)]
    named = [row for row in rows if row["name"]]
    if not named:
        return done("people")
    errors = _double(rows)
    slips = [] if errors else _add(named, errors, [rows.index(row) for row in named])
    if errors:
        return _shown(rows, errors, 422)
    mark("people", "done")
    return show("people", slips=slips, next=after("people"))


def _shown(rows: list[dict[str, str]], errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    box = current_app.extensions["callbox"]
    sits = {number: station for station, number in box.setup.load(Agents).stations.items()}
    return show(
        "people", status, rows=rows, errors=errors or {}, slips=[], stations=_free(),
        there=[(one, sits.get(one.number, "")) for one in box.people().people],
        roles=[(role, CHOICES[f"Person.role.{role}"]) for role in ROLES],
        role_words={one.role: CHOICES[f"Person.role.{one.role}"] for one in box.people().people},
    )  # fmt: skip


def _free() -> list[tuple[str, str]]:
    """Telephones that nobody has for good."""
    box = current_app.extensions["callbox"]
    taken = box.setup.load(Agents).stations
    return [(port, word) for port, word in choices(box)("stations") if port not in taken]


def _blank() -> list[dict[str, str]]:
    """Empty rows, each with the next number and the next telephone that are free."""
    taken = {one.number for one in current_app.extensions["callbox"].people().people}
    numbers = [str(number) for number in range(OWNER_NUMBER + 1, OWNER_NUMBER + 600) if str(number) not in taken]
    stations = [port for port, _word in _free()]
    return [
        {"name": "", "number": numbers[row], "role": "agent", "station": (stations[row : row + 1] or [""])[0]}
        for row in range(ROWS)
    ]


def _double(rows: list[dict[str, str]]) -> dict[str, str]:
    """What only the rows together can have wrong."""
    free, errors = {port for port, _word in _free()}, {}
    seen: set[str] = set()
    for at, row in enumerate(rows):
        station = row["station"]
        if not row["name"] or not station:
            continue
        if station in seen:
            errors[f"{at}.station"] = _("Only one person can have a telephone for good.")
        elif station not in free:
            errors[f"{at}.station"] = _("Somebody has this telephone already.")
        seen.add(station)
    return errors


def _add(named: list[dict[str, str]], errors: dict[str, str], at: list[int]) -> list[Slip]:
    """Makes them, or fills `errors` and changes nothing. `at`: their rows."""
    box = current_app.extensions["callbox"]
    before = box.people()
    slips, made, ids = [], [], {one.id for one in before.people}
    for row in named:
        user = _user(row, ids)
        ids.add(user)
        slips.append(Slip(row["name"], row["number"], user, _pin(), _password(), row["station"]))
        made.append({"id": user, "name": row["name"], "number": row["number"], "role": row["role"]})

    def add(now: People) -> dict[str, Any]:
        return {"people": [*now.people, *made]}

    try:
        box.setup.check(People, add)
    except SetupInvalid as error:
        errors |= _faults(error, named, len(before.people), at)
        return []
    for place, one in zip(at, made, strict=True):
        if words := PAGE.refuse(current_user.person, None, Person.model_validate(one)):
            errors[f"{place}.role"] = words
    if errors:
        return []
    for one, slip in zip(made, slips, strict=True):
        one |= {"pin_hash": hash_secret(slip.pin), "password_hash": hash_secret(slip.password)}
    sits = {slip.station: slip.number for slip in slips if slip.station}
    try:
        box.change(People, add, who=who())
        if sits:
            box.change(Agents, lambda now: {"stations": {**now.stations, **sits}}, who=who())
    except SetupInvalid as error:
        errors[""] = " ".join(faults.by_path(error.errors).values())
    return slips


def _faults(error: SetupInvalid, named: list[dict[str, str]], before: int, at: list[int]) -> dict[str, str]:
    """By “row.field”; what belongs to all of them, such as a number that is taken, beside the row that has it."""
    found = {}
    for one in error.errors:
        words, place = faults.sentence(one), [str(part) for part in one["loc"]]
        row = int(place[1]) - before if len(place) == 3 and place[1].isdecimal() else -1
        if 0 <= row < len(named):
            found[f"{at[row]}.{place[2]}"] = words
            continue
        context = one.get("ctx", {})
        field = str(context.get("field", ""))
        rows = [at[n] for n, typed in enumerate(named) if field and typed.get(field) == context.get(field)]
        found[f"{rows[-1]}.{field}" if rows else ""] = words
    return found


def _user(row: dict[str, str], taken: set[str]) -> str:
    """A user name from the name where that has letters for it, else from the number."""
    plain = re.sub("[^a-z0-9]+", "-", row["name"].lower()).strip("-")[:24]
    base = plain if plain and row["name"].isascii() else f"agent-{row['number']}"[:24]
    names = [base, *(f"{base}-{number}" for number in range(2, 600))]
    return next(name for name in names if name not in taken)


def _pin() -> str:
    while pin_fault(pin := f"{secrets.randbelow(1_000_000):06}"):
        continue
    return pin


def _password() -> str:
    """Three groups that can be read out and typed: 10¹³ of them."""
    groups = ["".join(secrets.choice(letters) for letters in ("bdfghkmnprstvz", "aeiou") * 2) for _group in range(3)]
    return "-".join([*groups, str(secrets.randbelow(90) + 10)])
