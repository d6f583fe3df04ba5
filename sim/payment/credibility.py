"""Credibility: how far a CCO's own cost counts when its rate is set, and how far the state's average does.

Meaning: expected cost in cents PMPM by area and rate category.
Equation: statewide[c] = weighted cost / weighted member-months of the category; own[a] = actual / expected at statewide
          cost; z[a] = n[a] / (n[a] + k); factor[a] = 1 + z[a] * (own[a] - 1), then scaled to keep the state's total.
n counts *sampled* member-months: a sample of a CCO is noisier than the CCO, and earns less credibility (model.md 4).
Evidence: model.md 18 (CV of yearly cost about 3); k = CV**2 * 12 / 0.05**2 is about 40,000 for a spread of 5%.
"""

import numpy as np
from numpy.typing import NDArray

from sim.payment.ledger import Cents

Floats = NDArray[np.float64]


def expected_pmpm(cents: Cents, months: Cents, weights: Floats, credible_months: float) -> Floats:
    """Return cost in cents PMPM, (area, category), from a year's ``cents`` and member-``months`` of the same shape."""
    statewide = _ratio(weights @ cents, weights @ months)
    expected = months @ statewide
    own = _ratio(cents.sum(axis=1), expected, empty=1)
    n = months.sum(axis=1)
    factor = 1 + _ratio(n, n + credible_months) * (own - 1)
    kept = _ratio(weights @ cents.sum(axis=1), (weights * factor) @ expected, empty=1)
    return np.asarray(np.outer(factor * kept, statewide))


def _ratio(top: NDArray[np.generic], bottom: NDArray[np.generic], empty: float = 0) -> Floats:
    """Return top / bottom, and ``empty`` where there is nothing to divide by."""
    top_, bottom_ = np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64)
    return np.asarray(np.divide(top_, bottom_, out=np.full(top_.shape, float(empty)), where=bottom_ > 0))
