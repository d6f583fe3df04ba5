"""Prevalence by single year of age from a table by age band.

Within a band prevalence is not flat: nobody's chance of high blood pressure leaps at 45. The log odds run in straight
lines between the middles of the bands, and are moved until each band's mean is the table's.
"""

import numpy as np
from scipy.special import expit, logit, ndtr

from sim.engine.arrays import Floats
from sim.population.ages import BAND_OF_YEAR, OLDEST_YEARS
from sim.schema import AGE_BANDS

ROUNDS = 60
BISECTIONS = 50
WIDEST = 12.0
MIDDLE_OF_YEAR = 0.5


def by_year(table: Floats, people: Floats) -> Floats:
    """Smooth a table by age band into single years.

    Parameters
    ----------
    table : shares in (0, 1), [age band, trait].
    people : share of the membership at each year of age, [year].

    Returns
    -------
    shares [year, trait] whose mean over the people of a band is the band's share.
    """
    weight = np.zeros((len(AGE_BANDS), OLDEST_YEARS))
    weight[BAND_OF_YEAR, np.arange(OLDEST_YEARS)] = people
    weight /= weight.sum(axis=1, keepdims=True)
    middles = weight @ (np.arange(OLDEST_YEARS) + MIDDLE_OF_YEAR)
    between = _interpolation(middles)
    knots = logit(table)
    for _ in range(ROUNDS):
        knots += logit(table) - logit(weight @ expit(between @ knots))
    return np.asarray(expit(between @ knots))


def _interpolation(middles: Floats) -> Floats:
    """Weights [year, band] of straight lines between the middles of the bands, flat beyond the first and last."""
    ages = np.arange(OLDEST_YEARS) + MIDDLE_OF_YEAR
    return np.stack([np.interp(ages, middles, unit) for unit in np.eye(len(middles))], axis=1)


def thresholds(target: Floats, shares: Floats, shift: Floats, slope: Floats, spread: Floats) -> Floats:
    """Find the threshold below which a standard normal draw means *present*, so that prevalence is ``target``.

    A member has the trait if ``draw < threshold + slope * permanent + ...``, where the terms beside the threshold are
    normal with mean ``slope * shift`` in each eligibility group and standard deviation ``spread``.

    Parameters
    ----------
    target : prevalence, [year, trait].
    shares : share of each eligibility group among people of a year, [year, eligibility].
    shift : mean of permanent health by eligibility, [eligibility].
    slope, spread : by trait.
    """
    moved = slope[None, :, None] * shift  # [1, trait, eligibility]
    scale = np.sqrt(1 + spread**2)[None, :, None]
    low, high = np.full(target.shape, -WIDEST), np.full(target.shape, WIDEST)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        reached = (ndtr((middle[..., None] + moved) / scale) * shares[:, None, :]).sum(axis=-1)
        too_much = reached > target
        high, low = np.where(too_much, middle, high), np.where(too_much, low, middle)
    return np.asarray((low + high) / 2)
