"""Figures of the studies that are one table: a program's apparent savings, associations, divisions of a budget."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.style import LINE, TWO_COLUMNS, About, footer, key, saved, sheet, styled, within
from sim.engine.arrays import Floats, Frame
from sim.scenario import Scenario

FOLLOWED = {  # of a contrast: label, line, color, width
    "twins": ("the same members without the program", "-", "#B8B8B8", 4.5),
    "served": ("served", "-", "#0072B2", 1.6),
    "like": ("eligible in the same month, not served", (0, (5, 1.5)), "#D55E00", 1.6),
    "others": ("everybody else", (0, (1, 1)), "#000000", 1.6),
}
TICKS = (0.8, 1, 1.25, 1.5, 2, 2.5, 4)
LABEL, ROW = 2.6, 0.26  # inches of the name of an association, and of a row of one line
SMALLEST, LARGEST = 16, 60  # points squared of a division's mark


def files_of(name: str, figure: Figure, scenario: Scenario) -> dict[str, bytes]:
    """Return a figure as the files of a study."""
    with styled():
        return {f"{name}.{kind}": data for kind, data in saved(figure, about_of(scenario)).items()}


def about_of(scenario: Scenario) -> About:
    """Return what the figures of a study that is one table say about it."""
    return About(
        baseline="",
        seeds=len(scenario.seed_list),
        sampled=0,
        months=scenario.months,
        version=version("ccosim"),
        digest=scenario.digest(),
        title=scenario.title or "",
    )


def draw_contrast(months: Floats, means: Mapping[str, Floats], package: str, about: About) -> Figure:
    """Mean cost by month around enrollment: served members, their twins, like members, everybody else."""
    with styled():
        figure = sheet(TWO_COLUMNS, 3.2)
        axes = figure.subplots()
        for name, (_, line, color, width) in FOLLOWED.items():
            axes.plot(months, means[name], linestyle=line, color=color, linewidth=width)
        axes.axvline(-1 / 2, color="#999999", linewidth=0.8)
        axes.set_xlabel("Month from enrollment (0 is the first month of service)")
        axes.set_ylabel("Medicaid claims, USD per member-month")
        axes.set_ylim(bottom=0)
        axes.set_title(f"{package}: cost around enrollment")
        handles = [Line2D([], [], ls=line, color=color, lw=width, label=label)
                   for label, line, color, width in FOLLOWED.values()]  # fmt: skip
        key(figure, handles, TWO_COLUMNS, loc="outside upper left", handlelength=3)
        footer(figure, about, intervals=False)
        return figure


def draw_associations(table: Frame, about: About) -> Figure:
    """The ratios: published with its interval, the model, and what is causal in the rules."""
    shown = table[table["unit"] != "percent"].iloc[::-1]
    place = np.arange(len(shown))
    spread = np.nan_to_num([shown["published"] - shown["low"], shown["high"] - shown["published"]])
    with styled():
        names = [within(label, LABEL) for label in shown["label"]]
        row = ROW + LINE * max((name.count("\n") for name in names), default=0)
        figure = sheet(TWO_COLUMNS, 0.5 + row * len(shown))
        axes = figure.subplots()
        axes.errorbar(shown["published"], place, xerr=spread, fmt="o", color="#000000", capsize=2, elinewidth=0.9)
        axes.plot(shown["model"], place - 0.22, "D", color="#0072B2")
        axes.plot(shown["causal"], place + 0.22, "^", color="#D55E00")
        axes.axvline(1, color="#999999", linewidth=0.8)
        axes.set_yticks(place, names)
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xscale("log")
        axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
        axes.minorticks_off()
        axes.set_xlabel("With against without, ratio or odds ratio (log scale)")
        marks = {"published (95% interval)": ("o", "#000000"), "model, the same figure": ("D", "#0072B2"),
                 "model, causal (in the rules)": ("^", "#D55E00")}  # fmt: skip
        _marks(figure, marks)
        footer(figure, about)
        return figure


def draw_portfolios(table: Frame, about: About) -> Figure:
    """Cost against health; size is equity (from the least to the most), shape and color are the frontier."""
    equity = table["needs_slope"]
    size = SMALLEST + LARGEST * (equity - equity.min()) / max(float(np.ptp(equity)), np.finfo(float).eps)
    kinds = {
        "beaten": (~table["on_frontier"], "o", "#FFFFFF"),
        "unbeaten, not with new seeds": (table["on_frontier"] & ~table["confirmed"], "s", "#56B4E9"),
        "unbeaten, with new seeds too": (table["confirmed"], "D", "#0072B2"),
    }
    with styled():
        figure = sheet(TWO_COLUMNS, 3.4)
        axes = figure.subplots()
        for kept, marker, color in kinds.values():
            here = table[kept]
            cost, health = here["pmpm_total"], here["qalys_a_year"]
            axes.scatter(cost, health, size[kept], color=color, marker=marker, ec="#000000", lw=0.6)
        axes.axhline(0, color="#BBBBBB", linewidth=0.8, zorder=0)
        axes.set_xlabel("Cost to all payers, difference from no programs (USD PMPM)")
        axes.set_ylabel("QALYs a year of everybody, difference")
        axes.set_title("Divisions of one budget")
        _marks(figure, {label: (marker, color) for label, (_, marker, color) in kinds.items()})
        footer(figure, about, intervals=False, note="Larger marks: needs more equal by race and ethnicity.")
        return figure


def _marks(figure: Figure, marks: Mapping[str, Sequence[str]]) -> None:
    """A legend of marks above the panel."""
    handles = [Line2D([], [], ls="none", marker=marker, color=color, mec="#000000", mew=0.5, label=label)
               for label, (marker, color) in marks.items()]  # fmt: skip
    key(figure, handles, TWO_COLUMNS, loc="outside upper left", handlelength=1)
