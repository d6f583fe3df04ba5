"""Figures of trials: what an evaluation reports, from a trial and one of its comparisons (``trial.py``).

Some are interrupted time series with a comparison group, as pilots without randomization are often evaluated. The
difference of the monthly means of two groups is fitted by a line before the start and a line after it:

    gap(t) = a + b t + [t >= 0] (jump + slope t)        weights: members of the first group who are seen in month t
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from sim.engine.arrays import Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.trial import AGAINST_BEFORE, BEFORE, LIKE, OFFERED, SERVED, SHAM, Months, Trial

FOLLOWED = 24  # months after the start that are fitted


class Trend(NamedTuple):
    """A fitted interrupted time series: the jump in month 0, the change a month after it, and members by month."""

    jump: float
    slope: float
    members: Floats

    def mean_effect(self, first: int, last: int) -> float:
        """Mean effect on a member-month, from month ``first`` up to, not including, ``last``."""
        effect = self.jump + self.slope * np.arange(first, last)
        members = self.members[first:last]
        return float(np.average(effect, weights=members)) if members.any() else float("nan")

    def break_even(self) -> float:
        """First month in which the fitted effect is 0 or below; ``FOLLOWED`` if there is none."""
        if np.isnan(self.jump) or self.jump <= 0:
            return 0.0 if self.jump <= 0 else float("nan")
        return FOLLOWED if self.slope >= 0 else min(-self.jump / self.slope, float(FOLLOWED))


def interrupted(one: Floats, other: Floats) -> Trend:
    """Fit the lines to ``[member, month]`` around the start, NaN where unknown.

    The result is NaN with fewer than two known months before or after the start.
    """
    months = np.arange(-BEFORE, FOLLOWED)
    one, other = one[:, : len(months)], other[:, : len(months)]
    gap, members = _mean(one) - _mean(other), _known(one)
    there = np.isfinite(gap)
    if min(there[:BEFORE].sum(), there[BEFORE:].sum()) < 2:
        return Trend(np.nan, np.nan, members[BEFORE:])
    after = (months >= 0).astype(float)
    lines = np.stack([np.ones(len(months)), months, after, after * months], axis=1)
    root = np.sqrt(members[there])
    found = np.linalg.lstsq(lines[there] * root[:, None], gap[there] * root, rcond=None)[0]
    return Trend(float(found[2]), float(found[3]), members[BEFORE:])


def _known(use: Floats) -> Floats:
    return np.asarray(np.isfinite(use).sum(axis=0), dtype=np.float64)


def _mean(use: Floats) -> Floats:
    known = _known(use)
    return np.asarray(np.divide(np.nansum(use, axis=0), known, out=np.full(len(known), np.nan), where=known > 0))


HALF_YEAR = 6
PER_1000, PERCENT = 1000.0, 100.0


def rise(trial: Trial, against: str) -> float:
    """Jump of spending at enrollment, USD a member-month."""
    return _trend(trial, against, "spending").jump


def break_even(trial: Trial, against: str) -> float:
    """Month after enrollment in which spending is back to its level without the program; NaN for a sham."""
    if against == SHAM:
        return float("nan")
    return _trend(trial, against, "spending").break_even()


def emergency(trial: Trial, against: str, first: int = 0) -> float:
    """Mean effect on emergency visits, per 1,000 member-months, from month ``first`` to the end of the second year."""
    return PER_1000 * _trend(trial, against, "ed_visits").mean_effect(first, FOLLOWED)


def change_of_a_year(trial: Trial, against: str, name: str, scale: float = 1.0) -> float:
    """Change from the year before to the year after, less that of the comparison group, for a member-year."""
    one, other = trial.sides(against)
    return scale * MONTHS_PER_YEAR * (_change(one[name]) - _change(other[name]))


def percent(trial: Trial, against: str, name: str, months: int, *, offered: bool = False) -> float:
    """Use of the first months against that of the twins, percent, among members followed for that long."""
    one, other = trial.offered() if offered else trial.sides(against)
    lived, twins = (side[name][:, BEFORE : BEFORE + months] for side in (one, other))
    known = np.isfinite(lived) & np.isfinite(twins) & _followed(one, months)[:, None]
    base = twins[known].sum()
    return float(PERCENT * (lived[known].sum() / base - 1)) if base else float("nan")


def ratio(trial: Trial, against: str, name: str, months: int) -> float:
    """The same of the offered, as a ratio."""
    return 1 + percent(trial, against, name, months, offered=True) / PERCENT


def percent_with_any(trial: Trial, against: str, name: str, months: int) -> float:
    """Share with any use in the first months against that of the twins, percent."""
    one, other = (share_with_any(side[name], 0, months) for side in trial.sides(against))
    return PERCENT * (one / other - 1) if other else float("nan")


def any_stay(trial: Trial, against: str) -> float:
    """Share with a stay in half a year, percentage points: against the twins, or against the half-year before."""
    lived, twins = trial.sides(against)
    after = share_with_any(lived["stays"], 0, HALF_YEAR)
    if against == AGAINST_BEFORE:
        return PERCENT * (after - share_with_any(lived["stays"], -HALF_YEAR, 0))
    return PERCENT * (after - share_with_any(twins["stays"], 0, HALF_YEAR))


def resolved(trial: Trial, against: str, months: int = MONTHS_PER_YEAR) -> float:
    """Share of the offered with an initial need resolved after some months, less the twins', percentage points."""
    shares = []
    for side in trial.offered():
        start, end = side["needs"][:, BEFORE - 1], side["needs"][:, BEFORE + months]
        asked = (start > 0) & (end >= 0)
        gone = start[asked].astype(np.int64) & ~end[asked].astype(np.int64)
        shares.append((gone > 0).mean() if asked.any() else np.nan)
    return float(PERCENT * (shares[0] - shares[1]))


def deaths(trial: Trial, against: str, months: int) -> float:
    """Share of the offered who are dead after some months, less the twins', percentage points."""
    dead = [1 - side["alive"][:, BEFORE + months] for side in trial.offered()]
    return float(PERCENT * (_share(dead[0]) - _share(dead[1])))


def kept(trial: Trial, against: str, months: int) -> float:
    """Share of the living served who are still served after some months, percent."""
    one = trial.sides(against)[0]
    return PERCENT * _share(one["held"][one["alive"][:, BEFORE + months] == 1, BEFORE + months])


def share_with_any(use: Floats, first: int, last: int) -> float:
    """Share of members with any in the window, among those seen in all of it."""
    window = use[:, BEFORE + first : BEFORE + last]
    whole = np.isfinite(window).all(axis=1)
    return float((window[whole] > 0).any(axis=1).mean()) if whole.any() else float("nan")


FIGURES: dict[str, Callable[[Trial, str], float]] = {
    "rise": rise,
    "break_even": break_even,
    "emergency": emergency,
    "emergency_second_year": partial(emergency, first=MONTHS_PER_YEAR),
    "offered_claims": partial(percent, name="claims", months=MONTHS_PER_YEAR, offered=True),
    "offered_emergency": partial(percent, name="ed_visits", months=MONTHS_PER_YEAR, offered=True),
    "offered_emergency_18": partial(percent, name="ed_visits", months=18, offered=True),
    "offered_stays": partial(percent, name="stays", months=MONTHS_PER_YEAR, offered=True),
    "offered_stays_3": partial(percent, name="stays", months=3, offered=True),
    "offered_stays_18": partial(percent, name="stays", months=18, offered=True),
    "offered_resolved": resolved,
    "offered_emergency_24": partial(ratio, name="ed_visits", months=24),
    "offered_emergency_30": partial(ratio, name="ed_visits", months=30),
    "offered_deaths_30": partial(deaths, months=30),
    "kept_12": partial(kept, months=12),
    "kept_24": partial(kept, months=24),
    "kept_36": partial(kept, months=36),
    "emergency_9": partial(percent, name="ed_visits", months=9),
    "any_emergency": partial(percent_with_any, name="ed_visits", months=MONTHS_PER_YEAR),
    "stays_of_a_year": partial(change_of_a_year, name="stays", scale=PER_1000),
    "emergency_of_a_year": partial(change_of_a_year, name="ed_visits", scale=PER_1000),
    "claims_of_a_year": partial(change_of_a_year, name="claims"),
    "any_stay": any_stay,
}
"""Every figure of a trial by name; each takes the trial and the comparison."""
OF_THE_OFFERED = frozenset(name for name in FIGURES if name.startswith("offered_"))
OF_TRENDS = frozenset(("rise", "break_even", "emergency", "emergency_second_year"))
"""Figures that compare trends of two groups."""


def people(trial: Trial, figure: str) -> int:
    """Return the number of members of a figure."""
    return len(trial.groups[OFFERED if figure in OF_THE_OFFERED else SERVED].treated["ed_visits"])


def groups_of(figure: str, against: str) -> set[str]:
    """Return the groups that a figure needs."""
    if figure in OF_THE_OFFERED:
        return {OFFERED}
    return {SERVED, LIKE} if against in (LIKE, SHAM) else {SERVED}


def _trend(trial: Trial, against: str, name: str) -> Trend:
    one, other = trial.sides(against)
    return interrupted(one[name], other[name])


def _followed(months: Months, last: int) -> Flags:
    """Members whose first ``last`` months were simulated before the run ended."""
    return np.asarray(np.isfinite(months["alive"][:, BEFORE + last - 1]))


def _change(use: Floats) -> float:
    return _share(use[:, BEFORE : BEFORE + MONTHS_PER_YEAR]) - _share(use[:, :BEFORE])


def _share(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
