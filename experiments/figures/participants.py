"""Participation: savings by the list of participants, who remains on it, who gets visits, and payments due to luck."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.figures.style import ONE_COLUMN, TWO_COLUMNS, About, Look, footer, legend, looks, sheet
from sim.engine.arrays import Frame
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.intervals import mean_interval
from sim.measures.participation import QUARTER, Lists, gaps, still_listed
from sim.measures.strata import MATERIAL_NEEDS

THOUSAND = 1000
FEW = 3  # arms beside the baseline that a column holds
ENOUGH_SEEDS = 4  # with fewer a band of one quarter's luck hides all else
NOTE = (
    "Left: members of clinicians on the list less all other members with a clinic, minus that gap in the year before "
    "the contract (gray line: its start). Marks use each month's list; gray dots keep the first list throughout."
)
START = "Gray line: the contract begins."
WHO = "Means: the number of material needs (food, housing, transport, utilities) that a member is prone to."
LUCK = "A mark is an area in one seed. Savings are settled at full size, so a sample adds no luck to what is shared."


def draw_seeming(lists: dict[str, list[Lists]], about: About) -> Figure:
    """The difference in differences by quarter, where there are others; the part of the first list that is left."""
    compared = {arm: lists[arm] for arm in lists if np.isfinite(_seen(lists[arm], first=False)).any()}
    style = looks(list(lists), about)
    figure = sheet(TWO_COLUMNS if compared else ONE_COLUMN, 2.4)
    panels = figure.subplots(1, 2, width_ratios=(3, 2)) if compared else [figure.subplots()]
    if compared:
        _draw_gaps(panels[0], compared, style)
    _draw_share(panels[-1], lists, style)
    for axes in panels:
        axes.axvline(next(iter(lists.values()))[0].start, color="#777777", linewidth=0.8)
        axes.set_xlabel("Month of the run")
        axes.set_xticks(np.arange(0, about.months + 1, MONTHS_PER_YEAR))
        axes.grid(axis="y")
    legend(figure, style, list(lists), lines=True)
    footer(figure, about, note=NOTE if compared else START, intervals=_enough(compared))
    return figure


def _draw_gaps(axes: Axes, lists: dict[str, list[Lists]], style: dict[str, Look]) -> None:
    for arm, of_seeds in lists.items():
        its, seen = style[arm], mean_interval(_seen(of_seeds, first=False))
        at = QUARTER * np.arange(1, len(seen.estimate) + 1)
        axes.plot(at, seen.estimate, color=its.color, linestyle=its.line, marker=its.marker)
        if _enough(lists):
            axes.fill_between(at, seen.low, seen.high, color=its.color, alpha=0.15, linewidth=0)
    first = _seen(next(iter(lists.values())), first=True).mean(axis=0)
    axes.plot(QUARTER * np.arange(1, len(first) + 1), first, color="#777777", marker=".", linestyle="none")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_ylabel("USD per member and quarter")
    axes.set_title("What participants seem to cost more")


def _draw_share(axes: Axes, lists: dict[str, list[Lists]], style: dict[str, Look]) -> None:
    for arm, of_seeds in lists.items():
        share = 100 * np.mean([still_listed(one) for one in of_seeds], axis=0)
        at, its = np.arange(1, len(share) + 1), style[arm]
        axes.plot(at, share, color=its.color, linestyle=its.line, marker=its.marker, markevery=6, drawstyle="steps-pre")
    axes.set_ylim(0, 105)
    axes.set_ylabel("% of the first list")
    axes.set_title("Clinicians who still take part")


def _enough(lists: dict[str, list[Lists]]) -> bool:
    return any(len(of_seeds) >= ENOUGH_SEEDS for of_seeds in lists.values())


def _seen(of_seeds: list[Lists], *, first: bool) -> NDArray[np.float64]:
    """The gap by quarter, one row for each seed."""
    return np.array([gaps(one, one.first if first else one.listed) for one in of_seeds])


def draw_means(table: Frame, about: About) -> Figure:
    """Change in primary care visits by members' means."""
    arms = [arm for arm in dict.fromkeys(table["arm"]) if arm != about.baseline]
    style = looks(arms, about)
    figure = sheet(ONE_COLUMN if len(arms) <= FEW else TWO_COLUMNS, 2.4)
    axes = figure.subplots()
    for place, arm in enumerate(arms):
        rows, its = table[table["arm"] == arm], style[arm]
        at = np.arange(len(MATERIAL_NEEDS)) + 0.7 * ((place + 0.5) / len(arms) - 0.5)
        half = ((rows["high"] - rows["low"]) / 2).to_numpy()
        axes.errorbar(
            at, rows["change_percent"], None if np.isnan(half).any() else half, color=its.color, marker=its.marker,
            linestyle="none", capsize=2, elinewidth=0.9,
        )  # fmt: skip
    axes.axhline(0, color="black", linewidth=0.6)
    axes.grid(axis="y")
    for n in range(1, len(MATERIAL_NEEDS)):
        axes.axvline(n - 0.5, color="#E3E3E3", linewidth=0.5)
    axes.set_xticks(range(len(MATERIAL_NEEDS)), [str(n) for n in range(len(MATERIAL_NEEDS))])
    axes.set_xlabel("Material needs to which a member is prone\n(0: best off)")
    axes.set_ylabel("Primary care visits, % change")
    legend(figure, style, arms, lines=False)
    footer(figure, about, note=WHO)
    return figure


def draw_sharing(table: Frame, about: About) -> Figure:
    """What was shared, by size of the area."""
    arms = list(dict.fromkeys(table["arm"]))
    style = looks(arms, about)
    figure = sheet(ONE_COLUMN, 2.4)
    axes = figure.subplots()
    for arm in arms:
        rows, its = table[table["arm"] == arm], style[arm]
        axes.plot(
            rows["members"] / THOUSAND, rows["shared_percent_of_claims"], color=its.color, marker=its.marker,
            linestyle="none", alpha=0.7,
        )  # fmt: skip
    axes.axhline(0, color="black", linewidth=0.6)
    axes.grid(axis="y")
    axes.set_xscale("log")
    ticks = (20, 50, 100, 200, 400)
    axes.set_xticks(ticks, [str(tick) for tick in ticks], minor=False)
    axes.minorticks_off()
    axes.set_xlabel("Members of the area, thousands (log scale)")
    axes.set_ylabel("Shared with providers, % of claims")
    legend(figure, style, arms, lines=False)
    footer(figure, about, note=LUCK, intervals=False)
    return figure


def draw_choices(tables: dict[str, Frame], lists: dict[str, list[Lists]], about: About) -> dict[str, Figure]:
    """Every figure of this file for which there is something to show, by name."""
    figures = {"seeming": draw_seeming(lists, about)} if lists else {}
    if "means" in tables and set(tables["means"]["arm"]) - {about.baseline}:  # one arm alone has no change to show
        figures["means"] = draw_means(tables["means"], about)
    if "sharing" in tables:
        figures["sharing"] = draw_sharing(tables["sharing"], about)
    return figures
