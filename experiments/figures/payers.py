"""Who pays, and where the money goes: USD per member-month by account, for each arm."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import HATCHES, TWO_COLUMNS, About, footer
from experiments.terminal.tables import in_words
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME
from sim.schema import SERVICES

PAYERS = ("pmpm_federal", "pmpm_state", "pmpm_medicare", "pmpm_third_party", "pmpm_outside", "pmpm_uncompensated")
USES = (
    *(f"pmpm_{service}" for service in SERVICES),
    "pmpm_administration",
    "pmpm_upstream",
    "pmpm_care_programs",
    "pmpm_cco_margin",
)
REST = "rest"
CENT = 0.01
PAYER_COLORS = ("#0072B2", "#56B4E9", "#E69F00", "#F0E442", "#009E73", "#999999")
USE_COLORS = (
    "#0072B2", "#56B4E9", "#009E73", "#B7E1CD", "#F0E442", "#D55E00",
    "#E69F00", "#CC79A7", "#DDDDDD", "#777777", "#FFFFFF", "#AA4499", "#333333", "#B0B0B0",
)  # fmt: skip


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
    figure = Figure(figsize=(TWO_COLUMNS, 2.4 + 0.62 * len(arms)), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    _bars(above, rows, arms, PAYERS, PAYER_COLORS)
    above.set_title("Who pays", pad=24)
    _bars(below, _balanced(rows, arms), arms, (*USES, REST), USE_COLORS)
    below.set_title("Where it goes", pad=34)
    below.set_xlabel("USD per member-month")
    _totals(above, rows, arms)
    _totals(below, rows, arms)
    below.margins(x=0.12)
    footer(figure, about, intervals=False, note=NOTE)
    return figure


def _balanced(rows: Sizes, arms: list[str]) -> Sizes:
    """With what is paid beyond claims, or withheld, so that both stacks are of one length."""
    rest: Sizes = {}
    for arm in arms:
        paid = sum(rows.get((arm, part), 0.0) for part in PAYERS)
        used = sum(rows.get((arm, part), 0.0) for part in USES)
        rest[arm, REST] = paid - used if abs(paid - used) > CENT else 0.0
    return {**rows, **rest}


def _bars(axes: Axes, rows: Sizes, arms: list[str], parts: tuple[str, ...], colors: Sequence[str]) -> None:
    places = np.arange(len(arms))
    positive, negative = np.zeros(len(arms)), np.zeros(len(arms))
    for part, (measure, color) in enumerate(zip(parts, colors, strict=True)):
        sizes = np.array([rows.get((arm, measure), 0.0) for arm in arms])
        if not sizes.any():
            continue
        start = np.where(sizes >= 0, positive, negative)
        hatch = HATCHES[part % len(HATCHES)]
        label = _label(measure)
        axes.barh(
            places,
            sizes,
            left=start,
            height=0.66,
            color=color,
            hatch=hatch,
            edgecolor="black",
            linewidth=0.4,
            label=label,
        )
        positive += np.maximum(sizes, 0)
        negative += np.minimum(sizes, 0)
    axes.set_yticks(places, [in_words(arm) for arm in arms])
    axes.invert_yaxis()
    axes.grid(axis="x")
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=6,
        fontsize=6.5,
        handlelength=1.8,
        columnspacing=1.0,
        borderpad=0,
    )


def _totals(axes: Axes, rows: Sizes, arms: list[str]) -> None:
    """What is paid, and what is given unpaid, at the end of each bar."""
    for place, arm in enumerate(arms):
        whole = sum(rows.get((arm, part), 0.0) for part in PAYERS)
        unpaid = rows.get((arm, "pmpm_uncompensated"), 0.0)
        text = f"{whole - unpaid:,.0f} + {unpaid:,.0f}" if unpaid else f"{whole:,.0f}"
        axes.annotate(text, (whole, place), xytext=(8, 0), textcoords="offset points", va="center", fontsize=6.5)


def _label(measure: str) -> str:
    if measure == REST:
        return "Other"
    return BY_NAME[measure].label.removesuffix(" claims").removeprefix("CCO ").capitalize()
