"""Over time: spending and emergency visits of each arm, and their paired differences from the baseline."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import TWO_COLUMNS, About, Look, footer, legend, looks, scale_of, sheet, unit_of, within
from experiments.terminal.tables import in_midst
from sim.engine.arrays import Floats, Frame, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.intervals import Estimates, mean_interval, paired_interval
from sim.measures.measures import BY_NAME

MEASURES = ("pmpm_total", "pmpm_medical", "ed_visits_per_1000_mm")
QUARTER = 3
NOTE = (
    "Under a budget the total follows rates set once a year, so it steps in January; claims grow every month. "
    "Peaks in December are settlements for the whole year (withhold, bonuses, shared savings)."
)
MOST_BANDS = 6  # arms whose intervals do not hide each other
LONG = 36  # runs longer than this are drawn by quarter


def draw_paths(monthly: Frame, arms: list[str], about: About, *, budgets: bool = False) -> Figure:
    """Levels on the left, paired differences on the right, a row for each measure; of one arm levels alone.

    Parameters
    ----------
    monthly : tidy results of the whole population, with ``MEASURES``.
    budgets : whether some arm pays capitation, whose settlements at the end of a year show as peaks.
    """
    figure = sheet(TWO_COLUMNS, 5.6)
    panels = figure.subplots(len(MEASURES), 2 if len(arms) > 1 else 1, sharex=True, squeeze=False)
    style = looks(arms, about)
    for row, measure in enumerate(MEASURES):
        values = {arm: _by_seed(monthly, arm, measure) for arm in arms}
        _panel(panels[row, 0], {arm: mean_interval(values[arm]) for arm in arms}, style, about.months)
        panels[row, 0].set_ylabel(unit_of(measure))
        panels[row, 0].set_title(BY_NAME[measure].label)
        if len(arms) == 1:
            continue
        others = {arm: paired_interval(values[arm], values[about.baseline]) for arm in arms if arm != about.baseline}
        _panel(panels[row, 1], others, style, about.months)
        panels[row, 1].axhline(0, color="black", linewidth=0.6)
        panels[row, 1].set_ylabel(unit_of(measure, difference=True))
        panels[row, 1].set_title(within(f"Difference from {in_midst(about.baseline)}", 2.6))
    for panel in panels[-1]:
        panel.set_xlabel("Month of the run" + (" (means of quarters)" if about.months > LONG else ""))
    legend(figure, style, arms, lines=True)
    footer(figure, about, intervals=len(arms) <= MOST_BANDS, note=NOTE if budgets else "")
    return figure


def _by_seed(monthly: Frame, arm: str, measure: str) -> Floats:
    rows = monthly[(monthly["arm"] == arm) & (monthly["measure"] == measure)]
    table = rows.pivot_table(index="seed", columns="month", values="value", observed=True, aggfunc="first")
    return _by_quarter(table.to_numpy(dtype=np.float64)) * scale_of(measure)


def _by_quarter(values: Floats) -> Floats:
    """Means of quarters in long runs, where single months are mostly noise; a last short quarter is left out."""
    if values.shape[1] <= LONG:
        return values
    quarters = values.shape[1] // QUARTER
    return np.asarray(values[:, : quarters * QUARTER].reshape(len(values), quarters, QUARTER).mean(axis=2))


def _panel(axes: Axes, arms: dict[str, Estimates], style: dict[str, Look], months: int) -> None:
    for place, (arm, estimates) in enumerate(arms.items()):
        at = _ends_of_periods(len(estimates.estimate), months)
        its = style[arm]
        every = max(1, len(at) // 6)
        axes.plot(
            at,
            estimates.estimate,
            color=its.color,
            linestyle=its.line,
            marker=its.marker,
            markevery=(place % every, every),
        )
        if len(style) <= MOST_BANDS and not np.isnan(estimates.low).all():
            axes.fill_between(at, estimates.low, estimates.high, color=its.color, alpha=0.22, linewidth=0)
    axes.grid(axis="y")
    axes.set_xticks(np.arange(0, months + 1, _tick_step(months)))
    axes.set_xlim(0, months + 0.5)


def _ends_of_periods(periods: int, months: int) -> Ints:
    """The month with which each period ends."""
    return np.arange(1, periods + 1) * (1 if periods == months else QUARTER)


def _tick_step(months: int) -> int:
    """Ticks at years, or at fewer months of a short run."""
    steps = (1, 2, 3, 6, MONTHS_PER_YEAR)
    return next((step for step in steps if months <= 6 * step), MONTHS_PER_YEAR * -(-months // 120))
