"""Pay-for-performance alone: a bonus on top of claims, for measures met, without any budget.

Meaning: whole cents by area, to primary care, after the measurement year.
Equation: bonus = round(share * claims of the year * measures met / measures), measures as the quality pool counts them.
Evidence: payment.md, section 1 line 8, and E6 (0.8-1.6 points a year, most from low baselines;
Oregon's pool was 4.25% in 2017).
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents


def bonus(claims: Cents, share: float, met: NDArray[np.float64]) -> Cents:
    """Return the bonus of each area in whole cents; ``met`` is the share of measures that it met."""
    return np.rint(claims * share * met).astype(np.int64)
