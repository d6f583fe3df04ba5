"""Hospitals fill beds under fees, do less over time under a budget, and reclassify stays as observation.

Meaning: logs against the baseline's, by area: of all stays, and by line of the easiest stays alone, outpatient care,
avoidable emergency visits and days of a stay beyond the first; part of stays and outpatient care that goes to hospitals
outside the budget; part of stays after a discharge that become observation stays.
Equation: h = part of the hospital's revenue that is fixed: of members under the contract, times their share of all
          members, since beds are one hospital's; m = months under it; r = min(1, max(0, m - lag) / ramp): nothing
          changes before the lag. g = 1 - rural (1 - rural_answer), rural = part of the area's members in rural places:
          hospitals that fill few beds anyway answer less. With fixed revenue an empty bed need not be filled:
          g r ln[(1 + f (1 - h)(1 - o)) / (1 + f (1 - o))] of all stays; and each line falls: 1 - exp(-a h r g), a its
          ``budget_<line>``: the ordinary stays that would have cost least, care between stays, emergency visits (cases
          are managed), days. Rural hospitals let planned care go: b h r rural of the planned part goes elsewhere.
          Unit price = budget / volume is the contract's (sim/payment). Observation = chi s(w) where readmission is
          measured and paid for.
Evidence: payment.md E12, section 1 line 4 (three null studies in the first two to three years); o2_parhm_pau (rural: no
less avoidable use in four years), o2_parhm_bypass_cah, o2_eu_los_pgb; hrrp_obs, obs_reclass_rank. Other sizes are
assumptions whose ranges include none. Occupancy is a constant: beds that others empty are not refilled here.
"""

import numpy as np

from sim.agents.providers.response import Decided, Gradual, Market, Seen
from sim.engine.arrays import Floats
from sim.schema import INPATIENT, OUTPATIENT, READMISSIONS

LINES = ("admissions", "outpatient", "emergency", "days", "bypass")


class Hospital(Gradual):
    """Logs of beds filled, easy stays, outpatient care, avoidable emergency visits and days; what goes elsewhere."""

    REMEMBERED = ("now", "months_fixed", "rural")

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.areas, 1 + len(LINES)), get("providers.response_inertia"))
        self.months_fixed: Floats = np.zeros(market.areas)
        self.empty: float = 1 - get("practices.occupancy")
        self.filling: float = get("practices.bed_filling")
        self.most: Floats = np.array([get(f"practices.budget_{line}") for line in LINES])
        self.planned: float = get("practices.planned_part")
        self.rural: Floats = market.rural
        self.rural_answer: float = get("practices.rural_answer")
        self.lag: float = get("practices.budget_lag")
        self.ramp: float = get("practices.budget_ramp")

    def aim(self, seen: Seen) -> Floats:
        """Return the logs, and the part that goes elsewhere, at which hospitals aim."""
        fixed = seen.incentives.hospital_budget * seen.incentives.members
        part = np.clip((self.months_fixed - self.lag) / self.ramp, 0, 1)
        answers = part * (1 - self.rural * (1 - self.rural_answer))
        filled = np.log((1 + self.filling * (1 - fixed) * self.empty) / (1 + self.filling * self.empty))
        less = -(fixed * answers)[:, None] * self.most[:-1]
        elsewhere = self.most[-1] * self.planned * fixed * part * self.rural
        return np.column_stack([filled * answers, less, elsewhere])

    @property
    def elsewhere(self) -> Floats:
        """Part of hospitals' stays and outpatient care that goes to hospitals outside the budget."""
        return np.asarray(self.now[:, -1])

    def decide(self, seen: Seen) -> None:
        """Count the months under a budget, and move part of the way."""
        self.months_fixed = np.where(seen.incentives.hospital_budget > 0, self.months_fixed + seen.passed, 0)
        super().decide(seen)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Hospitals admit fewer members, turn the cheapest cases away, do less between stays, and keep members less."""
        filled, easy, outpatient, emergency, days, _ = self.now.T
        decided.log_volume[:, INPATIENT] += filled
        decided.log_volume[:, OUTPATIENT] += outpatient
        decided.log_avoidable += emergency
        decided.turned_away += -np.expm1(easy)
        decided.shortened += -np.expm1(days)

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Part of hospital care that goes to other hospitals."""
        return {"hospital_elsewhere": self.elsewhere}


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
