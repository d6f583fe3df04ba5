"""Prepaid claims: services that a fixed payment has paid for, and which are therefore not billed.

Meaning: whole cents, in the shape of the claims.
Equation: prepaid = round(share[area, service] * claims); billed = claims - prepaid, so that no cent is lost.
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents


def prepaid_part(claims: Cents, share: NDArray[np.float64]) -> Cents:
    """Return the part of ``claims[area, rate category, service]`` that is not billed."""
    return np.rint(claims * share[:, None, :]).astype(np.int64)
