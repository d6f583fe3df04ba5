"""A hospital global budget: fixed revenue, whatever is done; the unit price follows.

Meaning: whole cents a month by area and rate category; a price index.
Equation: budget[m] = fixed share * base year's hospital claims / 12 * (1 + growth) ** years
                      * (member-months / base member-months) ** follow;
                      - market shift * volume elsewhere;
          price index = budget / volume, volume being the claims that were not billed, at their old prices.
Care that goes to hospitals outside the budget (``network.elsewhere``: planned care, lines that hospitals gave up) is
billed there, and the budget is paid all the same, unless it is adjusted for market shifts.
``follow`` = 1 lets revenue follow the number of members (not what is done for them), 0 fixes it altogether.
Evidence: payment.md E12 and its analytic check 3; md_apm_growth_cap (3.58% a year for Maryland's hospitals).
"""

from collections.abc import Mapping

import numpy as np

from sim.engine.arrays import Cents, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.contract_calendar import AFTER_ALL
from sim.payment.fee_for_service import prepaid_part
from sim.payment.form import Form
from sim.payment.month import Month
from sim.schema import EMERGENCY, INPATIENT, OUTPATIENT

HOSPITAL = (EMERGENCY, INPATIENT, OUTPATIENT)
MILLION = 1_000_000


def monthly_budget(base: Floats, growth: float, years: Ints, members: Floats, follow: float) -> Floats:
    """Return the month's revenue in cents from the ``base`` month's; ``members`` now over members then, by area."""
    return np.asarray(base * ((1 + growth) ** years * members**follow)[:, None], dtype=np.float64)


def price_index(budget: Cents, volume: Cents) -> Floats:
    """Return what a unit of care brings against its old price; NaN without volume."""
    index = np.full(np.shape(budget), np.nan)
    return np.asarray(np.divide(budget, volume, out=index, where=volume > 0))


def prepays(month: Month) -> Floats:
    """Return the part of hospital claims of CCO members that the budget pays, (area, service)."""
    fixed = month.of_services(HOSPITAL, month.under(month.registry.get("payment.hospital_fixed_share")))
    return fixed * (1 - month.network.elsewhere)


def due(month: Month) -> Cents:
    """Return the month's budget in cents, (area, rate category, service of ``HOSPITAL``)."""
    get, fixed = month.registry.get, month.under(month.registry.get("payment.hospital_fixed_share"))
    growth, follow = get("payment.hospital_budget_growth"), get("payment.hospital_follows_members")

    def of_start(start: int) -> Floats:
        base = month.experience.year(start - MONTHS_PER_YEAR)
        members = month.months().sum(axis=1) * base.count / np.maximum(base.months.sum(axis=1), 1)
        each = [base.cents[..., service] * fixed[:, None] / base.count for service in HOSPITAL]
        return np.stack([monthly_budget(one, growth, month.year + 1, members, follow) for one in each], axis=2)

    budget = month.by_start(month.runs, of_start)
    away = month.claims() * (fixed[:, None] * month.network.elsewhere)[:, None]
    budget -= get("payment.hospital_market_shift") * away[..., HOSPITAL]
    return np.rint(np.maximum(budget, 0)).astype(np.int64)


def pay(month: Month) -> None:
    """Pay each hospital service's part of the budget; the CCO or the state pays, as for the service's claims."""
    if not month.runs.any():
        return
    cents = due(month)
    for place, service in enumerate(HOSPITAL):
        month.pay_for(service, "hospital", cents[..., place], "hospital_budget")


def price(month: Month) -> Floats:
    """Return what a unit of hospital care brought this month against its old price; NaN where claims are paid."""
    if not month.runs.any():
        return np.full(len(month.runs), np.nan)
    volume = prepaid_part(month.claims(), month.prepaid)[..., HOSPITAL].sum(axis=(1, 2))
    fixed = month.prepaid[:, INPATIENT] > 0
    return np.where(fixed, price_index(due(month).sum(axis=(1, 2)), volume), np.nan)


def records(month: Month) -> Mapping[str, Cents]:
    """Keep the price in millionths; 1 by claims. Once every CCO has given up, the last price stays."""
    if not month.runs.any() and (month.starts == AFTER_ALL).any():
        return {}
    return {"payment.hospital_price": np.rint(MILLION * np.nan_to_num(price(month), nan=1)).astype(np.int64)}


FORM = Form(
    "hospital_global_budget",
    "hospitals have a fixed revenue",
    purposes=("hospital_budget",),
    looks_back=True,
    prepays=prepays,
    monthly=(pay,),
    records=records,
)
