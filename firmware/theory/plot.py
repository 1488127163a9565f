"""The comparison as a picture: an SVG with one panel per kind of figure."""

from collections.abc import Sequence
from html import escape

from firmware.theory.experiment import Comparison, Figure

WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 460, 230, 56, 12, 34, 46
COLUMNS = 2
STYLE = (
    "text{font:12px sans-serif;fill:#222}.title{font-weight:bold}.axis{stroke:#888;fill:none}"
    ".theory{stroke:#c33;stroke-width:2}.measured{stroke:#246;stroke-width:1.5;fill:#246}"
)  # fmt: skip

Point = tuple[str, Figure]


def panels(comparisons: Sequence[Comparison]) -> list[tuple[str, list[Point]]]:
    """Figures of the same formula and name, together."""
    found: dict[str, list[Point]] = {}
    for one in comparisons:
        for figure in one.figures:
            unit = f", {figure.unit}" if figure.unit else ""
            label = f"{one.load.lines if one.formula == 'B' else one.load.agents}, {one.traffic:.1f} erl"
            found.setdefault(f"Erlang {one.formula}: {figure.name}{unit}", []).append((label, figure))
    return list(found.items())


def svg(comparisons: Sequence[Comparison]) -> str:
    """The whole picture."""
    shown = panels(comparisons)
    rows = -(-len(shown) // COLUMNS)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE * COLUMNS} {HIGH * rows}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDE * COLUMNS}" height="{HIGH * rows}" fill="#fff"/>',
    ]
    for index, (title, points) in enumerate(shown):
        parts.append(f'<g transform="translate({index % COLUMNS * WIDE},{index // COLUMNS * HIGH})">')
        parts += _panel(title, points)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(title: str, points: Sequence[Point]) -> list[str]:
    top = max(max(one.theory, one.measured + one.half) for _, one in points) * 1.1 or 1.0

    def y(value: float) -> float:
        return round(HIGH - BOTTOM - value / top * (HIGH - TOP - BOTTOM), 1)

    step = (WIDE - LEFT - RIGHT) / len(points)
    lines = [
        f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>',
        f'<path class="axis" d="M{LEFT} {TOP}V{HIGH - BOTTOM}H{WIDE - RIGHT}"/>',
    ]
    for part in (0.0, 0.5, 1.0):
        value = top / 1.1 * part
        lines.append(f'<text x="{LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:.3g}</text>')
    for index, (label, one) in enumerate(points):
        x = round(LEFT + (index + 0.5) * step, 1)
        low, high = y(max(0.0, one.measured - one.half)), y(one.measured + one.half)
        lines += [
            f'<path class="theory" d="M{x - 14} {y(one.theory)}h28"/>',
            f'<path class="measured" d="M{x} {low}V{high}M{x - 5} {low}h10M{x - 5} {high}h10"/>',
            f'<circle class="measured" cx="{x}" cy="{y(one.measured)}" r="3"/>',
            f'<text x="{x}" y="{HIGH - BOTTOM + 18}" text-anchor="middle">{escape(label)}</text>',
        ]
    return lines
