"""How a CCO chooses: one step down, none, or one step up for each action, by softmax, within its funds.

Equation: P(option) = exp(value / spread) / sum; a CCO reconsiders an action with probability ``reconsider`` a quarter.
          While actions cost more than the CCO has, the action that is worth least for its cost goes one step down.
Softmax and keyed draws make CCOs with the same beliefs differ (payment.md E11); inertia keeps earlier decisions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.decisions import decision
from sim.engine.draws import uniforms
from sim.engine.parameters import Declared, declared

Worth = Callable[[Floats], Floats]
"""What sets of actions are worth, (..., action) to (...)."""

LEAST = np.log(np.finfo(np.float64).tiny)

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
    """Return the probability of each option, the last axis; without spread the first of the best is certain."""
    if spread <= 0:
        return np.asarray(np.eye(values.shape[-1])[values.argmax(axis=-1)])
    weights = np.exp(np.maximum((values - values.max(axis=-1, keepdims=True)) / spread, LEAST))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def pick(probabilities: Floats, uniform: Floats) -> Ints:
    """Return the option on which each uniform draw falls."""
    passed = np.cumsum(probabilities, axis=-1) <= uniform[..., None]
    return np.asarray(np.minimum(passed.sum(axis=-1), probabilities.shape[-1] - 1))


def steps(strength: Floats, least: Floats, step: float) -> Floats:
    """Return the options for each action: a step down, none, a step up, between the least and 1; (action, option)."""
    return np.stack([np.maximum(least, strength - step), strength, np.minimum(1.0, strength + step)], axis=-1)


@dataclass(frozen=True)
class Bounds:
    """Which actions a CCO may change, and how far down."""

    may_change: Flags
    least: Floats


def moved(strength: Floats, bounds: Bounds, worth: Worth, habits: Habits, luck: Luck) -> Floats:
    """Return the actions after each that the CCO reconsiders has changed by a step, or not."""
    k = np.flatnonzero(bounds.may_change & (luck.of(RECONSIDER, len(strength)) < habits.reconsider))
    options = steps(strength[k], bounds.least[k], habits.step)
    values = worth(_with(strength, np.repeat(k, options.shape[1]), options.ravel())).reshape(options.shape)
    chosen = pick(softmax(values, habits.spread), luck.of(CHOOSE, len(strength))[k])
    result = np.array(strength)
    result[k] = options[np.arange(len(k)), chosen]
    return result


def cut_back(strength: Floats, bounds: Bounds, worth: Worth, cost: Floats, funds: float, step: float) -> Floats:
    """Reduce the actions worth least for their cost until ``funds`` pay for all; return the result."""
    result = np.array(strength)
    while cost @ result > funds:
        costly = np.flatnonzero(bounds.may_change & (cost > 0) & (result > bounds.least))
        if not len(costly):
            return result
        lower = np.maximum(bounds.least[costly], result[costly] - step)
        lost = worth(result) - worth(_with(result, costly, lower))
        worst = np.argmin(lost / (cost[costly] * (result[costly] - lower)))
        result[costly[worst]] = lower[worst]
    return result


def _with(strength: Floats, changed: Ints, values: Floats) -> Floats:
    """Return the actions with one of them changed, a row for each that is."""
    rows = np.repeat(strength[np.newaxis], len(changed), axis=0)
    rows[np.arange(len(changed)), changed] = values
    return rows
