"""Who gets a slot first when slots are short: one function for each way of targeting, highest score first.

A program ranks by what it can observe: answers to screening, a plan's records, where members live. Race, ethnicity and
language are never read here; a council's equity target may name a group that comes first
(``sim/agents/programs/equity_first.py``). A monthly lottery breaks ties, and decides alone under ``lottery``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.arrays import Flags, Floats, Ints, Keys, Rows
from sim.upstream.package import Eligible, Package, Reach

LOTTERY, UNIVERSAL = "lottery", "universal"
NEEDS_A_MODEL = ("risk_score", "predicted_benefit")


@dataclass(frozen=True)
class Seen:
    """What a program can observe of some members.

    Attributes
    ----------
    known_needs : needs that screening found, a bit each; homelessness is included where it is visible.
    emergency, stays : visits and stays of the last 12 months.
    rural : lives outside the cities.
    expected : predicted dollars, emergency visits and stays of the next year, ``[member, 3]`` (``risk.py``).
    """

    known_needs: NDArray[np.integer[Any]]
    emergency: Floats
    stays: Floats
    rural: Flags
    expected: Floats


@dataclass(frozen=True)
class Weights:
    """Declared weights: of a community's priorities by need and of rural members; prices and effects of the package."""

    community: Floats
    rural: float
    visit_saved: float
    stay_saved: float


def no_order(seen: Seen, weights: Weights) -> Floats:
    """The lottery decides."""
    return np.zeros(seen.known_needs.size)


def by_need(seen: Seen, weights: Weights) -> Floats:
    """Those with more needs known come first."""
    return np.asarray(has(seen).sum(axis=1), dtype=np.float64)


def by_risk(seen: Seen, weights: Weights) -> Floats:
    """Those with higher expected cost come first."""
    return np.asarray(seen.expected[:, 0])


def by_benefit(seen: Seen, weights: Weights) -> Floats:
    """Those with higher expected savings come first: expected visits and stays times the effect of the package."""
    visits, stays = seen.expected[:, 1], seen.expected[:, 2]
    return np.asarray(visits * weights.visit_saved + stays * weights.stay_saved)


def by_recent_use(seen: Seen, weights: Weights) -> Floats:
    """Those with more emergency visits and stays in the last 12 months come first."""
    return np.asarray(seen.emergency + seen.stays)


def by_community(seen: Seen, weights: Weights) -> Floats:
    """Those with the needs and residence that a community advisory council prioritizes come first."""
    return np.asarray(has(seen) @ weights.community + weights.rural * seen.rural)


def has(seen: Seen) -> Ints:
    """Return a row of 0 and 1 for each member, a column for each need."""
    return np.asarray(seen.known_needs[:, None].astype(np.int64) >> np.arange(len(schema.NEEDS)) & 1)


SCORES: dict[str, Callable[[Seen, Weights], Floats]] = {
    LOTTERY: no_order,
    UNIVERSAL: no_order,
    "need": by_need,
    "risk_score": by_risk,
    "predicted_benefit": by_benefit,
    "recent_use": by_recent_use,
    "community_priority": by_community,
}


def universal(package: Package) -> Package:
    """Return the package without its targeting: no screening, need or past use is required.

    Its purpose stays: homes go to homeless members, meals to members discharged from the hospital.
    """
    open_to = {"needs": (), "min_ed_last_12m": None, "min_stays_last_12m": None, "min_conditions": None}
    eligible: Eligible = package.eligible.model_copy(update=open_to)
    reach: Reach = package.reach.model_copy(update={"screened": False})
    ends = package.duration.ends_with_need and package.eligible.homeless
    duration = package.duration.model_copy(update={"ends_with_need": ends})
    return package.model_copy(update={"eligible": eligible, "reach": reach, "duration": duration})


def first_in_each_area(
    areas: NDArray[np.integer[Any]],
    rank: Floats,
    keys: Keys,
    limits: Ints,
    score: Floats | None = None,
    first: Flags | None = None,
) -> Rows:
    """Return the positions of the first ``limits[area]`` of each area: by score (highest first), rank (lowest), key.

    Those who are ``first`` come before all others, whatever their score.

    The order of rows does not matter.
    """
    before = [keys, rank, *([] if score is None else [-score]), *([] if first is None else [~first]), areas]
    order: Rows = np.lexsort(before)
    of_area = areas[order]
    beginning = np.searchsorted(of_area, np.arange(limits.size))
    position = np.arange(order.size) - beginning[of_area]
    chosen: Rows = order[position < limits[of_area]]
    return chosen
