"""Shares as bars from zero, each with its percent, in sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.pictures.svg import GREY, in_sections, picture, text

WIDTH, LEFT, RIGHT, TOP, ROW = 440.0, 180.0, 56.0, 36.0, 19.0


class Share(NamedTuple):
    """How many of a hundred."""

    section: str
    label: str
    percent: float


def shares(rows: Sequence[Share], title: str, unit: str) -> str:
    """Return a bar for each share; the largest is as long as there is room."""
    scale = (WIDTH - LEFT - RIGHT) / (max(row.percent for row in rows) or 1.0)

    def bar(row: Share, y: float) -> str:
        size = row.percent * scale
        box = f'<rect x="{LEFT:g}" y="{y + 3:.1f}" width="{size:.1f}" height="13" fill="{GREY}" fill-opacity="0.7"/>'
        return text(8, y + 13, row.label) + box + text(LEFT + size + 6, y + 13, f"{row.percent:.1f}%")

    body, y = in_sections(rows, TOP, ROW, bar)
    body = text(0, 14, title, bold=True) + text(0, 31, unit, fill=GREY) + body
    return picture(WIDTH, y + 8, title, "; ".join(f"{row.label} {row.percent:.1f}%" for row in rows), body)
