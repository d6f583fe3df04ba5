"""Rate experience: next year's capitation from this year's rate and from what members cost (the premium slide).

Meaning: capitation in cents PMPM by area, rate category and service.
Equation: first year   rate[0] = experience[-1] * (1 + allowed) / (1 - load)
          afterwards   rate[y] = (1 - b) * rate[y-1] * (1 + allowed)
                                 + b * experience[y-lag] * (1 + trend)**lag / (1 - load)
``allowed`` is the growth under the cap; load is administration and margin as a share of the rate. With lag = 2 this is
model.md 18; b = 0 never rebases; b = 1 hands every saving back to the state after two years.
Evidence: model.md 18; rebasing as in cap_growth_2018 and cap_growth_2023_base; b is an assumption (E11: 0 to 1).
"""

import numpy as np

from sim.engine.arrays import Floats


def first_rate(experience: Floats, allowed: Floats, load: float) -> Floats:
    """Return the first year's rate from the experience of the year before, both (area, ...) in cents PMPM."""
    return np.asarray(experience * _by_area(1 + allowed, experience) / (1 - load))


def rebased_rate(
    last_rate: Floats, experience: Floats, allowed: Floats, *, trend: float, share: float, lag: int, load: float
) -> Floats:
    """Return the next rate: ``share`` of it from ``experience`` (``lag`` years old), the rest from the last rate."""
    continued = last_rate * _by_area(1 + allowed, last_rate)
    experienced = experience * (1 + trend) ** lag / (1 - load)
    return np.asarray((1 - share) * continued + share * experienced)


def source_year(year: int, lag: int) -> int:
    """Return the year whose experience sets the rate of ``year``; before there is a younger one, year -1."""
    return max(year - lag, -1)


def _by_area(values: Floats, like: Floats) -> Floats:
    """Return one value for each area, in as many dimensions as ``like``."""
    return values.reshape(-1, *[1] * (like.ndim - 1))
