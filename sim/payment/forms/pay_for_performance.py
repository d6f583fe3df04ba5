"""Pay-for-performance without a budget: a bonus on top of claims for each measure that is met.

Meaning: whole cents by area, to primary care, after the measurement year.
Equation: bonus = round(share * claims of the year * measures met / measures), measures as the quality pool counts them.
Evidence: payment.md, section 1 line 8, and E6 (0.8-1.6 points a year, most from low baselines;
Oregon's pool was 4.25% in 2017).
"""

from collections.abc import Mapping

import numpy as np

from sim.engine.arrays import Cents, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.form import Form
from sim.payment.forms import quality_pool
from sim.payment.month import Month
from sim.payment.payer import shares_of


def bonus(claims: Cents, share: float, met: Floats) -> Cents:
    """Return the bonus of each area in whole cents; ``met`` is the share of measures that it met."""
    return np.rint(claims * share * met).astype(np.int64)


def pay(month: Month) -> None:
    """In December primary care is paid for the measures that its area met, on the claims since the contract began."""
    met = quality_pool.judge(month).share
    month.quality_year.met = met
    first = month.month - MONTHS_PER_YEAR + 1

    def of_start(start: int) -> Floats:
        year = month.experience.since(max(start, first), month.month)
        claims = np.zeros(len(met), dtype=np.int64) if year is None else year.cents.sum(axis=(1, 2))
        return np.asarray(bonus(claims, month.registry.get("payment.performance_bonus"), met))

    cents = month.by_start(month.runs, of_start).astype(np.int64) * month.runs
    month.payer.pay("primary", shares_of(cents, month.months_of_year()), month.budget, "performance_bonus")


def stakes(month: Month) -> Mapping[str, Floats]:
    """The bonus, over all care's revenue."""
    return {"bonus": month.under(month.registry.get("payment.performance_bonus"))}


FORM = Form(
    "pay_for_performance",
    "a bonus for measures met, beside claims",
    excludes=("quality_pool",),
    purposes=("performance_bonus",),
    quality_pay=("performance_bonus",),
    judges=True,
    by_clinic=True,
    stakes=stakes,
    in_december=(pay,),
)
