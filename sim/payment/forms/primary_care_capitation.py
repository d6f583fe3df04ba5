"""Primary care capitation: a share kappa of primary care revenue is paid per attributed member, not per visit.

Meaning: cents PMPM by area; whole cents of claims that are not billed.
Equation: rate = base year's primary care claims / base year's attributed member-months * (1 + growth) ** years;
          paid = round(kappa * rate * attributed member-months); not billed = round(kappa * primary care claims).
At the base year's use a practice earns the same either way; more visits bring only (1 - kappa) of their price, a longer
panel brings the whole rate. Every clinic under the contract is paid by its area's rate, whatever its panel.
Evidence: payment.md E1, E3, E4 (kappa); basu_threshold: the line of the surplus per clinician crosses at 25%.
"""

import numpy as np

from sim.engine.arrays import Cents, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.form import Form
from sim.payment.month import Month
from sim.schema import PRIMARY


def capitation_rate(claims: Cents, attributed: Floats, growth: float, years: Ints) -> Floats:
    """Return cents PMPM by area from a base year's primary care ``claims`` and ``attributed`` member-months."""
    base = np.divide(claims, attributed, out=np.zeros(np.shape(claims)), where=attributed > 0)
    return np.asarray(base * (1 + growth) ** years)


def capitation_paid(rate: Floats, kappa: Floats, attributed: Floats) -> Cents:
    """Return the capitation of a month, (area, rate category), in whole cents."""
    return np.rint((rate * kappa)[:, None] * attributed).astype(np.int64)


def team_surplus(kappa: Floats | float, fee_for_service: float, at_zero: float, per_point: float) -> Floats:
    """Return what a team-based practice earns beyond a visit-based one, USD per clinician and year (Basu's line)."""
    return np.asarray(at_zero + per_point * 100 * kappa - fee_for_service)


def prepays(month: Month) -> Floats:
    """Return kappa of primary care's claims, (area, service); a CCO may choose more."""
    return month.of_services((PRIMARY,), month.under(month.registry.get("payment.primary_capitation_share")))


def pay(month: Month) -> None:
    """Pay primary care for each attributed member, as far as its claims are not billed."""
    kappa = month.prepaid[:, PRIMARY]
    if not kappa.any():
        return
    growth = month.registry.get("payment.primary_capitation_growth")

    def rate(start: int) -> Floats:
        base = month.experience.year(start - MONTHS_PER_YEAR)
        claims = base.cents[..., PRIMARY].sum(axis=1)
        return capitation_rate(claims, base.attributed.sum(axis=1), growth, month.year + 1)

    paid = capitation_paid(month.by_start(month.runs, rate), kappa, month.attributed())
    month.pay_for(PRIMARY, "primary", paid, "primary_capitation")


FORM = Form(
    "primary_care_capitation",
    "a part of primary care is paid per member, not per visit",
    purposes=("primary_capitation",),
    looks_back=True,
    by_clinic=True,
    by_kind=True,
    prepays=prepays,
    monthly=(pay,),
)
