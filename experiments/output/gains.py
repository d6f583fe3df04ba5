"""Who gains: what each arm changes for every payer, CCOs, each kind of provider and members; and each CCO's year.

Gains are paired by seed. More is better for the party named: a payer gains when it pays less, CCOs and providers gain
when they receive more. Savings appear three times: gross (care used), net of programs and administration, and net of
bonuses too. Care is valued at today's prices; money that fees, rates and contracts only move has its own line. What is
net of programs is the main cost of the report (``sim.analysis.economics.perspectives``): payers, CCOs (kept, held back)
and providers (beyond care) together gain just that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from experiments.terminal.tables import LABEL, LINE, PADDING, in_words, signed
from sim.engine.arrays import Frame
from sim.measures.intervals import mean_interval, paired_interval
from sim.measures.measures import BY_NAME, KINDS, MEASURES
from sim.runs.comparison import Comparison

USD = "USD PMPM"
COLUMNS = ("arm", "contrast", "section", "who", "estimate", "low", "high", "replicates", "unit")


@dataclass(frozen=True)
class Line:
    """One line: who, what, and the measures that add up to it, each with its sign."""

    section: str
    who: str
    measures: tuple[tuple[str, int], ...]
    unit: str = USD


class Gain(Protocol):
    """A row of ``who_gains.csv``."""

    estimate: float
    low: float
    high: float


def _less(*names: str) -> tuple[tuple[str, int], ...]:
    return tuple((name, -1) for name in names)


LINES = (
    Line("Savings", "Gross (care used up)", _less("pmpm_care_used", "pmpm_care_off_cover")),
    Line("Savings", "Net of programs, overhead", _less("pmpm_resources")),
    Line("Savings", "Net of bonuses too", _less("pmpm_resources", "pmpm_bonuses")),
    Line("Savings", "Transfers, not saved", _less("pmpm_transfer")),
    Line("Payers", "State", _less("pmpm_state")),
    Line("Payers", "Federal match", _less("pmpm_federal")),
    Line("Payers", "Medicare", _less("pmpm_medicare")),
    Line("Payers", "Third parties", _less("pmpm_third_party")),
    Line("Payers", "Outside funders", _less("pmpm_outside")),
    Line("Payers", "Other insurance", _less("pmpm_other_insurance")),
    Line("CCOs", "Margin", (("pmpm_cco_margin", 1),)),
    Line("CCOs", "Kept, after programs paid", (("pmpm_cco_kept", 1),)),
    Line("CCOs", "Held back, not settled", (("pmpm_held", 1),)),
    *(Line("Providers", in_words(kind), ((f"pmpm_paid_{kind}", 1),)) for kind in KINDS),
    Line("Providers", "All, beyond care given", (("pmpm_beyond_care", 1),)),
    Line("Providers", "Uncompensated care", _less("pmpm_uncompensated")),
    Line("Members", "QALYs a year, everybody", (("qalys_a_year", 1),), "QALYs"),
    Line("Members", "Unmet need", _less("unmet_need_share"), "share"),
    Line("Members", "Care is easy to get", (("satisfied_share", 1),), "share"),
)
TRIPLE_AIM = {
    "Cost": ("pmpm_resources", "pmpm_total", "pmpm_state"),
    "Health": ("qalys_a_year", "ambulatory_sensitive_stays_per_1000_mm", "readmission_30d"),
    "Experience": ("satisfied_share", "unmet_primary_share", "attached_share"),
}
OF_CCOS = (
    "pmpm_capitation",
    "pmpm_cco_margin",
    "cco_margin_share",
    "pmpm_reserves",
    "pmpm_quality_pool",
    "quality_pool_share",
    "pmpm_care_programs",
    "pmpm_bonuses",
)


def who_gains(comparison: Comparison) -> Frame:
    """Return ``who_gains.csv``: ``arm, contrast, section, who, estimate, low, high, replicates, unit``.

    Without a contrast: what the arm pays or receives (its sign as for a gain); with one: the paired difference.
    """
    import pandas as pd

    values = {arm: _of_lines(comparison.values(arm)[:, 0]) for arm in comparison.arms}
    base = values[comparison.baseline]
    parts = [(arm, "", mean_interval(values[arm])) for arm in comparison.arms]
    parts += [
        (arm, comparison.baseline, paired_interval(values[arm], base))
        for arm in comparison.arms
        if arm != comparison.baseline
    ]
    rows = [
        (arm, contrast, line.section, line.who, *(float(x[i]) for x in (e.estimate, e.low, e.high)), n, line.unit)
        for arm, contrast, e in parts
        for i, (line, n) in enumerate(zip(LINES, e.replicates, strict=True))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_lines(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``[seed, line]`` from ``[seed, measure]``."""
    place = {measure.name: i for i, measure in enumerate(MEASURES)}
    return np.stack([sum(sign * values[:, place[name]] for name, sign in line.measures) for line in LINES], axis=1)


def of_ccos(summary: Frame) -> Frame:
    """Return ``ccos.csv``: for each arm and CCO its margin, reserves, quality pool and programs, means over seeds."""
    own = summary[(summary["contrast"] == "") & (summary["stratum"] == "area") & summary["measure"].isin(OF_CCOS)]
    wide = own.pivot_table(index=["arm", "level"], columns="measure", values="estimate", sort=False)
    return wide.reindex(columns=list(OF_CCOS)).reset_index().rename(columns={"level": "cco"}).rename_axis(columns=None)


def triple_aim(summary: Frame) -> Frame:
    """Return ``triple_aim.csv``: cost, health and experience of every arm and difference, on one page."""
    aims = {name: aim for aim, names in TRIPLE_AIM.items() for name in names}
    whole = summary[(summary["stratum"] == "all") & summary["measure"].isin(aims)].copy()
    whole.insert(2, "aim", whole["measure"].map(aims))
    whole.insert(4, "label", [BY_NAME[name].label for name in whole["measure"]])
    return whole.sort_values("aim", key=lambda aim: aim.map(list(TRIPLE_AIM).index), kind="stable").drop(
        columns=["stratum", "level"]
    )


def print_gains(console: Console, gains: Frame, baseline: str) -> None:
    """Print who gains and who loses against the baseline; nothing where there is nothing to compare with."""
    paired = gains[gains["contrast"] == baseline]
    arms = list(dict.fromkeys(paired["arm"]))
    if not arms:
        return
    cells = {(row.who, row.arm): row for row in paired.itertuples()}
    fits = max(1, (console.width - LABEL) // (LINE + PADDING))  # more arms than fit come in further blocks
    for first in range(0, len(arms), fits):
        console.print(_block(arms[first : first + fits], cells))


def _block(arms: Sequence[str], cells: dict[tuple[str, str], Gain]) -> Table:
    table = Table(
        title="Who gains (more is better for the one named; ± half a 95% interval)",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("", no_wrap=True)
    for arm in arms:
        table.add_column(in_words(arm), justify="right")
    _fill(table, arms, cells)
    return table


def _fill(table: Table, arms: Sequence[str], cells: dict[tuple[str, str], Gain]) -> None:
    for section in dict.fromkeys(line.section for line in LINES):
        shown = [line for line in LINES if line.section == section and _matters(line, arms, cells)]
        if shown:
            unit = ", USD PMPM" if all(line.unit == USD for line in shown) else ""
            table.add_row(f"[bold]{section}{unit}[/bold]", *[""] * len(arms))
        for line in shown:
            table.add_row(f"  {line.who}", *(_cell(cells[line.who, arm], line.unit) for arm in arms))


def _matters(line: Line, arms: Sequence[str], cells: dict[tuple[str, str], Gain]) -> bool:
    return any(cells[line.who, arm].estimate for arm in arms)


def _cell(row: Gain, unit: str) -> str:
    scale, mark = (100, " pp") if unit == "share" else (1, "")
    half = scale * (row.high - row.low) / 2
    error = "" if np.isnan(half) else f" ±{half:,.2f}"
    return f"{signed(scale * row.estimate, 2)}{error}{mark}"
