"""What a response of providers is: built from a market, it sees incentives, decides, and changes what members meet.

Each response (one file each in ``responses/``) adds its part to one ``Decided``. With nothing added, the world is the
baseline, to the bit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.parameters import Registry
from sim.engine.snapshot import Remembering
from sim.payment.incentives import Incentives
from sim.schema import METRICS, SERVICES

OF_CLINICS = (
    *("log_clinic_volume", "log_clinic_withheld", "log_clinic_replaced"),
    *("log_intake", "log_capacity", "leavers", "team"),
)
"""What is decided for each clinic (``Decided``)."""


@dataclass(frozen=True)
class Market:
    """What responses are built from.

    Attributes
    ----------
    registry, seed, areas : parameters, seed, number of CCO areas.
    clinic_area : area of each primary care clinic.
    rural : part of each area's members who live in rural or frontier places.
    """

    registry: Registry
    seed: int
    areas: int
    clinic_area: Ints
    rural: Floats

    @property
    def clinics(self) -> int:
        """How many primary care clinics there are."""
        return len(self.clinic_area)


@dataclass(frozen=True)
class Seen:
    """What providers know on the day of a decision.

    Attributes
    ----------
    month, passed : this month, and the months since the last decision.
    at_stake : says what contracts put at stake (``incentives``, by area): it takes long, and who decides asks.
    months_under : months that an area has had other incentives than the baseline's.
    mix : share of each service in what members of an area cost before any contract, (area, service).
    clinic_area, clinic_size : area of a clinic, and its share in the area's primary care.
    utilization, usual_utilization : of a clinic, now and before the contract.
    measured : which quality measures are paid for, (area, metric).
    """

    month: int
    passed: int
    at_stake: Callable[[], Incentives]
    months_under: Floats
    mix: Floats
    clinic_area: Ints
    clinic_size: Floats
    utilization: Floats
    usual_utilization: Floats
    measured: Flags

    @cached_property
    def incentives(self) -> Incentives:
        """What contracts put at stake, by area."""
        return self.at_stake()

    def by_area(self, of_clinics: Floats) -> Floats:
        """Mean of a value of clinics in each area, larger clinics counting more; zeros give exactly zero."""
        return np.asarray(np.bincount(self.clinic_area, of_clinics * self.clinic_size, len(self.mix)), dtype=np.float64)


class Decided:
    """What members of ``areas`` areas and ``clinics`` clinics meet; logs are of ratios, shares are added.

    ``offer.py`` makes induced and withheld visits of ``log_volume`` and ``log_withheld`` (areas' services) and of
    ``log_clinic_volume`` and ``log_clinic_withheld`` (primary care). ``sent`` are emergency visits per usual one.
    ``log_posts`` is the capacity that practices want (``staffing.py``), ``log_capacity`` what is open of it.
    ``leavers`` are members who lose their clinic each month because a clinician leaves, beyond the usual, as a share.
    """

    def __init__(self, areas: int, clinics: int) -> None:
        self.log_volume: Floats = np.zeros((areas, len(SERVICES)))
        self.log_price: Floats = np.zeros((areas, len(SERVICES)))
        self.log_withheld: Floats = np.zeros((areas, len(SERVICES)))
        self.log_clinic_volume: Floats = np.zeros(clinics)
        self.log_clinic_withheld: Floats = np.zeros(clinics)
        self.log_clinic_replaced: Floats = np.zeros(clinics)
        self.sent: Floats = np.zeros(areas)
        self.log_avoidable: Floats = np.zeros(areas)
        self.proactive: Floats = np.zeros(areas)
        self.closed_loops: Floats = np.zeros(areas)
        self.deliver: Floats = np.zeros((areas, len(METRICS)))
        self.record: Floats = np.zeros((areas, len(METRICS)))
        self.diversion: Floats = np.zeros(areas)
        self.observation: Floats = np.zeros(areas)
        self.turned_away: Floats = np.zeros(areas)
        self.shortened: Floats = np.zeros(areas)
        self.no_bed: Floats = np.zeros(areas)
        self.by_fees: Floats = np.zeros((areas, len(SERVICES)))
        self.favor: Floats = np.zeros(areas)
        self.log_intake: Floats = np.zeros(clinics)
        self.log_capacity: Floats = np.zeros(clinics)
        self.leavers: Floats = np.zeros(clinics)
        self.log_posts: Floats = np.zeros((areas, len(SERVICES)))
        self.team: Floats = np.zeros(clinics)

    def hold_for(self, clinics: Flags) -> None:
        """Undo what was decided for clinics that contracts are not with."""
        for name in OF_CLINICS:
            setattr(self, name, getattr(self, name) * clinics)


class Answer(Remembering):
    """One response of providers to how they are paid.

    Attributes
    ----------
    now : its present value; zero in the baseline world.
    """

    REMEMBERED: ClassVar[tuple[str, ...]] = ("now",)
    now: Floats

    def decide(self, seen: Seen) -> None:
        """Move toward what is best now (quarterly)."""
        raise NotImplementedError

    def add(self, decided: Decided, seen: Seen) -> None:
        """Add what was decided to what members meet."""
        raise NotImplementedError

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Return what a figure may show, by area: name -> (area,)."""
        return {}


class Gradual(Answer):
    """Moves ``inertia`` of the way to its aim each quarter, from zero."""

    def __init__(self, shape: tuple[int, ...], inertia: float) -> None:
        self.inertia = inertia
        self.now = np.zeros(shape)

    def aim(self, seen: Seen) -> Floats:
        """Return the value that would be best now, in the shape of ``now``."""
        raise NotImplementedError

    def decide(self, seen: Seen) -> None:
        """Move part of the way to the aim."""
        self.now = self.now + self.inertia * (self.aim(seen) - self.now)
