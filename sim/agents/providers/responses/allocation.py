"""Limited effort among activities: a practice weighs what each is worth against what the effort costs it.

Meaning: effort e_k of each activity, between 0 and 1; lambda is the shadow price of effort, 0 where it is not scarce.
Equation: maximize sum_k worth_k e_k - sum_k e_k^2 / (2 ease_k) under sum_k e_k <= capacity and 0 <= e_k <= 1:
          e_k = clip(ease_k (worth_k - lambda), 0, 1), with lambda by bisection so that the sum fits the capacity.
Evidence: payment.md E5, the closed form; Ellis and McGuire's provider, who weighs money, patients' good and effort.
"""

import numpy as np

from sim.engine.arrays import Floats

BISECTIONS = 60


def allocate(worth: Floats, ease: Floats, capacity: float | Floats) -> Floats:
    """Return effort ``[practice, activity]`` from its worth ``[practice, activity]`` and its ease ``[activity]``.

    ``capacity`` is one number, or one for each practice.
    """
    return _effort(worth, ease, shadow_price(worth, ease, capacity))


def shadow_price(worth: Floats, ease: Floats, capacity: float | Floats) -> Floats:
    """Return lambda of each practice: exactly 0 where all that is worth while fits into the capacity."""
    found = np.zeros(len(worth))
    scarce = np.flatnonzero(_effort(worth, ease, found).sum(axis=1) > capacity)
    if not len(scarce):
        return found
    worth, capacity = worth[scarce], np.broadcast_to(capacity, len(found))[scarce]
    low, high = found[scarce], np.maximum(worth.max(axis=1), 0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        over = _effort(worth, ease, middle).sum(axis=1) > capacity
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    found[scarce] = high
    return found


def _effort(worth: Floats, ease: Floats, price: Floats) -> Floats:
    return np.minimum(np.maximum(ease * (worth - price[:, None]), 0), 1)
