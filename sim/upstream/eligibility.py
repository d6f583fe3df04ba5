"""Who is eligible for a package: one line for each criterion; all must hold.

The rules are scalar and compiled, like those of the member's month: one pass over the table finds the members who may
get a slot, hold one, or were screened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.arrays import Rows
from sim.engine.by_parts import ByParts, at_once
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.compile import compiled, compiled_in_place, compiled_with_arrays
from sim.schema import CONDITIONS, ENROLLED, HOMELESSNESS, OFF_COVER
from sim.upstream.package import Package

N_CONDITIONS = len(CONDITIONS)
NO_AGE_LIMIT = np.inf
EVERY_TYPE = (1 << len(schema.HOMELESS_TYPES)) - 1

# Bits of a flag: bit k below MAX_PACKAGES says that the member is eligible for package k.
SERVED = 1 << schema.MAX_PACKAGES
SCREENED_NOW = SERVED << 1

CRITERIA = np.dtype(
    [
        ("screened", np.int64),
        ("needs", np.int64),  # a bit for each; 0 asks for none
        ("homeless", np.int64),
        ("housed", np.int64),
        ("homeless_types", np.int64),
        ("conditions", np.int64),
        ("pregnant", np.int64),
        ("discharged", np.int64),
        ("once", np.int64),
        ("cco_members", np.int64),
        ("min_conditions", np.float64),
        ("min_ed", np.float64),
        ("min_stays", np.float64),
        ("min_age", np.float64),
        ("max_age", np.float64),
    ]
)


@compiled_in_place
def may_have(m, c, bit, lived):
    """Whether member ``m`` meets the criteria ``c`` of the package with this bit and does not hold a slot of it."""
    if c.screened and not m.known_needs:
        return False
    if not in_need(m, c) or not in_care(m, c, lived):
        return False
    if m.package >> bit & 1 or (c.once and m.ever_package >> bit & 1):
        return False
    if c.cco_members and not m.in_cco:
        return False
    return c.min_age <= m.age_months <= c.max_age


@compiled_in_place
def in_need(m, c):
    """Any of the needs, found by screening; homeless or housed; pregnant or within a year of delivery."""
    if c.needs and not m.known_needs & c.needs:
        return False
    if c.homeless and not m.needs >> HOMELESSNESS & 1:
        return False
    if c.housed and m.needs >> HOMELESSNESS & 1:
        return False
    if not c.homeless_types >> m.homeless_type & 1:
        return False
    return not c.pregnant or m.pregnant > 0 or m.postpartum > 0


@compiled_in_place
def in_care(m, c, lived):
    """Any of the conditions diagnosed, and enough of them; discharged last month; visits and stays of 12 months."""
    if c.conditions and not m.diagnosed & c.conditions:
        return False
    if c.discharged and m.discharge_day == 0:
        return False
    if c.min_ed > 0 and in_last_12_months(m.ed_year, m.ed_last_year, lived) < c.min_ed:
        return False
    if c.min_stays > 0 and in_last_12_months(m.stays_year, m.stays_last_year, lived) < c.min_stays:
        return False
    return c.min_conditions == 0 or diagnoses(m) >= c.min_conditions


@compiled_with_arrays
def in_last_12_months(this_year, last_year, lived):
    """Events of the last 12 months, estimated from counts by calendar year.

    The counts hold the year so far, of which ``lived`` months have passed, and the year before; of that year, a
    proportional part lies within 12 months.
    """
    return this_year + last_year * (MONTHS_PER_YEAR - lived) / MONTHS_PER_YEAR


@compiled_in_place
def diagnoses(m):
    """How many conditions are diagnosed."""
    found = 0
    for condition in range(N_CONDITIONS):
        found += m.diagnosed >> condition & 1
    return found


@compiled
def look_over(members, criteria, lived, flags):
    """Flag each member: eligible for which packages, served by any, screened last month."""
    for i in range(flags.size):
        m = members[i]
        flag = 0
        if m.status == ENROLLED:
            for bit in range(criteria.size):
                if may_have(m, criteria[bit], bit, lived):
                    flag |= 1 << bit
        if m.package:
            flag |= SERVED
        if m.since_screened == 0 and (m.status == ENROLLED or m.status == OFF_COVER):
            flag |= SCREENED_NOW
        flags[i] = flag


def criteria_of(packages: Sequence[Package], *, cco_members_only: bool = False) -> NDArray[Any]:
    """Return the criteria of packages as records, in the order of their bits."""
    table = np.zeros(len(packages), CRITERIA).view(np.recarray)
    for c, package in zip(table, packages, strict=True):
        may = package.eligible
        c.screened, c.cco_members = package.reach.screened, cco_members_only
        c.needs = bits(schema.NEEDS.index(need) for need in may.needs)
        c.homeless, c.housed, c.once = may.homeless, may.housed, may.first_time_only
        c.pregnant, c.discharged = may.pregnant, may.discharged
        c.homeless_types = bits(schema.HOMELESS_TYPES.index(kind) for kind in may.homeless_types) or EVERY_TYPE
        c.conditions = bits(CONDITIONS.index(condition) for condition in may.conditions)
        c.min_conditions = may.min_conditions.value if may.min_conditions else 0.0
        c.min_ed = may.min_ed_last_12m.value if may.min_ed_last_12m else 0.0
        c.min_stays = may.min_stays_last_12m.value if may.min_stays_last_12m else 0.0
        c.min_age = may.min_age_months.value if may.min_age_months else 0.0
        c.max_age = may.max_age_months.value if may.max_age_months else NO_AGE_LIMIT
    return table


def months_lived(month: int) -> int:
    """Return how many months the members' counts of this year hold before ``month`` is simulated.

    Counts restart in January: before January is simulated, they hold the whole year that ended.
    """
    return month % MONTHS_PER_YEAR or MONTHS_PER_YEAR


def bits(numbers: Any) -> int:
    """Return the bit mask with these bits set."""
    return sum(1 << number for number in set(numbers))


@dataclass(frozen=True)
class Shortlist:
    """The members of whom a month of slots is about: their rows, in ascending order, and the flag of each."""

    rows: Rows
    flags: NDArray[np.int32]

    def who_may_have(self, bit: int) -> Rows:
        """Return the rows that are eligible for the package with this bit."""
        return self._with(1 << bit)

    def screened_now(self) -> Rows:
        """Return the rows that were screened in the month before."""
        return self._with(SCREENED_NOW)

    def served(self) -> Rows:
        """Return the rows that a package serves."""
        return self._with(SERVED)

    def eligible_or_served(self) -> Rows:
        """Return the rows that a package may serve or serves."""
        return self._with(SCREENED_NOW - 1)  # all bits below it: those of packages, and SERVED

    def _with(self, flag: int) -> Rows:
        rows: Rows = self.rows[np.flatnonzero(self.flags & flag != 0)]
        return rows


def shortlist(members: NDArray[Any], criteria: NDArray[Any], month: int, by_parts: ByParts = at_once) -> Shortlist:
    """Return the members who are eligible for a package, hold a slot, or were screened."""

    def looked_over(part: NDArray[Any]) -> NDArray[np.int32]:
        flags = np.empty(part.size, np.int32)
        look_over(part, criteria, months_lived(month), flags)
        return flags

    flags = np.concatenate(by_parts(members.view(np.recarray), looked_over))
    rows = np.flatnonzero(flags != 0)
    return Shortlist(rows, flags[rows])
