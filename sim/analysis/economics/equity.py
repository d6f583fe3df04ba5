"""Distribution: how health is spread over groups, and net benefit that counts the worse off more.

Atkinson (relative) with aversion e: the equally distributed equivalent is the mean of order ``1 - e`` of the groups'
health, weighted by their size; e = 1 is the geometric mean. Weights are the derivatives, scaled to a mean of 1 over
people.
"""

import numpy as np

from sim.engine.arrays import Floats


def atkinson_equivalent(health: Floats, people: Floats, aversion: float) -> float:
    """Health that, had by everybody alike, would be as good; all health must be above zero."""
    if (health <= 0).any():
        raise ValueError("Atkinson's index needs health above zero in every group")
    shares = people / people.sum()
    if aversion == 1:
        return float(np.exp(shares @ np.log(health)))
    scale = float(shares @ health)  # the index does not depend on scale; powers near 1 do not under- or overflow
    return scale * float((shares @ (health / scale) ** (1 - aversion)) ** (1 / (1 - aversion)))


def atkinson_weights(health: Floats, people: Floats, aversion: float) -> Floats:
    """What a little more health counts in each group: ``health ** -aversion``, with mean 1 over people."""
    raw = (health / health.mean()) ** -aversion
    return np.asarray(raw / (people @ raw / people.sum()))


def weighted_net_benefit(gains: Floats, weights: Floats, cost: float, willingness: float) -> float:
    """Dollars: willingness to pay x the weighted sum of the groups' gains in QALYs, less the cost to all."""
    return float(willingness * (weights @ gains) - cost)
