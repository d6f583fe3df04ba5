"""How good one programme is: effects vary between programmes, and some do nothing (model.md 16).

One draw for a programme and a seed, never for a member: all of a programme's effects move together within their ranges.
With ``upstream.programme_spread`` 0, every programme is the average one.
"""

import math

import numpy as np
from scipy.special import ndtri

from sim.upstream.draws import ONCE, PROGRAMME, PROGRAMME_IS_NULL, package_uniforms
from sim.upstream.implied import Numbers
from sim.upstream.number import Number

WIDTH = 2.0 * float(ndtri(0.95))  # low to high is read as the middle 90% of programmes


def programme_luck(name: str, numbers: Numbers, seed: int) -> float:
    """Return how good the programme is: a normal deviate, 0 where spread is off, NaN if it does nothing at all."""
    spread = float(numbers.get("upstream.programme_spread"))
    if spread == 0.0:
        return 0.0
    key = np.zeros(1, dtype=np.uint64)
    if package_uniforms(seed, key, name, ONCE, PROGRAMME_IS_NULL)[0] < numbers.get("upstream.programme_null"):
        return math.nan
    return spread * float(ndtri(package_uniforms(seed, key, name, ONCE, PROGRAMME)[0]))


def as_run(ratio: Number, luck: float) -> float:
    """Return a declared ratio as this programme achieves it: a better one is further from 1, within the range."""
    if luck == 0.0:
        return ratio.value
    if math.isnan(luck):
        return min(max(1.0, ratio.low), ratio.high)
    sd = math.log(ratio.high / ratio.low) / WIDTH
    direction = 1.0 if ratio.value > 1.0 else -1.0
    return min(max(ratio.value * math.exp(direction * luck * sd), ratio.low), ratio.high)
