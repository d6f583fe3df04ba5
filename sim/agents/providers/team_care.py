"""Team care: what members meet at a clinic that works as a team, whoever made it one.

Meaning: how far a clinic works as a team, 0 to 1. It turned to team care because that pays (``transformation.py``), or
         its CCO helped it to recognition as a medical home (``MedicalHomes``).
Equation: a home that was helped works as a team to home_team x (top tier - usual tier) / top tier x
          min(months helped / ramp, 1). Team care of level 1 is ``team_proactive`` and ``team_coordination`` of full
          effort (``effort.yaml``): conditions found and controlled, other contacts for visits, fewer avoidable
          emergency visits, follow-up of discharges. A clinic that is both has the higher level.
Evidence: tbc_ed, tbc_adm, tbc_acs, tbc_pcv, o2_team_ed; pcpch_total_pct, pcpch_year3_pct, cpcplus_null_net;
payment.md E9.
"""

from collections.abc import Callable

import numpy as np

from sim.agents.providers.response import Decided
from sim.agents.providers.responses.effort import Terms
from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.parameters import Registry
from sim.engine.snapshot import Remembering
from sim.schema import PRIMARY, PROACTIVE, TIERS

TOP = len(TIERS) - 1


class TeamCare:
    """What a full team gives: so much of the effort of two activities, which does what it does at any clinic."""

    def __init__(self, registry: Registry) -> None:
        get = registry.get
        self.effort = Terms.of(registry)
        self.proactive: float = get("practices.team_proactive")
        self.coordination: float = get("practices.team_coordination")
        self.log_replaced = float(get("effort.use")[PROACTIVE, PRIMARY])

    def add(self, decided: Decided, level: Floats, by_area: Callable[[Floats], Floats]) -> None:
        """Add the care of teams; ``level`` by clinic, ``by_area`` its mean in each area."""
        mean = by_area(level)
        self.effort.reach_out(decided, coordination=self.coordination * mean, proactive=self.proactive * mean)
        decided.log_clinic_replaced += self.log_replaced * self.proactive * level


class MedicalHomes(Remembering):
    """Months since each clinic was helped to full recognition by its CCO; 0 where it is not."""

    REMEMBERED = ("since",)

    def __init__(self, registry: Registry, usual_tier: Ints) -> None:
        self.care = TeamCare(registry)
        self.ramp: float = registry.get("practices.team_ramp")
        self.most: Floats = registry.get("practices.home_team") * (TOP - usual_tier) / TOP
        self.since: Floats = np.zeros(len(usual_tier))

    def pass_month(self, helped: Flags) -> None:
        """Count the months of help; a clinic that is no longer helped starts anew."""
        self.since = np.where(helped, self.since + 1, 0.0)

    def add(self, decided: Decided, by_area: Callable[[Floats], Floats]) -> None:
        """Add what homes give beyond the teams that clinics have made by themselves."""
        level = self.most * np.minimum(self.since / self.ramp, 1)
        self.care.add(decided, np.maximum(level - decided.team, 0), by_area)
