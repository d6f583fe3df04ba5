"""How many of the eligible a package reaches: asked, accepted, engaged. A place is the last step.

A member's answer is drawn once for a package and stays: who refused is not worn down by being asked every month, so
reach stays what the trials report. One uniform u serves all steps, as each is part of the one before:

    asked u < a        accepted u < a c        engaged u < a c e
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.upstream.draws import ONCE, REACH, package_uniforms
from sim.upstream.package import Package

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Reached:
    """Who got how far; each step is part of the one before."""

    asked: Flags
    accepted: Flags
    engaged: Flags


def reached(package: Package, keys: NDArray[np.uint64], seed: int, scale: float = 1.0) -> Reached:
    """Return how far each eligible member gets.

    Parameters
    ----------
    package : the package.
    keys : keys of the eligible members.
    seed : seed of the run.
    scale : multiplies the share that engages (0: nobody does).
    """
    reach = package.reach
    asked = reach.asked.value
    accepted = asked * reach.accepted.value
    engaged = accepted * min(1.0, reach.engaged.value * scale)
    answer = package_uniforms(seed, keys, package.name, ONCE, REACH)
    return Reached(answer < asked, answer < accepted, answer < engaged)
