"""The medical loss ratio: the least part of its revenue that a CCO must spend on care, or give back.

Meaning: whole cents by area that a CCO pays back to the state after the year.
Equation: ratio = (payments to providers + care programs + upstream programs paid from the budget) / revenue;
          rebate = max(0, floor - ratio) * revenue.
Evidence: mlr_floor (85% seen in a bill of 2025 only; unverified), member_services_2021 (88-90% goes to services).
"""

import numpy as np

from sim.engine.arrays import Floats


def loss_ratio(care: Floats, revenue: Floats) -> Floats:
    """Return care over revenue; 1 where there was no revenue."""
    return np.divide(care, revenue, out=np.ones(np.shape(care)), where=revenue > 0)


def rebate(ratio: Floats, revenue: Floats, floor: float) -> Floats:
    """Return what is due back to the state, in the unit of ``revenue``."""
    return np.asarray(np.maximum(0, floor - ratio) * revenue)
