"""Incremental cost-effectiveness: the frontier of strategies, and which ones are dominated.

Strongly dominated: another strategy costs no more and gives no less, and is better in one of the two. Extendedly
dominated: a mix of two others does better; its ratio against the next cheaper one is above that of the next dearer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.engine.arrays import Floats

FRONTIER, STRONGLY, EXTENDEDLY = "on the frontier", "strongly dominated", "extendedly dominated"


@dataclass(frozen=True)
class Strategy:
    """One strategy's place: increments and ratio are against the next cheaper one on the frontier; NaN if none."""

    name: str
    cost: float
    effect: float
    incremental_cost: float
    incremental_effect: float
    icer: float
    status: str


def frontier(names: Sequence[str], costs: Floats, effects: Floats) -> list[Strategy]:
    """Every strategy with its status, from the cheapest to the dearest.

    Parameters
    ----------
    names, costs, effects
        One of each for a strategy; costs in dollars, effects in QALYs.
    """
    order = sorted(range(len(names)), key=lambda i: (costs[i], -effects[i]))
    status = {i: STRONGLY if _is_dominated(i, costs, effects) else FRONTIER for i in order}
    kept = [i for i in order if status[i] == FRONTIER]
    while (worst := _first_extended(kept, costs, effects)) is not None:
        status[worst] = EXTENDEDLY
        kept.remove(worst)
    below = dict(zip(kept[1:], kept, strict=False))
    return [_strategy(i, below.get(i), names, costs, effects, status[i]) for i in order]


def _is_dominated(i: int, costs: Floats, effects: Floats) -> bool:
    no_worse = (costs <= costs[i]) & (effects >= effects[i])
    better = (costs < costs[i]) | (effects > effects[i])
    same_before = (costs == costs[i]) & (effects == effects[i]) & (np.arange(len(costs)) < i)
    return bool((no_worse & (better | same_before)).any())


def _first_extended(kept: list[int], costs: Floats, effects: Floats) -> int | None:
    """The first strategy whose ratio is above that of the next one."""
    # effects rise along the frontier, so no ratio divides by zero
    ratios = [(costs[b] - costs[a]) / (effects[b] - effects[a]) for a, b in pairwise(kept)]
    for place in range(len(ratios) - 1):
        if ratios[place] > ratios[place + 1]:
            return kept[place + 1]
    return None


def _strategy(i: int, below: int | None, names: Sequence[str], costs: Floats, effects: Floats, status: str) -> Strategy:
    cost, effect = float(costs[i]), float(effects[i])
    if below is None:
        return Strategy(names[i], cost, effect, np.nan, np.nan, np.nan, status)
    more, gained = cost - float(costs[below]), effect - float(effects[below])
    return Strategy(names[i], cost, effect, more, gained, more / gained, status)
