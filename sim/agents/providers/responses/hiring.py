"""Hiring: practices want more posts where a visit earns more, and fewer where it earns less.

Meaning: log of the capacity that practices want, by area and scheduled service; ``staffing.py`` fills it slowly. So a
higher fee first brings the visits that it induces, and then doors that open, not longer waits for everybody.
Equation: log posts = eta ln(max((1 - kappa) fee + kappa, least)), kappa the part of primary care revenue that is paid
          per member (0 for others).
Evidence: c2_fee_accept_25 (eta: arc elasticity of acceptance about .35); c2_chc_grant_elast as upper bound.
"""

import numpy as np

from sim.agents.providers.response import Decided, Gradual, Market, Seen
from sim.agents.providers.responses.stinting import per_member
from sim.engine.arrays import Floats
from sim.schema import PRIMARY, SCHEDULED, SERVICES


class Hiring(Gradual):
    """Log of wanted capacity, (area, service); it is decided at once, and filled slowly."""

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.areas, len(SERVICES)), inertia=1.0)
        self.elasticity: float = get("practices.posts_pay")
        self.least: float = get("reduced_form.least_fee")

    def aim(self, seen: Seen) -> Floats:
        """Return the log of posts that pay brings."""
        earns = np.ones_like(self.now)
        earns[:, SCHEDULED] = seen.incentives.fee[:, SCHEDULED]
        kappa = per_member(seen.incentives)
        earns[:, PRIMARY] = (1 - kappa) * earns[:, PRIMARY] + kappa
        return np.asarray(self.elasticity * np.log(np.maximum(earns, self.least)))

    def add(self, decided: Decided, seen: Seen) -> None:
        """Practices want more or less capacity."""
        decided.log_posts += self.now
