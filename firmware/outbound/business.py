"""Whether the business is open, for what stations may dial: a pure function of the hours that callers are told."""

from datetime import datetime

from firmware.dialplan.hours import Calendar, which
from firmware.ivr.answering import Answering


def is_open(section: Answering, now: datetime, calendar: Calendar) -> tuple[bool, str]:
    """By the box's general schedule: open is every hour that has an entry of its own, and no holiday. `now`: the local
    clock. Without a schedule always open, but for the night switch. The words say why."""
    if section.night is not None:
        return False, "while it is switched to night"
    schedule = section.schedules.get(section.schedule or "")
    if schedule is None:
        return True, "now"
    found = which(schedule, now, section.calendar or calendar)
    return found.entry not in (schedule.otherwise, schedule.holiday), f"now ({found.why.words()})"
