"""Practice transformation: clinics that turn to team and non-visit care when enough is paid per member (payment.md E4).

Meaning: months since a clinic has turned into a medical home with team care; its effect ramps up over 36 months.
Equation: surplus per clinician: visits under fee-for-service 78,288; team care 35,890 + 1,695 per point of kappa,
          equal at 25.0%. A clinic's own threshold kappa*_j is Normal(0.43, 0.12) cut to (0.05, 0.95); a month's chance
          of adopting is 0.04 / (1 + exp(-(kappa_j - kappa*_j) / 0.05)) once anything is paid per member, and a clinic
          goes back when kappa_j has been below its own threshold for a year.
          What a team costs is the clinic's own, and is reported.
Evidence: basu_surplus_ffs, basu_surplus_team_ffs, basu_surplus_team_100, basu_cap_threshold_lo, _hi (5% below 23%, 95%
below 63%), pcmh_staff_cost, pcpch_total_pct, pcpch_year3_pct; model.md 19.
"""

from statistics import NormalDist
from typing import Any

import numpy as np

from sim.agents.decided import Decided, Seen
from sim.agents.gradual import Gradual
from sim.agents.panel import logistic
from sim.agents.stinting import per_member
from sim.agents.waits import Floats, Reads
from sim.engine.draws import uniforms

THRESHOLD = 1043  # decision number
ADOPTION = 1044  # decision number
ONCE = -1  # a draw that belongs to no month
YEAR = 12


def mean_threshold(registry: Reads) -> float:
    """Return the capitated share at which the mean surplus of team care meets that of fee-for-service."""
    get = registry.get
    gap = get("practices.surplus_visits") - get("practices.surplus_team")
    return float(gap / get("practices.surplus_per_point") / 100)


class Transformation(Gradual):
    """Months in team care (0: not), and months in which it did not pay, by clinic."""

    remembered = ("since", "short")

    def __init__(self, model: Any) -> None:
        get = model.registry.get
        self.keys = np.arange(len(model.clinics), dtype=np.uint64)
        super().__init__(self.keys.shape, 1)
        self.seed: int = model.seed
        self.since: Floats = np.zeros(len(self.keys))
        self.short: Floats = np.zeros(len(self.keys))
        low, high = get("practices.threshold_lowest"), get("practices.threshold_highest")
        normal = [NormalDist().inv_cdf(u) for u in uniforms(model.seed, self.keys, ONCE, THRESHOLD)]
        spread = get("practices.threshold_spread")
        self.threshold = np.clip(get("practices.threshold") + spread * np.array(normal), low, high)
        self.hazard: float = get("practices.adoption")
        self.width: float = get("practices.adoption_width")
        self.ramp: float = get("practices.team_ramp")
        self.proactive: float = get("practices.team_proactive")
        self.cost: float = get("practices.team_cost")

    @property
    def team(self) -> Floats:
        """How far each clinic has come, 0 to 1."""
        return np.asarray(np.minimum(self.since / self.ramp, 1))

    def chance(self, kappa: Floats) -> Floats:
        """Return a month's chance of adopting; nothing where nothing is paid per member."""
        return np.where(kappa > 0, self.hazard * logistic((kappa - self.threshold) / self.width), 0)

    def decide(self, seen: Seen) -> None:
        """Adopt, go on, or go back after a year in which it did not pay."""
        kappa = per_member(seen.incentives)[seen.clinic_area]
        works = self.since > 0
        self.short = np.where(works & (kappa < self.threshold), self.short + seen.passed, 0)
        stays = works & (self.short < YEAR)
        drawn = uniforms(self.seed, self.keys, seen.month, ADOPTION)
        adopts = ~works & (drawn < 1 - (1 - self.chance(kappa)) ** seen.passed)
        self.since = np.where(stays | adopts, self.since + seen.passed, 0)
        self.short = np.where(stays, self.short, 0)

    def aim(self, seen: Seen) -> Floats:
        """Return where it stands: clinics jump."""
        return self.now

    def add(self, decided: Decided, seen: Seen) -> None:
        """Team care reaches out between visits."""
        team = self.team
        decided.team += team
        decided.proactive += self.proactive * seen.by_area(team)

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Share of primary care in clinics with team care, how far they have come, and what it costs them."""
        share = seen.by_area((self.since > 0).astype(float))
        return {"team_share": share, "team_ramp": seen.by_area(self.team), "team_cost_pmpm": self.cost * share}
