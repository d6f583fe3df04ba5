"""The age levels of the margins, and which eligibility groups have them.

They are finer than ``schema.AGE_BANDS``, as in published age shares. Within a level ages are uniform.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.calendar import MONTHS_PER_YEAR
from sim.schema import AGE_BAND_STARTS_MONTHS, AGED, CHILD, DISABLED, EXPANSION, PARENT

OLDEST_YEARS = 120


@dataclass(frozen=True)
class AgeLevel:
    """One level of the age margin: from ``start`` up to, not including, ``end``, in months."""

    name: str
    start: int
    end: int

    @property
    def months(self) -> int:
        return self.end - self.start

    @property
    def middle_years(self) -> float:
        """Age in the middle, in years."""
        return (self.start + self.end) / (2 * MONTHS_PER_YEAR)


def _levels(*starts_and_names: tuple[int, str], end: int) -> tuple[AgeLevel, ...]:
    starts = [years * MONTHS_PER_YEAR for years, _ in starts_and_names]
    ends = [*starts[1:], end * MONTHS_PER_YEAR]
    return tuple(AgeLevel(name, a, b) for (_, name), a, b in zip(starts_and_names, starts, ends, strict=True))


CHILD_AGES = _levels((0, "0-4"), (5, "5-6"), (7, "7-12"), (13, "13-17"), (18, "18"), end=19)
ADULT_AGES = _levels((19, "19-24"), (25, "25-29"), (30, "30-34"), (35, "35-44"), (45, "45-54"), (55, "55-64"), end=65)
AGED_AGES = _levels((65, "65-69"), (70, "70-74"), (75, "75-79"), (80, "80-84"), (85, "85-89"), (90, "90-99"), end=100)
AGE_LEVELS = CHILD_AGES + ADULT_AGES + AGED_AGES


@dataclass(frozen=True)
class Group:
    """A pair of eligibility group and age level that exists."""

    eligibility: int
    age: int  # index into AGE_LEVELS


def _groups() -> tuple[Group, ...]:
    ages = {CHILD: CHILD_AGES, PARENT: ADULT_AGES, EXPANSION: ADULT_AGES, DISABLED: ADULT_AGES, AGED: AGED_AGES}
    return tuple(Group(who, AGE_LEVELS.index(level)) for who, levels in ages.items() for level in levels)


GROUPS = _groups()
GROUP_ELIGIBILITY = np.array([g.eligibility for g in GROUPS], dtype=np.int64)
GROUP_AGE = np.array([g.age for g in GROUPS], dtype=np.int64)
BAND_OF_YEAR = (
    np.searchsorted(np.array(AGE_BAND_STARTS_MONTHS) / MONTHS_PER_YEAR, np.arange(OLDEST_YEARS), side="right") - 1
)
