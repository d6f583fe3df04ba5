"""What drives a difference: a tornado, global sensitivity indices, and where the variance comes from."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.style import ONE_COLUMN, TWO_COLUMNS, About, footer
from experiments.terminal.tables import in_words
from sim.analysis.sensitivity.regression import Bar
from sim.analysis.uncertainty.decomposition import Components
from sim.engine.arrays import Floats

MOST_BARS = 15
LOW, HIGH = "#56B4E9", "#D55E00"
SOURCES = {"structure": ("Structure", "#F0E442", "xxxx"), "parameters": ("Parameters", "#0072B2", "////"),
           "luck": ("Luck", "#DDDDDD", "....")}  # fmt: skip


def draw_tornado(bars: Sequence[Bar], mean: float, label: str, about: About, *, note: str = "") -> Figure:
    """Bars from the widest down: the outcome expected with a parameter at the low and at the high end."""
    bars = list(bars)[:MOST_BARS]
    figure = Figure(figsize=(TWO_COLUMNS, 1.5 + 0.26 * len(bars)), layout="constrained")
    axes = figure.subplots()
    for y, bar in enumerate(bars):
        ends = ((bar.outcome[0], LOW, "", "low"), (bar.outcome[1], HIGH, "////", "high"))
        for value, color, hatch, end in ends:
            axes.barh(
                y, value - mean, left=mean, height=0.66, color=color, hatch=hatch, edgecolor="black", linewidth=0.4,
                label=f"parameter at its {end} end (5th, 95th percentile)" if y == 0 else None,
            )  # fmt: skip
    axes.axvline(mean, color="black", linewidth=0.8)
    axes.set_yticks(range(len(bars)), [f"{bar.parameter}\n{bar.at[0]:.3g} to {bar.at[1]:.3g}" for bar in bars])
    axes.tick_params(axis="y", labelsize=6, length=0)
    axes.invert_yaxis()
    axes.grid(axis="x")
    axes.set_xlabel(label)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2)
    footer(figure, about, note=note, intervals=False)
    return figure


def draw_indices(
    names: Sequence[str],
    values: Sequence[Floats],
    halves: Sequence[Floats],
    labels: Sequence[str],
    axis: str,
    about: About,
) -> Figure:
    """A row for each parameter, the largest first; a mark with its interval for each kind of index."""
    order = np.argsort(-np.abs(values[-1]))[:MOST_BARS]
    figure = Figure(figsize=(TWO_COLUMNS, 1.5 + 0.24 * len(order)), layout="constrained")
    axes = figure.subplots()
    looks = (("#0072B2", "o"), ("#D55E00", "^"))
    for kind, (value, half, label) in enumerate(zip(values, halves, labels, strict=True)):
        y = np.arange(len(order)) + 0.24 * (kind - (len(values) - 1) / 2)
        color, marker = looks[kind]
        axes.errorbar(
            np.asarray(value)[order], y, xerr=np.asarray(half)[order], linestyle="none", color=color, marker=marker,
            capsize=2, elinewidth=0.9, label=label,
        )  # fmt: skip
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_yticks(range(len(order)), [names[i] for i in order])
    axes.tick_params(axis="y", labelsize=6.5, length=0)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.set_xlabel(axis)
    if len(labels) > 1:
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2)
    footer(figure, about)
    return figure


def draw_sources(found: dict[str, Components], about: About) -> Figure:
    """Where the variance of each measure's difference comes from, as shares."""
    figure = Figure(figsize=(ONE_COLUMN, 1.6 + 0.24 * len(found)), layout="constrained")
    axes = figure.subplots()
    start = np.zeros(len(found))
    for source, (label, color, hatch) in SOURCES.items():
        sizes = np.nan_to_num([one.share(source) for one in found.values()])
        if sizes.any():
            axes.barh(
                np.arange(len(found)), 100 * sizes, left=100 * start, color=color, hatch=hatch, edgecolor="black",
                linewidth=0.4, height=0.7, label=label,
            )  # fmt: skip
        start += sizes
    axes.set_yticks(range(len(found)), [in_words(name) for name in found])
    axes.tick_params(axis="y", labelsize=6.5, length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("Variance of the difference in one run, %")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    footer(figure, about, intervals=False)
    return figure
