"""`python -m webui.bench --data DIR`: how quick the page is with a million calls; one line of JSON.

The database is made once and kept in DIR. Times are of whole requests through Flask, login, templates and all, in this
process: what a network adds is not in them.
"""

import argparse
import json
import logging
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, text

from firmware.people import People, Person, hash_secret
from firmware.setup.store import Setup
from firmware.store.database import FILE, open_store
from firmware.store.models import CallRecord, EventRow
from firmware.store.search import PUT, row
from webui.app import create_app

CALLS = 1_000_000
ROUNDS = 60
EPOCH = 1_700_000_000.0
APART_S = 95.0
DONE = "made"
VERSION = 3  # of the tables and of what is in them: another one is made anew
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰"


def call(index: int, chance: random.Random) -> dict[str, Any]:
    """One of the million, always the same."""
    started = EPOCH + index * APART_S + chance.random() * 60
    answered = chance.random() < 0.86
    agent = f"{801 + index % 8}" if answered else None
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2))))
    talk = round(chance.expovariate(1 / 150), 1) if answered else None
    return {
        "id": f"b{index:07}", "direction": "inbound", "line": 1 + index % 8, "station": agent, "agent": agent,
        "queue": chance.choice(("sales", "service", "orders")), "name": name if index % 3 == 0 else None,
        "number": f"1{chance.choice('3578')}{chance.randrange(10**9):09}", "withheld": None, "started": started,
        "answered": started + 3, "queued": started + 8, "connected": started + 20 if answered else None,
        "ended": started + 25 + (talk or 0), "wait_s": 12.0, "talk_s": talk,
        "result": "answered" if answered else chance.choice(("abandoned", "abandoned", "abandoned", "failed")),
        "end_side": "caller", "end_cue": "tone", "recording": None, "recording_ms": None, "recording_error": None,
        "recording_removed": "age", "paused_s": None, "marked": False, "recovered": False,
    }  # fmt: skip


def events(one: dict[str, Any], seq: int) -> Iterator[dict[str, Any]]:
    """Enough of them for a story."""
    for after, kind, data in (
        (0, "line.ring", {"burst": 1}),
        (0, "call.started", {"direction": "inbound"}),
        (1, "line.callerid", {"ok": True, "scheme": "v23", "number": one["number"], "name": "", "withheld": None}),
        (3, "call.answered", {"by": "box"}),
        (8, "call.queued", {"queue": one["queue"], "position": 1, "expected_s": None}),
        (25, "call.ended", {"side": "caller", "cue": "tone", "result": one["result"]}),
    ):
        yield {
            "seq": seq, "at": one["started"] + after, "kind": kind, "call": one["id"], "line": one["line"],
            "station": None, "data": data,
        }  # fmt: skip
        seq += 1


def make(data: Path, calls: int) -> None:
    """The database, unless it is there. Of every hundredth call the events, too."""
    mark = data / f"{DONE}-{VERSION}-{calls}"
    if mark.exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    for old in data.glob(f"{FILE}*"):
        old.unlink()
    engine = open_store(data)
    chance = random.Random(1)  # noqa: S311 - calls to measure with, no secrets
    with engine.begin() as connection:
        connection.execute(text("PRAGMA synchronous=OFF"))
        for start in range(0, calls, 20_000):
            some = [call(index, chance) for index in range(start, min(calls, start + 20_000))]
            connection.execute(insert(CallRecord), some)
            rows = (row(one["id"], one["started"], one["number"], one["name"]) for one in some)
            connection.execute(PUT, [one for one in rows if one is not None])
            told = [event for one in some[::100] for event in events(one, 1 + 10 * int(one["id"][1:]))]
            connection.execute(insert(EventRow), told)
    _settle(engine)
    mark.touch()


def _settle(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    engine.dispose()


def asked(calls: int) -> dict[str, list[str]]:
    """What is measured: each a list of addresses, asked in turn."""
    chance = random.Random(2)  # noqa: S311
    sample = [call(index, random.Random(index)) for index in range(ROUNDS)]  # noqa: S311
    days = [f"&from=2024-0{1 + n % 9}-{1 + n % 28:02}&to=2024-0{1 + n % 9}-{1 + n % 28:02}" for n in range(ROUNDS)]
    ids = [f"b{chance.randrange(0, calls, 100) // 100 * 100:07}" for _ in range(ROUNDS)]
    return {
        "list": [f"/calls?page={1 + n * 7}" for n in range(ROUNDS)],
        "list_far": [f"/calls?page={500 - n}" for n in range(ROUNDS)],
        "search_number": [f"/calls?search={one['number'][3:9]}" for one in sample],
        "search_three_digits": [f"/calls?search={one['number'][-3:]}" for one in sample],
        "search_name": [f"/calls?search={one['name'] or '王伟'}" for one in sample],
        "search_nobody": [f"/calls?search=000000{n:05}" for n in range(ROUNDS)],
        "filter_agent": [f"/calls?agent={801 + n % 8}&result=failed" for n in range(ROUNDS)],
        "filter_day_queue": [f"/calls?queue=sales{day}" for day in days],
        "filter_hour": [f"/calls?from_time=09:30&to_time=10:29{day}" for day in days],
        "filter_length": [f"/calls?talk={n}:10&talk_to={n}:15" for n in range(ROUNDS)],
        "filter_long": [f"/calls?talk=15&line={1 + n % 8}" for n in range(ROUNDS)],
        "open": [f"/calls/{one}" for one in ids],
    }


def p95(client: FlaskClient, paths: Sequence[str]) -> float:
    """Milliseconds; the first is not counted, it warms the caches."""
    spent = []
    for path in paths:
        begun = time.perf_counter()
        status = client.get(path).status_code
        spent.append(1000 * (time.perf_counter() - begun))
        if status != 200:
            raise RuntimeError(f"{path} was answered with {status}")
    return round(quantiles(spent[1:], n=20)[-1], 1)


def first_page(client: FlaskClient) -> int:
    """Bytes of the first screen with everything it loads, as they travel."""
    html = client.get("/").text
    paths = {part.split('"')[0] for mark in ('src="', 'stylesheet" href="') for part in html.split(mark)[1:]}
    packed = {"Accept-Encoding": "gzip"}
    bodies = [client.get(path, headers=packed).data for path in ("/", *sorted(paths)) if path.startswith("/")]
    return sum(len(body) for body in bodies)


def measure(data: Path, calls: int) -> dict[str, Any]:
    """Every figure."""
    make(data, calls)
    owner = Person(id="owner", name="Owner", number="700", role="owner", password_hash=hash_secret("a measured one"))
    setup = Setup(data)
    if not setup.load(People).people:
        setup.change(People, lambda _: {"people": [owner]}, who="bench")
    logging.getLogger("webui").setLevel(logging.ERROR)  # no box runs here, which every page would say
    app = create_app(data, testing=True)
    client = app.test_client()
    token = client.get("/login").text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    client.post("/login", data={"user": "owner", "password": "a measured one", "csrf_token": token})
    figures = {f"web_{name}_p95_ms": p95(client, paths) for name, paths in asked(calls).items()}
    app.extensions["callbox"].hub.close()
    size = sum(file.stat().st_size for file in data.glob(f"{FILE}*"))
    return {
        "web_calls": calls, "web_database_mb": size // 1_000_000, **figures,
        "web_first_page_bytes": first_page(client),
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="webui.bench", description="How quick the page is with many calls.")
    parser.add_argument("--data", type=Path, required=True, help="where the database is kept for the next time")
    parser.add_argument("--calls", type=int, default=CALLS)
    args = parser.parse_args(argv)
    print(json.dumps(measure(args.data, args.calls)))  # noqa: T201 - for whoever asked
    return 0


if __name__ == "__main__":
    sys.exit(main())
