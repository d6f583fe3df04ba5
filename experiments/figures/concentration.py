"""Concentration curves: how far from an equal share each part of the population is, worst off first.

Groups of race and ethnicity come in the order of their needs in the baseline. A curve shows, up to each share of the
people, their share of the total minus their share of people: a flat line is equality, above it the worse off have more
than their part. Twice the area under a curve is minus the concentration index (``sim/measures/equity.py``).
"""

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.style import TWO_COLUMNS, About, footer, legend, looks, sheet, within
from sim.engine.arrays import Frame
from sim.measures.equity import concentration_curve
from sim.measures.measures import BY_NAME

MEASURES = ("needs_any_share", "ed_visits_per_1000_mm", "unmet_need_share", "qalys_per_1000_my")
ORDER_BY, PEOPLE, STRATUM = "needs_any_share", "members", "race"
PERCENT = 100.0
PANEL = 1.35  # inches of one panel's title
NOTE = (
    "Flat: every group has its share. Above zero: groups with more need have more than their share, which is more "
    "burden in the first three panels and more health in the last."
)


def draw_concentration(summary: Frame, arms: list[str], about: About) -> Figure:
    """A panel for each measure, a curve for each arm."""
    values = _values(summary)
    base = values[about.baseline, ORDER_BY]
    order = [level for level in base.sort_values(ascending=False).index if np.isfinite(base[level])]
    style = looks(arms, about)
    figure = sheet(TWO_COLUMNS, 2.1)
    for axes, measure in zip(figure.subplots(1, len(MEASURES)), MEASURES, strict=True):
        for arm in arms:
            rates, people = (values[arm, name][order].to_numpy(float) for name in (measure, PEOPLE))
            known = np.isfinite(rates) & (people > 0)
            if known.any() and rates[known].sum() > 0:
                x, y = concentration_curve(rates[known], people[known])
                its = style[arm]
                axes.plot(PERCENT * x, PERCENT * (y - x), linestyle=its.line, marker=its.marker, color=its.color)
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set_title(within(BY_NAME[measure].label, PANEL), fontsize=7.5)
        axes.set_xlabel("% of members, groups\nwith most need first")
    figure.axes[0].set_ylabel("% of the total minus % of\nmembers, percentage points")
    legend(figure, style, arms, lines=True, title="Concentration by race and ethnicity")
    footer(figure, about, intervals=False, note=NOTE)
    return figure


def can_draw(summary: Frame, arms: list[str], about: About) -> bool:
    """Return whether the summary has the arms' values by group: an experiment may report less."""
    values = _values(summary)
    wanted = ((arm, measure) for arm in arms for measure in (*MEASURES, PEOPLE))
    return (about.baseline, ORDER_BY) in values and all(key in values for key in wanted)


def _values(summary: Frame) -> dict[tuple[str, str], Frame]:
    """Return each arm's own values of each measure, by level."""
    own = summary[(summary["contrast"] == "") & (summary["stratum"] == STRATUM)]
    return {
        (arm, measure): here.set_index("level")["estimate"]
        for (arm, measure), here in own.groupby(["arm", "measure"], observed=True)
    }
