"""The growth test: the state promised cost growth two points below trend, and pays a penalty where it fails.

Meaning: whole cents that the state pays the federal government after a year, by area.
Equation: allowed[y] = base PMPM * mix * product over k = 0 ... y of (1 + trend - points * min(1, k / phase));
          mix = cost of this year's members at the base year's cost by rate category, over the base PMPM;
          failed = PMPM[y] > allowed[y]; penalty = round(USD per member-month * member-months) if failed.
PMPM is what the state paid for the care of CCO members (claims, fees, capitation less its load for administration and
margin, withhold included, bonuses, shared savings), less what came back (shared losses, rebates, a pool that was not
earned), per member-month. The base is the year before the contracts began. Open-card members are no part of it
(model.md 30). The statewide figure is not shrunk: the test is of the state, its noise is small.
Evidence: growth_test_penalty (150-185 million USD a year, spread over members), trend_cap, trend_without,
o2_waiver_y2_cap (no reduction in the first year, one point in the second, then two), o2_waiver_base_year.
"""

import numpy as np

from sim.engine.arrays import Cents, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.form import Form
from sim.payment.month import Month


def allowed_pmpm(base: float, trend: float, points: float, years: int, phase: float = 0) -> float:
    """Return the PMPM at which the state passes, ``years`` after the base year; ``phase``: years to all points."""
    reached = np.arange(years) / phase if phase > 0 else np.ones(years)
    return float(base * np.prod(1 + trend - points * np.minimum(1, reached)))


def mix_ratio(base_cents: Floats, base_months: Floats, months: Floats) -> float:
    """Return what the mix of members alone does to their cost: all arguments by rate category, of the whole state."""
    each = np.divide(base_cents, base_months, out=np.zeros(len(base_months)), where=base_months > 0)
    then, now = float(base_cents.sum() / max(base_months.sum(), 1)), float(each @ months / max(months.sum(), 1))
    return now / then if then > 0 and now > 0 else 1.0


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
    trend, points, phase = (get(f"payment.{name}") for name in ("trend", "growth_test_points", "growth_test_phase"))
    for start in np.unique(month.starts[month.ends]):
        here = month.weights * month.ends * (month.starts == start)
        base = month.experience.year(int(start) - MONTHS_PER_YEAR)
        year = month.experience.year(month.month - MONTHS_PER_YEAR + 1)
        members = year.months.sum(axis=1)
        before = weighted_pmpm(base.outlay, base.months.sum(axis=1), here)
        mix = mix_ratio(here @ base.cents.sum(axis=2), here @ base.months, here @ year.months)
        years = (month.month + 1 - int(start)) // MONTHS_PER_YEAR
        allowed = mix * allowed_pmpm(before, trend, points, years, phase)
        now = weighted_pmpm(year.outlay, members, here)
        cents = penalty(now, allowed, 100 * get("payment.growth_test_penalty"), members * (here > 0))
        month.payer.transfer("state", "federal", cents, "growth_test")


FORM = Form(
    "growth_test",
    "the state pays a penalty unless its costs slow",
    purposes=("growth_test",),
    looks_back=True,
    last=(settle,),
)
