"""The headline measures: each arm's paired difference from the baseline, in percent of it."""

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.style import TWO_COLUMNS, About, footer, legend, looks, mark
from experiments.terminal.tables import in_midst, in_words
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME
from sim.runs.comparison import read_table

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
    "qalys_per_1000_my",
)


def draw_forest(summary: Frame, arms: list[str], about: About) -> Figure:
    """A row for each measure, a mark with its 95% interval for each arm."""
    table = read_table(summary, about.baseline, MEASURES)
    rows = {(row.measure, row.arm): row for row in table.itertuples() if not np.isnan(row.percent)}
    measures = [name for name in MEASURES if any((name, arm) in rows for arm in arms)]
    others = [arm for arm in arms if arm != about.baseline]
    style = looks(arms, about.baseline)
    figure = Figure(figsize=(TWO_COLUMNS, 1.3 + 0.3 * max(1, len(measures))), layout="constrained")
    axes = figure.subplots()
    for place, arm in enumerate(others):
        offset = 0.62 * ((place + 0.5) / len(others) - 0.5)
        for y, measure in enumerate(measures):
            row = rows.get((measure, arm))
            if row is not None:
                size = row.percent / row.difference if row.difference else 0.0
                mark(axes, (row.percent, y + offset), (size * row.low, size * row.high), style[arm])
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(measures)), [_label(name) for name in measures])
    axes.set_ylim(len(measures) - 0.5, -0.5)
    for y in range(1, len(measures)):
        axes.axhline(y - 0.5, color="#E3E3E3", linewidth=0.5)
    axes.grid(axis="x")
    axes.set_xlabel(f"difference, % of {in_midst(about.baseline)}")
    legend(figure, style, others, in_words, lines=False, title=about.contrast)
    footer(figure, about)
    return figure


def _label(name: str) -> str:
    """The label with its good direction, where it has one."""
    measure = BY_NAME[name]
    arrow = {True: " (more is better)", False: "", None: ""}[measure.higher_is_better]
    money = "Spending: " if name.startswith("pmpm_") else ""
    return f"{money}{measure.label[0].lower() if money else measure.label[0]}{measure.label[1:]}{arrow}"
