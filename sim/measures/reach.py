"""Who is reached: members at each step of a package by group. It reads race and language to report, never to decide.

Counts are of people (sampled members times the weight of their area), in thousandths, so that sums are exact.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.measures.strata import LEVELS
from sim.schema import AGE_BAND_STARTS_MONTHS, DISABLED, STRATA, STRATUM_SHAPE

Rows = NDArray[np.int64]
Whole = NDArray[np.int64]

DISABILITY = ("no", "yes")  # by basis of eligibility
GROUPS: tuple[tuple[str, str], ...] = (*LEVELS, *(("disability", level) for level in DISABILITY))
STEPS = ("eligible", "asked", "accepted", "engaged", "started", "served")
THOUSANDTHS = 1000.0
SHAPE = (*STRATUM_SHAPE, len(DISABILITY))


def codes(members: NDArray[Any], rows: Rows) -> NDArray[np.int64]:
    """Return one number for the group that each row belongs to by every stratum at once."""
    band = np.searchsorted(np.array(AGE_BAND_STARTS_MONTHS), members["age_months"][rows], side="right") - 1
    parts = {name: members[name][rows] for name in STRATA if name != "age_band"} | {"age_band": band}
    disabled = (members["eligibility"][rows] == DISABLED).astype(np.int64)
    place: tuple[Any, ...] = (*(parts[name] for name in STRATA), disabled)
    return np.asarray(np.ravel_multi_index(place, SHAPE), dtype=np.int64)


def people_by_group(code: NDArray[np.int64], people: Whole) -> Whole:
    """Return thousandths of people in each of ``GROUPS``.

    Parameters
    ----------
    code : as ``codes`` gives them.
    people : thousandths of people that each row stands for.
    """
    return np.asarray(np.rint(np.bincount(code, weights=people, minlength=len(_IN_GROUP)) @ _IN_GROUP), dtype=np.int64)


def _in_group() -> NDArray[np.float64]:
    """1 where somebody with this code belongs to this one of ``GROUPS``: [code, group]."""
    levels = np.indices(SHAPE).reshape(len(SHAPE), -1)
    return np.concatenate([np.eye(n)[level] for n, level in zip(SHAPE, levels, strict=True)], axis=1)


_IN_GROUP = _in_group()
