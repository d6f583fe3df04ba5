"""Discounting: a dollar or a QALY of the run's year ``y`` counts ``1 / (1 + rate) ** y``, the first year in full.

Nominal dollars become dollars of the first year by general inflation first, since the rate is a real one.
"""

import numpy as np

from sim.engine.arrays import Floats


def factors(years: int, rate: float) -> Floats:
    """What one unit of each year counts, ``[years]``."""
    return np.asarray((1.0 + rate) ** -np.arange(years, dtype=np.float64))


def present_value(by_year: Floats, rate: float, inflation: float = 0.0) -> Floats:
    """Discounted sum over the last axis, which is the year of the run.

    Parameters
    ----------
    by_year
        Amounts, ``[..., years]``.
    rate
        Real discount rate per year.
    inflation
        General inflation per year if the amounts are nominal dollars, 0 for health and for constant dollars.
    """
    years = by_year.shape[-1]
    return np.asarray((by_year * factors(years, inflation) * factors(years, rate)).sum(axis=-1))
