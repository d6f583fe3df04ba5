"""Whom contracts hold for: a part of the clinics of each area, and some kinds of members.

Meaning: in each area the first clinics in an order, as far as the share goes: drawn by a key, by size, or all.
Equation: n = floor(share * clinics + u), u a uniform of the area, drawn once; the first n clinics in the order.
A share of 0 takes none and a share of 1 takes all. Where the share grows, clinics join and none leaves.
"""

import numpy as np

from sim.engine.arrays import Flags, Floats, Ints
from sim.payment.fee_for_service import IN_CCO

ALL, DRAWN, LARGEST, SMALLEST = "all", "drawn", "largest", "smallest"


def clinics_under(area: Ints, place: Floats, share: float, luck: Floats) -> Flags:
    """Return which clinics contracts hold for.

    Parameters
    ----------
    area, place : of each clinic; the lowest place of an area comes first.
    share : of the clinics of each area.
    luck : a uniform number for each area.
    """
    clinics = np.bincount(area, minlength=len(luck))
    order = np.lexsort((place, area))
    rank = np.empty(len(area), dtype=np.int64)
    rank[order] = np.arange(len(area)) - (np.cumsum(clinics) - clinics)[area[order]]
    return np.asarray(rank < np.floor(share * clinics + luck)[area])


def of_kinds(seen: Ints, kinds: Flags) -> Ints:
    """Return ``seen[area, open card or CCO, rate category, ...]`` without CCO members of other rate categories."""
    found = seen.copy()
    found[:, IN_CCO, ~kinds] = 0
    return found
