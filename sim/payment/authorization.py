"""Prior authorization: what a CCO refuses before it is given, what it denies afterwards, what asking costs clinicians.

Meaning: refused[area, service], the part of what CCO members would be given that they are not; 0 without the action
         ``utilization_management``, which is the part of billed value that a CCO denies beyond the baseline.
Equation: strength = action / its maximum;
          refused = strength x requested x denied x (1 - appealed x restored);
          unpaid = max(0, action - refused): of each service, requests come first, payment is denied for the rest;
          hassle = strength x request cost x sum over services of (requested x events) / revenue of primary and
          specialist care, events = spending / price. Clinicians ask, so it lowers what their fee is worth to them.
What refusal does to members: sim/member/authorization.py.
Evidence: o2_pa_denial, o2_pa_denial_n, o2_pa_high, o2_pa_appeal, o2_pa_overturn, o2_pa_cost.
"""

import numpy as np

from sim.engine.arrays import Cents, Floats
from sim.engine.parameters import Registry
from sim.schema import PRIMARY, SPECIALIST

ASKING = [PRIMARY, SPECIALIST]
CENTS = 100


class Authorization:
    """The terms of prior authorization at full strength."""

    def __init__(self, registry: Registry) -> None:
        get = registry.get
        self.requested: Floats = np.asarray(get("authorization.requested"))
        self.denied: float = get("authorization.denied")
        self.restored: float = get("authorization.appealed") * get("authorization.restored")
        self.cost = CENTS * float(registry.dollars("authorization.request_cost"))
        self.price: Floats = CENTS * np.asarray(registry.dollars("levels.price"))

    def refused(self, strength: Floats) -> Floats:
        """Return the part of each service that is not given, (area, service)."""
        return np.asarray(strength[:, None] * self.requested * self.denied * (1 - self.restored))

    def hassle(self, strength: Floats, mix: Floats | Cents) -> Floats:
        """Return the part of clinicians' revenue that asking costs, by area; ``mix``: spending by service in cents."""
        asked = (self.requested * mix / self.price).sum(axis=1)
        return np.asarray(strength * self.cost * asked / np.maximum(mix[:, ASKING].sum(axis=1), 1))


def unpaid(action: Floats, refused: Floats) -> Floats:
    """Return the part of each service that is given and not paid, (area, service)."""
    return np.asarray(np.maximum(action[:, None] - refused, 0))
