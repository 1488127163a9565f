"""What the box does for itself, in words: its call to itself, the audit, backups, room on the disk. Pure functions."""

from dataclasses import dataclass
from typing import Any

from firmware.api.messages import Alarm, Done, Snapshot
from webui.backup_faults import FAULTS, fault
from webui.oserrors import in_words
from webui.translate import _, _l

GB = 1e9
STALE_S = 50 * 3600.0  # two nights without it

CHECKS = {
    "ring": _l("ring"),
    "caller_id": _l("caller id"),
    "answer": _l("answer"),
    "greeting": _l("greeting heard"),
    "key": _l("key recognised"),
    "queue": _l("queue"),
    "station": _l("telephone rings"),
    "talk": _l("connection"),
    "caller_hears": _l("caller hears the agent"),
    "station_hears": _l("agent hears the caller"),
    "recording": _l("recording"),
    "playback": _l("playback"),
    "release": _l("line and telephone free again"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the screen. `well` None: neither good nor bad. `at`: seconds since the epoch, None: never."""

    key: str
    name: str
    well: bool | None
    words: str
    at: float | None = None
    advice: str = ""


def own_work(snapshot: Snapshot | None, now: float) -> list[Row]:
    """Every kind of work, done or not yet."""
    done = snapshot.done if snapshot else {}
    return [
        _row("selfcall", _("The box’s call to itself"), done.get("selfcall"), now, _selfcall),
        _row("audit", _("Audit of recordings"), done.get("audit"), now, _audit),
        _row("backup", _("Backup"), done.get("backup"), now, _backup),
        _row("disk", _("Room on the disk"), done.get("disk"), now, _disk),
        *(
            [_row("retention", _("Old recordings removed"), done["retention"], now, _retention)]
            if "retention" in done
            else []
        ),
    ]


def _row(key: str, name: str, done: Done | None, now: float, say: Any) -> Row:
    if done is None:
        return Row(key, name, None, _("not done yet"))
    well, words, advice = say(done)
    if well and key != "retention" and now - done.at > STALE_S:
        well, advice = None, _("That is more than two nights ago. Is the box switched off at night?")
    return Row(key, name, well, words, done.at, advice)


def _selfcall(done: Done) -> tuple[bool | None, str, str]:
    checks = [check for check in done.data.get("checks", []) if isinstance(check, dict)]
    failed = [_check(check.get("name")) for check in checks if not check.get("ok")]
    untested = ", ".join(_check(name) for name in done.data.get("untested", []))
    if done.ok is None:
        return None, _("not made: somebody was on the line all the time"), ""
    if not done.ok:
        advice = _("Call the box yourself and go through it step by step, this first.")
        if not failed:
            return False, _("broke off: %(why)s", why=in_words(str(done.data.get("why")))), advice
        return False, _("does not work: %(what)s", what=", ".join(failed)), advice
    if untested:
        return True, _("works, as far as it can be tested here; not tested: %(what)s", what=untested), ""
    return True, _("everything works, from the ring to the playback"), ""


def _check(name: Any) -> str:
    return str(CHECKS.get(str(name), name))


def _audit(done: Done) -> tuple[bool | None, str, str]:
    words = _(
        "%(calls)s calls, %(recordings)s recordings, %(orphans)s orphans",
        calls=done.data.get("calls", 0), recordings=done.data.get("recordings", 0), orphans=done.data.get("orphans", 0),
    )  # fmt: skip
    if done.ok:
        return True, words, ""
    return False, words, _("“callbox audit-recordings” names each call that lacks sound, and each file of no call.")


def _backup(done: Done) -> tuple[bool | None, str, str]:
    if not done.ok:
        danger = _("Until it is put right, a broken disk would take everything.")
        code, text = str(done.data.get("code", "")), str(done.data.get("error", ""))
        if code in FAULTS:
            return False, _("not made"), f"{fault(code, text)} {danger}"
        return False, _("not made: %(why)s", why=in_words(text)), danger
    size = f"{float(done.data.get('bytes') or 0) / 1e6:.1f} MB"
    return True, _("%(file)s, %(size)s", file=str(done.data.get("file", "")).rpartition("/")[2], size=size), ""


def _disk(done: Done) -> tuple[bool | None, str, str]:
    free, days = float(done.data.get("free") or 0) / GB, done.data.get("days")
    if days is None:
        return None, _("%(free)s GB are free; how long that does is known after some days", free=f"{free:.1f}"), ""
    return None, _("%(free)s GB are free, enough for %(days)s days", free=f"{free:.1f}", days=int(days)), ""


def _retention(done: Done) -> tuple[bool | None, str, str]:
    count, size = done.data.get("removed", 0), f"{float(done.data.get('bytes') or 0) / GB:.2f}"
    if done.data.get("why") == "age":
        return None, _("%(count)s of %(size)s GB, because of their age", count=count, size=size), ""
    return None, _("%(count)s of %(size)s GB, to make room", count=count, size=size), ""


def alarm(found: Alarm) -> tuple[str, str] | None:
    """What happened and what to do, of the box's own work; None: it is another's alarm."""
    text = in_words(str(found.args.get("text", "")))
    match found.name:
        case "selfcall":
            what = ", ".join(_check(name) for name in found.args.get("failed", [])) or text
            return (
                _("The box called itself, and something does not work: %(what)s.", what=what),
                _("Callers may meet it, too. Call the box yourself; the screen Health tells more."),
            )
        case "audit":
            return (
                _("Recordings are not complete: %(missing)s calls lack sound, %(orphans)s files belong to no call.",
                  missing=found.args.get("missing", 0), orphans=found.args.get("orphans", 0)),
                _("“callbox audit-recordings” names each of them."),
            )  # fmt: skip
        case "backup":
            tries = _("Put that right, or choose another place; the next night tries again.")
            code = str(found.args.get("code", ""))
            if code in FAULTS:
                return _("No backup was made last night."), f"{fault(code, text)} {tries}"
            return _("No backup was made last night: %(why)s.", why=text), tries
        case "disk_low":
            return (
                _(
                    "The disk is nearly full: %(free)s GB are left.",
                    free=f"{float(found.args.get('free') or 0) / GB:.1f}",
                ),
                _("Calls go on, but soon cannot be recorded. Move recordings away, unmark some, or use a larger disk."),
            )
        case "disk_filling":
            return (
                _("The disk will be full in %(days)s days.", days=int(float(found.args.get("days") or 0))),
                _("Move recordings away, let old ones be removed, or use a larger disk."),
            )
        case "update":
            return (
                _("The update to %(version)s was given up: %(why)s.", version=found.args.get("version", ""), why=text),
                _("The box went back to %(former)s by itself, and calls are served. Tell whoever made the update; this "
                  "goes with the next one.", former=found.args.get("former", "")),
            )  # fmt: skip
        case "panel":
            return (
                _("The panel with lamp and buzzer cannot be reached: %(why)s.", why=text),
                _("Look at its plug. Calls are not affected."),
            )
        case "smdr":
            return (
                _("The call printer cannot be reached: %(why)s.", why=text),
                _("See that it is switched on and has paper. Its lines are kept for a while."),
            )
    if found.name.startswith("night_"):
        return (
            _("Work of the night failed: %(why)s.", why=text),
            _("The next night tries again. If it stays so, report it with the log."),
        )
    return None
