"""Pregnancy at the start: who is pregnant and in which month, and who gave birth within the year."""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.population.ages import BAND_OF_YEAR
from sim.population.luck import Decision, Luck
from sim.schema import FEMALE, POSTPARTUM_MONTHS, PREGNANT_MONTHS, Members


@dataclass(frozen=True)
class PregnancyTables:
    """Shares of women by age band, and the ages between which they hold, in months."""

    pregnant: Floats
    postpartum: Floats
    fertile: tuple[float, float]

    @classmethod
    def read(cls, registry: Registry) -> "PregnancyTables":
        """Take the tables from the registry."""
        first, last = registry.get("population.fertile_from"), registry.get("population.fertile_to")
        return cls(
            registry.get("population.pregnant"),
            registry.get("population.postpartum"),
            (MONTHS_PER_YEAR * float(first), MONTHS_PER_YEAR * float(last)),
        )


def fill_pregnancy(rows: Members, tables: PregnancyTables, luck: Luck) -> None:
    """Write the month of pregnancy (1 to 9) and the months since delivery (1 to 12) of women of fertile age."""
    age = rows["age_months"]
    first, last = tables.fertile
    fertile = (rows["sex"] == FEMALE) & (age >= first) & (age < last)
    band = BAND_OF_YEAR[age // MONTHS_PER_YEAR]
    pregnant = fertile & luck.happens(Decision.PREGNANT, tables.pregnant[band])
    month = 1 + (luck.uniform(Decision.PREGNANT_MONTH) * PREGNANT_MONTHS).astype(np.int64)
    rows["pregnant"] = pregnant * month
    gave_birth = fertile & ~pregnant & luck.happens(Decision.POSTPARTUM, tables.postpartum[band])
    since = 1 + (luck.uniform(Decision.POSTPARTUM_MONTH) * POSTPARTUM_MONTHS).astype(np.int64)
    rows["postpartum"] = gave_birth * since
