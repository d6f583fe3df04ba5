"""What drives a difference: a tornado, global sensitivity indices, and where the variance comes from."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.style import (
    ONE_COLUMN,
    SMALL_TYPE,
    TWO_COLUMNS,
    About,
    Fill,
    fills,
    footer,
    key,
    sheet,
    within,
)
from experiments.terminal.tables import in_words
from sim.analysis.sensitivity.regression import Bar
from sim.analysis.uncertainty.decomposition import Components
from sim.engine.arrays import Floats

MOST_BARS = 15
ENDS = (("low", "5th", "#56B4E9", ""), ("high", "95th", "#D55E00", "////"))
AXIS, LABEL = 4.2, 2.3  # inches of the label of the axis, and of a row
MARKS = (("#0072B2", "o"), ("#D55E00", "^"))
SOURCES = {
    "structure": Fill("Structure", "#F0E442", "xxxx"),
    "parameters": Fill("Parameters", "#0072B2", "////"),
    "luck": Fill("Luck", "#DDDDDD", "...."),
}


def draw_tornado(
    bars: Sequence[Bar], mean: float, label: str, about: About, *, units: Mapping[str, str], note: str = ""
) -> Figure:
    """Bars from the widest down: the outcome expected with a parameter at the low and at the high end."""
    bars = list(bars)[:MOST_BARS]
    rows = [f"{_words(bar.parameter)}\n{_ends(bar, units.get(bar.parameter, ''))}" for bar in bars]
    figure = sheet(TWO_COLUMNS, 0.7 + _row(rows) * len(bars))
    axes = figure.subplots()
    for y, bar in enumerate(bars):
        for value, (_, _, color, hatch) in zip(bar.outcome, ENDS, strict=True):
            axes.barh(
                y, value - mean, left=mean, height=0.66, color=color, hatch=hatch, edgecolor="black", linewidth=0.4
            )  # fmt: skip
    axes.axvline(mean, color="black", linewidth=0.8)
    axes.set_yticks(range(len(bars)), rows)
    axes.tick_params(axis="y", labelsize=SMALL_TYPE, length=0)
    axes.invert_yaxis()
    axes.grid(axis="x")
    axes.set_xlabel(within(label, AXIS))
    fills(
        figure,
        [Fill(f"Parameter at its {end} end ({where} percentile)", color, hatch) for end, where, color, hatch in ENDS],
    )
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
    rows = [_words(names[i]) for i in order]
    figure = sheet(TWO_COLUMNS, 0.7 + _row(rows) * len(order))
    axes = figure.subplots()
    for kind, (value, half) in enumerate(zip(values, halves, strict=True)):
        y = np.arange(len(order)) + 0.24 * (kind - (len(values) - 1) / 2)
        color, marker = MARKS[kind]
        axes.errorbar(
            np.asarray(value)[order], y, xerr=np.asarray(half)[order], linestyle="none", color=color, marker=marker,
            capsize=2, elinewidth=0.9,
        )  # fmt: skip
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_yticks(range(len(order)), rows)
    axes.tick_params(axis="y", labelsize=SMALL_TYPE, length=0)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.set_xlabel(within(axis, AXIS))
    if len(labels) > 1:
        handles = [
            Line2D([], [], linestyle="none", color=color, marker=marker, label=label)
            for (color, marker), label in zip(MARKS, labels, strict=True)
        ]
        key(figure, handles, TWO_COLUMNS, loc="outside upper left")
    footer(figure, about)
    return figure


def draw_sources(found: dict[str, Components], strategy: str, about: About) -> Figure:
    """Where the variance of each measure's difference comes from, as shares; ``strategy`` less the baseline."""
    figure = sheet(ONE_COLUMN, 0.6 + 0.27 * len(found))
    axes = figure.subplots()
    start, present = np.zeros(len(found)), []
    for source, part in SOURCES.items():
        sizes = np.nan_to_num([one.share(source) for one in found.values()])
        if sizes.any():
            present.append(part)
            axes.barh(
                np.arange(len(found)), 100 * sizes, left=100 * start, color=part.color, hatch=part.hatch,
                edgecolor="black", linewidth=0.4, height=0.7,
            )  # fmt: skip
        start += sizes
    axes.set_yticks(range(len(found)), [within(in_words(name), 1.2, SMALL_TYPE) for name in found])
    axes.tick_params(axis="y", labelsize=SMALL_TYPE, length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of the variance of the\ndifference in one run")
    fills(figure, present)
    note = f"{in_words(strategy)} less {in_words(about.baseline)[:1].lower()}{in_words(about.baseline)[1:]}."
    footer(figure, about, note=note, intervals=False)
    return figure


def _row(labels: Sequence[str]) -> float:
    """The height in inches of a row with such labels."""
    return 0.08 + 0.105 * max((label.count("\n") + 1 for label in labels), default=1)


def _ends(bar: Bar, unit: str) -> str:
    return within(f"{bar.at[0]:.3g} to {bar.at[1]:.3g} {unit}".strip(), LABEL, SMALL_TYPE)


def _words(name: str) -> str:
    """The key of a parameter for reading: its file, then its name, in lines that fit beside the bars."""
    file, _, rest = name.partition(".")
    words = f"{file}: {rest.replace('.', ', ')}" if rest else file
    return within(in_words(words.replace("_", " ")), LABEL, SMALL_TYPE)
