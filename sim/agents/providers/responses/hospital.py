"""Hospitals fill beds under fees, admit less over time under a budget, and reclassify stays as observation.

Meaning: log of admissions against the baseline's, by area: of all stays, and of the easiest ones alone; part of stays
after a discharge that become observation stays.
Equation: h = part of the hospital's revenue that is fixed: of members under the contract, times their share of all
          members, since beds are one hospital's; m = months under it; r = min(1, max(0, m - lag) / ramp): nothing
          changes before the lag. With fixed revenue an empty bed need not be filled:
          r ln[(1 + f (1 - h)(1 - o)) / (1 + f (1 - o))] of all stays; and hospitals turn away easy cases:
          1 - exp(-a h r) of ordinary stays, those that would have cost least.
          Unit price = budget / volume is the contract's (sim/payment). Observation = chi s(w) where readmission is
          measured and paid for.
Evidence: payment.md E12, section 1 line 4 (three null studies in the first two to three years); hrrp_obs,
obs_reclass_rank. Sizes are assumptions. Occupancy is a constant: beds that others empty are not refilled here.
"""

import numpy as np

from sim.agents.providers.response import Decided, Gradual, Market, Seen
from sim.engine.arrays import Floats
from sim.schema import INPATIENT, READMISSIONS


class Hospital(Gradual):
    """Log of admissions, (area, 2): beds that are filled, easy cases that are turned away."""

    REMEMBERED = ("now", "months_fixed")

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.areas, 2), get("providers.response_inertia"))
        self.months_fixed: Floats = np.zeros(market.areas)
        self.empty: float = 1 - get("practices.occupancy")
        self.filling: float = get("practices.bed_filling")
        self.admits_less: float = get("practices.budget_admissions")
        self.lag: float = get("practices.budget_lag")
        self.ramp: float = get("practices.budget_ramp")

    def aim(self, seen: Seen) -> Floats:
        """Return the logs of admissions at which hospitals aim."""
        fixed = seen.incentives.hospital_budget * seen.incentives.members
        filled = np.log((1 + self.filling * (1 - fixed) * self.empty) / (1 + self.filling * self.empty))
        part = np.clip((self.months_fixed - self.lag) / self.ramp, 0, 1)
        return np.stack([filled * part, -self.admits_less * fixed * part], axis=1)

    def decide(self, seen: Seen) -> None:
        """Count the months under a budget, and move part of the way."""
        self.months_fixed = np.where(seen.incentives.hospital_budget > 0, self.months_fixed + seen.passed, 0)
        super().decide(seen)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Hospitals admit fewer members, and turn the cheapest cases away."""
        decided.log_volume[:, INPATIENT] += self.now[:, 0]
        decided.turned_away += -np.expm1(self.now[:, 1])


class Observation(Gradual):
    """Part of stays soon after a discharge that become observation stays, by area."""

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.areas,), get("providers.response_inertia"))
        self.most: float = get("practices.observation")
        self.half: float = get("reduced_form.half_bonus")

    def aim(self, seen: Seen) -> Floats:
        """Return the part at which hospitals aim."""
        bonus = seen.incentives.bonus * seen.incentives.members * seen.measured[:, READMISSIONS]
        return np.asarray(self.most * bonus / (bonus + self.half))

    def add(self, decided: Decided, seen: Seen) -> None:
        """Some stays become observation stays."""
        decided.observation += self.now
