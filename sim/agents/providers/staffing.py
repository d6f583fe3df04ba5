"""Staffing: practices hire and shrink slowly, with what members ask of them and with what a visit earns.

Meaning: posts = the capacity that a practice wants; capacity = what the people in these posts can give.
Equation: posts = starting capacity x (expected visits / those at the start) ** d x e**a, a: pay (``hiring.py``); each
          month capacity goes f of the way up to posts (1 / 11.4: how long a post stays open; behavioral slower), or l
          of the way down. A shock to enrollment first crowds, then waits recover, in part if d is below 1.
Evidence: c2_chc_recruit, c2_chc_vacancy_psych (f), c2_mi_avail, c2_chc_grant_elast (d); l is an assumption.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.parameters import Declared, declared


@dataclass(frozen=True)
class Staffing(Declared):
    """Declared rules: d, and the monthly chances of filling an open post and of letting a surplus one go."""

    demand: float = declared("providers.posts_demand")
    fills: float = declared("providers.posts_filled")
    fills_behavioral: float = declared("providers.posts_filled_behavioral")
    leaves: float = declared("providers.posts_left")

    def posts(self, start: Floats, growth: Floats, log_pay: Floats | float) -> Floats:
        """Return the capacity that practices want, ``growth`` being expected visits over those at the start."""
        return np.asarray(start * growth**self.demand * np.exp(log_pay))

    def after_a_month(self, capacity: Floats, posts: Floats, fills: Floats) -> Floats:
        """Return capacity after a month of hiring (``fills`` by practice) and leaving."""
        return np.asarray(capacity + np.where(posts > capacity, fills, self.leaves) * (posts - capacity))
