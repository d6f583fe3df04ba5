"""A council's equity target: work on measures is aimed at the group by race and ethnicity whose rate is worst.

Meaning: for each measure the group, the gap between it and everybody in the area, and its share of those who count.
Equation: rate of a group here = (recorded + few x the state's rate of the group) / (people + few): where few people
          count, an area's rate is nearly the state's; the worst of these rates, of groups that live here, is aimed at;
          gap = rate of everybody here - rate of the group, mirrored where lower is better; aimed at only if above 0.
          Of work that adds g log odds of care for everybody a part a is moved to the group, whose share is w: others
          get g (1 - a), the group g (1 - a) + g a / w. So the work does as much in all as before; and the group gets no
          more than the same means bring at full strength, ``full``: a <= (full - g) / (g (1 / w - 1)).
          The group whose gaps add to most is furthest behind: programs of the CCO put it first
          (sim/agents/programs/equity_first.py).
Evidence: none says what a target moves; the means have the effects of measure_work.py, and no more.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats, Ints
from sim.measures.quality import PEOPLE, RECORDED, share
from sim.schema import LOWER_IS_BETTER, METRICS

NOBODY = -1
SIGN = np.array([-1.0 if metric in LOWER_IS_BETTER else 1.0 for metric in METRICS])


class Target(NamedTuple):
    """By measure: the group aimed at, its gap to everybody in the area (0: no target), its share of who counts."""

    group: Ints
    gap: Floats
    share: Floats


def worst_off(counts: NDArray[np.int64], area: int, few: float) -> Target:
    """Return whom to aim at in an area; ``counts``: a year's, (area, group, measure, outcome)."""
    here, state = counts[area], counts.sum(axis=0)
    known = np.nan_to_num(share(state, RECORDED))
    people = here[..., PEOPLE]
    rate = (here[..., RECORDED] + few * known) / np.maximum(people + few, 1)
    all_here = people.sum(axis=0)
    everybody = (rate * people).sum(axis=0) / np.maximum(all_here, 1)
    good = np.where(people > 0, SIGN * rate, np.inf)
    group = good.argmin(axis=0)
    mine = np.arange(len(METRICS))
    gap = np.where(all_here > 0, np.maximum(SIGN * everybody - good[group, mine], 0), 0.0)
    return Target(group.astype(np.int64), gap, people[group, mine] / np.maximum(all_here, 1))


def furthest_behind(target: Target) -> int:
    """Return the group whose gaps, over all measures, add to most; ``NOBODY`` where there is no gap."""
    behind = np.bincount(target.group, weights=target.gap)
    return int(behind.argmax()) if behind.any() else NOBODY


def aimed(gain: Floats, full: Floats, part: float, target: Target) -> tuple[Floats, Floats]:
    """Return the log odds of care that everybody gets of work, and what the group aimed at gets on top."""
    works = (gain > 0) & (target.gap > 0) & (target.share > 0) & (target.share < 1)
    w, g = np.where(works, target.share, 1.0), np.where(works, gain, 1.0)
    most = np.divide(np.maximum(full - g, 0), g * (1 / w - 1), out=np.zeros_like(g), where=works)
    moved = np.minimum(part, most)
    return gain * (1 - moved), gain * moved / w
