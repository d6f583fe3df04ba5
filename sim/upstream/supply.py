"""What is free: places less those held, and for packages that share a pool of workers, less what the others hold.

A case of one package takes ``cases of this / cases of the other`` places of it from this one.
"""

from collections.abc import Sequence

import numpy as np

from sim.engine.arrays import Floats, Ints
from sim.upstream.package import Package, Workforce


def pools_of(packages: Sequence[Package]) -> Floats:
    """Return how many places of package k (row) one case of package j (column) takes; 1 on the diagonal."""
    taken = np.eye(len(packages))
    for k, one in enumerate(packages):
        for j, other in enumerate(packages):
            mine, theirs = one.places, other.places
            if isinstance(mine, Workforce) and isinstance(theirs, Workforce) and mine.pool and mine.pool == theirs.pool:
                taken[k, j] = mine.cases.value / theirs.cases.value
    return taken


def free_places(places: Ints, served: Ints, pools: Floats, k: int) -> Ints:
    """Return the free places of package ``k`` in each area.

    Parameters
    ----------
    places, served : ``[area, package]``.
    pools : as ``pools_of`` gives them.
    """
    own = places[:, k] - served[:, k]
    sharing = np.flatnonzero(pools[k])
    if sharing.size == 1:
        return np.asarray(np.maximum(own, 0))
    left = np.floor((places[:, sharing] - served[:, sharing]) @ pools[k, sharing]).astype(np.int64)
    return np.asarray(np.maximum(left, 0))
