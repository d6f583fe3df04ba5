"""An interrupted time series with a comparison group, as pilots without randomization are often evaluated.

The difference of two groups' monthly means is fitted by a line before the start and a line after it:

    gap(t) = a + b t + [t >= 0] (jump + slope t)        weights: members of the first group who are seen in month t
"""

from typing import NamedTuple

import numpy as np

from sim.engine.arrays import Floats
from sim.measures.trial import BEFORE

FOLLOWED = 24  # months after the start that are fitted


class Trend(NamedTuple):
    """What an interrupted time series finds: a jump in month 0, a change a month after it; members in each month."""

    jump: float
    slope: float
    members: Floats

    def mean_effect(self, first: int, last: int) -> float:
        """Mean effect on a member-month, from month ``first`` up to, not including, ``last``."""
        effect = self.jump + self.slope * np.arange(first, last)
        members = self.members[first:last]
        return float(np.average(effect, weights=members)) if members.any() else float("nan")

    def break_even(self) -> float:
        """First month in which the fitted effect is 0 or below; ``FOLLOWED`` where there is none within sight."""
        if np.isnan(self.jump) or self.jump <= 0:
            return 0.0 if self.jump <= 0 else float("nan")
        return FOLLOWED if self.slope >= 0 else min(-self.jump / self.slope, float(FOLLOWED))


def interrupted(one: Floats, other: Floats) -> Trend:
    """Fit the lines.

    Parameters
    ----------
    one, other : ``[member, month]`` around the start; NaN where unknown. With fewer than two months known on a side
        of the start nothing is found.
    """
    months = np.arange(-BEFORE, FOLLOWED)
    one, other = one[:, : len(months)], other[:, : len(months)]
    gap, members = _mean(one) - _mean(other), _known(one)
    there = np.isfinite(gap)
    if min(there[:BEFORE].sum(), there[BEFORE:].sum()) < 2:
        return Trend(np.nan, np.nan, members[BEFORE:])
    after = (months >= 0).astype(float)
    lines = np.stack([np.ones(len(months)), months, after, after * months], axis=1)
    root = np.sqrt(members[there])
    found = np.linalg.lstsq(lines[there] * root[:, None], gap[there] * root, rcond=None)[0]
    return Trend(float(found[2]), float(found[3]), members[BEFORE:])


def _known(use: Floats) -> Floats:
    return np.asarray(np.isfinite(use).sum(axis=0), dtype=np.float64)


def _mean(use: Floats) -> Floats:
    known = _known(use)
    return np.asarray(np.divide(np.nansum(use, axis=0), known, out=np.full(len(known), np.nan), where=known > 0))
