"""Who pays, and where the money goes: USD per member-month by account, for each arm."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import (
    HANDLE,
    HATCHES,
    MOST_MARKS,
    PAYERS,
    TWO_COLUMNS,
    About,
    Fill,
    footer,
    key,
    patches,
    sheet,
    width_of,
    within,
)
from experiments.terminal.tables import in_words
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME
from sim.schema import SERVICES

USES = (
    *(f"pmpm_{service}" for service in SERVICES),
    "pmpm_administration",
    "pmpm_upstream",
    "pmpm_care_programs",
    "pmpm_cco_margin",
)
REST = "rest"
CENT, POINTS = 0.01, 72
USE_COLORS = (
    "#332288", "#CC79A7", "#88CCEE", "#D55E00", "#B7E1CD", "#117733", "#EE8866",
    "#AA4499", "#DDCC77", "#661100", "#FFFFFF", "#333333", "#CCCCFF", "#DDDDDD",
)  # fmt: skip
WHO_PAYS = {f"pmpm_{payer}": PAYERS[payer] for payer in
            ("federal", "state", "medicare", "third_party", "outside", "uncompensated")}  # fmt: skip
LABEL, LONG_LABEL = 1.6, 2.4  # inches of an arm's name, with few arms and with many

NOTE = (
    "Numbers at the bars: what payers pay (Total in the table), plus uncompensated care of people without coverage. "
    "Both stacks have the same sum. A CCO margin left of zero is a loss, paid from reserves. Other: bonuses, fees and "
    "shared savings on top of claims; fixed payments beyond the claims that they replace (left of zero: below them); "
    "and withheld money that is not yet paid out."
)


Sizes: TypeAlias = dict[tuple[str, str], float]  # USD PMPM by arm and measure


def draw_payers(summary: Frame, arms: list[str], about: About) -> Figure:
    """Stacked bars, one for each arm: payers above, uses below."""
    own = summary[(summary["contrast"] == "") & (summary["stratum"] == "all")]
    rows = {(row.arm, row.measure): float(np.nan_to_num(row.estimate)) for row in own.itertuples()}
    figure = sheet(TWO_COLUMNS, 1.1 + (0.44 if len(arms) > MOST_MARKS else 0.6) * len(arms))
    above, below = figure.subplots(2, 1, sharex=True)
    _bars(above, rows, arms, WHO_PAYS, "Who pays")
    _bars(below, _balanced(rows, arms), arms, WHERE_IT_GOES, "Where it goes")
    below.set_xlabel("USD per member-month")
    below.margins(x=0.14)
    footer(figure, about, intervals=False, note=NOTE)
    return figure


def _balanced(rows: Sizes, arms: list[str]) -> Sizes:
    """With what is paid beyond claims, or withheld, so that both stacks are of one length."""
    rest: Sizes = {}
    for arm in arms:
        paid = sum(rows.get((arm, part), 0.0) for part in WHO_PAYS)
        used = sum(rows.get((arm, part), 0.0) for part in USES)
        rest[arm, REST] = paid - used if abs(paid - used) > CENT else 0.0
    return {**rows, **rest}


def _bars(axes: Axes, rows: Sizes, arms: list[str], parts: Mapping[str, Fill], title: str) -> None:
    """Draw the parts of each arm's bar, the total at its end, and the legend above."""
    places = np.arange(len(arms))
    positive, negative, there = np.zeros(len(arms)), np.zeros(len(arms)), []
    for measure, part in parts.items():
        sizes = np.array([rows.get((arm, measure), 0.0) for arm in arms])
        if not sizes.any():
            continue
        there.append(part)
        start = np.where(sizes >= 0, positive, negative)
        axes.barh(
            places, sizes, left=start, height=0.66, color=part.color, hatch=part.hatch, edgecolor="black", linewidth=0.4
        )  # fmt: skip
        positive += np.maximum(sizes, 0)
        negative += np.minimum(sizes, 0)
    axes.set_yticks(places, [within(in_words(arm), LABEL if len(arms) <= MOST_MARKS else LONG_LABEL) for arm in arms])
    axes.invert_yaxis()
    axes.grid(axis="x")
    for end, place, arm in zip(positive, places, arms, strict=True):
        text = _total(rows, arm)
        axes.annotate(text, (end, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=6.5)
    room = TWO_COLUMNS - max(width_of(label) for label in axes.get_yticklabels()) - HANDLE
    where = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2, "handlelength": 1.8}
    height = key(axes, patches(there), room, fontsize=6.5, columnspacing=1.0, borderpad=0, **where)
    axes.set_title(title, pad=POINTS * height + 6)


def _total(rows: Sizes, arm: str) -> str:
    """What is paid, and what is given unpaid."""
    whole = sum(rows.get((arm, part), 0.0) for part in WHO_PAYS)
    unpaid = rows.get((arm, "pmpm_uncompensated"), 0.0)
    return f"{whole - unpaid:,.0f} + {unpaid:,.0f}" if unpaid else f"{whole:,.0f}"


def _label(measure: str) -> str:
    if measure == REST:
        return "Other"
    return BY_NAME[measure].label.removesuffix(" claims").removeprefix("CCO ").capitalize()


WHERE_IT_GOES = {
    measure: Fill(_label(measure), color, HATCHES[place % len(HATCHES)])
    for place, (measure, color) in enumerate(zip((*USES, REST), USE_COLORS, strict=True))
}
