"""How a CCO chooses: one step down, none, or one step up for each action, by softmax, within its funds.

Equation: P(option) = exp(value / spread) / sum; a CCO reconsiders an action with probability ``reconsider`` a quarter.
          While actions cost more than the CCO has, the action that is worth least for its cost goes one step down.
Softmax and keyed draws make CCOs with the same beliefs differ (payment.md E11); inertia keeps earlier decisions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Flags, Floats
from sim.engine.decisions import decision
from sim.engine.draws import uniforms
from sim.engine.parameters import Declared, declared

Worth = Callable[[Floats], float]

RECONSIDER = decision("CCO: looks at an action again", 1080)
CHOOSE = decision("CCO: chooses a step", 1081)
AREA_BITS = 16


@dataclass(frozen=True)
class Luck:
    """Keyed draws of one CCO in one month."""

    seed: int
    area: int
    month: int

    def of(self, decision: int, actions: int) -> Floats:
        """Return one uniform for each action."""
        keys = np.uint64(self.area << AREA_BITS) + np.arange(actions, dtype=np.uint64)
        return uniforms(self.seed, keys, self.month, decision)


@dataclass(frozen=True)
class Habits(Declared):
    """How a CCO chooses: size of a step, spread of choices (USD PMPM), chance to reconsider an action in a quarter."""

    step: float = declared("ccos.step")
    spread: float = declared("ccos.choice_spread")
    reconsider: float = declared("ccos.reconsider")


def softmax(values: Floats, spread: float) -> Floats:
    """Return the probability of each option; without spread the best one is certain (the first of equals)."""
    if spread <= 0:
        return np.asarray(np.eye(len(values))[int(np.argmax(values))])
    scaled = np.maximum((values - values.max()) / spread, np.log(np.finfo(np.float64).tiny))
    weights = np.exp(scaled)
    return np.asarray(weights / weights.sum())


def pick(probabilities: Floats, uniform: float) -> int:
    """Return the option on which a uniform draw falls."""
    return min(int(np.searchsorted(np.cumsum(probabilities), uniform, side="right")), len(probabilities) - 1)


def steps(strength: float, least: float, step: float) -> Floats:
    """Return the options for an action: a step down, none, a step up, between the least and 1."""
    return np.array([max(least, strength - step), strength, min(1.0, strength + step)])


@dataclass(frozen=True)
class Bounds:
    """Which actions a CCO may change, and how far down."""

    may_change: Flags
    least: Floats


def moved(strength: Floats, bounds: Bounds, worth: Worth, habits: Habits, luck: Luck) -> Floats:
    """Return the actions after each that the CCO reconsiders has changed by a step, or not."""
    reconsidered = bounds.may_change & (luck.of(RECONSIDER, len(strength)) < habits.reconsider)
    drawn = luck.of(CHOOSE, len(strength))
    result = np.array(strength)
    for k in map(int, np.flatnonzero(reconsidered)):
        options = steps(strength[k], bounds.least[k], habits.step)
        values = np.array([worth(_with(strength, k, option)) for option in options])
        result[k] = options[pick(softmax(values, habits.spread), drawn[k])]
    return result


def cut_back(strength: Floats, bounds: Bounds, worth: Worth, cost: Floats, funds: float, step: float) -> Floats:
    """Reduce the actions worth least for their cost until ``funds`` pay for all; return the result."""
    result = np.array(strength)
    while cost @ result > funds:
        costly = np.flatnonzero(bounds.may_change & (cost > 0) & (result > bounds.least))
        if not len(costly):
            return result
        lower = {int(k): max(bounds.least[k], result[k] - step) for k in costly}
        now = worth(result)
        value = {
            k: (now - worth(_with(result, k, low))) / float(cost[k] * (result[k] - low)) for k, low in lower.items()
        }
        worst = min(value, key=value.__getitem__)
        result[worst] = lower[worst]
    return result


def _with(strength: Floats, k: int, value: float) -> Floats:
    changed = np.array(strength)
    changed[k] = value
    return changed
