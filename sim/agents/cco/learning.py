"""How a CCO learns what actions save: it compares its own cost with the state's and updates its beliefs a little.

Equation: y = log(own cost / expected at the state's averages) against the year before the start;
          y = -x'b + noise, x = how far its actions are in effect less the state's mean, b = beliefs (``saving``);
          Bayesian linear regression, a quarter at a time:
          gain = P x / (x' P x + noise), b -= gain (y + x'b), P -= gain x'P,
          noise = cv**2 * 12 / member-months seen.
The luck of the base year is the same in every quarter. It is the last belief, with x = 1; it starts at 0 with the
variance of that year, so that many quarters against one lucky base year do not make a board certain.
What all CCOs do alike teaches them nothing; a small CCO learns little, and mostly from luck. Evidence: model.md 18 (cv
about 3).
"""

import numpy as np

from sim.engine.arrays import Cents, Floats, Ints


def noise_of(cv: float, months: float) -> float:
    """Return the variance by chance of a log cost, over so many member-months of the sample."""
    return float(cv**2 * 12 / max(months, 1))


def learned(beliefs: Floats, spread: Floats, x: Floats, y: float, noise: float) -> tuple[Floats, Floats]:
    """Return beliefs and their covariance ``spread`` after seeing ``y`` where actions differed by ``x``."""
    covariance = spread @ x
    gain = covariance / (x @ covariance + noise)
    return beliefs - gain * (y + x @ beliefs), spread - np.outer(gain, covariance)


def cost_ratio(cents: Cents | Floats, months: Ints | Floats, weights: Floats) -> Floats:
    """Return each area's cost over what its members would cost at the state's averages by rate category.

    ``cents`` and ``months`` have the shape (area, rate category); ``weights`` are people per sampled member.
    """
    everybody = weights @ months
    average = np.divide(weights @ cents, everybody, out=np.zeros(len(everybody)), where=everybody > 0)
    expected = months @ average
    own = cents.sum(axis=1)
    return np.asarray(np.divide(own, expected, out=np.ones(len(own)), where=(expected > 0) & (own > 0)))
