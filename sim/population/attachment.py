"""Attachment to the health system at the start: usual clinic, months since visits, trust, immunization."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.population.ages import BAND_OF_YEAR
from sim.population.luck import Decision, Luck
from sim.population.supply import Clinics
from sim.schema import (
    AGE_BAND_STARTS_MONTHS,
    CHILDHOOD_IMMUNIZATION,
    FRACTION_GRID,
    LONGEST_AGO,
    LONGEST_SINCE_CARE,
    Members,
)

ADULT_MONTHS = AGE_BAND_STARTS_MONTHS[2]


@dataclass(frozen=True)
class AttachmentTables:
    """Numbers from which attachment is drawn."""

    attached: Floats
    newcomer_attached: float
    newborn_attached: float
    since_primary: Floats  # unattached, attached
    clock_longest: float
    trust_mean: float
    trust_sd: float
    immunized: float
    immunized_from: float
    usual_wary: Floats

    @classmethod
    def read(cls, registry: Registry) -> "AttachmentTables":
        """Read the numbers from the registry."""
        single = (
            *("newcomer_attached", "newborn_attached", "clock_longest", "trust_mean", "trust_sd"),
            *("immunized", "immunized_from"),
        )
        names = ("since_primary_unattached", "since_primary_attached")
        return cls(
            attached=registry.get("population.attached"),
            since_primary=np.array([registry.get(f"population.{name}") for name in names]),
            usual_wary=registry.get("equity.usual_wary"),
            **{name: registry.get(f"population.{name}") for name in single},
        )


def fill_attachment(
    rows: Members, tables: AttachmentTables, clinics: Clinics, seed: int, luck: Luck, *, share: Floats | float
) -> None:
    """Write the clinic, who is attached to it (``share`` of members), and months since visits.

    Members without a usual clinic also have a clinic: the one that they would ask. A household shares one clinic.
    """
    rows["clinic"] = clinics.choose(rows["area"], Luck(seed, rows["household"]).uniform(Decision.CLINIC))
    attached = luck.happens(Decision.ATTACHED, share)
    rows["attached"] = attached
    since = tables.since_primary[attached.astype(np.int64)]
    age = rows["age_months"]
    rows["since_primary"] = _clock(luck.uniform(Decision.SINCE_PRIMARY), since, tables.clock_longest, age)
    rows["since_screened"] = LONGEST_AGO  # never
    rows["since_care"] = LONGEST_SINCE_CARE
    rows["wary"] = np.rint(tables.usual_wary[rows["race"]] * FRACTION_GRID)
    trust = tables.trust_mean + tables.trust_sd * luck.normal(Decision.TRUST)
    rows["trust"] = np.rint(np.clip(trust, 0.0, 1.0) * FRACTION_GRID)
    so_far = np.minimum(age / tables.immunized_from, 1.0) * (age < ADULT_MONTHS)
    immunized = luck.happens(Decision.IMMUNIZED, tables.immunized * so_far)
    rows["given"] = rows["recorded"] = immunized.astype(np.int64) << CHILDHOOD_IMMUNIZATION


def attached_share(rows: Members, tables: AttachmentTables) -> Floats:
    """Share of members with a usual clinic at each member's age."""
    return np.asarray(tables.attached[BAND_OF_YEAR[rows["age_months"] // MONTHS_PER_YEAR]])


def _clock(uniform: Floats, mean: Floats | float, longest: float, age: NDArray[np.int16]) -> Floats:
    """Months since an event with a constant rate: exponential, capped, at most the member's age."""
    return np.floor(np.minimum(np.minimum(-np.log(uniform) * mean, longest), age))
