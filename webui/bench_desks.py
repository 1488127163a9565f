"""`python -m webui.bench_desks`: how soon a ring and the first screen are seen in a browser, and what fifty desks cost
an idle box; one line of JSON.

The whole box runs on the simulated card, in real time. A ring counts from the box's own event until the browser has
painted it; browser and box read the same clock. Needs Debian's chromium.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from firmware.acd.model import Member, Queue, Queues
from firmware.api.client import ApiClient
from firmware.api.messages import SOCKET
from firmware.ivr.answering import Answering
from firmware.people import People, Person, hash_secret
from firmware.setup.store import Setup
from firmware.store.database import open_store
from firmware.store.models import EventRow

ROOT = Path(__file__).parents[1]
ROUNDS = 20
LOADS = 5
DESKS = 50
IDLE_S = 20.0
PASSWORD = "a measured one"  # noqa: S105 - of a box that lives for a minute
STATION, AGENT = "801", "700"
PATIENCE_S = 60
# No greeting and no menu, so that many callers can be measured.
FLOW = {
    "format": 1,
    "title": {"en": "Straight to the agents", "zh": "直接到座席"},
    "start": "queue",
    "nodes": {
        "queue": {"kind": "queue", "queue": "operator", "exits": {"left": "end", "not_possible": "end"}},
        "end": {"kind": "hang_up"},
    },
}
# Two frames after the change it has been painted.
WATCH = """
window.painted = {};
const seen = (key) => {
  if (!key || key in window.painted) return;
  window.painted[key] = 0;
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.painted[key] = performance.timeOrigin + performance.now();
  }));
};
const look = () => {
  const call = document.getElementById("desk-call");
  if (call) seen(call.dataset.who);
  const lamp = document.querySelector("#lamps [id^=line-][data-state=ringing]");
  if (lamp) seen(lamp.id + " " + lamp.querySelector("[data-since]").dataset.since);
};
new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
"""
# What the first screen needs, painted: asked when all of it has come.
LOADED = """
const done = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => done(Math.max(
  performance.getEntriesByType("navigation")[0].loadEventEnd,
  performance.getEntriesByName("first-contentful-paint")[0].startTime))));
"""


@contextmanager
def running(data: Path) -> Iterator[tuple[int, str]]:
    """A box as its user starts it: its process, the page's address."""
    command = [sys.executable, "-m", "firmware.cli", "run", "--data", str(data), "--http", "127.0.0.1:0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.pid, process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def cookies(url: str) -> str:
    """Of somebody who has logged in."""
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    kept = answer.headers["Set-Cookie"].split(";")[0]
    token = answer.read().decode().split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    form = urlencode({"user": "owner", "password": PASSWORD, "csrf_token": token})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": kept, "Origin": url, "Referer": url}
    connection.request("POST", "/login", form, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 302:
        raise RuntimeError(f"the login was answered with {answer.status}")
    return str(answer.headers["Set-Cookie"].split(";")[0])


def cpu_s(pid: int) -> float:
    """What a process and its children have used so far."""
    used = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(stat.parent.name) == pid or int(fields[1]) == pid or _parent(int(fields[1])) == pid:
            used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def percent(pid: int, seconds: float) -> float:
    """Of one core, over the next `seconds`."""
    before, begun = cpu_s(pid), time.monotonic()
    time.sleep(seconds)
    return round(100 * (cpu_s(pid) - before) / (time.monotonic() - begun), 2)


def desks(pid: int, url: str) -> dict[str, float]:
    """The box and its page without anybody, and with fifty desks that look on."""
    cookie, where = cookies(url), urlsplit(url)
    alone = percent(pid, IDLE_S)
    with ExitStack() as stack:
        for _ in range(DESKS):
            one = stack.enter_context(socket.create_connection((where.hostname, where.port), timeout=30))
            one.sendall(f"GET /desk/events HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
            begun = b""
            while b"event: parts" not in begun:
                more = one.recv(65536)
                if not more:
                    raise RuntimeError(f"a desk's stream ended: {begun[:200]!r}")
                begun += more
        looked_on = percent(pid, IDLE_S)
    return {
        "web_idle_percent": alone, f"web_{DESKS}_desks_percent": looked_on,
        "web_desks_cost_percent": round(looked_on - alone, 2),
    }  # fmt: skip


def events(data: Path) -> list[EventRow]:
    """The box's log."""
    engine = open_store(data)
    try:
        with Session(engine) as session:
            return list(session.scalars(select(EventRow).order_by(EventRow.seq)))
    finally:
        engine.dispose()


def rings(url: str, data: Path) -> dict[str, float]:
    """From the box's event to what a browser has painted, ms: a line that rings, and the call at an agent's desk."""
    with ExitStack() as stack, ApiClient(data / SOCKET) as box:
        box.request("agent.sign_in", agent=AGENT, station=STATION)
        browsers = [stack.enter_context(_browser(url, path)) for path in ("/desk", "/")]
        for number in range(ROUNDS):
            box.request("training.call", number=f"1390000{number:04}", name="")
            _until(data, "talking")
            box.request("call.release", station=STATION)
            _until(data, "")
        painted: dict[str, float] = {}
        for browser in browsers:
            painted |= browser.execute_script("return window.painted")
    return _figures(events(data), painted)


def first_screen(url: str) -> dict[str, float]:
    """From asking for it until all of it has come and is painted, ms, by a browser that has kept nothing of it."""
    with _browser(url, "/") as browser:
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        times = []
        for _ in range(LOADS):
            browser.get(url)
            times.append(float(browser.execute_async_script(LOADED)))
    return {"web_first_screen_ms": round(median(times)), "web_first_screen_worst_ms": round(max(times))}


@contextmanager
def _browser(url: str, path: str) -> Iterator[Any]:
    """One that is logged in, looks at `path` and keeps when it painted what."""
    from selenium import webdriver  # not on a box
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1366,768"):
        options.add_argument(option)
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        browser.get(f"{url}/login")
        name, value = cookies(url).split("=", 1)
        browser.add_cookie({"name": name, "value": value})
        browser.get(url + path)
        browser.execute_script(WATCH)
        yield browser
    finally:
        browser.quit()


def _until(data: Path, stage: str) -> None:
    """Until a call is at this stage; "": until none is left and the agent may be rung again."""
    with ApiClient(data / SOCKET) as watch:
        for push in watch.subscribe(idle=PATIENCE_S):
            if not push:
                raise RuntimeError(f"no call came to be {stage or 'over'} within {PATIENCE_S} s")
            now = push["snapshot"]
            if stage and any(call["stage"] == stage and call["station"] == STATION for call in now["calls"]):
                return
            if not stage and not now["calls"] and all(lamp["state"] == "idle" for lamp in now["lamps"]):
                return


def _figures(log: Sequence[EventRow], painted: dict[str, float]) -> dict[str, float]:
    pops = [
        painted[row.data["number"]] - 1000 * row.at
        for row in log
        if row.kind == "station.ringing" and painted.get(row.data.get("number") or "")
    ]
    lamps = [
        painted[key] - 1000 * row.at
        for row in log
        if row.kind == "line.ring" and row.data["burst"] == 1 and painted.get(key := f"line-{row.line} {row.at:.3f}")
    ]
    return {
        "web_pops": len(pops), "web_ring_to_pop_p95_ms": _p95(pops),
        "web_lamps": len(lamps), "web_ring_to_lamp_p95_ms": _p95(lamps),
    }  # fmt: skip


def _p95(times: Sequence[float]) -> float:
    if len(times) < ROUNDS // 2:
        raise RuntimeError(f"only {len(times)} of {ROUNDS} were seen in the browser")
    return round(quantiles(times, n=20)[-1], 1)


def measure(data: Path) -> dict[str, Any]:
    """Every figure."""
    owner = Person(id="owner", name="Owner", number=AGENT, role="owner", password_hash=hash_secret(PASSWORD))
    setup = Setup(data)
    setup.change(People, lambda _: {"people": [owner]}, who="bench")
    setup.change(Queues, lambda now: {"queues": [_only_here(one) for one in now.queues]}, who="bench")
    with running(data) as (pid, url):
        found: dict[str, Any] = dict(desks(pid, url))
        with ApiClient(data / SOCKET) as box:
            box.request("flow.save", flow="straight", document=FLOW, who="bench")
            box.request("flow.publish", flow="straight", who="bench")
        setup.change(Answering, lambda _: {"flow": "straight"}, who="bench")
        return found | first_screen(url) | rings(url, data)


def _only_here(queue: Queue) -> Queue:
    return queue.model_copy(update={"members": (Member(station=STATION),)})


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    argparse.ArgumentParser(prog="webui.bench_desks", description=(__doc__ or "").split("\n")[0]).parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="callbox-bench-") as folder:
        print(json.dumps(measure(Path(folder))))  # noqa: T201 - for whoever asked
    return 0


if __name__ == "__main__":
    sys.exit(main())
