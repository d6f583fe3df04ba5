"""The growth test: the state promised cost growth two points below trend, and pays a penalty where it fails.

Meaning: whole cents that the state pays the federal government after a year, by area.
Equation: allowed[y] = base PMPM * (1 + trend - points) ** (y + 1); failed = PMPM[y] > allowed[y];
          penalty = round(USD per member-month * member-months) if failed.
PMPM is what the state paid for everybody's care (claims, fees, capitation less its load for administration and
margin, withhold included, bonuses, shared savings), less what came back (shared losses, rebates, a pool that was not
earned), per member-month; the base is the year before the contracts began. The statewide figure is
not shrunk: the test is of the state, its noise is small.
Evidence: growth_test_penalty (150-185 million USD a year, spread over members), trend_cap, trend_without.
"""

import numpy as np

from sim.engine.arrays import Cents, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.form import Form
from sim.payment.month import Month


def allowed_pmpm(base: float, trend: float, points: float, years: int) -> float:
    """Return the PMPM at which the state still passes, ``years`` after the base year."""
    return float(base * (1 + trend - points) ** years)


def penalty(pmpm: float, allowed: float, penalty_cents: float, months: Cents) -> Cents:
    """Return the penalty of each area, in whole cents: nothing if the state passed."""
    failed = pmpm > allowed
    return np.asarray(np.rint(penalty_cents * months * failed), dtype=np.int64)


def weighted_pmpm(cents: Cents, months: Cents, weights: Floats) -> float:
    """Return the state's cents per member-month from areas' sampled sums; 0 without members."""
    total = float(weights @ months)
    return float(weights @ cents) / total if total else 0.0


def settle(month: Month) -> None:
    """The state pays the federal government if it did not slow its growth, for the areas whose contract year ends.

    It comes last: what else was settled this month is part of what the state spent.
    """
    get = month.registry.get
    trend, points = get("payment.trend"), get("payment.growth_test_points")
    for start in np.unique(month.starts[month.ends]):
        here = month.weights * month.ends * (month.starts == start)
        base = month.experience.year(int(start) - MONTHS_PER_YEAR)
        year = month.experience.year(month.month - MONTHS_PER_YEAR + 1)
        before = weighted_pmpm(base.outlay, base.everyone, here)
        allowed = allowed_pmpm(before, trend, points, (month.month + 1 - int(start)) // MONTHS_PER_YEAR)
        now = weighted_pmpm(year.outlay, year.everyone, here)
        cents = penalty(now, allowed, 100 * get("payment.growth_test_penalty"), year.everyone * (here > 0))
        month.payer.transfer("state", "federal", cents, "growth_test")


FORM = Form(
    "growth_test",
    "the state pays a penalty unless its costs slow",
    purposes=("growth_test",),
    looks_back=True,
    last=(settle,),
)
