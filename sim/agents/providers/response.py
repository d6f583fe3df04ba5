"""What providers see when they decide, and what they decided, as members meet it.

Each response (one file each in ``responses/``) adds its part to one ``Decided``. With nothing added, the world is the
baseline, to the bit.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats
from sim.engine.snapshot import Saved
from sim.payment.incentives import Incentives
from sim.schema import METRICS, SERVICES


@dataclass(frozen=True)
class Seen:
    """What providers know on the day of a decision.

    Attributes
    ----------
    month, passed : this month, and the months since the last decision.
    incentives : what contracts put at stake, by area.
    months_under : months that an area has had other incentives than the baseline's.
    mix : share of each service in what members of an area cost before any contract, (area, service).
    clinic_area, clinic_size : area of a clinic, and its share in the area's primary care.
    utilization, usual_utilization : of a clinic, now and before the contract.
    measured : which quality measures are paid for, (area, metric).
    """

    month: int
    passed: int
    incentives: Incentives
    months_under: Floats
    mix: Floats
    clinic_area: NDArray[np.int64]
    clinic_size: Floats
    utilization: Floats
    usual_utilization: Floats
    measured: NDArray[np.bool_]

    def by_area(self, of_clinics: Floats) -> Floats:
        """Mean of a value of clinics in each area, larger clinics counting more; zeros give exactly zero."""
        return np.asarray(np.bincount(self.clinic_area, of_clinics * self.clinic_size, len(self.mix)), dtype=np.float64)


class Decided:
    """What members of ``areas`` areas and ``clinics`` clinics meet; logs are of ratios, shares are added."""

    def __init__(self, areas: int, clinics: int) -> None:
        self.log_volume: Floats = np.zeros((areas, len(SERVICES)))
        self.log_price: Floats = np.zeros((areas, len(SERVICES)))
        self.log_clinic_volume: Floats = np.zeros(clinics)
        self.log_avoidable: Floats = np.zeros(areas)
        self.proactive: Floats = np.zeros(areas)
        self.closed_loops: Floats = np.zeros(areas)
        self.deliver: Floats = np.zeros((areas, len(METRICS)))
        self.record: Floats = np.zeros((areas, len(METRICS)))
        self.diversion: Floats = np.zeros(areas)
        self.observation: Floats = np.zeros(areas)
        self.turned_away: Floats = np.zeros(areas)
        self.induced: Floats = np.zeros((areas, len(SERVICES)))
        self.favor: Floats = np.zeros(areas)
        self.log_intake: Floats = np.zeros(clinics)
        self.log_capacity: Floats = np.zeros(clinics)
        self.team: Floats = np.zeros(clinics)


class Answer(Protocol):
    """One response of providers to how they are paid."""

    def decide(self, seen: Seen) -> None:
        """Move toward what is best now (quarterly)."""

    def add(self, decided: Decided, seen: Seen) -> None:
        """Add what was decided to what members meet."""

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Return what a figure may show, by area: name -> (area,)."""

    def snapshot(self) -> Saved:
        """Return what the months to come depend on."""

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot."""
