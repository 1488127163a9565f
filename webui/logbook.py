"""The log: who came in, who listened, who changed what. Kept by the page (webui/keep.py) and by the setup's history."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from firmware.setup.history import Entry
from webui.jacks import station_called
from webui.keep import LogRow
from webui.setup.story import Told, told
from webui.translate import _, _l

bp = Blueprint("log", __name__, url_prefix="/log")
SIZE = 50

# Every kind that `Keep.note` writes, as a sentence with its data.
KINDS: dict[str, Any] = {
    "claimed": _l("made the box his own"),
    "login": _l("logged in"),
    "login_failed": _l("typed a wrong password as “%(user)s”"),
    "logout": _l("logged out"),
    "password_changed": _l("changed his password"),
    "sessions_ended": _l("logged out everywhere else"),
    "refused_keys": _l("tried many keys of programs that are none"),
    "refused": _l("was refused %(method)s %(path)s"),
    "listened": _l("listened to the recording of call %(call)s"),
    "listened_voicemail": _l("listened to the message %(message)s in the voicemail box %(box)s"),
    "removed_voicemail": _l("removed the message %(message)s from the voicemail box %(box)s"),
    "owed_done": _l("called back %(number)s: done"),
    "owed_not_needed": _l("took %(number)s off the list of calls owed"),
    "lead_listen": _l("listened in on call %(call)s at station %(station)s"),
    "lead_whisper": _l("whispered into call %(call)s at station %(station)s"),
    "lead_barge": _l("barged into call %(call)s at station %(station)s"),
    "lead_take_over": _l("took over call %(call)s from station %(station)s"),
    "lead_release": _l("ended call %(call)s at station %(station)s"),
    "captured": _l("captured ten seconds of %(port)s"),
    "listened_capture": _l("listened to the capture %(capture)s"),
    "downloaded": _l("took a copy of the recording of call %(call)s"),
    "exported": _l("took a list of %(rows)s calls as %(format)s"),
    "marked": _l("marked call %(call)s"),
    "unmarked": _l("took the mark off call %(call)s"),
    "announced": _l("announced: %(text)s"),
    "announcement_removed": _l("took away the announcement: %(text)s"),
    "said_aloud": _l("had this said at the loudspeaker: %(text)s"),
    "key_made": _l("made a new key for the program %(name)s"),
    "mail_tested": _l("sent a test mail to %(to)s"),
    "prompt_upload": _l("put in a file for the prompt %(name)s"),
    "prompt_browser": _l("recorded the prompt %(name)s by microphone"),
    "prompt_microphone": _l("recorded the prompt %(name)s at the box’s microphone"),
    "prompt_text": _l("had the prompt %(name)s spoken from text"),
    "prompt_version": _l("put back a version of the prompt %(name)s"),
    "prompt_removed": _l("took out the own prompt %(name)s"),
    "prompt_renamed": _l("gave a prompt the name %(name)s"),
    "backup_made": _l("had a backup made"),
    "backup_downloaded": _l("took a copy of the backup %(name)s"),
    "backup_brought": _l("brought a backup of %(size)s"),
    "backup_restored": _l("restored the backup %(name)s"),
    "backup_removed": _l("removed the backup %(name)s"),
    "update_brought": _l("brought an update of %(size)s"),
    "update_begun": _l("had an update installed"),
    "network_asked": _l("tried another network: %(what)s"),
    "network_kept": _l("kept the network that was on trial"),
    "box_restarted": _l("had the box start again"),
    "flow_published": _l("published version %(version)s of the flow %(flow)s"),
    "flow_renamed": _l("renamed the flow %(flow)s to %(to)s"),
    "flow_removed": _l("removed the flow %(flow)s"),
    "certificate_set": _l("put in a certificate for %(names)s"),
    "certificate_removed": _l("took the certificate out"),
}
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "doors": (
        _l("Coming and going"),
        ("claimed", "login", "login_failed", "logout", "password_changed", "sessions_ended", "refused", "refused_keys"),
    ),
    "records": (
        _l("Calls and recordings"),
        (
            "listened",
            "listened_voicemail",
            "removed_voicemail",
            "owed_done",
            "owed_not_needed",
            "captured",
            "listened_capture",
            "downloaded",
            "exported",
            "marked",
            "unmarked",
            "lead_listen",
            "lead_whisper",
            "lead_barge",
            "lead_take_over",
            "lead_release",
        ),
    ),
    "people": (_l("Announcements"), ("announced", "announcement_removed", "said_aloud")),
    "setup": (
        _l("Setup"),
        (
            "key_made",
            "mail_tested",
            "backup_made",
            "backup_downloaded",
            "backup_brought",
            "backup_restored",
            "backup_removed",
            "update_brought",
            "update_begun",
            "network_asked",
            "network_kept",
            "box_restarted",
            "certificate_set",
            "certificate_removed",
            "prompt_upload",
            "prompt_browser",
            "prompt_microphone",
            "prompt_text",
            "prompt_version",
            "prompt_removed",
            "prompt_renamed",
            "flow_published",
            "flow_renamed",
            "flow_removed",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log. `told`: what a change of the setup did."""

    at: float
    who: str
    words: str
    address: str = ""
    told: list[Told] = field(default_factory=list)


@bp.get("")
def page() -> ResponseReturnValue:
    """Newest first; by person and by kind."""
    box = current_app.extensions["callbox"]
    who, group = request.args.get("who", "")[:64], request.args.get("kind", "")
    kinds = GROUPS[group][1] if group in GROUPS else ()
    number = request.args.get("page", 1, type=int)
    found = box.keep.log(number, SIZE, who=who, kinds=kinds)
    lines = [_line(row) for row in found.rows]
    if group in ("", "setup"):
        newest = box.keep.log(found.page - 1, SIZE, who=who, kinds=kinds).rows[-1].at if found.page > 1 else None
        oldest = found.rows[-1].at if found.rows and found.page < found.pages else None
        lines += [_change(one) for one in _changes(newest, oldest) if who in ("", one.who)]
    lines.sort(key=lambda line: line.at, reverse=True)
    people = [(one.id, one.name) for one in box.people().people]
    return render_template("log.html", lines=lines, found=found, who=who, kind=group, groups=GROUPS, people=people)


def _changes(newest: float | None, oldest: float | None) -> list[Entry]:
    """Changes of the setup between the neighbouring pages of the page's own log."""
    entries = current_app.extensions["callbox"].setup.history(limit=5_000)
    return [one for one in entries if (newest is None or one.at < newest) and (oldest is None or one.at >= oldest)]


def _line(row: LogRow) -> Line:
    data = {name: str(value) for name, value in row.data.items()}
    if "station" in data:
        data["station"] = station_called(data["station"])
    try:
        words = str(KINDS[row.kind]) % data
    except KeyError:  # written by another version
        words = f"{row.kind} {row.data}"
    return Line(row.at, row.who or "–", words, row.address)


def _change(entry: Entry) -> Line:
    words = _("changed the setup")
    if entry.undoes:
        words = _("took back change %(id)s", id=entry.undoes)
    return Line(entry.at, entry.who or "–", words, told=told(current_app.extensions["callbox"].setup, entry))
