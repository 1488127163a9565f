"""What the box says no with, in the page's language: by the code that comes with it (firmware/errors.py).

One sentence for each code. A screen that says one otherwise, as the desk does of the user's own telephone, brings that.
"""

from collections.abc import Mapping
from typing import Any

from firmware.errors import UserError
from webui.oserrors import in_words
from webui.translate import _, _l

Words = Mapping[str, Any]

SWITCHING: Words = {
    "in_no_call": _l("You speak with nobody just now."),
    "nobody_speaks_there": _l("Nobody speaks there just now."),
    "nobody_on_hold": _l("Nobody is on hold."),
    "no_second_call": _l("There is no second call."),
    "not_two_calls": _l("There must be two calls, and both must have been answered."),
    "cannot_be_joined": _l("These two calls cannot be put through to each other."),
    "handset_down": _l("Lift the handset first."),
    "not_outside": _l(
        "A caller from outside may not be put through to an outside number. Setup, Calls out, can permit it."
    ),
    "no_headset": _l("Your telephone is no headset: lift its handset."),
    "no_station": _l("There is no station %(name)s."),
    "station_in_use": _l("Station %(name)s is in use. Put its handset down, or choose another."),
    "no_target": _l("That is not there any more."),
    "no_free_place": _l("All parking places are taken."),
    "nobody_parked": _l("Nobody is parked there any more."),
    "one_digit": _l("A parking place is one digit."),
    "rings_no_more": _l("It does not ring there any more."),
    "here_already": _l("This call is spoken in here already."),
    "not_diallable": _l("This number cannot be dialled."),
    "nothing_dialled": _l("Nothing was dialled here yet."),
    "no_short_number": _l("There is no short number %(name)s."),
    "not_inside": _l("The last call was not to a telephone of the house."),
    "no_right": _l("This telephone has no right to do so."),
    "room_empty": _l("Nobody is in this conference room any more."),
    "not_in_room": _l("This call is not in the conference room any more."),
    "loudspeaker_in_use": _l("Somebody else speaks to the loudspeaker just now."),
    "page_too_long": _l(
        "To say this takes %(seconds)s s, and it may take %(most)s s at most. Shorten it; Setup, Telephones sets "
        "how long."
    ),
    "nothing_said": _l("Nothing is being said there just now. A page ends when its speaker hangs up."),
    "loudspeaker_gone": _l("The loudspeaker is not connected. The technician knows from the alarm."),
    "withheld": _l("The caller withheld his number; he cannot be called back."),
    "not_owed": _l("Nobody is owed this call any more."),
    "no_tone_heard": _l(
        "No tone was heard when the caller had gone. The technician can ask the operator for another sign."
    ),
}

AGENTS: Words = {
    "agent_no_station": _l("There is no such station."),
    "agent_unknown": _l("There is no agent with this number."),
    "agent_owned": _l("That station belongs to somebody else for good."),
    "agent_owner": _l("You have a station of your own; you sit there for good."),
    "agent_in_call": _l("There is a call at that station; it must end first."),
    "agent_taken": _l("There is a call at that station; it must end first."),
    "agent_nobody": _l("Nobody is signed in there."),
    "agent_not_signed_in": _l("This agent is signed in nowhere."),
    "agent_no_reason": _l("There is no such reason."),
    "agent_no_wrap_up": _l("There is no wrap-up any more."),
    "agent_no_pin": _l("This agent has no PIN. Setup, People, gives one."),
    "agent_pin": _l("The PIN that was keyed is wrong."),
    "agent_locked": _l("Too many wrong PINs; it is locked for some minutes."),
}

LINES: Words = {
    "no_line": _l("There is no line %(name)s."),
    "line_not_free": _l("Line %(name)s is not there, or in use."),
    "lines_in_use": _l("Every line is in use. Try again when a call has ended."),
    "busy": _l("Somebody is on the line just now. Try again when nobody is."),
    "line_taken": _l("Somebody is on the line just now. Try again when nobody is."),
    "line_in_use": _l("The line is in use. It is examined when it is idle; the call is not disturbed."),
    "examined_already": _l("Something is being done at this line already. Wait, or stop it."),
    "not_watched": _l("No call is being watched on this line. Press “A call from outside” first."),
    "two_idle_lines": _l("Two lines that are both idle are needed."),
    "not_for_tests": _l("This number may not be dialled for a test: the box's rules, or an emergency number."),
    "recorders_needed": _l("All recorders may be needed for calls. Try again when fewer calls are under way."),
    "no_report": _l("There is no such report any more; the oldest are removed."),
}

FLOWS: Words = {
    "station_or_line": _l("Choose either a station or a line."),
    "flow_exists": _l("There is a flow “%(name)s” already. Choose another short name."),
    "flow_name": _l("A short name begins with a letter and has a–z, 0–9, _ and -, at most 32."),
    "flow_wrong": _l("It cannot be tried yet: it has mistakes. The list of problems names them."),
    "flow_too_large": _l("The flow is too large. Move a part of it into a flow of its own."),
    "no_flow": _l("There is no flow “%(name)s” any more."),
    "no_version": _l("There is no version %(name)s of this flow."),
    "no_draft": _l("Nobody works on “%(name)s”: there is no draft."),
    "version_damaged": _l("Version %(name)s of this flow is damaged. Restore another one."),
    "draft_damaged": _l("The draft is damaged. Discard it to begin anew."),
    "flow_built_in": _l("“%(name)s” came with the box; it stays, under its name."),
    "flow_used": _l("“%(name)s” is in use: the list says by what. Change that first."),
    "flow_has_callers": _l("Callers are in “%(name)s” just now. Try again later."),
    "flow_removed": _l("“%(name)s” was removed or renamed meanwhile."),
    "flow_changed": _l("%(name)s has changed this flow meanwhile."),
    "flow_changed_by_somebody": _l("Somebody has changed this flow meanwhile."),
    "published_since": _l("Version %(name)s was published meanwhile. Compare it with yours, or discard your draft."),
}

PROMPTS: Words = {
    "prompt_empty": _l("The file is empty. Choose another one."),
    "prompt_unreadable": _l("This is no sound file that the box can read. WAV, MP3, OGG, M4A and FLAC are."),
    "prompt_cut_short": _l("The file is cut short: a part of it is missing. Copy or record it again."),
    "prompt_soundless": _l("There is no sound in this file."),
    "prompt_silent": _l("There is only silence in it. Speak louder, or look whether the microphone is switched on."),
    "prompt_too_long": _l("It is too long: a prompt lasts at most 10 minutes."),
    "prompt_slow": _l("It took too long to convert. Use a shorter file."),
    "prompt_unconvertible": _l("This file cannot be converted. Save it as WAV, then try again."),
    "prompt_name": _l("Small letters, digits, - and _, without spaces; at most 64."),
    "prompt_exists": _l("There is a prompt of this name already."),
    "no_prompt": _l("This prompt is not there any more."),
    "no_prompt_language": _l("There are no prompts in this language."),
    "no_prompt_version": _l("This version is not there any more."),
    "no_text": _l("Write what shall be said."),
    "no_word": _l("There is no word in it that the box could speak."),
    "text_language": _l("A text needs a language in which it is spoken; this prompt has none."),
    "not_spoken": _l("The box’s voice could not speak this text. Write it otherwise, or record it."),
    "tool_missing": _l("A program that is needed for this is not installed on the box."),
    "somebody_records": _l("Somebody records at the box’s microphone just now."),
    "no_take": _l("Nothing is recorded for this prompt yet."),
}

UPDATES: Words = {
    "update_no_bundle": _l("This file is no update of the box. Its name ends with .raucb."),
    "update_not_whole": _l("The file is not whole. Fetch it again, then bring it again."),
    "update_foreign": _l("It is signed by somebody whose updates this box does not accept."),
    "update_changed": _l("It was changed after it was signed, or is signed by somebody else."),
    "update_expired": _l("It is signed with a certificate that has expired. Ask for a newer update."),
    "update_not_yet": _l("It is signed with a certificate that is not valid yet. Is the box’s clock right?"),
    "update_unusable": _l("It cannot be used. Fetch it again, then bring it again."),
    "update_other_product": _l("It is for another product."),
    "update_older": _l("It is older than what runs."),
    "update_version": _l("It does not say which version it is."),
    "update_no_takeover": _l("The new version cannot take over this box’s records, so it was given up."),
    "update_slot": _l("The new version could not be looked at, so it was given up."),
    "update_bootloader": _l("The boot loader cannot be asked, so nothing was changed."),
    "update_no_right": _l("The installer has not the rights that it needs. Send a report."),
    "update_failed": _l("The new version could not be written onto the box’s disk."),
    "no_update": _l("There is no update to install. Bring it first."),
    "no_appliance": _l("Updates by the page are for the appliance."),
}

STOPPED: Words = {
    "database_lost": _l(
        "Its database is missing or empty, but there were calls in it. So that nothing is written over what may "
        "still be saved, it waits: put the former disk back, or restore a backup."
    ),
    "database_newer": _l(
        "Its database was written by a newer version. Nothing was changed: bring that version in Setup, Updates, "
        "and install it. Or restore a backup."
    ),
    "database_no_room": _l(
        "The disk is full, so that it could not start. Nothing was changed: make room, for instance by removing "
        "old backups, then switch the box off and on."
    ),
    "database_damaged": _l(
        "Its database is damaged. Nothing was changed: restore a backup. What is there now is kept aside, and "
        "recordings stay."
    ),
    "disk_read_only": _l(
        "Nothing can be written on its disk, as the system found a fault there. Nothing was changed: switch the "
        "box off and on; if that does not help, replace the disk and restore a backup."
    ),
    "card_missing": _l(
        "No voice card was found at the start, so there are no lines. Switch the machine off, see that the card is "
        "firmly in its place, and switch it on again; or choose another board in Setup, Company, board, country."
    ),
    "card_other": _l(
        "The voice card does not have the ports of the board that is set up, so there are no lines. Choose the card’s "
        "board in Setup, Company, board, country, and switch the machine off and on again."
    ),
    "card_busy": _l("Another program has the voice card, so there are no lines. Switch the machine off and on again."),
    "ended_again": _l(
        "It has ended again and again. The machine starts anew by itself; if that does not help, send a report."
    ),
}

OTHERS: Words = {
    "not_done": _l("This box cannot do that."),
    "not_recorded": _l("This call is not being recorded."),
    "no_call": _l("There is no such call."),
    "no_message": _l("This message is not there any more."),
    "no_panel": _l("This box has no panel with lamp and buzzer."),
    "nothing_at_front": _l("Nothing is set up at the box’s front."),
    "no_section": _l("There is no such part of the setup."),
    "no_change": _l("This change is in the history no more."),
    "changed_since": _l("The same was changed again since. Change it by hand."),
    "secret_gone": _l("It is a secret, and old secrets are not kept. Set it anew."),
    "no_place": _l("What it belongs to is not there any more."),
    "not_valid": _l("It does not fit with what is set up now."),
    "not_read": _l("It could not be read: %(why)s."),
    "not_written": _l("It could not be written: %(why)s."),
    "file_damaged": _l("The file %(name)s is damaged. It was not changed. Restore a backup, or put a copy back."),
}

WORDS: Words = {**SWITCHING, **AGENTS, **LINES, **FLOWS, **PROMPTS, **UPDATES, **STOPPED, **OTHERS}


def refusal(error: UserError, own: Words | None = None) -> str:
    """In the page's language; `own`: how this screen says some. What has no code is shown as the box says it."""
    known = WORDS if own is None else {**WORDS, **own}
    if error.code not in known:
        return _("The box says no: %(words)s", words=in_words(str(error)))
    return str(known[error.code]) % {name: in_words(str(hole)) for name, hole in error.holes.items()}
