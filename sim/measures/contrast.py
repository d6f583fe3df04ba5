"""Four estimates of the savings of one program, three of them by an evaluation. Pure functions of panels.

before and after   members served, the year after they began against the year before
everybody else     the same change, less the change of all other members in the same months
like members       the same change, less that of members eligible in the same month who were not served
paired             members served, against the same members in the same months of a world without the program

Members selected for high recent use had in part bad luck, and use less afterwards in any case (regression to the mean).
The first two estimates count that fall as an effect; the third does not, if chance decides who is served; the fourth
never does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.engine.arrays import Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.person_panel import Diary

HALF_YEAR = 6
WINDOW = np.arange(-MONTHS_PER_YEAR, 2 * MONTHS_PER_YEAR)  # months around the first of service
FEWEST = 30  # people: results of fewer are not reported
PER_1000 = 1000.0
DOLLAR = 0.01


class Figures(NamedTuple):
    """One outcome: before and after among the served, and the effect as each comparison sees it."""

    before: float
    after: float
    before_after: float
    everybody_else: float
    like_members: float
    paired: float


@dataclass(frozen=True)
class Cohort:
    """Members followed from their start month: ``use`` by month relative to it, ``[member, 3 x MONTHS_PER_YEAR]``.

    Month 0, the first of service, is at position ``MONTHS_PER_YEAR``; two years follow it.
    """

    use: dict[str, Floats]

    def mean(self, outcome: str, first: int, last: int) -> float:
        """Mean of a month, from the relative month ``first`` up to, not including, ``last``."""
        window = self.use[outcome][:, MONTHS_PER_YEAR + first : MONTHS_PER_YEAR + last]
        return float(np.nanmean(window)) if np.isfinite(window).any() else float("nan")

    def people(self) -> int:
        """Members who are seen both in the year before and in the year after."""
        use = next(iter(self.use.values()))
        before, after = use[:, :MONTHS_PER_YEAR], use[:, MONTHS_PER_YEAR : 2 * MONTHS_PER_YEAR]
        return int((np.isfinite(before).any(axis=1) & np.isfinite(after).any(axis=1)).sum())

    def share_with_any(self, outcome: str, first: int, last: int) -> float:
        """Share of members with any use in the window, among those seen in all of it."""
        window = self.use[outcome][:, MONTHS_PER_YEAR + first : MONTHS_PER_YEAR + last]
        whole = np.isfinite(window).all(axis=1)
        return float((window[whole] > 0).any(axis=1).mean()) if whole.any() else float("nan")


def aligned(diary: Diary, starts: Ints) -> Cohort:
    """Return the use of each member around its own start month (an index of ``diary.months``)."""
    place = starts[:, None] + WINDOW
    inside = (place >= 0) & (place < len(diary.months))
    held = np.clip(place, 0, len(diary.months) - 1)
    rows = np.arange(len(starts))[:, None]
    return Cohort({name: np.where(inside, use[rows, held], np.nan) for name, use in diary.use.items()})


def first_month_served(diary: Diary, bit: int) -> Ints:
    """Return the index of the first month in which a package served each member."""
    return np.asarray(np.argmax(diary.served >> bit & 1, axis=1), dtype=np.int64)


def rates(cohort: Cohort, outcome: str, scale: float, first: int = 0) -> tuple[float, float]:
    """Return the mean month of the year before and of the year from ``first``, in the unit of the report."""
    return scale * cohort.mean(outcome, -MONTHS_PER_YEAR, 0), scale * cohort.mean(
        outcome, first, first + MONTHS_PER_YEAR
    )


def any_stay(cohort: Cohort) -> tuple[float, float]:
    """Return the share with a stay in the half-year before and after, as the Camden program counted."""
    return cohort.share_with_any("stays", -HALF_YEAR, 0), cohort.share_with_any("stays", 0, HALF_YEAR)


OUTCOMES = {
    "Emergency visits*": ("ed_visits", PER_1000, 0),
    "Stays*": ("stays", PER_1000, 0),
    "Claims, USD PMPM": ("medicaid_cents", DOLLAR, 0),
    "Claims, second year": ("medicaid_cents", DOLLAR, MONTHS_PER_YEAR),
    "Any stay in half a year, share": ("", 1.0, 0),
}
"""By label: what is counted, its unit, and the month from which the year after is counted."""


def contrast(served: Cohort, twins: Cohort, others: Cohort, like: Cohort) -> dict[str, Figures]:
    """Return the figures of every outcome.

    Parameters
    ----------
    served, twins : members served, and the same members in the world without the program.
    others, like : all other members, and those eligible in the same months but never served.
    """
    found = {}
    for label, (outcome, scale, first) in OUTCOMES.items():
        groups = (served, twins, others, like)
        pairs = [rates(one, outcome, scale, first) if outcome else any_stay(one) for one in groups]
        found[label] = figures(*pairs)
    return found


def figures(
    served: tuple[float, float], twins: tuple[float, float], others: tuple[float, float], like: tuple[float, float]
) -> Figures:
    """Return the figures of one outcome from (before, after) of each group."""
    change = served[1] - served[0]
    return Figures(
        before=served[0],
        after=served[1],
        before_after=change,
        everybody_else=change - (others[1] - others[0]),
        like_members=change - (like[1] - like[0]),
        paired=served[1] - twins[1],
    )


def mean_figures(of_seeds: Sequence[dict[str, Figures]]) -> dict[str, Figures]:
    """Return the mean over seeds of each figure."""
    return {label: Figures(*_mean([one[label] for one in of_seeds])) for label in of_seeds[0]}


def _mean(values: Sequence[Figures]) -> Floats:
    """Mean over the seeds with a value."""
    table, known = np.array(values), np.isfinite(values)
    some = known.sum(axis=0)
    mean = np.divide(np.where(known, table, 0.0).sum(axis=0), some, out=np.full(len(some), np.nan), where=some > 0)
    return np.asarray(mean)
