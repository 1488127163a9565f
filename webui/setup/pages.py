"""Every setup page, in the order in which they are listed. A room adds one line."""

from webui.setup import (
    backups,
    box,
    callers,
    certificate,
    devices,
    dialling,
    hours,
    jacks,
    keeping,
    network,
    people,
    programs,
    prompts,
    queues,
    sound,
    surge,
    telephones,
    updates,
    voicemail,
)
from webui.setup.registry import LinkPage, ListPage, Page
from webui.translate import _l

LOG = LinkPage(
    name="log",
    title=_l("Log"),
    sentence=_l("Who came in, who listened to what, who changed what."),
    endpoint="log.page",
)

FLOWS = LinkPage(
    name="flows",
    title=_l("Flows"),
    sentence=_l("What a caller goes through before a person answers: menus, hours, questions."),
    endpoint="flows.page",
    group="in",
)

API = LinkPage(
    name="api",
    title=_l("For programs"),
    sentence=_l("Everything that a program may ask."),
    endpoint="docs.page",
    group="programs",
)

PAGES: tuple[Page | LinkPage, ...] = (
    hours.HOURS, hours.HOLIDAYS, hours.ANSWERING, FLOWS, queues.QUEUES, queues.FIRST, surge.PAGE, prompts.PAGE,
    callers.CALLERS, callers.VIP,
    dialling.RULES, dialling.CLASSES, dialling.ROUTES, dialling.LINES, dialling.FUSE,
    people.PAGE, telephones.AGENTS, jacks.STATIONS, telephones.TELEPHONES, telephones.DIVERSIONS, telephones.NUMBERS,
    telephones.ROOMS, telephones.SPEED, voicemail.VOICEMAIL,
    box.PAGE, network.PAGE, devices.PAGE, sound.PAGE, jacks.LINES, callers.HANGUPS, voicemail.MAIL,
    keeping.PAGE, backups.PAGE, updates.PAGE, certificate.PAGE, LOG,
    programs.PROGRAMS, programs.WEBHOOKS, programs.POP, API,
)  # fmt: skip


def find(name: str) -> Page | None:
    """The page of this name; None also for one with a blueprint of its own."""
    return next((page for page in PAGES if page.name == name and isinstance(page, Page)), None)


def find_list(name: str) -> ListPage | None:
    """Likewise, if it is a list of items."""
    page = find(name)
    return page if isinstance(page, ListPage) else None
