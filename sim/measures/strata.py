"""The groups of members for which results are reported. Race and language are read to report, never to decide.

A cell is one combination of race, rurality, language, age band and disability. Each year keeps the margins of the
cells, one stratum at a time; the whole run keeps the full cells, from which any combination can be added up.
Proneness to material needs is the model's only sign of income.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Flags, Ints
from sim.engine.by_parts import ByParts, at_once
from sim.schema import ENROLLED, MATERIAL, N_STRATA, NEEDS, RACES, STRATA, STRATUM_SHAPE

ALL = "all"
AREA = "area"

N_RACES = len(RACES)  # the first stratum: its levels add up to all members
LEVELS: tuple[tuple[str, str], ...] = tuple((name, level) for name, levels in STRATA.items() for level in levels)
STEPS = ("eligible", "asked", "accepted", "engaged", "started", "served")  # of a member on the way into a program
THOUSANDTHS = 1000.0  # people (sampled members times the weight of their area) are counted so, and sums are exact
MATERIAL_NEEDS = tuple(f"prone to {n} of {len(MATERIAL)} material needs" for n in range(len(MATERIAL) + 1))
PRIMARY_VISITS, MEMBERS = "means.primary_visits", "means.members"  # names under which results are recorded


def margins(cells: Ints) -> Ints:
    """Add up cells ``[..., N_STRATA, n]`` to the margin of each stratum, ``[..., len(LEVELS), n]``."""
    lead, n = cells.shape[:-2], cells.shape[-1]
    table = cells.reshape(math.prod(lead), *STRATUM_SHAPE, n)
    axes = tuple(range(1, 1 + len(STRATUM_SHAPE)))
    one, other = axes[:2], axes[2:]  # all of the table is added up twice, and not once for each stratum
    half = dict.fromkeys(one, table.sum(axis=other, keepdims=True))
    half |= dict.fromkeys(other, table.sum(axis=one, keepdims=True))
    parts = [half[axis].sum(axis=tuple(other for other in axes if other != axis)) for axis in axes]
    return np.concatenate(parts, axis=1).reshape(*lead, len(LEVELS), n)


IN_LEVEL = margins(np.eye(N_STRATA, dtype=np.int64)).astype(np.float64)
"""Whether each cell belongs to each level, 0 or 1."""


def rows(areas: tuple[str, ...]) -> list[tuple[str, str]]:
    """(stratum, level) of every row of a report: the whole population, each area, each level of each stratum."""
    return [(ALL, ALL), *((AREA, area) for area in areas), *LEVELS]


def in_group(group: Mapping[str, Sequence[str]]) -> Flags:
    """Return which cells lie in one of the levels of every stratum that is named."""
    inside = np.ones(STRATUM_SHAPE, dtype=bool)
    for axis, (stratum, levels) in enumerate(STRATA.items()):
        kept = np.array([level in group.get(stratum, levels) for level in levels])
        inside &= kept.reshape([-1 if other == axis else 1 for other in range(len(STRATA))])
    return inside.ravel()


IN_MASK: Ints = np.array([sum(mask >> need & 1 for need in MATERIAL) for mask in range(1 << len(NEEDS))])


def material_needs(prone: NDArray[Any]) -> Ints:
    """Return the number of material needs in each mask ``prone``."""
    return np.asarray(IN_MASK[prone])


def primary_care_by_material_needs(members: NDArray[Any], areas: int, by_parts: ByParts = at_once) -> dict[str, Ints]:
    """Return members on cover in December and their primary care visits of the year, ``[area, group]``."""
    size = areas * len(MATERIAL_NEEDS)

    def counted(part: NDArray[Any]) -> Ints:
        here = np.flatnonzero(part["status"] == ENROLLED)
        place = part["area"][here].astype(np.int64) * len(MATERIAL_NEEDS) + material_needs(part["prone"][here])
        visits = np.bincount(place, part["primary_year"][here], size).astype(np.int64)
        return np.array([np.bincount(place, minlength=size), visits])

    found = np.sum(by_parts(members, counted), axis=0).reshape(2, areas, len(MATERIAL_NEEDS))
    return {MEMBERS: found[0], PRIMARY_VISITS: found[1]}
