"""A purse for each area: a payment that does not fit is not made, so a budget is never overspent. Whole cents."""

import numpy as np
from numpy.typing import NDArray

Cents = NDArray[np.int64]

NO_LIMIT = np.int64(2**62)


class Purse:
    """What is left of each area's budget this month."""

    def __init__(self, budget: Cents | None, n_areas: int) -> None:
        self.left: Cents = np.full(n_areas, NO_LIMIT) if budget is None else np.maximum(budget, 0).astype(np.int64)
        self.ceiling: Cents | None = None  # what the package in hand may take of it, where a budget is divided

    def affordable(self, cents_each: int, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many of ``wanted`` each area can still pay."""
        if cents_each == 0:
            return wanted
        left = self.left if self.ceiling is None else np.minimum(self.left, self.ceiling)
        return np.minimum(wanted, left // cents_each)

    def pay(self, cents: Cents) -> Cents:
        """Take ``cents`` out of the purse, as far as there are any, and return what was paid."""
        paid = np.minimum(cents, self.left)
        self.left = self.left - paid
        return paid
