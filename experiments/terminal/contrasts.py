"""The table of a study's contrasts: sums of arms, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.terminal.labels import spoken
from experiments.terminal.tables import in_numbers, in_words
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME, HEADLINE
from sim.measures.strata import ALL
from sim.runs.summary import in_words as written

WITHIN = "; the bracket holds its 95% interval, or 95% of the draws"


def print_contrasts(
    console: Console, table: Frame, sums: Mapping[str, Mapping[str, float]], outcomes: Sequence[str] = ()
) -> None:
    """Print each contrast for the headline measures and those asked for; with levers at every setting."""
    names = [name for name in dict.fromkeys([*HEADLINE, *outcomes]) if name in set(table["measure"])]
    whole = table[table["stratum"] == ALL] if "stratum" in table else table
    points = dict.fromkeys(whole["point"]) if "point" in whole else [""]
    for contrast, weights in sums.items():
        title = f"{in_words(contrast)}: {written({in_words(arm): weight for arm, weight in weights.items()})}"
        shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        for column in ("", *(point or "sum" for point in points)):
            shown.add_column(column, justify="right" if column else "left")
        for name in names:
            rows = whole[(whole["contrast"] == contrast) & (whole["measure"] == name)]
            cells = [_cell(rows if not point else rows[rows["point"] == point]) for point in points]
            shown.add_row(f"{spoken(name)}, {_unit(name)}", *cells)
        console.print(shown)
    within = WITHIN if whole["low"].notna().any() else ""
    console.print(Text(f"A sum of arms, paired by seed{within}.", style="dim"))


def _unit(name: str) -> str:
    unit = BY_NAME[name].unit
    return "percentage points" if unit == "share" else unit


def _cell(rows: Frame) -> str:
    if not len(rows):
        return "-"
    row = rows.iloc[0]
    known = SimpleNamespace(
        unit=row["unit"], value=0.0, difference=row["estimate"], low=row["low"], high=row["high"],
        replicates_needed=0,
    )  # fmt: skip
    numbers = in_numbers(known)
    return f"{numbers.difference} ({numbers.low} to {numbers.high})" if numbers.low else numbers.difference
