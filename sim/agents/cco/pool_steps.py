"""What one measure more is worth in a quality pool that pays by steps.

Meaning: prize[measure], the part of the pool to expect from meeting a measure; and the prize of the medical-home gate.
Equation: pay(k) = what k measures of n earn, with the chance ``through`` of passing the gate and without;
          prize[m] = sum over k of P(k of the others are met) (pay(k + 1) - pay(k));
          gate prize = sum over k of P(k of all are met) (pay through the gate - pay without);
          measures are met independently of each other, each with its own chance.
So a measure on the way to a step is worth the step, and one beyond the last step is worth nothing.
Evidence: payout_steps (not verified); that boards reckon so is an assumption (``measure_work.sees_steps``).
"""

from collections.abc import Sequence

import numpy as np

from sim.engine.arrays import Floats
from sim.payment.forms.quality_pool import earned_share


def prizes(chances: Sequence[float], steps: Sequence[tuple[float, float]], through: float) -> tuple[Floats, float]:
    """Return what each measure is worth whose chance of being met is known, and what passing the gate is worth."""
    n = len(chances)
    if n == 0:
        return np.zeros(0), 0.0
    share = np.arange(n + 1) / n
    gated, ungated = (earned_share(share, steps, np.full(n + 1, passed)) for passed in (True, False))
    more = np.diff(through * gated + (1 - through) * ungated)
    others = [_how_many([*chances[:m], *chances[m + 1 :]]) for m in range(n)]
    return np.array([met @ more for met in others]), float(_how_many(chances) @ (gated - ungated))


def _how_many(chances: Sequence[float]) -> Floats:
    """Return the chance that 0, 1, 2 and so on are met."""
    met = np.ones(1)
    for chance in chances:
        met = np.convolve(met, [1 - chance, chance])
    return np.asarray(met)
