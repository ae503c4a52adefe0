"""The funnel as an SVG picture: a bar for each step, widths on a square-root scale so that small steps stay visible."""

from __future__ import annotations

from math import sqrt

from seawall.entry.overview import Funnel

_WIDTH, _BAR, _GAP, _LABEL = 720, 34, 10, 130  # user units
_COLOURS = ("#8aa4c8", "#7492bf", "#5f80b5", "#2f7d5b", "#1f6f8b", "#b3541e")


def funnel_svg(funnel: Funnel) -> str:
    """Draw the funnel; it has a title and text, so that it can be read aloud."""
    steps = funnel.steps()
    most = max((count for _, count in steps), default=0) or 1
    room = _WIDTH - 2 * _LABEL
    parts = []
    for row, ((name, count), colour) in enumerate(zip(steps, _COLOURS, strict=True)):
        width = max(3.0, room * sqrt(count / most)) if count else 3.0
        x, y = _LABEL + (room - width) / 2, row * (_BAR + _GAP)
        middle = y + _BAR / 2 + 5
        parts.append(
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="4" fill="{colour}"/>'
            f'<text x="{_LABEL - 12}" y="{middle}" text-anchor="end">{name}</text>'
            f'<text x="{_WIDTH - _LABEL + 12}" y="{middle}" class="count">{count:,}</text>'
        )
    height = len(steps) * (_BAR + _GAP) - _GAP
    spoken = ", ".join(f"{count} {name}" for name, count in steps)
    return (
        f'<svg class="funnel" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{spoken}">'
        f"<title>{spoken}</title>{''.join(parts)}</svg>"
    )
