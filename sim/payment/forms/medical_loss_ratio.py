"""The medical loss ratio: the least part of its revenue that a CCO must spend on care, or give back.

Meaning: whole cents by area that a CCO pays back to the state after the year.
Equation: ratio = (payments to providers + care programs + upstream programs paid from the budget) / revenue;
          rebate = max(0, floor - ratio) * revenue.
Evidence: mlr_floor (85% seen in a bill of 2025 only; unverified), member_services_2021 (88-90% goes to services).
"""

import numpy as np

from sim.engine.arrays import Floats
from sim.payment.form import Form
from sim.payment.month import Month
from sim.payment.shrinkage import around_state


def loss_ratio(care: Floats, revenue: Floats) -> Floats:
    """Return care over revenue; 1 where there was no revenue."""
    return np.divide(care, revenue, out=np.ones(np.shape(care)), where=revenue > 0)


def rebate(ratio: Floats, revenue: Floats, floor: float) -> Floats:
    """Return what is due back to the state, in the unit of ``revenue``."""
    return np.asarray(np.maximum(0, floor - ratio) * revenue)


def give_back(month: Month) -> None:
    """A CCO that spent too little of the contract year's revenue on care gives the rest back."""
    year = month.contract_year
    revenue = year.revenue.astype(np.float64)
    ratio = loss_ratio((year.medical + year.programs).astype(np.float64), revenue)
    settled = around_state(ratio, revenue, month.weights, month.ends)
    due = rebate(settled, revenue, month.registry.get("payment.loss_ratio_floor")) * month.ends
    month.payer.refund(np.rint(due).astype(np.int64), "rebate", month.months_of_contract_year())


FORM = Form(
    "medical_loss_ratio",
    "a CCO that spends too little on care gives the rest back",
    needs=("global_budget",),
    purposes=("rebate",),
    after_year=(give_back,),
)
