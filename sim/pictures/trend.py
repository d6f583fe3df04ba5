"""A measure by month: arm A solid, arm B dashed, with the band of other seeds behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.pictures.svg import ARM_A, ARM_B, DASH, GREY, line, picture, short, text

WIDTH, HEIGHT = 420.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 78.0, 40.0, 30.0
TICKS = 5  # at the most, and one
ROUND = (1, 2, 5, 10)
APART = 15.0  # between the labels at the ends of two lines
Band: TypeAlias = "Sequence[tuple[ArrayLike, ArrayLike]]"
"""Low and high by month: of A and of B, or of the difference alone."""


class Scale(NamedTuple):
    """Where a month and a value stand in the picture."""

    months: int
    low: float
    high: float

    def x(self, month: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * month / max(self.months - 1, 1)

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def trend(a: ArrayLike, b: ArrayLike, months: int, label: str, unit: str, band: Band | None = None) -> str:
    """Return the lines of both arms.

    Parameters
    ----------
    a, b : values by month, so far; NaN leaves a gap.
    months : of the whole run, which sets the width.
    band : low and high by month, of A and of B.
    """
    lines = [("A", np.asarray(a, float), ARM_A, ""), ("B", np.asarray(b, float), ARM_B, DASH)]
    return _drawn(lines, months, label, unit, band)


def difference(a: ArrayLike, b: ArrayLike, months: int, label: str, unit: str, band: Band | None = None) -> str:
    """Return B - A by month, with the line of no difference; ``band``: low and high of the difference."""
    values = np.asarray(b, float) - np.asarray(a, float)
    return _drawn([("B - A", values, GREY, "")], months, f"{label}, B - A", unit, band, zero=True)


Line: TypeAlias = "tuple[str, Floats, str, str]"


def _drawn(lines: Sequence[Line], months: int, label: str, unit: str, band: Band | None, zero: bool = False) -> str:
    bands = [(np.asarray(low, float), np.asarray(high, float)) for low, high in band or ()]
    scale = _scale([one[1] for one in lines] + [end for ends in bands for end in ends], months, zero)
    body = text(0, 14, label, bold=True) + text(0, 30, unit, fill=GREY)
    body += "".join(_tick(scale, value) for value in round_ticks(scale.low, scale.high))
    body += "".join(
        text(scale.x(month), HEIGHT - 8, f"{month}" if month else "month 0", anchor="middle", fill=GREY)
        for month in range(0, months, max(MONTHS_PER_YEAR, months // 4))
    )
    if zero:
        body += line(LEFT, scale.y(0.0), WIDTH - RIGHT, scale.y(0.0), GREY)
    body += "".join(_band(scale, low, high, one[2]) for (low, high), one in zip(bands, lines, strict=False))
    body += "".join(_line(scale, one) for one in lines)
    body += _ends(scale, lines)
    said = ", ".join(f"{name} {short(_last(values))}" for name, values, *_ in lines if np.isfinite(values).any())
    return picture(WIDTH, HEIGHT, label, f"{unit}, by month; last month: {said or 'none yet'}", body)


def _scale(values: Sequence[Floats], months: int, zero: bool) -> Scale:
    known = np.concatenate([*values, [0.0] if zero else []])
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    room = max((high - low) / 10, abs(high) / 100, 1e-9)
    return Scale(months, low - room, high + room)


def round_ticks(low: float, high: float) -> Floats:
    """Return round values between two ends, a few: multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(one for one in ROUND if one * power >= rough)
    return np.asarray(step * np.arange(np.ceil(low / step), np.floor(high / step) + 1) + 0.0)  # no -0


def _tick(scale: Scale, value: float) -> str:
    y = scale.y(value)
    return line(LEFT, y, WIDTH - RIGHT, y) + text(LEFT - 6, y + 4, short(value), anchor="end", fill=GREY)


def _band(scale: Scale, low: Floats, high: Floats, color: str) -> str:
    there = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    ends = [(m, low[m]) for m in there] + [(m, high[m]) for m in there[::-1]]
    points = " ".join(f"{scale.x(float(m)):.1f},{scale.y(value):.1f}" for m, value in ends)
    return f'<polygon points="{points}" fill="{color}" fill-opacity="0.15"/>'


def _line(scale: Scale, one: Line) -> str:
    _, values, color, dash = one
    points = " ".join(
        f"{scale.x(m):.1f},{scale.y(values[m]):.1f}" for m in np.flatnonzero(np.isfinite(values)).tolist()
    )
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline fill="none" stroke="{color}" stroke-width="2"{dashed} points="{points}"/>'


def _last(values: Floats) -> float:
    return float(values[np.isfinite(values)][-1])


def _ends(scale: Scale, lines: Sequence[Line]) -> str:
    """The last value of each line at its right, moved apart where two would overlap."""
    shown = [one for one in lines if np.isfinite(one[1]).any()]
    places = [scale.y(_last(one[1])) for one in shown]
    if len(places) == 2 and abs(places[0] - places[1]) < APART:
        middle, up = sum(places) / 2, places[0] <= places[1]
        places = [middle - APART / 2, middle + APART / 2] if up else [middle + APART / 2, middle - APART / 2]
    return "".join(
        text(WIDTH - RIGHT + 6, y + 4, f"{name} {short(_last(values))}".removeprefix("B - A "), fill=color, bold=True)
        for (name, values, color, _), y in zip(shown, places, strict=True)
    )
