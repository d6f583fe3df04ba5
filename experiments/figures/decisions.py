"""Pictures of a decision: the cost-effectiveness plane, acceptability, expected loss, and the budget of each payer."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.figures.style import (
    ONE_COLUMN,
    PAYERS,
    TWO_COLUMNS,
    About,
    fills,
    footer,
    legend,
    looks,
    sheet,
    within,
)
from experiments.terminal.tables import FEWEST_DRAWS, in_words
from sim.analysis.economics.net_benefit import Curves
from sim.analysis.economics.plane import cloud
from sim.analysis.economics.samples import Samples
from sim.engine.arrays import Floats, Frame

MILLION, THOUSAND = 1e6, 1e3
MOST_LINES = 24  # strategies that one picture tells apart
YEARS = 5  # ticks of a panel
FEW_LINES = 6  # strategies whose names stand above a column
LUCK = "Points are seeds: they show luck, not how sure a decision is; that needs draws of the parameters."
DRAWS = "Points are draws of the parameters."


def draw_plane(samples: Samples, willingness: float, about: About) -> Figure:
    """Increments of each strategy against the baseline: samples, an ellipse that holds 95%, the value of a QALY."""
    style = looks(samples.arms, about)
    others = shown(samples)
    figure = sheet(_width(len(others)), 3.0)
    axes = figure.subplots()
    gains = samples.effects - samples.effects[:, :1]
    extra = (samples.costs - samples.costs[:, :1]) / MILLION
    for i in others:
        its = style[samples.arms[i]]
        found = cloud(gains[:, i], extra[:, i])
        axes.plot(gains[:, i], extra[:, i], linestyle="none", marker=its.marker, color=its.color, alpha=0.45)
        if len(found.ellipse) and len(gains) >= FEWEST_DRAWS:
            axes.plot(*found.ellipse.T, color=its.color, linestyle=its.line, linewidth=1)
        axes.plot(
            gains[:, i].mean(), extra[:, i].mean(), marker=its.marker, color=its.color, markersize=7, mec="black",
            linestyle="none",
        )  # fmt: skip
    axes.margins(0.12)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.axvline(0, color="black", linewidth=0.6)
    low, high = axes.get_xlim()
    ends, limits = np.array([low, high]), axes.get_ylim()
    axes.plot(ends, ends * willingness / MILLION, color="#777777", linestyle=(0, (2, 2)), linewidth=0.9)
    axes.set_xlim(low, high)
    axes.set_ylim(limits)
    axes.set_xlabel("QALYs gained in the state")
    axes.set_ylabel("Added cost, million USD")
    legend(figure, style, [samples.arms[i] for i in others], lines=False)
    note = f"Gray line: {willingness:,.0f} USD per QALY; below it a strategy is worth its cost. Large marks: means. "
    note += "Ellipses hold 95%. " if len(gains) >= FEWEST_DRAWS else ""
    footer(figure, about, note=f"{note}{DRAWS if samples.of_parameters else LUCK}", intervals=False)
    return figure


def draw_acceptability(found: Curves, samples: Samples, about: About) -> Figure:
    """Probability that each strategy is best over what a QALY is worth; rings mark the one that is best on average."""
    figure, axes = _over_willingness(samples, about, found.willingness, found.probability, found.frontier)
    axes.set_ylim(-0.03, 1.05)
    axes.set_ylabel("Probability of being best")
    note = "Rings: the strategy with the highest mean net benefit (acceptability frontier). "
    footer(figure, about, note=f"{note}{'' if samples.of_parameters else LUCK}", intervals=False)
    return figure


def draw_loss(found: Curves, samples: Samples, about: About) -> Figure:
    """Expected loss of choosing each strategy; the lowest curve is what perfect information is worth."""
    figure, axes = _over_willingness(samples, about, found.willingness, found.loss / MILLION, found.evpi / MILLION)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(-0.1, 1.6 * max(1.0, found.loss.max() / MILLION))  # room for the marks of the highest line
    axes.set_ylabel("Expected loss, million USD")
    note = "Rings: the least expected loss, the value of perfect information. Below 1 million the scale is linear. "
    footer(figure, about, note=f"{note}{'' if samples.of_parameters else LUCK}", intervals=False)
    return figure


def _over_willingness(
    samples: Samples, about: About, worth: Floats, lines: Floats, rings: Floats
) -> tuple[Figure, Axes]:
    """A line for each strategy over the worth of a QALY (USD), and rings along one of them."""
    style = looks(samples.arms, about)
    rows = [0, *shown(samples)]
    figure = sheet(_width(len(rows)), 2.4)
    axes = figure.subplots()
    thousands = worth / THOUSAND
    for i in rows:
        its = style[samples.arms[i]]
        axes.plot(thousands, lines[:, i], color=its.color, linestyle=its.line, marker=its.marker, markevery=(2 * i, 16))
    axes.plot(
        thousands[::5], rings[::5], linestyle="none", marker="o", mfc="none", mec="black", markersize=6, mew=0.7,
        clip_on=False,
    )  # fmt: skip
    axes.set_xlabel("Worth of a QALY, thousand USD")
    axes.set_xlim(0, thousands[-1])
    axes.grid(axis="y")
    legend(figure, style, [samples.arms[i] for i in rows], lines=True)
    return figure, axes


def _width(strategies: int) -> float:
    """A column; two for more strategies than have room above one."""
    return ONE_COLUMN if strategies <= FEW_LINES else TWO_COLUMNS


def shown(samples: Samples) -> list[int]:
    """The strategies besides the baseline that a picture has room for: the first ones."""
    return list(range(1, min(len(samples.arms), MOST_LINES)))


def draw_budget(budget: Frame, strategies: Sequence[str], about: About) -> Figure:
    """What each payer's outlay changes by in each year, a panel for each strategy."""
    others = [name for name in strategies[1:MOST_LINES] if name in set(budget["strategy"])]
    across = max(1, min(3 if len(others) <= FEW_LINES else 4, len(others)))
    down = max(1, -(-len(others) // across))
    titles = [within(in_words(name), 6.0 / across) for name in others]
    figure = sheet(TWO_COLUMNS, (1.5 + 0.12 * max([title.count("\n") for title in titles], default=0)) * down)
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    payers = [payer for payer in PAYERS if budget.loc[budget["payer"] == payer, "change_usd"].abs().max() > 0]
    for panel, name, title in zip(panels.flat, others, titles, strict=False):
        _budget_panel(panel, budget[budget["strategy"] == name], payers)
        panel.set_title(title, fontsize=7.5)
    for panel in panels.flat[len(others) :]:
        panel.set_visible(False)
    for panel in panels.flat[max(0, len(others) - across) : len(others)]:
        panel.set_xlabel("Year of the run")
        panel.tick_params(axis="x", labelbottom=True)
    for row in panels:
        row[0].set_ylabel("Change, million USD")
    if payers:
        fills(figure, [PAYERS[payer] for payer in payers])
    note = "Against the baseline, in dollars of each year, not discounted. Withheld money counts when it is withheld."
    footer(figure, about, note=note, intervals=False)
    return figure


def _budget_panel(panel: Axes, rows: Frame, payers: Sequence[str]) -> None:
    width = 0.8 / max(1, len(payers))
    for place, payer in enumerate(payers):
        its, part = rows[rows["payer"] == payer], PAYERS[payer]
        panel.bar(
            its["year"] + 1 + (place - (len(payers) - 1) / 2) * width, its["change_usd"] / MILLION, width,
            color=part.color, hatch=part.hatch, edgecolor="black", linewidth=0.4,
        )  # fmt: skip
    panel.axhline(0, color="black", linewidth=0.6)
    panel.grid(axis="y")
    panel.xaxis.set_major_locator(MaxNLocator(YEARS, integer=True, min_n_ticks=1))
