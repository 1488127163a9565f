"""Every field of every setup page in words: one table. A test fails for a field or a choice that is not in it.

`Model.field`: label and help; `Model.field.value`: a choice. A variant of a union: `Model.kind.value` of its tag.
"""

from typing import Any

from webui.translate import _l

Words = tuple[Any, Any]

FIELDS: dict[str, Words] = {
    "People.people": (_l("People"), ""),
    "Person.id": (_l("User name"), _l("He logs in with it. It cannot be changed later.")),
    "Person.name": (_l("Name"), _l("As colleagues and handsets show it.")),
    "Person.number": (_l("Number"), _l("3 to 6 digits. Others call him on it, and he signs in at a handset with it.")),
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
}

# What an empty choice means, where “not chosen” is not enough.
UNSET: dict[str, Any] = {
    "Person.sees": _l("as goes with his role"),
    "Person.language": _l("the box’s"),
}
