"""Public reporting: providers of an area behind the mean give more measured care once rates are published.

Meaning: log odds that care of a quality measure is given, on top of what contracts bring.
Equation: urge = published x reputation x max(0, log odds of the areas' mean - own log odds), from the recorded rates of
          the last whole calendar year; mirrored where lower is better. Areas that are not behind do nothing.
Evidence: none was found that separates publication from payment; ``quality.reputation`` is an assumption.
"""

import numpy as np

from sim.engine.arrays import Floats
from sim.schema import LOWER_IS_BETTER, METRICS

SURE = 1e-3  # published rates are kept this far from 0 and 1, so that they have log odds
DIRECTION = np.array([-1.0 if metric in LOWER_IS_BETTER else 1.0 for metric in METRICS])


def urge(rates: Floats, published: float, reputation: float) -> Floats:
    """Return the log odds that publication adds to each measure.

    Parameters
    ----------
    rates : recorded rates of the last year, (area, metric); NaN where nobody counted.
    published : share of what can be published that is, 0 to 1.
    reputation : log odds added per unit of log odds behind the mean of all areas.
    """
    kept = np.clip(rates, SURE, 1 - SURE)
    odds = DIRECTION * np.log(kept / (1 - kept))
    known = np.isfinite(odds)
    mean = np.where(known, odds, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.asarray(published * reputation * np.where(known, np.maximum(mean - odds, 0.0), 0.0))
