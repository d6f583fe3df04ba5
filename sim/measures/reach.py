"""Who is reached: members at each step of a package by group. It reads race and language to report, never to decide.

Counts are of people (sampled members times the weight of their area), in thousandths, so that sums are exact.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats, Ints, Rows
from sim.measures.strata import LEVELS
from sim.schema import AGE_BAND_STARTS_MONTHS, DISABLED, STRATA, STRATUM_SHAPE

GROUPS: tuple[tuple[str, str], ...] = LEVELS
STEPS = ("eligible", "asked", "accepted", "engaged", "started", "served")
THOUSANDTHS = 1000.0


def codes(members: NDArray[Any], rows: Rows) -> Ints:
    """Return one number for the group that each row belongs to by every stratum at once."""
    band = np.searchsorted(np.array(AGE_BAND_STARTS_MONTHS), members["age_months"][rows], side="right") - 1
    disabled = (members["eligibility"][rows] == DISABLED).astype(np.int64)
    made = {"age_band": band, "disability": disabled}
    place = tuple(made[name] if name in made else members[name][rows] for name in STRATA)
    return np.asarray(np.ravel_multi_index(place, STRATUM_SHAPE), dtype=np.int64)


def people_by_group(code: Ints, people: Ints) -> Ints:
    """Return thousandths of people in each of ``GROUPS``.

    Parameters
    ----------
    code : as ``codes`` gives them.
    people : thousandths of people that each row stands for.
    """
    return np.asarray(np.rint(np.bincount(code, weights=people, minlength=len(_IN_GROUP)) @ _IN_GROUP), dtype=np.int64)


def _in_group() -> Floats:
    """1 where somebody with this code belongs to this one of ``GROUPS``: [code, group]."""
    levels = np.indices(STRATUM_SHAPE).reshape(len(STRATUM_SHAPE), -1)
    return np.concatenate([np.eye(n)[level] for n, level in zip(STRATUM_SHAPE, levels, strict=True)], axis=1)


_IN_GROUP = _in_group()
