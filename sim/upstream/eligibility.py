"""Who may have a package: masks over the member table, one line for each criterion of the closed vocabulary."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.upstream.package import Eligible, Package

Members = NDArray[Any]  # rows of schema.MEMBER
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

MONTHS = 12


def in_last_12_months(this_year: NDArray[Any], last_year: NDArray[Any], month: int) -> NDArray[np.int64]:
    """Return twelve times the events of the last 12 months, as far as calendar-year counts tell.

    The members' clocks count the calendar year so far and the whole year before; the part of the year before that is
    still within 12 months is taken in proportion. Before January is lived, the year so far is the year that ended.
    """
    lived = month % MONTHS or MONTHS
    return MONTHS * this_year.astype(np.int64) + (MONTHS - lived) * last_year.astype(np.int64)


def eligible(package: Package, bit: int, members: Members, month: int) -> Flags:
    """Return which of ``members`` (already gathered, all enrolled) may be asked now.

    Parameters
    ----------
    package : the package.
    bit : its place in the members' bit masks.
    members : candidate rows.
    month : month of the run, to tell how much of the calendar year has been lived.
    """
    criteria = package.eligible
    may: Flags = (members["package"] >> bit) & 1 == 0
    if criteria.first_time_only:
        may &= (members["ever_package"] >> bit) & 1 == 0
    if package.reach.screened:
        may &= (members["accepts_help"] == 1) & (members["known_needs"] != 0)
    return may & _of_age(criteria, members) & _in_need(criteria, members) & _in_care(criteria, members, month)


def still_in_need(package: Package, members: Members) -> Flags:
    """Return which members still have a need that made them eligible."""
    return np.asarray((members["needs"] & bits(package.targets())) != 0)


def bits(places: tuple[int, ...]) -> int:
    """Return the bit mask with these bits set."""
    return sum(1 << place for place in set(places))


def _of_age(criteria: Eligible, members: Members) -> Flags:
    age = members["age_months"]
    may = np.ones(members.size, dtype=np.bool_)
    if criteria.min_age_months is not None:
        may &= age >= criteria.min_age_months.value
    if criteria.max_age_months is not None:
        may &= age <= criteria.max_age_months.value
    return may


def _in_need(criteria: Eligible, members: Members) -> Flags:
    may = np.ones(members.size, dtype=np.bool_)
    if criteria.needs:
        asked_for = bits(tuple(schema.NEEDS.index(need) for need in criteria.needs))
        may &= (members["known_needs"] & asked_for) != 0
    if criteria.homeless:
        may &= (members["needs"] >> schema.HOMELESSNESS) & 1 == 1
    if criteria.homeless_types:
        may &= np.isin(
            members["homeless_type"], [schema.HOMELESS_TYPES.index(kind) for kind in criteria.homeless_types]
        )
    if criteria.pregnant:
        may &= (members["pregnant"] > 0) | (members["postpartum"] > 0)
    return may


def _in_care(criteria: Eligible, members: Members, month: int) -> Flags:
    may = np.ones(members.size, dtype=np.bool_)
    if criteria.conditions:
        listed = bits(tuple(schema.CONDITIONS.index(condition) for condition in criteria.conditions))
        may &= (members["diagnosed"] & listed) != 0
    if criteria.min_conditions is not None:
        may &= np.bitwise_count(members["diagnosed"]) >= criteria.min_conditions.value
    for fewest, events in ((criteria.min_ed_last_12m, "ed"), (criteria.min_stays_last_12m, "stays")):
        if fewest is not None:
            recent = in_last_12_months(members[f"{events}_year"], members[f"{events}_last_year"], month)
            may &= recent >= MONTHS * fewest.value
    return may
