"""Pictures of a decision: the cost-effectiveness plane, acceptability, expected loss, and the budget of each payer."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import (
    HATCHES,
    ONE_COLUMN,
    TWO_COLUMNS,
    About,
    footer,
    legend,
    looks,
)
from experiments.terminal.tables import in_words
from sim.analysis.economics.net_benefit import Curves
from sim.analysis.economics.plane import cloud
from sim.analysis.economics.samples import Samples
from sim.engine.arrays import Floats, Frame

MILLION, THOUSAND = 1e6, 1e3
MOST_LINES = 8  # strategies that one picture tells apart
PAYER_LABELS = {
    "state": "State",
    "federal": "Federal",
    "medicare": "Medicare",
    "third_party": "Third parties",
    "outside": "Outside funders",
    "other_insurance": "Other insurance",
}
PAYER_COLORS = ("#56B4E9", "#0072B2", "#E69F00", "#F0E442", "#009E73", "#999999")
LUCK = "Points are seeds: they show luck, not how sure a decision is; that needs draws of the parameters."
DRAWS = "Points are draws of the parameters."


def draw_plane(samples: Samples, willingness: float, about: About) -> Figure:
    """Increments of each strategy against the baseline: samples, an ellipse that holds 95%, the value of a QALY."""
    style = looks(samples.arms, samples.arms[0])
    others = shown(samples)
    figure = Figure(figsize=(ONE_COLUMN, 3.9 + 0.16 * len(others)), layout="constrained")
    axes = figure.subplots()
    gains = samples.effects - samples.effects[:, :1]
    extra = (samples.costs - samples.costs[:, :1]) / MILLION
    for i in others:
        its, name = style[samples.arms[i]], samples.arms[i]
        found = cloud(gains[:, i], extra[:, i])
        axes.plot(gains[:, i], extra[:, i], linestyle="none", marker=its.marker, color=its.color, alpha=0.45)
        if len(found.ellipse):
            axes.plot(*found.ellipse.T, color=its.color, linestyle=its.line, linewidth=1)
        axes.plot(
            gains[:, i].mean(), extra[:, i].mean(), marker=its.marker, color=its.color, markersize=7, mec="black",
            linestyle="none", label=in_words(name),
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
    legend(figure, style, [samples.arms[i] for i in others], in_words, lines=False, columns=1)
    note = f"Gray line: {willingness:,.0f} USD per QALY; below it a strategy is worth its cost. Large marks: means. "
    footer(figure, about, note=f"{note}{DRAWS if samples.of_parameters else LUCK}", intervals=False)
    return figure


def draw_acceptability(found: Curves, samples: Samples, about: About) -> Figure:
    """Probability that each strategy is best over what a QALY is worth; rings mark the one that is best on average."""
    figure, axes = _over_willingness(samples, found.willingness, found.probability, found.frontier)
    axes.set_ylim(-0.03, 1.05)
    axes.set_ylabel("Probability of being best")
    note = "Rings: the strategy with the highest mean net benefit (acceptability frontier). "
    footer(figure, about, note=f"{note}{'' if samples.of_parameters else LUCK}", intervals=False)
    return figure


def draw_loss(found: Curves, samples: Samples, about: About) -> Figure:
    """Expected loss of choosing each strategy; the lowest curve is what perfect information is worth."""
    figure, axes = _over_willingness(samples, found.willingness, found.loss / MILLION, found.evpi / MILLION)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(-0.1, 1.6 * max(1.0, found.loss.max() / MILLION))  # room for the marks of the highest line
    axes.set_ylabel("Expected loss, million USD")
    note = "Rings: the least expected loss, the value of perfect information. Below 1 million the scale is linear. "
    footer(figure, about, note=f"{note}{'' if samples.of_parameters else LUCK}", intervals=False)
    return figure


def _over_willingness(samples: Samples, worth: Floats, lines: Floats, rings: Floats) -> tuple[Figure, Axes]:
    """A line for each strategy over the worth of a QALY (USD), and rings along one of them."""
    style = looks(samples.arms, samples.arms[0])
    rows = [0, *shown(samples)]
    figure = Figure(figsize=(ONE_COLUMN, 3.3 + 0.16 * len(rows)), layout="constrained")
    axes = figure.subplots()
    thousands = worth / THOUSAND
    for i in rows:
        its = style[samples.arms[i]]
        axes.plot(thousands, lines[:, i], color=its.color, linestyle=its.line, marker=its.marker, markevery=(2 * i, 16))
    axes.plot(thousands[::5], rings[::5], linestyle="none", marker="o", mfc="none", mec="black", markersize=6, mew=0.7)
    axes.set_xlabel("Worth of a QALY, thousand USD")
    axes.set_xlim(0, thousands[-1])
    axes.grid(axis="y")
    legend(figure, style, [samples.arms[i] for i in rows], in_words, lines=True, columns=1)
    return figure, axes


def shown(samples: Samples) -> list[int]:
    """The strategies besides the baseline that a picture has room for: the first ones."""
    return list(range(1, min(len(samples.arms), MOST_LINES)))


def draw_budget(budget: Frame, strategies: Sequence[str], about: About) -> Figure:
    """What each payer's outlay changes by in each year, a panel for each strategy."""
    others = [name for name in strategies[1:MOST_LINES] if name in set(budget["strategy"])]
    across = min(3, len(others))
    down = -(-len(others) // across)
    figure = Figure(figsize=(TWO_COLUMNS, 1.2 + 2.0 * down), layout="constrained")
    panels = figure.subplots(down, across, sharey=True, squeeze=False)
    payers = [payer for payer in PAYER_LABELS if budget.loc[budget["payer"] == payer, "change_usd"].abs().max() > 0]
    for panel, name in zip(panels.flat, others, strict=False):
        _budget_panel(panel, budget[budget["strategy"] == name], payers)
        panel.set_title(in_words(name))
    for panel in panels.flat[len(others) :]:
        panel.set_visible(False)
    for row in panels:
        row[0].set_ylabel("Change, million USD")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=6, handlelength=1.6)
    note = "Against the baseline, in dollars of each year, not discounted. Withheld money counts when it is withheld."
    footer(figure, about, note=note, intervals=False)
    return figure


def _budget_panel(panel: Axes, rows: Frame, payers: Sequence[str]) -> None:
    width = 0.8 / max(1, len(payers))
    for place, payer in enumerate(payers):
        its = rows[rows["payer"] == payer]
        kind = list(PAYER_LABELS).index(payer)
        panel.bar(
            its["year"] + 1 + (place - (len(payers) - 1) / 2) * width, its["change_usd"] / MILLION, width,
            color=PAYER_COLORS[kind], hatch=HATCHES[kind], edgecolor="black", linewidth=0.4,
            label=PAYER_LABELS[payer],
        )  # fmt: skip
    panel.axhline(0, color="black", linewidth=0.6)
    panel.grid(axis="y")
    panel.set_xlabel("Year of the run")
    panel.set_xticks(sorted(set(rows["year"] + 1)))
