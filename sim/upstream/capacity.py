"""How many slots exist by month since the program began, and how many are free.

Ramp       logistic s from ``start`` to ``plateau`` in T months: start + (plateau - start) (s(t) - s(0)) / (s(T) - s(0))
Workforce  workers leave at a rate q a month and at most h x target are hired:
           w(t) = min(target, w* + (w0 - w*) (1 - q)^t), w* = h target / q
Units      start + new x max(0, t - build)

Free are the slots that no member holds. Packages that share a pool of workers use each other's: a case of one takes
``cases of this / cases of the other`` slots from this one.
"""

import math
from collections.abc import Sequence
from typing import assert_never

import numpy as np

from sim.engine.arrays import Floats, Ints
from sim.upstream.package import Area, Package, PlacesOf, Ramp, Units, Unlimited, Workforce

PER = 100_000.0  # workers and units are declared per 100,000 members
STEEPNESS = 2.0 * math.log(99.0)  # a logistic curve over this width goes from 1% to 99%
MIDDLE = 0.5  # where it is half way


def places_per_member(places: PlacesOf, months: int) -> float:
    """Return slots per member, ``months`` after the start (0 before it; infinite where slots are unlimited)."""
    if months < 0:
        return 0.0
    match places:
        case Ramp():
            return _ramp(places, months)
        case Workforce():
            return workers_per_member(places, months) * places.cases.value
        case Units():
            built = places.new.value * max(0.0, months - places.build.value)
            return (places.start.value + built) / PER
        case Unlimited():
            return math.inf
        case Area():
            return 0.0
        case _:
            assert_never(places)


def workers_per_member(places: Workforce, months: int) -> float:
    """Return workers per member after hiring and turnover; fast turnover may keep them below the target."""
    staying = (1.0 - places.turnover.value) ** (1.0 / 12.0)
    hired = places.hiring.value * places.target.value
    if staying == 1.0:
        workers = places.start.value + hired * months
    else:
        in_the_end = hired / (1.0 - staying)
        workers = in_the_end + (places.start.value - in_the_end) * staying**months
    return min(max(places.start.value, places.target.value), workers) / PER


def _ramp(places: Ramp, months: int) -> float:
    if months >= places.months.value:
        return places.plateau.value
    share = months / places.months.value
    first, last = _logistic(0.0), _logistic(1.0)
    progress = (_logistic(share) - first) / (last - first)
    return places.start.value + (places.plateau.value - places.start.value) * progress


def _logistic(share: float) -> float:
    return 1.0 / (1.0 + math.exp(-STEEPNESS * (share - MIDDLE)))


def pools_of(packages: Sequence[Package]) -> Floats:
    """Return how many slots of package k (row) one case of package j (column) takes; 1 on the diagonal."""
    taken = np.eye(len(packages))
    for k, one in enumerate(packages):
        for j, other in enumerate(packages):
            mine, theirs = one.places, other.places
            if isinstance(mine, Workforce) and isinstance(theirs, Workforce) and mine.pool and mine.pool == theirs.pool:
                taken[k, j] = mine.cases.value / theirs.cases.value
    return taken


def free_places(places: Ints, served: Ints, pools: Floats, k: int) -> Ints:
    """Return the free slots of package ``k`` in each area, from ``places`` and ``served`` by ``[area, package]``."""
    own = places[:, k] - served[:, k]
    sharing = np.flatnonzero(pools[k])
    if sharing.size == 1:
        return np.asarray(np.maximum(own, 0))
    left = np.floor((places[:, sharing] - served[:, sharing]) @ pools[k, sharing]).astype(np.int64)
    return np.asarray(np.maximum(left, 0))
