"""Setup: when there is too much, and what callers hear then."""

from firmware.surge.section import Surge
from webui.setup.registry import Page
from webui.translate import _, _l


def _state(surge: Surge) -> str:
    then = _("callers come into “%(flow)s”", flow=surge.flow) if surge.flow else _("callers notice nothing")
    return (_("an alarm") + " · " if surge.alarm else "") + then


PAGE = Page(
    name="surge",
    title=_l("Too many calls"),
    sentence=_l(
        "When all lines are in use or more wait than agents can serve: who is told, and what callers hear then."
    ),
    section=Surge,
    group="in",
    state=_state,
    fields=("alarm", "lines_after_s", "waiting_least", "per_agent", "calm_s", "flow", "when", "menus"),
)
