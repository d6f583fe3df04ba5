"""Workload of clinicians, and how many leave in a year; ``responses/turnover.py`` says what that does.

Meaning: booked visits against capacity, over the same before the contract; share of clinicians who leave in a year.
Equation: workload = utilization / usual utilization; turnover = usual * exp(slope (workload - 1)), within a factor
          ``most`` of the usual either way.
Evidence: o2_turn_2014 (usual), o2_burn_turn (most); the slope is an assumption.
"""

from dataclasses import dataclass

import numpy as np

from sim.agents.providers.response import Seen
from sim.engine.arrays import Floats
from sim.engine.parameters import Declared, declared


@dataclass(frozen=True)
class Workload(Declared):
    """``usual`` turnover, a year; ``slope`` of its log in workload; ``most`` by which workload multiplies it."""

    usual: float = declared("practices.turnover")
    slope: float = declared("practices.turnover_slope")
    most: float = declared("practices.turnover_most")

    def workload(self, seen: Seen) -> Floats:
        """Workload of each clinic against its usual."""
        known = seen.usual_utilization > 0
        return np.divide(seen.utilization, seen.usual_utilization, out=np.ones(len(known)), where=known)

    def turnover(self, workload: Floats) -> Floats:
        """Share of clinicians who leave in a year."""
        furthest = np.log(self.most)
        return np.asarray(self.usual * np.exp(np.clip(self.slope * (workload - 1), -furthest, furthest)))

    def excess(self, seen: Seen) -> Floats:
        """Share of each clinic's clinicians who leave in a year beyond the usual; none in the baseline world."""
        under = seen.months_under[seen.clinic_area] > 0
        return np.where(under, self.turnover(self.workload(seen)) - self.usual, 0)

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Workload against the usual, and yearly turnover, by area."""
        workload = self.workload(seen)
        return {"workload": seen.by_area(workload), "turnover": seen.by_area(self.turnover(workload))}
