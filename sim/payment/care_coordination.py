"""The care-coordination fee: so much for each attributed member-month, on top of claims.

Meaning: what primary care is paid in a month, in whole cents by area and rate category.
Equation: attributed[a, c] = months[a, c] * attached share[a]; due = round(fee * attributed), rounded once per cell.
Attachment is known by area, not by rate category: within an area every category is taken to be attached alike.
Evidence: payment.md, section 1 line 9, and E4 (medical homes cost 4.68 USD PMPM); cco.md 3 (Colorado's light-touch
comparator).
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents


def attributed_months(months: Cents, attached_share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return member-months with a usual clinic, (area, rate category)."""
    return np.asarray(months * attached_share[:, None])


def fee_due(fee_cents: float, attributed: NDArray[np.float64]) -> Cents:
    """Return the fee for ``attributed`` member-months, in whole cents."""
    return np.rint(fee_cents * attributed).astype(np.int64)
