"""Reinsurance: members whose year costs more than an attachment point are carried by all CCOs together.

Meaning: cents by area; recoveries less premium.
Equation: recovery of a member = coinsurance * (min(cost, cap) - attachment), if positive, of the calendar year;
          premium[a] = statewide recovery per member-month * member-months[a], so that the state pays nothing.
A member's cost is all that Medicaid paid for, in scope or not. A member who died or left the table within the year is
not counted.
Evidence: cco.md 1 (optional state reinsurance: coinsurance x cost above an attachment point up to a cap).
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents, Floats


def recoveries(cost: Cents, area: NDArray[np.integer], areas: int, terms: tuple[float, float, float]) -> Floats:
    """Return recoveries by area from each member's yearly ``cost``; terms: attachment, cap, coinsurance (cents)."""
    attachment, cap, coinsurance = terms
    each = coinsurance * (np.clip(cost, attachment, cap) - attachment)
    return np.bincount(area, each, areas).astype(np.float64)


def premiums(recovered: Floats, months: Cents, weights: Floats) -> Floats:
    """Return each area's premium: the statewide recovery per member-month for each of its months."""
    total = float(weights @ months)
    return np.asarray(months * (float(weights @ recovered) / total if total else 0.0))
