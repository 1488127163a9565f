"""The one table of states: word in both languages, colour, shape. Lamps, lists, reports and styles read it.

The shapes are paths on a 24 × 24 grid, drawn with a round 2-unit pen; filled where `solid`.
"""

from dataclasses import dataclass

from firmware.api.messages import STATES as LIVE_STATES


@dataclass(frozen=True, slots=True)
class Look:
    """`light` and `dark` are the state's colour on a light and on a dark page: 4.5:1 against the lamp at least."""

    name: str
    en: str
    zh: str
    light: str
    dark: str
    shape: str
    solid: bool = False

    def word(self, language: str) -> str:
        """The state in one word, in this language."""
        return self.zh if language == "zh" else self.en


_CIRCLE = "M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16z"
_HANDSET = "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2"
_BELL = "M10 5a2 2 0 1 1 4 0a7 7 0 0 1 4 6v3a4 4 0 0 0 2 3H4a4 4 0 0 0 2-3v-3a7 7 0 0 1 4-6M9 17v1a3 3 0 0 0 6 0v-1"
_PENCIL = "M4 20h4L19 9a2.8 2.8 0 1 0-4-4L4 16v4M13.5 6.5l4 4"

LOOKS: dict[str, Look] = {
    look.name: look
    for look in (
        Look("idle", "idle", "空闲", "#5b6676", "#97a3b4", _CIRCLE),
        Look(
            "ringing", "ringing", "振铃", "#b93c06", "#ff9d5c",
            _BELL,
        ),
        Look(
            "dialling", "dialling", "拨号", "#0a639c", "#52bdf5",
            "M6 5h.01M12 5h.01M18 5h.01M6 12h.01M12 12h.01M18 12h.01M6 19h.01M12 19h.01M18 19h.01",
        ),
        Look("talking", "talking", "通话", "#157038", "#4cd07d", _HANDSET, solid=True),
        Look("on_hold", "on hold", "保持", "#6a35c9", "#b79bff", "M7 5v14M17 5v14"),
        Look("wrap_up", "wrap-up", "话后处理", "#0d6b64", "#35cdbd", _PENCIL),
        Look("busy", "busy", "忙", "#876005", "#e5bd3a", f"{_CIRCLE}M8.5 12h7"),
        Look("away", "away", "离开", "#475a86", "#9fb2e6", "M12 3a7 7 0 0 0 9 9a9 9 0 1 1-9-9z"),
        Look("fault", "fault", "故障", "#b51d1d", "#ff8585", "M12 4l9 16H3L12 4M12 10v4M12 17h.01"),
        Look("out_of_service", "out of service", "停用", "#5d5d66", "#a3a3ad", f"{_CIRCLE}M8 8l8 8M16 8l-8 8"),
    )
}  # fmt: skip
assert tuple(LOOKS) == LIVE_STATES


def stylesheet() -> str:
    """The colours as CSS: `.s-ringing { --state: … }`, for both themes."""
    light = "".join(f".s-{look.name}{{--state:{look.light}}}\n" for look in LOOKS.values())
    dark = "".join(f"[data-bs-theme=dark] .s-{look.name}{{--state:{look.dark}}}\n" for look in LOOKS.values())
    return light + dark
