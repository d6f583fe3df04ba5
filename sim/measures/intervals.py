"""Means over replicates with t intervals; paired differences; how many replicates give the precision that is wanted.

Runs of two arms with the same seed share their luck, so the difference is taken within each seed first. Its variance
var(a - b) = var(a) + var(b) - 2 cov(a, b) is then far below the unpaired sum.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.engine.arrays import Floats, Ints

CONFIDENCE = 0.95
PRECISION = 0.05  # replicates are enough when the Monte Carlo error of a difference is below this share of it
FEWEST_DRAWS = 20  # below this the least and the most are no ends of a range of 95%


@dataclass(frozen=True)
class Estimates:
    """Means over replicates, one for each array element.

    Attributes
    ----------
    estimate, low, high : Mean and the ends of its 95% interval; NaN ends with fewer than two replicates.
    mcse : Monte Carlo standard error of the mean.
    replicates : Replicates in which the value is defined.
    """

    estimate: Floats
    low: Floats
    high: Floats
    mcse: Floats
    replicates: Ints

    def still_needed(self, precision: float = PRECISION) -> Floats:
        """Further replicates until ``mcse <= precision * |estimate|``; NaN if unknown, inf if never."""
        size = np.abs(self.estimate)
        ratio = np.full(size.shape, np.inf)
        np.divide(self.mcse, precision * size, out=ratio, where=size > 0)
        ratio[self.mcse == 0] = 0.0
        needed = np.where(
            np.isinf(ratio), np.inf, np.ceil(self.replicates * np.where(np.isinf(ratio), 0.0, ratio) ** 2)
        )
        further = np.maximum(needed - self.replicates, 0.0)
        return np.where(np.isnan(self.mcse), np.nan, further)


def mean_interval(values: Floats, confidence: float = CONFIDENCE) -> Estimates:
    """Mean over the first axis (replicates) with its t interval; NaN marks a replicate without a value."""
    defined = ~np.isnan(values)
    n = defined.sum(axis=0)
    mean = _ratio(np.where(defined, values, 0.0).sum(axis=0), n)
    squares = np.where(defined, values - mean, 0.0) ** 2
    mcse = np.sqrt(_ratio(_ratio(squares.sum(axis=0), n - 1), n))
    half = mcse * _t_quantiles(n - 1, confidence)
    return Estimates(mean, mean - half, mean + half, mcse, n)


def paired_interval(arm: Floats, baseline: Floats, confidence: float = CONFIDENCE) -> Estimates:
    """Mean of ``arm - baseline`` over the first axis, where replicate i of both has the same seed."""
    if arm.shape != baseline.shape:
        raise ValueError(f"paired values must have the same shape, not {arm.shape} and {baseline.shape}")
    return mean_interval(arm - baseline, confidence)


def ratio_interval(arm: Floats, baseline: Floats, confidence: float = CONFIDENCE) -> Estimates:
    """Typical ratio of ``arm`` to ``baseline`` with an interval on the log scale; NaN where some value is not above 0.

    For skewed outcomes and few replicates, of which a t interval of the difference is too narrow.
    """
    known = (arm > 0) & (baseline > 0)
    logs = np.log(np.where(known, arm, 1.0)) - np.log(np.where(known, baseline, 1.0))
    found = mean_interval(np.where(known.all(axis=0), logs, np.nan), confidence)
    return Estimates(np.exp(found.estimate), np.exp(found.low), np.exp(found.high), found.mcse, found.replicates)


def _ratio(numerator: Floats, denominator: Ints) -> Floats:
    result = np.full(np.shape(denominator), np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


def _t_quantiles(freedom: Ints, confidence: float) -> Floats:
    result = np.full(freedom.shape, np.nan)
    for value in np.unique(freedom[freedom > 0]):
        result[freedom == value] = t_quantile(int(value), 0.5 + confidence / 2)
    return result


@cache
def t_quantile(freedom: int, probability: float) -> float:
    """Quantile of Student's t. SciPy is imported here because a single run does not need it."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, probability))
