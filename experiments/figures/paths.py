"""Month by month: spending and emergency visits of each arm, and their paired differences from the baseline."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import TWO_COLUMNS, About, Look, footer, legend, looks, scale_of, unit_of
from experiments.tables import in_words
from sim.measures.intervals import Estimates, mean_interval, paired_interval
from sim.measures.measures import BY_NAME

MEASURES = ("pmpm_total", "pmpm_medical", "ed_visits_per_1000_mm")
MONTHS_PER_YEAR = 12


def draw_paths(monthly: Any, arms: list[str], about: About) -> Figure:
    """Levels on the left, paired differences on the right, a row for each measure.

    Parameters
    ----------
    monthly
        Tidy results of the whole population, with ``MEASURES``.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 6.4), layout="constrained")
    panels = figure.subplots(len(MEASURES), 2, sharex=True, squeeze=False)
    style = looks(arms, about.baseline)
    for row, measure in enumerate(MEASURES):
        values = {arm: _by_seed(monthly, arm, measure) for arm in arms}
        _panel(panels[row, 0], {arm: mean_interval(values[arm]) for arm in arms}, style, measure)
        panels[row, 0].set_ylabel(unit_of(measure))
        panels[row, 0].set_title(BY_NAME[measure].label)
        others = {arm: paired_interval(values[arm], values[about.baseline]) for arm in arms if arm != about.baseline}
        _panel(panels[row, 1], others, style, measure)
        panels[row, 1].axhline(0, color="black", linewidth=0.6)
        panels[row, 1].set_ylabel(unit_of(measure, difference=True))
        panels[row, 1].set_title(f"Difference from {in_words(about.baseline).lower()}")
    for panel in panels[-1]:
        panel.set_xlabel("Month of the run")
    legend(figure, style, arms, in_words, lines=True)
    footer(figure, about)
    return figure


def _by_seed(monthly: Any, arm: str, measure: str) -> Any:
    rows = monthly[(monthly["arm"] == arm) & (monthly["measure"] == measure)]
    table = rows.pivot_table(index="seed", columns="month", values="value", observed=True, aggfunc="first")
    return table.to_numpy(dtype=np.float64) * scale_of(measure)


def _panel(axes: Axes, arms: dict[str, Estimates], style: dict[str, Look], measure: str) -> None:
    step = 1
    for place, (arm, estimates) in enumerate(arms.items()):
        months = np.arange(1, len(estimates.estimate) + 1)
        step = _tick_step(len(months))
        its = style[arm]
        axes.plot(
            months,
            estimates.estimate,
            color=its.colour,
            linestyle=its.line,
            marker=its.marker,
            markevery=(step - 1 - place if step > len(arms) else 0, step),
        )
        if not np.isnan(estimates.low).all():
            axes.fill_between(months, estimates.low, estimates.high, color=its.colour, alpha=0.22, linewidth=0)
    axes.grid(axis="y")
    if arms:
        axes.set_xticks(np.arange(0, len(months) + 1, step))
        axes.set_xlim(0, len(months) + 0.5)


def _tick_step(months: int) -> int:
    """Ticks at years, or at fewer months of a short run."""
    steps = (1, 2, 3, 6, MONTHS_PER_YEAR)
    return next((step for step in steps if months <= 6 * step), MONTHS_PER_YEAR * -(-months // 120))
