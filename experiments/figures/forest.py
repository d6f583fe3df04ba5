"""The headline measures: each arm's paired difference from the baseline, in percent of it."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.figures.style import TWO_COLUMNS, About, footer, in_parts, legend, looks, marks, sheet, within
from experiments.terminal.tables import in_midst
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME
from sim.measures.side_by_side import read_table

MEASURES = (
    "pmpm_total",
    "pmpm_state",
    "pmpm_federal",
    "pmpm_medical",
    "pmpm_uncompensated",
    "ed_visits_per_1000_mm",
    "avoidable_ed_visits_per_1000_mm",
    "inpatient_stays_per_1000_mm",
    "readmission_30d",
    "primary_care_visits_per_1000_mm",
    "behavioral_visits_per_1000_mm",
    "unmet_need_share",
    "needs_any_share",
    "qalys_a_year",
)
ROW, MARK, LABEL = 0.3, 0.055, 2.2  # inches of a row, of a mark in it, and of its label
TICKS = 5
NOTE = "Each panel shows some of the arms, in the order of the legend."


def draw_forest(summary: Frame, arms: list[str], about: About) -> Figure:
    """A row for each measure, a mark with its 95% interval for each arm."""
    table = read_table(summary, about.baseline, MEASURES)
    rows = {(row.measure, row.arm): row for row in table.itertuples() if not np.isnan(row.percent)}
    measures = [name for name in MEASURES if any((name, arm) in rows for arm in arms)]
    others = [arm for arm in arms if arm != about.baseline]
    style = looks(arms, about)
    parts = in_parts(others)
    figure = sheet(TWO_COLUMNS, 0.6 + max(ROW, MARK * len(parts[0])) * max(1, len(measures)))
    panels = figure.subplots(1, len(parts), sharey=True, squeeze=False)[0]
    for axes, part in zip(panels, parts, strict=True):
        for place, arm in enumerate(part):
            offset = 0.7 * ((place + 0.5) / len(part) - 0.5)
            found = [(y + offset, rows.get((measure, arm))) for y, measure in enumerate(measures)]
            marks(axes, [_in_percent(row, y) for y, row in found if row is not None], style[arm])
        _lined(axes, len(measures))
        room = 4.0 / len(parts)
        axes.set_xlabel(within(f"Difference, % of {in_midst(about.baseline)}", room))
        axes.xaxis.set_major_locator(MaxNLocator(TICKS))
    panels[0].set_yticks(range(len(measures)), [within(_label(name), LABEL) for name in measures])
    panels[0].set_ylim(len(measures) - 0.5, -0.5)
    legend(figure, style, others, lines=False, title=about.contrast)
    footer(figure, about, note=NOTE if len(parts) > 1 else "")
    return figure


def _in_percent(row: Any, y: float) -> tuple[float, float, float, float]:
    """A mark in percent of the baseline."""
    size = row.percent / row.difference if row.difference else 0.0
    return row.percent, y, size * row.low, size * row.high


def _lined(axes: Axes, rows: int) -> None:
    """Draw zero and the lines between rows."""
    axes.axvline(0, color="black", linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    for y in range(1, rows):
        axes.axhline(y - 0.5, color="#E3E3E3", linewidth=0.5)


def _label(name: str) -> str:
    """The label with its good direction, where it has one."""
    measure = BY_NAME[name]
    arrow = {True: " (more is better)", False: "", None: ""}[measure.higher_is_better]
    money = "Spending: " if name.startswith("pmpm_") else ""
    return f"{money}{measure.label[0].lower() if money else measure.label[0]}{measure.label[1:]}{arrow}"
