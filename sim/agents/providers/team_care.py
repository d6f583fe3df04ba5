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
from dataclasses import dataclass

import numpy as np

from sim.agents.providers.response import Decided
from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.parameters import Declared, Registry, declared
from sim.engine.snapshot import Remembering
from sim.schema import PRIMARY, PROACTIVE, TIERS

TOP = len(TIERS) - 1


@dataclass(frozen=True)
class TeamCare(Declared):
    """What a full team gives: effort of two activities, and what full effort of each does (``effort.Terms``)."""

    proactive: float = declared("practices.team_proactive")
    coordination: float = declared("practices.team_coordination")
    log_replaced: float = declared("effort.use", lambda use: float(use[PROACTIVE, PRIMARY]))
    log_avoidable: float = declared("effort.avoidable_ratio", lambda ratio: float(np.log(ratio)))
    log_avoidable_proactive: float = declared("effort.avoidable_ratio_proactive", lambda ratio: float(np.log(ratio)))
    closed_loops: float = declared("effort.closed_loops")

    def add(self, decided: Decided, level: Floats, by_area: Callable[[Floats], Floats]) -> None:
        """Add the care of teams; ``level`` by clinic, ``by_area`` its mean in each area."""
        mean = by_area(level)
        proactive, coordination = self.proactive * mean, self.coordination * mean
        decided.proactive += proactive
        decided.log_clinic_replaced += self.log_replaced * self.proactive * level
        decided.log_avoidable += self.log_avoidable * coordination + self.log_avoidable_proactive * proactive
        decided.closed_loops += self.closed_loops * coordination


class MedicalHomes(Remembering):
    """Months since each clinic was helped to full recognition by its CCO; 0 where it is not."""

    REMEMBERED = ("since",)

    def __init__(self, registry: Registry, usual_tier: Ints) -> None:
        self.care = TeamCare.of(registry)
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
