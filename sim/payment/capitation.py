"""Capitation: a fixed sum for each member-month, whatever care is given.

Meaning: what the state owes a CCO for a month, in whole cents.
Equation: due = round(rate[area, rate category] * relative risk * member-months), rounded once per cell.
Evidence: cap_pmpm_2017, cap_pmpm_2018 (level), rate_categories (Oregon has 12; the model keeps 8).
Relative risk is 1 without risk adjustment (sim/payment/risk_adjustment.py).
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents


def capitation_due(
    rate_cents: NDArray[np.float64], member_months: Cents, relative_risk: NDArray[np.float64] | float = 1
) -> Cents:
    """Return the capitation of each rate cell in cents: rate in cents PMPM, times member-months, rounded once."""
    return np.rint(rate_cents * relative_risk * member_months).astype(np.int64)
