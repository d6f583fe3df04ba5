"""The first table of a paper: who the members are and what they use at the start, by arm and by group.

All arms of a comparison have the same people; what differs between them in month 0 is what a policy does at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.terminal.tables import in_words
from sim.engine.arrays import Floats, Frame
from sim.measures.measures import BY_NAME
from sim.measures.result import RunResult
from sim.measures.strata import LEVELS
from sim.runs.comparison import Comparison
from sim.schema import CONDITIONS, NEEDS

USED = ("pmpm_medical", "ed_visits_per_1000_mm", "inpatient_stays_per_1000_mm", "primary_care_visits_per_1000_mm")
SAID = (*USED, "attached_share", "needs_any_share", *(f"{need}_need_share" for need in NEEDS))
COLUMNS = ("characteristic", "unit", "of", "level", "value")
FEWEST = 11  # people: smaller groups of a population that is not the one that ships are not shown
SHIPPED = ("oregon",)  # margins of published figures alone
SPECIAL = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}"}


def first_table(comparison: Comparison, margins: str = SHIPPED[0]) -> Frame:
    """Return the table in long form: ``characteristic, unit, of, level, value``, means over the seeds.

    ``of`` is ``arm`` (month 0) or a stratum (the first year of the baseline); groups are
    shares of members of a stratum.
    With margins of a user's own, groups of fewer than 11 people are empty, with the next smallest of their stratum.
    """
    import pandas as pd

    rows = [row for arm in comparison.arms for row in _of_arm(arm, _runs(comparison, arm))]
    rows += _of_groups(_runs(comparison, comparison.baseline))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame if margins in SHIPPED else without_small_groups(frame)


def _runs(comparison: Comparison, arm: str) -> list[RunResult]:
    return [comparison.results[arm, seed] for seed in comparison.seeds]


def _of_arm(arm: str, runs: list[RunResult]) -> Iterator[tuple[str, str, str, str, float]]:
    names = list(BY_NAME)
    first = np.mean([run.monthly()[0, 0] for run in runs], axis=0)
    members = float(first[names.index("members")])
    yield "Members", "people", "arm", arm, members
    for (stratum, level), share in zip(LEVELS, _shares(runs), strict=True):
        yield f"{in_words(stratum)}: {in_words(level)}", "%", "arm", arm, 100 * share
    for k, condition in enumerate(CONDITIONS):
        people = float(np.mean([run.registers[0, :, k, 0] @ run.weights for run in runs]))
        yield f"Condition: {in_words(condition)}", "%", "arm", arm, 100 * people / members
    yield from (_row(name, "arm", arm, float(first[names.index(name)])) for name in SAID)


def _of_groups(runs: list[RunResult]) -> Iterator[tuple[str, str, str, str, float]]:
    names = list(BY_NAME)
    years = np.mean([run.by_year()[0] for run in runs], axis=0)
    for (stratum, level), values in zip(LEVELS, years, strict=True):
        yield "Members", "people", stratum, level, float(values[names.index("members")])
        yield from (_row(name, stratum, level, float(values[names.index(name)])) for name in SAID)


def _shares(runs: list[RunResult]) -> Floats:
    """Members of each level as a share of all, in the first year."""
    place = list(BY_NAME).index("members")
    people = np.mean([run.by_year()[0, :, place] for run in runs], axis=0)
    of = [people[[one == stratum for one, _ in LEVELS]].sum() for stratum, _ in LEVELS]
    return np.asarray(people / np.array(of))


def _row(name: str, of: str, level: str, value: float) -> tuple[str, str, str, str, float]:
    measure = BY_NAME[name]
    share = measure.unit == "share"
    return measure.label, "%" if share else measure.unit, of, level, 100 * value if share else value


def without_small_groups(frame: Frame) -> Frame:
    """Return the table without values of groups of 1 to 10 people, and of the next smallest, from which they follow."""
    hidden: set[tuple[str, str]] = set()
    counts = frame[(frame["characteristic"] == "Members") & (frame["of"] != "arm")]
    for stratum, groups in counts.groupby("of", sort=False):
        ordered = groups.sort_values("value")
        few = int(((ordered["value"] > 0) & (ordered["value"] < FEWEST)).sum())
        empty = int((ordered["value"] == 0).sum())
        gone = ordered["level"].iloc[empty : empty + max(few, 2)] if few else []
        hidden |= {(str(stratum), str(level)) for level in gone}
    named = {f"{in_words(stratum)}: {in_words(level)}" for stratum, level in hidden}
    group = [(of, level) in hidden for of, level in zip(frame["of"], frame["level"], strict=True)]
    return frame.assign(value=frame["value"].mask(np.array(group) | frame["characteristic"].isin(named).to_numpy()))


def as_latex(frame: Frame) -> bytes:
    """Return the table as LaTeX, arms first, then a part for each stratum; it needs the package ``booktabs``."""
    return b"\n".join(_part(frame[frame["of"] == of]) for of in dict.fromkeys(frame["of"]))


def _part(here: Frame) -> bytes:
    levels = list(dict.fromkeys(here["level"]))
    cells = {(row.characteristic, row.level): row for row in here.itertuples()}
    lines = [rf"\begin{{tabular}}{{l{'r' * len(levels)}}}", r"\toprule"]
    lines += [" & ".join(["", *(_tex(in_words(level)) for level in levels)]) + r" \\", r"\midrule"]
    for row in here.drop_duplicates("characteristic").itertuples():
        values = [cells[row.characteristic, level].value for level in levels]
        shown = ["--" if np.isnan(value) else f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" for value in values]
        lines.append(" & ".join([_tex(f"{row.characteristic}, {row.unit}"), *shown]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""]).encode()


def _tex(text: str) -> str:
    return "".join(SPECIAL.get(letter, letter) for letter in text)
