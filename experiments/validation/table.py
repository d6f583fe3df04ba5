"""The table of verdicts: in the terminal, and as ``validation.csv`` for a paper."""

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.validation.targets import DRAWS, Target, Verdict
from sim.measures.contrast import FEWEST
from sim.study.tables import write_csv

FILE = "validation.csv"
DIGITS = 6  # of a number in the file
WHAT = "What"
WIDE = 100  # columns from which a row takes one line; below, units go with the words
UNITS = {
    "percent": "%",
    "per 1000 member-months": "/1000 mm",
    "per 1000 member-years": "/1000 yr",
    "USD per member-month": "USD PMPM",
    "USD per member-year": "USD/yr",
    "USD per member and quarter": "USD/qtr",
    "points with a stay in half a year": "points",
    "percentage points": "points",
}
RULES = {"above": "> {low:g}", "below": "< {high:g}", "covers_zero": "0 in interval", DRAWS: "in range"}
TITLES = {
    True: "Validation: no parameter was set from these studies",
    False: "Checks: parameters were set from the same studies, which validates nothing",
}
MET = {True: "validation targets met", False: "checks met"}
NOTE = (
    "Model: mean over seeds (95% interval); where programs differ, mean and the middle 90% of them [in brackets], "
    "which should hold the published figure. ~: the interval reaches across a limit of the aim, other seeds may judge "
    "otherwise. HOP: North Carolina's Healthy Opportunities Pilots; AHC: Accountable "
    "Health Communities; WPC: California's Whole Person Care. Parameters stay as the evidence put them. "
    "Needs of Oregon's members, and what goes with them: ccosim associations."
)
SEEN = "What comparison groups see, what is true, and what they see of a program without effect"


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print the targets that count, the checks, and what comparison groups see."""
    wide = console.width >= WIDE
    for counts, title in TITLES.items():
        console.print(_judged(title, [one for one in verdicts if one.counts is counts], wide))
    seen = [one for one in verdicts if np.isfinite(one.true)]
    if seen:
        console.print(_seen(seen, wide))
    for counts, words in MET.items():
        passes = [one.passes for one in verdicts if one.counts is counts]
        console.print(f"{sum(passes)} of {len(passes)} {words}.")
    console.print(escape(f"{NOTE} {_followed(verdicts)}"))


def as_csv(verdicts: Sequence[Verdict]) -> bytes:
    """Return every verdict as a row of CSV: the target, the model's figure and its interval, what is true, people."""
    import pandas as pd

    return write_csv(pd.DataFrame([_row(one) for one in verdicts]))


def _row(one: Verdict) -> dict[str, object]:
    aim = one.target
    published = {name: getattr(aim, name) for name in ("target", "estimand", "unit", "published")}
    passes: dict[str, object] = {"aim_low": aim.low, "aim_high": aim.high, "rule": aim.rule}
    model: dict[str, object] = {"model": one.figure, "model_low": one.low, "model_high": one.high}
    model |= {"interval": "90% of programs" if _of_draws(one) else "95%"}
    said = {"verdict": verdict(one), "counts": one.counts}
    besides = ("seen", "true", "sham", "sham_low", "sham_high", "people", "replicates")
    where = ("experiment", "arm", "against", "study_id", "used_to_set")
    rest = {name: getattr(one, name) for name in besides} | {name: getattr(aim, name) for name in where}
    row = published | passes | model | said | rest
    return {name: _rounded(value) if isinstance(value, float) else value for name, value in row.items()}


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def verdict(one: Verdict) -> str:
    """Return ``pass`` or ``MISS``, with ``~`` where other seeds may say otherwise; ``-`` where there is no figure."""
    if np.isnan(one.figure):
        return "-"
    return ("pass" if one.passes else "MISS") + "~" * one.may_be_luck


def _judged(title: str, verdicts: Sequence[Verdict], wide: bool) -> Table:
    columns = ("Published (aim)", "Model")
    table = _table(title, (*columns, ""), columns, wide)
    for one in verdicts:
        table.add_row(*_named(one.target, wide), wanted(one.target), escape(ours(one)), verdict(one))
    return table


def _seen(verdicts: Sequence[Verdict], wide: bool) -> Table:
    columns = ("Published", "Seen", "True", "No effect")
    table = _table(SEEN, columns, columns, wide)
    for one in verdicts:
        numbers = (one.target.published, one.seen, one.true)
        sham = _interval(one.sham, one.sham_low, one.sham_high)
        table.add_row(*_named(one.target, wide), *map(short, numbers), sham)
    return table


def _table(title: str, columns: Sequence[str], right: Sequence[str], wide: bool) -> Table:
    """Return a table of which the column of words alone gives way in a narrow terminal."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left", title_style="bold")
    for column in ("", WHAT, *(("Unit",) if wide else ()), *columns):
        table.add_column(column, justify="right" if column in right else "left", no_wrap=column != WHAT)
    return table


def _named(aim: Target, wide: bool) -> tuple[str, ...]:
    """Return the cells that say what a row is about."""
    unit = UNITS.get(aim.unit, aim.unit)
    return (aim.target, aim.estimand, unit) if wide else (aim.target, f"{aim.estimand}, {unit}")


def wanted(aim: Target) -> str:
    """Return the published figure, and in parentheses what passes."""
    rule = RULES.get(aim.rule, "")
    limits = rule.format(low=aim.low, high=aim.high) if rule else f"{short(aim.low)}, {short(aim.high)}"
    return limits if aim.published is None else f"{short(aim.published)} ({limits})"


def ours(one: Verdict) -> str:
    """Return the model's figure with its interval."""
    if 0 < one.people < FEWEST:
        return "too few people"
    if _of_draws(one):
        return f"{short(one.figure)} [{short(one.low)}, {short(one.high)}]"
    return _interval(one.figure, one.low, one.high)


def _interval(figure: float, low: float, high: float) -> str:
    if np.isnan(figure):
        return short(figure)
    return f"{short(figure)} " + ("(one seed)" if np.isnan(low) else f"({short(low)}, {short(high)})")


def short(value: float | None) -> str:
    """Return a number as short as it may be: two decimals below 2, one below 100, none from there."""
    if value is None or np.isnan(value):
        return "-"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 2 else 2
    return f"{value:,.{digits}f}".removesuffix(".00").removesuffix(".0")


def _of_draws(one: Verdict) -> bool:
    return one.target.rule == DRAWS


def _followed(verdicts: Sequence[Verdict]) -> str:
    """Say how many people each trial follows."""
    people = {one.target.arm: 0 for one in verdicts if one.people}
    for one in verdicts:
        if one.target.arm in people:
            people[one.target.arm] = max(people[one.target.arm], one.people)
    said = ", ".join(f"{arm.replace('_', ' ')} {number:,}" for arm, number in people.items())
    return f"People followed, all seeds together: {said}." if said else ""
