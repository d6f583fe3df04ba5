"""Quality of a program: effects vary between programs, and some programs do nothing (model.md 16).

There is one draw for a program and a seed, not for each member: all effects of a program move together within their
ranges. With ``upstream.program_spread`` 0, every program is average. ``upstream.program_draw`` above 0 fixes the draw
for all seeds: one program, many replicates (a parameter draw of a sweep).
"""

import math

import numpy as np
from scipy.special import ndtri

from sim.engine.parameters import Registry
from sim.upstream.draws import ONCE, PROGRAM, PROGRAM_IS_NULL, package_uniforms
from sim.upstream.package import Number, Package

WIDTH = 2.0 * float(ndtri(0.95))  # low to high is read as the middle 90% of programs


def program_luck(package: Package, numbers: Registry, seed: int) -> float:
    """Return the quality of the program: a normal deviate, 0 without spread, NaN if the program does nothing."""
    spread = float(numbers.get("upstream.program_spread"))
    null = float(numbers.get("upstream.program_null"))
    draw = int(numbers.get("upstream.program_draw"))
    if spread == 0.0:
        return 0.0
    seed = draw if draw > 0 else seed
    key = np.full(1, int(draw > 0), dtype=np.uint64)
    if _uniform(seed, key, package, PROGRAM_IS_NULL) < (package.no_effect.value if package.no_effect else null):
        return math.nan
    return spread * float(ndtri(_uniform(seed, key, package, PROGRAM)))


def _uniform(seed: int, key: np.ndarray, package: Package, decision: int) -> float:
    return float(package_uniforms(seed, key, package.name, ONCE, decision)[0])


def as_run(ratio: Number, luck: float) -> float:
    """Return a declared ratio as this program achieves it: better programs are further from 1, within the range."""
    if luck == 0.0:
        return ratio.value
    if math.isnan(luck):
        return min(max(1.0, ratio.low), ratio.high)
    sd = math.log(ratio.high / ratio.low) / WIDTH
    direction = 1.0 if ratio.value > 1.0 else -1.0
    return min(max(ratio.value * math.exp(direction * luck * sd), ratio.low), ratio.high)
