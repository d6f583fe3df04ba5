"""Public reporting: providers of an area behind the mean give more measured care once rates are published.

Meaning: log odds that care of a quality measure is given, on top of what contracts bring; and, if members looked at
         published rates, the log of how much more often they leave their clinic where rates are behind (``looked_at``).
Equation: urge = published x reputation x max(0, log odds of the areas' mean - own log odds), from the recorded rates of
          the last whole calendar year; mirrored where lower is better. Areas that are not behind do nothing.
          looked at = published x choice x the mean over measures of how far the area is behind, ahead below 0.
Evidence: none was found that separates publication from payment; ``quality.reputation`` is an assumption. Members did
          not choose by ratings (o2_report_choice_nj; o3_report_cochrane): ``quality.public_choice`` is 0.
"""

import numpy as np

from sim.engine.arrays import Floats
from sim.schema import LOWER_IS_BETTER, METRICS

SURE = 1e-3  # published rates are kept this far from 0 and 1, so that they have log odds
DIRECTION = np.array([-1.0 if metric in LOWER_IS_BETTER else 1.0 for metric in METRICS])


def behind(rates: Floats) -> Floats:
    """Return by how many log odds each area is behind the mean, (area, metric); NaN where nobody counted."""
    kept = np.clip(rates, SURE, 1 - SURE)
    odds = DIRECTION * np.log(kept / (1 - kept))
    known = np.isfinite(odds)
    mean = np.where(known, odds, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.asarray(np.where(known, mean - odds, np.nan))


def looked_at(rates: Floats, published: float, choice: float) -> Floats:
    """Return the log of how much more often members leave a clinic for the published rates of its area."""
    gaps = behind(rates)
    known = np.isfinite(gaps)
    mean = np.where(known, gaps, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.asarray(published * choice * mean)


def urge(rates: Floats, published: float, reputation: float) -> Floats:
    """Return the log odds that publication adds to each measure.

    Parameters
    ----------
    rates : recorded rates of the last year, (area, metric); NaN where nobody counted.
    published : share of what can be published that is, 0 to 1.
    reputation : log odds added per unit of log odds behind the mean of all areas.
    """
    return np.asarray(published * reputation * np.maximum(np.nan_to_num(behind(rates)), 0.0))
