"""The table of a study with levers: for each outcome, a row for each setting and arm."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.terminal.tables import (
    FEW_DRAWS,
    NO_DRAWS,
    Row,
    in_numbers,
    in_words,
    mark_in_words,
    mark_of,
    without_ranges_of_few,
)
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME
from sim.measures.side_by_side import read_table

USUAL = ("pmpm_total", "ed_visits_per_1000_mm", "qalys_a_year")


def print_points(
    console: Console,
    summary: Frame,
    baseline: str,
    outcomes: Sequence[str],
    *,
    title: str = "",
    over: str = "seeds",
) -> None:
    """Print each outcome at every point of the levers.

    Parameters
    ----------
    summary : as a sweep's ``summary.csv`` holds it, with the column ``point``.
    outcomes : names of measures; none: three of the headline.
    """
    summary = without_ranges_of_few(summary) if over == "draws" else summary
    names = list(outcomes) or list(USUAL)
    points = list(dict.fromkeys(summary["point"]))
    tables = {point: read_table(summary[summary["point"] == point], baseline, names) for point in points}
    rows = {(point, row.measure, row.arm): row for point, table in tables.items() for row in table.itertuples()}
    arms = [baseline, *(arm for arm in dict.fromkeys(summary["arm"]) if arm != baseline)]
    mark = mark_of(list(rows.values()))
    if title:
        console.print(Text(title, style="italic"))
    for name in names:
        console.print(_block(name, points, arms, rows, mark))
    spread = "95% of the draws" if over == "draws" else "95% intervals over seeds"
    known = any(not math.isnan(row.low) for row in rows.values())
    few = {"draws": FEW_DRAWS, "points": NO_DRAWS}.get(over, "of a single run each: no interval")
    luck = spread if known else few
    others = f"; differences from {in_words(baseline)} at the same setting, {luck}" if len(arms) > 1 else ""
    unsure = mark_in_words(list(rows.values()), "draws")
    console.print(Text(f"Means{others}.{unsure}", style="dim"))


def _block(
    name: str, points: Sequence[str], arms: Sequence[str], rows: dict[tuple[str, str, str], Row], mark: str
) -> Table:
    measure = BY_NAME[name]
    unit = "%" if measure.unit == "share" else measure.unit
    title = unit if unit.startswith(measure.label) else f"{measure.label}, {unit}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("", overflow="fold")
    for column in ("mean", *(["difference", ""] if len(arms) > 1 else [])):
        table.add_column(column, justify="right", no_wrap=True)
    for point in points:
        setting = point.replace(", ", "\n")  # a line for each lever
        if len(arms) > 1:
            table.add_row(setting)
        for arm in arms:
            words = f"  {in_words(arm)}" if len(arms) > 1 else setting
            table.add_row(words, *_cells(rows.get((point, name, arm)), mark)[: len(table.columns) - 1])
    return table


def _cells(row: Row | None, mark: str) -> tuple[str, str, str]:
    if row is None:
        return "-", "", ""
    shown = in_numbers(row, mark)
    return shown.value, shown.difference, f"({shown.low} to {shown.high})" if shown.low else ""
