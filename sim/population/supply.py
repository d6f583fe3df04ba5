"""Primary care clinics of each area: how many, how large, and how many visits they can give.

Capacity of the whole area is divided by the weight of the area, so that a sample has the same scarcity as the state.
Other services have no clinics: providers hold their capacity by area.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats, Ints
from sim.engine.parameters import Registry
from sim.population.luck import Decision, Luck
from sim.schema import CLINIC


@dataclass(frozen=True)
class Clinics:
    """The clinics (rows sorted by area), the first one of each area, and the cumulated sizes within an area."""

    rows: NDArray[np.void]
    first: Ints  # [area + 1]
    upto: Floats  # area index + cumulated share of the area's capacity

    def choose(self, area: NDArray[np.int8], uniform: Floats) -> Ints:
        """Return a clinic of each member's area, larger ones more often."""
        place = np.searchsorted(self.upto, area.astype(np.int64) + uniform)
        return np.minimum(place, self.first[area.astype(np.int64) + 1] - 1)


def build_clinics(people: Floats, weights: Floats, seed: int, registry: Registry) -> Clinics:
    """Build the clinics of every area.

    Parameters
    ----------
    people, weights : members of each area in the state, and people per sampled member.
    seed, registry : the seed decides which clinics are large.
    """
    least = float(registry.get("population.clinics_least"))
    number = np.maximum(np.ceil(people / float(registry.get("population.members_per_clinic"))), least).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(number)])
    area = np.repeat(np.arange(len(people)), number)
    size = _sizes(area, seed, float(registry.get("population.clinic_size_spread")))
    rows = np.zeros(len(area), dtype=CLINIC)
    rows["area"] = area
    rows["capacity"] = size * (people / weights * float(registry.get("population.clinic_capacity")))[area]
    rows["wait_days"] = float(registry.get("population.clinic_wait"))
    rows["lost"] = float(registry.get("population.clinic_lost"))
    rows["tier"] = _tiers(len(area), seed, registry.get("population.clinic_tier"))
    rows["intake"] = float(registry.get("population.clinic_intake"))
    before = np.concatenate([[0.0], np.cumsum(size)])
    return Clinics(rows, first, area + before[1:] - before[first[area]])


def _sizes(area: Ints, seed: int, spread: float) -> Floats:
    """Share of each clinic in its area: log-normal."""
    keys = np.arange(1, len(area) + 1, dtype=np.uint64)
    size = np.exp(spread * Luck(seed, keys).normal(Decision.CLINIC_SIZE))
    return np.asarray(size / np.bincount(area, weights=size)[area])


def _tiers(clinics: int, seed: int, shares: Floats) -> Ints:
    """Medical-home tier of each clinic."""
    keys = np.arange(1, clinics + 1, dtype=np.uint64)
    tier = np.searchsorted(np.cumsum(shares), Luck(seed, keys).uniform(Decision.CLINIC_TIER))
    return np.minimum(tier, len(shares) - 1)
