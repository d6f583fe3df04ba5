"""Shrinkage: a sample must not win or lose by more luck than the full population would have.

Meaning: a chance deviation of a sampled quantity from what was expected, brought down to full size.
Equation: settled = expected + (seen - expected) / sqrt(weight), where weight = people per sampled member.
A sum over n of N members has sqrt(N / n) times the relative standard deviation of the sum over all N, so that this
gives exactly the variance of the full population. It also shrinks what is not chance: use it only where a rule is not
linear (a soft cap, a threshold, a queue), never for what is reported (model.md 4).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def full_size(seen: Floats, expected: Floats | float, weights: Floats) -> Floats:
    """Return ``seen`` with its deviation from ``expected`` shrunk to that of the full population."""
    return np.asarray(expected + (np.asarray(seen) - expected) / np.sqrt(weights))
