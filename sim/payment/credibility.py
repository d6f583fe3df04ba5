"""Credibility: how far a CCO's own cost counts when its rate is set, and how far the state's average does.

Meaning: expected cost in cents PMPM by area, rate category and service.
Equation: statewide[c] = weighted cost / weighted member-months of the category; own[a] = actual / expected at statewide
          cost; z[a] = N[a] / (N[a] + k); factor[a] = 1 + z[a] * (own[a] - 1), then scaled to keep the state's total.
N counts full-size member-months: a sample earns the credibility of the CCO that it stands for (model.md 4). The formula
is linear in ``own``, so that a sample sets the right rate on average, with more noise than full size.
Evidence: model.md 18 (CV of yearly cost about 3); k = CV**2 * 12 / 0.05**2 is about 40,000 for a spread of 5%.
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents, Floats


def expected_pmpm(cents: Cents, months: Cents, weights: Floats, credible_months: float) -> Floats:
    """Return cost in cents PMPM, in the shape of ``cents`` (area, category, ...), from a year's member-``months``."""
    by_month = (slice(None),) + (None,) * (cents.ndim - 2)
    statewide = _ratio(np.tensordot(weights, cents, 1), (weights @ months)[by_month])
    total = cents.reshape(*months.shape, -1).sum(axis=(1, 2))
    expected = months @ statewide.reshape(months.shape[1], -1).sum(axis=1)
    own = _ratio(total, expected, empty=1)
    n = months.sum(axis=1) * weights
    factor = 1 + _ratio(n, n + credible_months) * (own - 1)
    kept = _ratio(weights @ total, (weights * factor) @ expected, empty=1)
    return np.asarray(np.multiply.outer(factor * kept, statewide))


def _ratio(top: NDArray[np.generic], bottom: NDArray[np.generic], empty: float = 0) -> Floats:
    """Return top / bottom, and ``empty`` where there is nothing to divide by."""
    top_, bottom_ = np.broadcast_arrays(np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64))
    return np.asarray(np.divide(top_, bottom_, out=np.full(top_.shape, float(empty)), where=bottom_ > 0))
