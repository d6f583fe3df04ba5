"""Reinsurance: CCOs pool the cost of very high-cost members, whose year costs more than an attachment point.

Meaning: cents by area; recoveries less premium.
Equation: recovery of a member = coinsurance * (min(cost, cap) - attachment), if positive, of the calendar year;
          premium[a] = statewide recovery per member-month * member-months[a], so that the state pays nothing.
A member's cost is all that Medicaid paid for, in scope or not. A member who died or left the table within the year is
not counted.
Evidence: cco.md 1 (optional state reinsurance: coinsurance x cost above an attachment point up to a cap).
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.form import Form
from sim.payment.month import Month
from sim.payment.shrinkage import around_state
from sim.schema import ENROLLED


def recoveries(cost: Cents, area: NDArray[np.integer], areas: int, terms: tuple[float, float, float]) -> Floats:
    """Return recoveries by area from each member's yearly ``cost``; terms: attachment, cap, coinsurance (cents)."""
    attachment, cap, coinsurance = terms
    each = coinsurance * (np.clip(cost, attachment, cap) - attachment)
    return np.bincount(area, each, areas).astype(np.float64)


def premiums(recovered: Floats, months: Cents, weights: Floats) -> Floats:
    """Return each area's premium: the statewide recovery per member-month for each of its months."""
    total = float(weights @ months)
    return np.asarray(months * (float(weights @ recovered) / total if total else 0.0))


def pool(month: Month) -> None:
    """In December the CCOs whose contracts ran all year settle recoveries and premiums."""
    get, areas = month.registry.get, len(month.runs)
    terms = (
        100 * get("payment.reinsurance_attachment"),
        100 * get("payment.reinsurance_cap"),
        get("payment.reinsurance_coinsurance"),
    )
    whole_year = month.starts <= month.month - MONTHS_PER_YEAR + 1
    rows = month.members[(month.members["in_cco"] == 1) & (month.members["status"] == ENROLLED)]
    months = np.asarray(month.months_of_year().sum(axis=1)) * whole_year
    seen = recoveries(rows["spend_year"], rows["area"], areas, terms) * whole_year
    pmpm = np.divide(seen, months, out=np.zeros(areas), where=months > 0)
    settled = around_state(pmpm, months.astype(np.float64), month.weights, months > 0) * months
    net = np.rint(settled - premiums(settled, months, month.weights)).astype(np.int64)
    month.payer.both_ways("state", "cco", net, "reinsurance")


FORM = Form(
    "reinsurance",
    "CCOs pool the cost of very high-cost members",
    needs=("global_budget",),
    purposes=("reinsurance",),
    in_december=(pool,),
)
