"""The provider market of a state: what every model of how providers respond is built from."""

from dataclasses import dataclass

from sim.engine.arrays import Ints
from sim.engine.parameters import Registry


@dataclass(frozen=True)
class Market:
    """Parameters, the seed of the run, the number of CCO areas, and the area of each primary care clinic."""

    registry: Registry
    seed: int
    areas: int
    clinic_area: Ints

    @property
    def clinics(self) -> int:
        """How many primary care clinics there are."""
        return len(self.clinic_area)
