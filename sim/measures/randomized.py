"""What a trial finds, by the estimators of papers, beside what is true in the model. Functions of arrays of people.

Each person has an outcome y (mean of a month after randomization), the same before it, whether the program served the
person (d), and the outcome of the same person in the world without the program (y0). T is treatment, C control.

intention to treat      mean y of T - mean y of C; s.e. = sqrt(var T / n T + var C / n C)
difference in changes   the same of (y - y before)
on the treated (Wald)   intention to treat / (mean d of T - mean d of C); s.e. of y - effect d, over the same
true, of the offered    mean of y - y0 over T
true, on the treated    mean of y - y0 over those of T who were served
on controls, on others  mean of y - y0 over C, and over people who were never randomized: spillovers

A person counts in an estimate if all that it needs of the person is known.
"""

from typing import NamedTuple

import numpy as np

from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.person_panel import Diary

NORMAL = 1.959964  # half of a 95% interval in standard errors, as papers report it


class Estimate(NamedTuple):
    """An estimate with its standard error; NaN where it cannot be made."""

    value: float
    error: float

    def holds(self, truth: float) -> bool:
        """Whether the 95% interval holds a number."""
        return bool(abs(self.value - truth) <= NORMAL * self.error)


class People(NamedTuple):
    """The randomized, person by person."""

    treatment: Flags
    served: Flags
    after: Floats
    before: Floats
    without: Floats


class Findings(NamedTuple):
    """What a trial finds of one outcome, and what is true."""

    control: float
    offered: Estimate
    changes: Estimate
    treated: Estimate
    true_offered: float
    true_treated: float
    on_controls: float
    on_others: float


def difference(values: Floats, treatment: Flags) -> Estimate:
    """Return the difference in means of treatment and control, with its standard error."""
    one, other = (values[group & np.isfinite(values)] for group in (treatment, ~treatment))
    if min(len(one), len(other)) < 2:
        return Estimate(np.nan, np.nan)
    error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return Estimate(float(one.mean() - other.mean()), float(error))


def wald(people: People) -> Estimate:
    """Return the effect on those whom the program served, by the offer as instrument; NaN if it served nobody."""
    known = np.isfinite(people.after)
    y, d, treatment = people.after[known], people.served[known].astype(np.float64), people.treatment[known]
    offer, took = difference(y, treatment), difference(d, treatment)
    if not took.value > 0:
        return Estimate(np.nan, np.nan)
    effect = offer.value / took.value
    return Estimate(effect, difference(y - effect * d, treatment).error / took.value)


def findings(people: People, others: Floats) -> Findings:
    """Return the findings of one outcome.

    Parameters
    ----------
    people : the randomized.
    others : of people who were not, the outcome less that in the world without the program.
    """
    effect, treatment = people.after - people.without, people.treatment
    return Findings(
        control=mean(people.after[~treatment]),
        offered=difference(people.after, treatment),
        changes=difference(people.after - people.before, treatment),
        treated=wald(people),
        true_offered=mean(effect[treatment]),
        true_treated=mean(effect[treatment & people.served]),
        on_controls=mean(effect[~treatment]),
        on_others=mean(others),
    )


def mean(values: Floats) -> float:
    """Mean of what is known; NaN if nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def around(diary: Diary, starts: Ints, name: str, follow: int) -> tuple[Floats, Floats]:
    """Return each person's mean month after the start month, of ``follow``, and in the year before, NaN if unknown.

    ``starts`` are indexes of ``diary.months``.
    """
    first = np.asarray(starts)[:, None]
    month = np.arange(len(diary.months))
    use = diary.use[name]
    windows = (month >= first) & (month < first + follow), (month < first) & (month >= first - MONTHS_PER_YEAR)
    after, before = (_mean_month(use, window) for window in windows)
    return after, before


def served_in(diary: Diary, starts: Ints, bit: int, follow: int) -> Flags:
    """Return who was served by a package in any of the months that are followed."""
    month, first = np.arange(len(diary.months)), np.asarray(starts)[:, None]
    window = (month >= first) & (month < first + follow)
    return np.asarray(((diary.served >> bit & 1 == 1) & window).any(axis=1))


def _mean_month(use: Floats, window: Flags) -> Floats:
    known = window & np.isfinite(use)
    months = known.sum(axis=1)
    total = np.where(known, use, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, months, out=np.full(len(months), np.nan), where=months > 0))
