"""Every field of every setup page in words: one table. A test fails for a field or a choice that is not in it.

`Model.field`: label and help; `Model.field.value`: a choice. A variant of a union: `Model.kind.value` of its tag.
"""

from typing import Any

from webui.setup import words_box, words_in, words_out, words_phones
from webui.translate import _l

Words = tuple[Any, Any]

GAIN = _l("-12 to 12. 0 is right nearly everywhere.")

FIELDS: dict[str, Words] = {
    "OutsideLine.id": (_l("Line"), _l("The jack at the box.")),
    "OutsideLine.name": (_l("Called"), _l("As the page shows it, such as Sales. At most 24 characters.")),
    "OutsideLine.number": (_l("Own number"), _l("The number that callers dial to reach this line.")),
    "OutsideLine.in_use": (
        _l("In use"),
        _l("Switched off, callers on it hear ringing and nobody answers; only emergency calls go out on it."),
    ),
    "OutsideLine.rings": (
        _l("Rings before the answer"),
        _l("0: as soon as it is known who calls. More gives people time to answer at a telephone beside the box."),
    ),
    "OutsideLine.recording": (_l("Recording"), _l("Of conversations on this line.")),
    "OutsideLine.receive_db": (_l("Louder from outside, in dB"), GAIN),
    "OutsideLine.transmit_db": (_l("Louder to outside, in dB"), GAIN),
    "OutsideLines.lines": (_l("Lines"), ""),
    "FirstSteps.steps": (_l("First steps"), ""),
    "FirstSteps.over": (_l("First steps are over"), ""),
    "InsideStation.id": (_l("Station"), _l("The number that others dial.")),
    "InsideStation.name": (_l("Called"), _l("As the page shows it, such as Front desk. At most 24 characters.")),
    "InsideStation.in_use": (
        _l("In use"),
        _l("Switched off, it is not rung, and who lifts it hears busy tone: not even emergency calls can be made."),
    ),
    "InsideStation.headset": (
        _l("At this jack"),
        _l(
            "A headset, or a telephone that is left off-hook: a short tone tells of each call, and nothing rings. At "
            "the box’s own sound sockets it always is a headset: “a telephone” then counts as “by the button”."
        ),
    ),
    "InsideStation.recorded": (
        _l("May be recorded"),
        _l("Switched off, conversations at this telephone are never recorded, whatever line they come on."),
    ),
    "InsideStation.receive_db": (
        _l("Louder from the telephone, in dB"),
        GAIN,
    ),
    "InsideStation.transmit_db": (_l("Louder to the telephone, in dB"), GAIN),
    "InsideStations.stations": (_l("Stations"), ""),
    "People.people": (_l("People"), ""),
    "Person.id": (_l("User name"), _l("He logs in with it. It cannot be changed later.")),
    "Person.name": (_l("Name"), _l("As colleagues and handsets show it.")),
    "Person.number": (
        _l("Staff number"),
        _l("3 to 6 digits. Others call him on it, and he signs in at a handset with it."),
    ),
    "Person.role": (_l("Role"), _l("What he may do in the page.")),
    "Person.group": (_l("Group"), _l("A supervisor sees the calls of his group. Empty: none.")),
    "Person.sees": (_l("Whose calls he sees"), _l("In the list of calls and their recordings.")),
    "Person.skills": (_l("Skills"), _l("One on each line: a name and a level from 1 to 9, such as “english 7”.")),
    "Person.email": (_l("Mail"), _l("For messages and voicemail.")),
    "Person.language": (_l("Language"), _l("In which the handset speaks to him.")),
    "Person.enabled": (_l("May work"), _l("Switched off, he can log in nowhere; his past calls stay his.")),
    "Person.password": (_l("New password"), _l("At least 8 characters. Empty: as it was.")),
    "Person.pin": (_l("New PIN"), _l("4 to 8 digits, for the handset. Empty: as it was.")),
    "Person.password_hash": (_l("Password"), ""),
    "Person.pin_hash": (_l("PIN"), ""),
    "Pop.url": (_l("Address"), _l("{number}, {name}, {call}, {line} and {agent} stand for the call’s. Empty: none.")),
    "Program.id": (_l("Short name"), _l("For the log. It cannot be changed later.")),
    "Program.name": (_l("Called"), _l("Which program it is.")),
    "Program.scopes": (_l("May"), _l("What its key is good for.")),
    "Program.per_minute": (
        _l("Questions in a minute"),
        _l("At most. Who asks more often is told to wait; the box stays free for the others."),
    ),
    "Program.enabled": (_l("May ask"), _l("Switched off, its key opens nothing.")),
    "Program.key_hash": (_l("Key"), ""),
    "Program.new_key": (_l("New key"), _l("The old one ends at once.")),
    "Programs.programs": (_l("Programs"), ""),
    "Webhook.id": (_l("Short name"), _l("It cannot be changed later.")),
    "Webhook.url": (_l("Address"), _l("It must answer with 200 within ten seconds, else the box tries again, later.")),
    "Webhook.kinds": (_l("Events"), _l("One on each line: call.ended, or call.* for everything about calls, or *.")),
    "Webhook.enabled": (_l("Is told"), ""),
    "Webhook.secret": (
        _l("Secret"),
        _l("16 characters or more. Messages are signed with it, so that they can be trusted."),
    ),
    "Webhooks.webhooks": (_l("Webhooks"), ""),
    "Keeping.night": (
        _l("Works for itself at"),
        _l("When nobody calls. A night on which the box is off is made up for."),
    ),
    "Keeping.selfcall": (_l("Calls itself every night"), _l("Health shows in the morning whether everything works.")),
    "Keeping.selfcall_keys": (
        _l("Keys for that call"),
        _l("They must lead a caller from the menu into a queue."),
    ),
    "Keeping.backups": (_l("Nightly backups kept"), _l("The oldest goes when a new one is made. 0: none is made.")),
    "Keeping.backup_recordings": (_l("Recordings in the backup"), _l("It needs much more room then.")),
    "Keeping.backup_folder": (
        _l("Where backups go"),
        _l("A directory that is there, such as that of a USB disk. Empty: on the box itself."),
    ),
    "Keeping.recordings_days": (
        _l("Days recordings are kept"),
        _l("Older ones are removed, but for those that are marked. Empty: no limit."),
    ),
    "Keeping.spoken_days": (
        _l("Days what callers said to menus is kept"),
        _l("Such as comments of a survey. Those of marked calls stay. Empty: no limit."),
    ),
    "Keeping.room_gb": (
        _l("Room kept free, in GB"),
        _l("With less, the oldest unmarked recordings go. It counts up to a quarter of the disk."),
    ),
    "Keeping.remove_for_room": (_l("Remove recordings for room"), _l("Otherwise only an alarm tells.")),
    "Keeping.warn_days": (_l("Days of warning"), _l("So long before the disk would be full, an alarm tells.")),
}

MODES: dict[str, Any] = {
    "ring": _l("from the first ring on, also of callers who gave up"),
    "line": _l("from seizing the line to releasing it"),
    "answer": _l("from the answer on, menu and queue too"),
    "talk": _l("conversations"),
    "voice": _l("conversations, only while somebody speaks"),
    "never": _l("never"),
}

CHOICES: dict[str, Any] = {
    "Person.role.owner": _l("owner"),
    "Person.role.technician": _l("technician"),
    "Person.role.supervisor": _l("supervisor"),
    "Person.role.agent": _l("agent"),
    "Person.sees.own": _l("his own"),
    "Person.sees.group": _l("his group’s"),
    "Person.sees.all": _l("everybody’s"),
    "Person.language.zh": "中文",
    "Person.language.en": "English",
    "InsideStation.headset.no": _l("a telephone that rings"),
    "InsideStation.headset.button": _l("a headset; calls begin by the button on the desk"),
    "InsideStation.headset.auto": _l("a headset; calls begin by themselves after the tone"),
    **{f"OutsideLine.recording.{mode}": word for mode, word in MODES.items()},
    **{f"Site.recording.{mode}": word for mode, word in MODES.items()},
    "Program.scopes.read": _l("see what goes on now"),
    "Program.scopes.calls": _l("read calls done"),
    "Program.scopes.recordings": _l("hear recordings"),
    "Program.scopes.events": _l("be told every event"),
    "Program.scopes.control": _l("call, transfer, hang up, sign in and out"),
    "Program.scopes.flows": _l("read and change flows"),
}

# What an empty choice means, where “not chosen” is not enough.
UNSET: dict[str, Any] = {
    "Person.sees": _l("as goes with his role"),
    "Person.language": _l("the box’s"),
    "OutsideLine.recording": _l("as the box does"),
}

# What numbers are counted in (webui/setup/layout.py).
UNITS: dict[str, Any] = {
    "s": _l("seconds"),
    "ms": "ms",
    "min": _l("minutes"),
    "days": _l("days"),
    "calls": _l("calls"),
}

for _more in (words_box, words_in, words_out, words_phones):
    FIELDS |= _more.FIELDS
    CHOICES |= _more.CHOICES
    UNSET |= _more.UNSET
