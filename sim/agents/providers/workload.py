"""Workload of clinicians, and how many leave: outputs that no rule reads (assumptions with wide ranges).

Meaning: booked visits against capacity, over the same before the contract; share of clinicians who leave in a year.
Equation: workload = utilization / usual utilization; turnover = base * exp(slope (workload - 1)), at most all.
Evidence: none was found for Oregon; model.md 21.
"""

from dataclasses import dataclass

import numpy as np

from sim.agents.providers.response import Seen
from sim.engine.arrays import Floats
from sim.engine.parameters import Declared, declared


@dataclass(frozen=True)
class Workload(Declared):
    """``turnover`` at the usual workload, a year; ``slope`` of its log in workload."""

    turnover: float = declared("practices.turnover")
    slope: float = declared("practices.turnover_slope")

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Workload against the usual, and yearly turnover, by area."""
        usual = np.where(seen.usual_utilization > 0, seen.usual_utilization, 1)
        workload = np.where(seen.usual_utilization > 0, seen.utilization / usual, 1)
        of_area = seen.by_area(workload)
        more = np.exp(np.minimum(self.slope * (of_area - 1), 100))  # in a tiny sample demand may be many times capacity
        return {"workload": of_area, "turnover": np.minimum(self.turnover * more, 1)}
