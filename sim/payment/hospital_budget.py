"""A hospital global budget: fixed revenue, whatever is done; the unit price follows.

Meaning: whole cents a month by area and rate category; a price index.
Equation: budget[m] = fixed share * base year's hospital claims / 12 * (1 + growth) ** years
                      * (member-months / base member-months) ** follow;
          price index = budget / volume, volume being the claims that were not billed, at their old prices.
``follow`` = 1 lets revenue follow the number of members (not what is done for them), 0 fixes it altogether.
Evidence: payment.md E12 and its analytic check 3; md_apm_growth_cap (3.58% a year for Maryland's hospitals).
"""

import numpy as np

from sim.engine.arrays import Cents, Floats, Ints


def monthly_budget(base: Floats, growth: float, years: Ints, members: Floats, follow: float) -> Floats:
    """Return the month's revenue in cents from the ``base`` month's; ``members`` now over members then, by area."""
    return np.asarray(base * ((1 + growth) ** years * members**follow)[:, None], dtype=np.float64)


def price_index(budget: Cents, volume: Cents) -> Floats:
    """Return what a unit of care brings against its old price; NaN without volume."""
    index = np.full(np.shape(budget), np.nan)
    return np.asarray(np.divide(budget, volume, out=index, where=volume > 0))
