"""Ties to the health system at the start: usual clinic, clocks of past visits, trust, immunization."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.population.ages import BAND_OF_YEAR
from sim.population.luck import Decision, Luck
from sim.population.supply import Clinics
from sim.schema import AGE_BAND_STARTS_MONTHS, CHILDHOOD_IMMUNIZATION, FRACTION_GRID, Members

ADULT_MONTHS = AGE_BAND_STARTS_MONTHS[2]


@dataclass(frozen=True)
class AttachmentTables:
    """What ties to the health system are drawn from."""

    attached: Floats
    newcomer_attached: float
    newborn_attached: float
    since_primary: tuple[float, float]  # unattached, attached
    longest: float
    never: int
    trust_mean: float
    trust_sd: float
    immunized: float
    immunized_from: float

    @classmethod
    def read(cls, registry: Registry) -> "AttachmentTables":
        """Take the tables from the registry."""

        def number(name: str) -> float:
            return float(registry.get(f"population.{name}"))

        return cls(
            attached=registry.get("population.attached"),
            newcomer_attached=number("newcomer_attached"),
            newborn_attached=number("newborn_attached"),
            since_primary=(number("since_primary_unattached"), number("since_primary_attached")),
            longest=number("clock_longest"),
            never=round(number("never")),
            trust_mean=number("trust_mean"),
            trust_sd=number("trust_sd"),
            immunized=number("immunized"),
            immunized_from=number("immunized_from"),
        )


def fill_attachment(
    rows: Members, tables: AttachmentTables, clinics: Clinics, seed: int, luck: Luck, *, share: Floats | float
) -> None:
    """Write the usual clinic, who is attached to it (``share`` of them), and the clocks.

    Members without a usual clinic have a clinic too: the one they would ask. A household shares it.
    """
    rows["clinic"] = clinics.choose(rows["area"], Luck(seed, rows["household"]).uniform(Decision.CLINIC))
    attached = luck.happens(Decision.ATTACHED, share)
    rows["attached"] = attached
    since = np.array(tables.since_primary)[attached.astype(np.int64)]
    age = rows["age_months"]
    rows["since_primary"] = _clock(luck.uniform(Decision.SINCE_PRIMARY), since, tables.longest, age)
    rows["since_screened"] = tables.never
    trust = tables.trust_mean + tables.trust_sd * luck.normal(Decision.TRUST)
    rows["trust"] = np.rint(np.clip(trust, 0.0, 1.0) * FRACTION_GRID)
    so_far = np.minimum(age / tables.immunized_from, 1.0) * (age < ADULT_MONTHS)
    immunized = luck.happens(Decision.IMMUNIZED, tables.immunized * so_far)
    rows["given"] = rows["recorded"] = immunized.astype(np.int64) << CHILDHOOD_IMMUNIZATION


def attached_share(rows: Members, tables: AttachmentTables) -> Floats:
    """Share of members of each one's age who have a usual clinic."""
    return np.asarray(tables.attached[BAND_OF_YEAR[rows["age_months"] // MONTHS_PER_YEAR]])


def _clock(uniform: Floats, mean: Floats | float, longest: float, age: NDArray[np.int16]) -> Floats:
    """Months since something that happens at a steady rate: exponential, cut, and never longer than a life."""
    return np.floor(np.minimum(np.minimum(-np.log(uniform) * mean, longest), age))
