"""Coding: risk scores rise although nobody is sicker (payment.md E10).

Meaning: log of what the search for diagnoses adds to risk scores, by area; the state normalizes scores across CCOs
(sim/payment), so that only the difference between CCOs pays.
Equation: u' = u + 0.03 (umax v - u) a month, v the effort of coding beyond the baseline's (``effort``), or how far
          clinicians earn from diagnoses (``reduced_form``): scores pay the CCO, which passes a part through.
Evidence: upcoding_ma (6 to 16 percent).
"""

from collections.abc import Callable

import numpy as np

from sim.agents.providers.response import Decided, Gradual, Market, Seen
from sim.engine.arrays import Floats


def follows_payment(seen: Seen) -> Floats:
    """Return how far coding pays, by area: the reduced form's v."""
    return np.asarray(seen.incentives.coded * seen.incentives.members)


class Coding(Gradual):
    """Log of risk score inflation by area; ``effort`` returns the effort that goes into coding."""

    def __init__(self, market: Market, effort: Callable[[Seen], Floats]) -> None:
        get = market.registry.get
        super().__init__((market.areas,), get("practices.coding_speed"))
        self.most: float = get("practices.coding_most")
        self.effort = effort

    def decide(self, seen: Seen) -> None:
        """Move by the months that have passed."""
        for _ in range(seen.passed):
            super().decide(seen)

    def aim(self, seen: Seen) -> Floats:
        """Return the inflation to which the present effort leads."""
        return np.asarray(self.most * np.clip(self.effort(seen), 0, 1))

    def add(self, decided: Decided, seen: Seen) -> None:
        """Members notice nothing."""

    def record(self, seen: Seen) -> dict[str, Floats]:
        """The inflation itself."""
        return {"coding": self.now}
