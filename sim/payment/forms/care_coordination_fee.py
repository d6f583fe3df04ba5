"""The care-coordination fee: so much for each attributed member-month, on top of claims.

Meaning: what primary care is paid in a month, in whole cents by area and rate category.
Equation: due = round(fee * attributed member-months), rounded once per cell.
Evidence: payment.md, section 1 line 9, and E4 (medical homes cost 4.68 USD PMPM);
cco.md 3 (Colorado's light-touch comparator).
"""

from collections.abc import Mapping

import numpy as np

from sim.engine.arrays import Cents, Floats
from sim.payment.form import Form
from sim.payment.month import Month
from sim.schema import PRIMARY


def fee_due(fee_cents: float, attributed: Floats) -> Cents:
    """Return the fee for ``attributed`` member-months, in whole cents."""
    return np.rint(fee_cents * attributed).astype(np.int64)


def pay(month: Month) -> None:
    """Pay primary care the month's fee."""
    due = fee_due(100 * month.registry.get("payment.coordination_fee"), month.attributed()) * month.runs[:, None]
    month.pay_for(PRIMARY, "primary", due, "coordination_fee")


def stakes(month: Month) -> Mapping[str, Floats]:
    """USD per attributed member-month."""
    return {"coordination_fee": month.under(month.registry.get("payment.coordination_fee"))}


FORM = Form(
    "care_coordination_fee",
    "primary care is paid a fee for each attributed member",
    purposes=("coordination_fee",),
    by_clinic=True,
    by_kind=True,
    stakes=stakes,
    monthly=(pay,),
)
