"""Differences as bars from a line of no difference, each with its interval, in sections."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from sim.pictures.svg import GREY, in_sections, line, picture, sides, text, tone

WIDTH, LEFT, RIGHT, TOP, ROW = 440.0, 222.0, 66.0, 52.0, 20.0


class Bar(NamedTuple):
    """One difference, B - A; the ends of its interval are NaN where there is none."""

    section: str
    label: str
    estimate: float
    low: float
    high: float


def bars(rows: Sequence[Bar], title: str, unit: str, higher_is_better: bool | None) -> str:
    """Return a bar for each difference, in the color of better or worse; pale where the interval holds zero."""
    ends = [abs(end) for row in rows for end in row[2:] if math.isfinite(end)]
    scale = (WIDTH - LEFT - RIGHT) / 2 / (max(ends, default=0.0) or 1.0)
    zero = (LEFT + WIDTH - RIGHT) / 2
    body = text(0, 14, title, bold=True) + text(0, 31, unit, fill=GREY)
    below, above = sides(higher_is_better)
    body += text(zero - 6, TOP, below, anchor="end", fill=tone(-1.0, higher_is_better))
    body += text(zero + 6, TOP, above, fill=tone(1.0, higher_is_better))

    def bar(row: Bar, y: float) -> str:
        return _bar(row, y, zero, scale, tone(row.estimate, higher_is_better))

    drawn, y = in_sections(rows, TOP, ROW, bar)
    body += drawn + line(zero, TOP - 10, zero, y, GREY)
    known = [row for row in rows if _is_clear(row)]
    about = "; ".join(f"{row.label} {row.estimate:+.4g}" for row in known) or "no interval excludes zero"
    return picture(WIDTH, y + 8, title, f"{unit}: {about}", body)


def _is_clear(row: Bar) -> bool:
    return row.low > 0 or row.high < 0


def _bar(row: Bar, y: float, zero: float, scale: float, color: str) -> str:
    body = text(8, y + 13, row.label)
    if not math.isfinite(row.estimate):
        return body + text(zero + 6, y + 13, "not known", fill=GREY)
    size = row.estimate * scale
    opacity = 0.9 if _is_clear(row) else 0.35
    body += (
        f'<rect x="{min(zero, zero + size):.1f}" y="{y + 3:.1f}" width="{max(abs(size), 0.5):.1f}" height="13" '
        f'fill="{color}" fill-opacity="{opacity}"/>'
    )
    if math.isfinite(row.low):
        body += line(zero + row.low * scale, y + 9.5, zero + row.high * scale, y + 9.5, "#111")
    return body + text(WIDTH - RIGHT + 6, y + 13, _short(row.estimate), bold=_is_clear(row))


def _short(value: float) -> str:
    """A difference in at most seven letters, but for the largest and the least."""
    return f"{value:+.3g}" if abs(value) >= 0.1 else f"{value:+.2g}" if value else "0"
