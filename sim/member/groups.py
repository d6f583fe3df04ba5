"""The groups that a member belongs to: a CCO, age band, capitation rate category, stratum."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Ints
from sim.engine.compile import compiled
from sim.schema import (
    AGE_BANDS,
    AGED,
    CHILD,
    DISABILITY,
    DISABLED,
    EIGHTEEN_YEARS,
    ENROLLED,
    EXPANSION,
    FIVE_YEARS,
    FORTY_FIVE_YEARS,
    LANGUAGES,
    N_STRATA,
    RACES,
    RATE_AGED,
    RATE_CHILD_0_5,
    RATE_CHILD_6_18,
    RATE_DISABLED,
    RATE_DUAL,
    RATE_EXPANSION_19_44,
    RATE_EXPANSION_45_64,
    RATE_PARENT,
    RURALITIES,
    SIX_YEARS,
    SIXTY_FIVE_YEARS,
)

# Where the levels of each stratum begin in a table of margins (``sim.measures.strata.LEVELS``).
FIRST_RURALITY = len(RACES)
FIRST_LANGUAGE = FIRST_RURALITY + len(RURALITIES)
FIRST_AGE_BAND = FIRST_LANGUAGE + len(LANGUAGES)
FIRST_DISABILITY = FIRST_AGE_BAND + len(AGE_BANDS)


@compiled
def has_cco(m):
    """Whether a CCO is responsible for the member this month: off cover none is, whoever was before."""
    return m.status == ENROLLED and m.in_cco > 0


@compiled
def age_band(age_months):
    """Age band of an age in months: 0-4, 5-17, 18-44, 45-64, 65+."""
    return (
        int(age_months >= FIVE_YEARS)
        + int(age_months >= EIGHTEEN_YEARS)
        + int(age_months >= FORTY_FIVE_YEARS)
        + int(age_months >= SIXTY_FIVE_YEARS)
    )


@compiled
def rate_category(m):
    """Capitation rate category of a member (index into RATE_CATEGORIES)."""
    if m.dual:
        return RATE_DUAL
    if m.eligibility == CHILD:
        return RATE_CHILD_6_18 if m.age_months >= SIX_YEARS else RATE_CHILD_0_5
    if m.eligibility == EXPANSION:
        return RATE_EXPANSION_45_64 if m.age_months >= FORTY_FIVE_YEARS else RATE_EXPANSION_19_44
    if m.eligibility == DISABLED:
        return RATE_DISABLED
    if m.eligibility == AGED:
        return RATE_AGED
    return RATE_PARENT


def rate_categories(members: NDArray[Any]) -> Ints:
    """Return the rate category of each member."""
    found = np.empty(len(members), dtype=np.int64)
    list_categories(members.view(np.recarray), found)
    return found


@compiled
def list_categories(members, found):
    """Write the rate category of each member."""
    for i in range(found.size):
        found[i] = rate_category(members[i])


@compiled
def list_cells(members, rows, cells):
    """Write the cell of the member in each of these rows of the table: area and stratum as one number."""
    for k in range(rows.size):
        m = members[rows[k]]
        cells[rows[k]] = int(m.area) * N_STRATA + stratum(m)


@compiled
def stratum(m):
    """Index of the stratum (race, rurality, language, age band, disability) of a member."""
    place = (int(m.race) * len(RURALITIES) + int(m.rurality)) * len(LANGUAGES) + int(m.language)
    place = place * len(AGE_BANDS) + age_band(m.age_months)
    return place * len(DISABILITY) + int(m.eligibility == DISABLED)
