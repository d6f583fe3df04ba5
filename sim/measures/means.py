"""Use of care by means: how many material needs a member is prone to is the model's only sign of income."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Ints
from sim.schema import ENROLLED, MATERIAL

GROUPS = tuple(f"prone to {n} of {len(MATERIAL)} material needs" for n in range(len(MATERIAL) + 1))
PRIMARY_VISITS, MEMBERS = "means.primary_visits", "means.members"


def material_needs(prone: NDArray[Any]) -> Ints:
    """Return to how many material needs each mask ``prone`` is prone."""
    bits = prone.astype(np.int64)
    return np.asarray(np.sum([bits >> need & 1 for need in MATERIAL], axis=0), dtype=np.int64)


def by_means(members: NDArray[Any], areas: int) -> dict[str, Ints]:
    """Return members on cover in December and their primary care visits of the year, ``[area, group]``."""
    here = members["status"] == ENROLLED
    place = members["area"][here].astype(np.int64) * len(GROUPS) + material_needs(members["prone"][here])
    shape, size = (areas, len(GROUPS)), areas * len(GROUPS)
    visits = np.bincount(place, members["primary_year"][here], size).astype(np.int64)
    return {MEMBERS: np.bincount(place, minlength=size).reshape(shape), PRIMARY_VISITS: visits.reshape(shape)}
