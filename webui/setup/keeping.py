"""Setup, upkeep: when the box works for itself, its backups, how long recordings are kept."""

from firmware.keeping.section import Keeping
from webui.setup.registry import Page
from webui.translate import _, _l


def _state(keeping: Keeping) -> str:
    kept = (
        _("recordings are kept as long as there is room")
        if keeping.recordings_days is None
        else _("recordings are kept %(days)s days", days=keeping.recordings_days)
    )
    backups = _("%(count)s backups", count=keeping.backups) if keeping.backups else _("no backups")
    return f"{keeping.night:%H:%M} · {backups} · {kept}"


PAGE = Page(
    name="upkeep",
    title=_l("Upkeep"),
    sentence=_l("What the box does by itself at night: backups, its call to itself, and which recordings go."),
    section=Keeping,
    state=_state,
)
