"""One life in both arms: a lane for cover, care, programs, needs and dollars, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from sim.engine.calendar import MONTHS_PER_YEAR
from sim.pictures.svg import ARM_A, ARM_B, GREY, line, picture, text

WIDTH, LEFT, TOP, LANE = 450.0, 216.0, 30.0, 17.0
STATES, EVENTS, MONEY = "state", "events", "money"


class Lane(NamedTuple):
    """One line of a life: a value for each month (0: nothing), as a state, as counted events, or as dollars."""

    label: str
    kind: str
    values: Sequence[float]


def life(a: Sequence[Lane], b: Sequence[Lane], months: int, who: str, parted: int | None = None) -> str:
    """Return the lanes of arm A above those of arm B, with a line in the month in which the lives part.

    Dollars have one scale: the most of a month in either arm.
    """
    height = TOP + sum(22 + LANE * len(lanes) + 10 for lanes in (a, b)) + 20
    wide = (WIDTH - LEFT) / max(months, 1)
    most = max((value for lane in (*a, *b) if lane.kind == MONEY for value in lane.values), default=0.0)
    body, y = text(0, 14, who, bold=True), TOP
    for arm, lanes, color in (("A", a, ARM_A), ("B", b, ARM_B)):
        body += text(0, y + 13, f"Arm {arm}", fill=color, bold=True)
        y += 22
        for lane in lanes:
            body += text(LEFT - 8, y + 12, lane.label, anchor="end") + line(LEFT, y + 16, WIDTH, y + 16)
            body += "".join(_mark(lane, m, LEFT + wide * m, y, wide, color, most) for m in range(len(lane.values)))
            y += LANE
        y += 10
    if parted is not None:
        x = LEFT + wide * parted
        body += f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{y:.1f}" stroke="#111" stroke-dasharray="2 3"/>'
    for month in range(0, months, max(MONTHS_PER_YEAR, months // 4)):
        body += text(LEFT + wide * month, y + 8, f"{month}" if month else "month 0", fill=GREY)
    said = "the same in both arms" if parted is None else f"the lives part in month {parted}"
    return picture(WIDTH, height, who, said, body)


def _mark(lane: Lane, month: int, x: float, y: float, wide: float, color: str, most: float) -> str:
    value = lane.values[month]
    if not value > 0:
        return ""
    if lane.kind == EVENTS:
        radius = min(2.5 + 1.5 * value, 7.0, wide / 2)
        mark = f'<circle cx="{x + wide / 2:.1f}" cy="{y + 8:.1f}" r="{radius:.1f}" fill="{color}">'
        said, end = f"{value:g}", "</circle>"
    else:
        tall = 13.0 if lane.kind == STATES else max(13.0 * value / most, 0.8)
        mark = (
            f'<rect x="{x:.1f}" y="{y + 15 - tall:.1f}" width="{wide + 0.2:.1f}" height="{tall:.1f}" fill="{color}" '
            f'fill-opacity="{0.45 if lane.kind == STATES else 0.9}">'
        )
        said, end = (f"${value:,.2f}" if lane.kind == MONEY else "yes"), "</rect>"
    return f"{mark}<title>{escape(f'{lane.label}, month {month}: {said}')}</title>{end}"
