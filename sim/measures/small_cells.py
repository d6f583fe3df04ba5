"""Numbers of 1 to 10 people, which are not shown where the margins are a user's own, nor can be worked out.

What is hidden is hidden in every table, arm, run and period alike: otherwise one table would give away another. Where a
group of a stratum is hidden, so is the next smallest, until those hidden are two groups and 11 people together.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Flags, Floats
from sim.measures.measures import BY_NAME, Measure
from sim.measures.strata import ALL
from sim.measures.terms import Count

FEWEST = 11  # people
HEADS = ("members", "people")
PER_MEMBER_MONTH = (Count("member_months"),)
SAME_FRACTION = 1e-9
EVENTS = "per 1,000 member"  # months, years, or members of month 0


def small(people: Floats) -> Flags:
    """Return which numbers are of 1 to 10 people."""
    return np.asarray((people > 0) & (people < FEWEST))


def hidden_groups(rows: Sequence[tuple[str, str]], people: Floats, before: Flags | None = None) -> Flags:
    """Return which rows are hidden.

    Parameters
    ----------
    rows : (stratum, level) of each; the levels of a stratum add up to the state.
    people : ``[period or run, row]``: every number that a table could show.
    before : rows that are hidden anyway.
    """
    found = np.zeros(len(rows), dtype=bool) if before is None else before.copy()
    strata = np.array([stratum for stratum, _ in rows])
    for stratum in dict.fromkeys(strata):
        places = np.flatnonzero(strata == stratum)
        found[places] |= small(people[:, places]).any(axis=0)
        if stratum == ALL or not found[places].any():
            continue
        others = places[~found[places] & (people[:, places] > 0).any(axis=0)]
        for place in others[np.argsort(people[:, others].mean(axis=0), kind="stable")]:
            here = places[found[places]]
            if len(here) > 1 and not small(people[:, here].sum(axis=1)).any():
                break
            found[place] = True
    return found


def hidden_cells(
    rows: Sequence[tuple[str, str]], measures: Sequence[str], runs: Iterable[tuple[Floats, int]]
) -> NDArray[np.bool_]:
    """Return which cells ``[row, measure]`` are hidden in all tables of a study.

    ``runs``: measures ``[row, measure]`` of runs or of their years, each with its months; NaN where not known.
    """
    values = [(np.nan_to_num(table), months) for table, months in runs]
    column = {name: place for place, name in enumerate(measures)}
    heads = [table[:, column[name]] for table, _ in values for name in HEADS if name in column]
    groups = hidden_groups(rows, np.stack(heads))
    gone = np.repeat(groups[:, None], len(measures), axis=1)
    for name, place in column.items():
        measure = BY_NAME[name]
        if _counts_others(measure):
            gone[:, place] |= np.array([stratum != ALL for stratum, _ in rows])
            of_what = _shown_denominator(measure, column)
            for table, _ in values:
                gone[:, place] |= is_of_few(table[:, place] / measure.scale, measure.unit == "share")
                if of_what is not None:
                    gone[:, place] |= small(table[:, place] * table[:, of_what] * table[:, column[HEADS[0]]])
        elif _counts_people(measure):
            people = [_people(measure, table[:, place], table[:, column[HEADS[0]]], months) for table, months in values]
            gone[:, place] = hidden_groups(rows, np.concatenate(people), groups)
    return gone


def is_of_few(ratio: Floats, has_others: bool) -> Flags:
    """Return which ratios give away a number of 1 to 10: 0.4286 is 3 of 7, whoever knows nothing else.

    ``has_others``: it is a share, so that the others are a number too. Nothing follows from none and from all.
    """
    found = np.zeros(ratio.shape, dtype=bool)
    inside = (ratio > 0) & ((ratio < 1) | (not has_others))
    for part in (ratio, 1 - ratio) if has_others else (ratio,):
        wholes = np.arange(1, FEWEST)[:, None] / part[inside]
        found[inside] |= (np.abs(wholes - np.rint(wholes)) <= SAME_FRACTION * wholes).any(axis=0)
    return found


def _shown_denominator(measure: Measure, column: Mapping[str, int]) -> int | None:
    """Return where a table has the share of members that another share is of, such as those with a need."""
    shares = (name for name in column if BY_NAME[name].unit == "share" and _counts_people(BY_NAME[name]))
    return next((column[name] for name in shares if BY_NAME[name].numerator == measure.denominator), None)


def _is_count(measure: Measure) -> bool:
    return measure.unit == "share" or (EVENTS in measure.unit and not measure.unit.startswith("QALYs"))


def _counts_people(measure: Measure) -> bool:
    """Whether a measure, times the members of a group, is a number of people or of what happened to them."""
    return _is_count(measure) and measure.denominator == PER_MEMBER_MONTH


def _counts_others(measure: Measure) -> bool:
    """Whether it is a share of something that is not shown beside it, such as discharges."""
    return _is_count(measure) and measure.denominator != PER_MEMBER_MONTH


def _people(measure: Measure, value: Floats, members: Floats, months: int) -> Floats:
    """Return ``[1 or 2, row]``: what happened; or those of whom it is true, and the others."""
    if measure.unit == "share":
        return np.stack([value * members, (1 - value) * members])
    return np.asarray(value * members * months / measure.scale)[None]
