"""Apparent savings of a total-cost contract, by its list of participants, in USD per member and quarter.

Members of clinicians on the list against members of all other clinicians, the months under the contract against the
twelve before (difference in differences). Two estimates of the same months:

naive      the list of each month: high-cost clinicians who leave the list take their cost to the comparison group
first      the list when the contract began, even for clinicians who leave later: no one changes groups

The effect of the contract is neither: it is the paired difference from the same world without it.
"""

from typing import Any, NamedTuple

import numpy as np

from sim.engine.arrays import Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.result import RunResult

QUARTER = 3
CENTS = 100
LISTED, FIRST, COST, MONTHS, PANELS = (
    f"participants.{name}" for name in ("listed", "first", "cents", "months", "panels")
)


class Lists(NamedTuple):
    """By month and clinician: on the list, on the first list, weighted cents and member-months; the start month."""

    listed: Flags
    first: Flags
    cents: Floats
    months: Floats
    start: int

    def gap_before(self) -> float:
        """The gap between the first list and all others in the year before the contract."""
        return _gap(self, self.first, slice(max(self.start - MONTHS_PER_YEAR, 0), self.start))


def lists_of(run: RunResult) -> Lists | None:
    """Return the participants of a run's contract; None without a choice, or without a month before the contract.

    Areas that begin later than the first are left out, as their year before the contract differs.
    """
    if LISTED not in run.places or not run.places[LISTED].any():
        return None
    listed = run.places[LISTED] > 0
    start = int(np.argmax(listed.any(axis=1)))
    area = np.repeat(np.arange(len(run.weights)), run.places[PANELS][-1])
    late = np.bincount(area, listed.any(axis=0) & ~listed[start], len(run.weights)) > 0  # no one joins later
    here, first = ~late[area], run.places[FIRST][-1] > 0
    cents, months = (run.places[name] * run.weights[area] for name in (COST, MONTHS))
    sides = listed[:, here], np.broadcast_to(first[here], (len(listed), here.sum()))
    return Lists(*sides, cents[:, here], months[:, here], start) if start else None


def naive(lists: Lists) -> float:
    """Return the difference in differences by the list as it is in each month."""
    return _change(lists, lists.listed)


def by_first_list(lists: Lists) -> float:
    """Return the difference in differences by the list as it was at the start."""
    return _change(lists, lists.first)


def gaps(lists: Lists, sides: Flags) -> Floats:
    """Return by quarter the extra cost of members of ``sides``, less that gap in the year before."""
    before = lists.gap_before()
    starts = range(0, len(sides) - QUARTER + 1, QUARTER)
    on = [sides if month >= lists.start else lists.first for month in starts]
    return np.array([_gap(lists, on[i], slice(m, m + QUARTER)) - before for i, m in enumerate(starts)])


def still_listed(lists: Lists) -> Floats:
    """Return by month the part of the first list that still takes part; NaN before the start."""
    left = lists.listed.sum(axis=1) / max(int(lists.first[-1].sum()), 1)
    return np.where(np.arange(len(left)) < lists.start, np.nan, left)


def cost(lists: Lists, sides: Flags, window: slice) -> float:
    """Return the cost of members of the clinicians on a side, USD per member and quarter; NaN if there are none."""
    cents, months = ((part * sides)[window].sum() for part in (lists.cents, lists.months))
    return float(QUARTER * cents / months / CENTS) if months else float("nan")


def table(arm: str, seed: int, lists: Lists) -> list[tuple[Any, ...]]:
    """Return a row for each contract year: see ``COLUMNS``."""
    rows = []
    for year, first in enumerate(range(lists.start, len(lists.listed), MONTHS_PER_YEAR)):
        window = slice(first, first + MONTHS_PER_YEAR)
        sides = (lists.listed, lists.first & ~lists.listed, ~lists.first)
        share = float(lists.listed[first].sum() / max(lists.first[-1].sum(), 1))
        rows.append((arm, seed, year, share, *(cost(lists, side, window) for side in sides)))
    return rows


COLUMNS = ("arm", "seed", "contract_year", "still_listed", "usd_listed", "usd_left", "usd_never_listed")


def _change(lists: Lists, sides: Flags) -> float:
    return _gap(lists, sides, slice(lists.start, None)) - lists.gap_before()


def _gap(lists: Lists, sides: Flags, window: slice) -> float:
    return cost(lists, sides, window) - cost(lists, ~sides, window)
