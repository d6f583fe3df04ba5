"""Federal match: the part of Medicaid spending that the federal government pays.

Meaning: whole cents by area.
Equation: federal = round(sum over rate categories of share[c] * spending[c]); the state pays the rest, to the cent.
Evidence: or_trad_fed_share (67.3% for those eligible before the expansion); 90% for the expansion (model.md 5).
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents


def federal_part(spending: Cents, share: NDArray[np.float64]) -> Cents:
    """Return the federal part of ``spending[area, rate category]``, per area, given the ``share`` of each category."""
    return np.rint(spending @ share).astype(np.int64)
