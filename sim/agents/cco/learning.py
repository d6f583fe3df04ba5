"""How a CCO learns what levers save: it compares its own cost with the state's, and moves its beliefs a little.

Equation: y = log(own cost / expected at the state's averages) against the year before the start;
          y = -x'b + noise, x = how far its levers have been at work less the state's mean, b = beliefs (``saving``);
          Bayesian linear regression, a quarter at a time:
          gain = P x / (x' P x + noise), b -= gain (y + x'b), P -= gain x'P,
          noise = cv**2 * 12 / member-months seen.
The luck of the base year is the same in every quarter: it is the last of the beliefs, with x = 1, at first 0 with the
variance of that year, so that quarters cannot make a board sure of what one lucky year before the start has shown.
What all CCOs do alike teaches nobody; a small CCO learns little, and mostly luck. Evidence: model.md 18 (cv about 3).
"""

import numpy as np

from sim.engine.arrays import Floats


def noise_of(cv: float, months: float) -> float:
    """Return the variance by chance of a log cost, over so many member-months of the sample."""
    return float(cv**2 * 12 / max(months, 1))


def learned(beliefs: Floats, spread: Floats, x: Floats, y: float, noise: float) -> tuple[Floats, Floats]:
    """Return beliefs and their covariance ``spread`` after seeing ``y`` where levers differed by ``x``."""
    felt = spread @ x
    gain = felt / (x @ felt + noise)
    return beliefs - gain * (y + x @ beliefs), spread - np.outer(gain, felt)


def cost_ratio(cents: Floats, months: Floats, weights: Floats) -> Floats:
    """Return each area's cost over what its members would cost at the state's averages by rate category.

    ``cents`` and ``months`` have the shape (area, rate category); ``weights`` are people per sampled member.
    """
    everybody = weights @ months
    average = np.divide(weights @ cents, everybody, out=np.zeros(len(everybody)), where=everybody > 0)
    expected = months @ average
    own = cents.sum(axis=1)
    return np.asarray(np.divide(own, expected, out=np.ones(len(own)), where=(expected > 0) & (own > 0)))
