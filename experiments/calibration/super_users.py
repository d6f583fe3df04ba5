"""Adults in hospital again and again: how many, how many of them still are a year or two later, what they spend.

As in Denver: three stays or more in a year, or two with serious mental illness (evidence: superutil_12m). Later years
are those of the people who live, on cover or not; spending is that of those who are on cover all year.
"""

import numpy as np

from experiments.calibration.observed import Observed, Table, bit
from sim import schema

STAYS, STAYS_WITH_MENTAL_ILLNESS = 3, 2


def super_users(seen: Observed) -> dict[str, float]:
    """Return the shares of adults, and of those who still are, in percent; and spending after two years over before."""
    first, second, third = seen.years[:3]
    weight = seen.result.weights
    adult = first["age_months"] >= schema.EIGHTEEN_YEARS
    chosen = first[adult & meets(first)]
    return {
        "super_users": 100 * weight[chosen["area"]].sum() / weight[first["area"][adult]].sum(),
        "super_users_after_1_year": still(chosen, second, weight),
        "super_users_after_2_years": still(chosen, third, weight),
        "super_users_spending": mean_spending(chosen, third, weight) / mean_spending(chosen, first, weight),
    }


def meets(year: Table) -> Table:
    """Whether each person meets the criteria in a year."""
    ill = bit(year, "diagnosed", schema.SERIOUS_MENTAL_ILLNESS)
    return np.asarray(year["stays_year"] >= np.where(ill, STAYS_WITH_MENTAL_ILLNESS, STAYS))


def still(chosen: Table, later: Table, weight: Table) -> float:
    """Percent of those chosen, and alive in a later year, who meet the criteria then."""
    living = later[np.isin(later["key"], chosen["key"])]
    return float(100 * np.average(meets(living), weights=weight[living["area"]])) if len(living) else np.nan


def mean_spending(chosen: Table, year: Table, weight: Table) -> float:
    """Mean spending in a year of those chosen who are on cover all of it."""
    there = year[np.isin(year["key"], chosen["key"]) & covered(year)]
    return float(np.average(there["spend_year"], weights=weight[there["area"]])) if len(there) else np.nan


def covered(year: Table) -> Table:
    """Whether each person is enrolled, and was all year."""
    return np.asarray((year["status"] == schema.ENROLLED) & (year["months_covered"] >= 12))
