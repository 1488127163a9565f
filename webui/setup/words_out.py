"""Words of the pages about calls that go out."""

from typing import Any

from webui.translate import _l

FIELDS: dict[str, tuple[Any, Any]] = {
    "Dialling.area": (
        _l("Your area code"),
        _l("Without its 0, such as 10 for Beijing. Then local numbers are known as such."),
    ),
    "Dialling.prefix": (
        _l("Key for an outside line"),
        _l("Usually 9. Empty: outside numbers are dialled as they are."),
    ),
    "Dialling.automatic": (
        _l("Also without that key"),
        _l("A number that cannot be an inside one goes out by itself."),
    ),
    "Dialling.otherwise": (
        _l("Everybody may dial as"),
        _l("A class says what may be dialled (Setup, Classes of service)."),
    ),
    "Dialling.stations": (_l("Telephones with another class"), ""),
    "Dialling.classes": (_l("Classes of service"), ""),
    "Dialling.classes.@": (_l("Short name"), _l("Small letters, such as “sales”. It cannot be changed later.")),
    "Dialling.routes": (_l("Which line carries what"), ""),
    "Dialling.lines": (_l("How lines are dialled on"), ""),
    "Dialling.lines.@": (_l("Line"), ""),
    "Dialling.fuse": (_l("Fuse against fraud"), ""),
    "ServiceClass.allows": (_l("May dial"), _l("Emergency numbers can always be dialled.")),
    "ServiceClass.when_closed": (_l("Outside opening hours"), _l("None ticked: the same as in them.")),
    "ServiceClass.barred": (_l("Never"), _l("Beginnings of numbers, one on each line, such as 0951.")),
    "ServiceClass.allowed": (
        _l("Always all the same"),
        _l("Beginnings of numbers, one on each line. They win over everything but the fuse."),
    ),
    "NamedRoute.id": (_l("Short name"), _l("Such as “mobiles”. It cannot be changed later.")),
    "NamedRoute.kinds": (_l("Kinds of numbers"), _l("None ticked: all.")),
    "NamedRoute.beginnings": (_l("Numbers that begin with"), _l("One on each line. Empty: all.")),
    "NamedRoute.lines": (
        _l("Lines, in their order"),
        _l("Such as 8 7 6: the last first, because callers come in on the first ones."),
    ),
    "NamedRoute.order": (_l("Which of them"), ""),
    "Fuse.international": (_l("International calls"), _l("Off, nobody calls abroad, whatever his class.")),
    "Fuse.premium": (_l("Premium numbers"), _l("Off, nobody calls them.")),
    "Fuse.outside_to_outside": (
        _l("From outside to outside"),
        _l("Callers from outside may be led to an outside number: diversions to mobiles need it, and so does fraud."),
    ),
    "Fuse.night_begins": (_l("Night begins"), ""),
    "Fuse.night_ends": (_l("Night ends"), ""),
    "Fuse.night_minutes": (
        _l("Minutes in one night"),
        _l("All calls out together. Then they end, but for emergencies, and an alarm tells."),
    ),
    "Fuse.at_once": (_l("Expensive calls at once"), _l("International and premium ones.")),
    "LineDialling.by": (_l("Dials by"), ""),
    "LineDialling.before": (
        _l("Before every number"),
        _l("Where the line is an extension of another exchange: 9w is 9 and a wait for dial tone."),
    ),
    "LineDialling.dial_tone": (_l("Wait for dial tone"), ""),
    "LineDialling.dial_tone_s": (_l("At most"), ""),
    "LineDialling.settle_s": (_l("Pause before the first digit"), ""),
    "LineDialling.no_answer_s": (_l("Give up after"), ""),
    "LineDialling.reversal": (
        _l("The line turns polarity at answer"),
        _l("Ask your provider. If it is sold to you, talking time is exact."),
    ),
    "LineDialling.early_voice_answers": (_l("A voice counts as an answer at once"), ""),
    "LineDialling.flash_ms": (_l("Length of a flash"), ""),
}

CHOICES: dict[str, Any] = {
    "ServiceClass.allows.inside": _l("inside"),
    "ServiceClass.allows.emergency": _l("emergency"),
    "ServiceClass.allows.special": _l("service numbers"),
    "ServiceClass.allows.toll_free": _l("toll-free"),
    "ServiceClass.allows.local": _l("local"),
    "ServiceClass.allows.national": _l("long-distance"),
    "ServiceClass.allows.mobile": _l("mobiles"),
    "ServiceClass.allows.premium": _l("premium"),
    "ServiceClass.allows.international": _l("international"),
    "ServiceClass.allows.unknown": _l("others"),
    "ServiceClass.when_closed.inside": _l("inside"),
    "ServiceClass.when_closed.emergency": _l("emergency"),
    "ServiceClass.when_closed.special": _l("service numbers"),
    "ServiceClass.when_closed.toll_free": _l("toll-free"),
    "ServiceClass.when_closed.local": _l("local"),
    "ServiceClass.when_closed.national": _l("long-distance"),
    "ServiceClass.when_closed.mobile": _l("mobiles"),
    "ServiceClass.when_closed.premium": _l("premium"),
    "ServiceClass.when_closed.international": _l("international"),
    "ServiceClass.when_closed.unknown": _l("others"),
    "NamedRoute.kinds.inside": _l("inside"),
    "NamedRoute.kinds.emergency": _l("emergency"),
    "NamedRoute.kinds.special": _l("service numbers"),
    "NamedRoute.kinds.toll_free": _l("toll-free"),
    "NamedRoute.kinds.local": _l("local"),
    "NamedRoute.kinds.national": _l("long-distance"),
    "NamedRoute.kinds.mobile": _l("mobiles"),
    "NamedRoute.kinds.premium": _l("premium"),
    "NamedRoute.kinds.international": _l("international"),
    "NamedRoute.kinds.unknown": _l("others"),
    "NamedRoute.order.order": _l("the first free one"),
    "NamedRoute.order.least_used": _l("the least used this month"),
    "NamedRoute.order.in_turn": _l("in turn"),
    "LineDialling.by.tones": _l("tones"),
    "LineDialling.by.pulses": _l("pulses"),
    "LineDialling.reversal.unsure": _l("not known: it counts, and so does a voice"),
    "LineDialling.reversal.sold": _l("yes: only that is an answer"),
    "LineDialling.reversal.ignored": _l("no: it means nothing here"),
}

UNSET: dict[str, Any] = {
    "Dialling.stations": _l("as everybody"),
}
