"""Each parameter's part by regression, from any sample of the ranges: partial rank correlation, and a tornado.

Partial rank correlation: the correlation of the ranks of a parameter and of the outcome, with the ranks of all other
parameters taken out of both; it says how monotone, not how large. The tornado says how large: what is expected of the
outcome when one parameter lies at the low and at the high end of its sample, others as they come, by a spline.
"""

from dataclasses import dataclass

import numpy as np

from sim.analysis.splines import SMALLEST, fitted_at
from sim.engine.arrays import Floats
from sim.measures.intervals import CONFIDENCE

ENDS = (0.05, 0.95)


@dataclass(frozen=True)
class Correlations:
    """Partial rank correlations with their intervals, one for each parameter."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Bar:
    """One bar of a tornado: a parameter's values at its ends, and the outcome expected there."""

    parameter: str
    at: tuple[float, float]
    outcome: tuple[float, float]

    @property
    def swing(self) -> float:
        return abs(self.outcome[1] - self.outcome[0])


def partial_rank_correlations(parameters: Floats, outcome: Floats, confidence: float = CONFIDENCE) -> Correlations:
    """Partial rank correlations.

    Parameters
    ----------
    parameters
        ``[samples, parameters]``.
    outcome
        ``[samples]``.

    Raises
    ------
    ValueError
        If there are too few samples for so many parameters.
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    samples, count = parameters.shape
    freedom = samples - count - 1  # two less than samples, and one less for each of the other parameters
    if freedom < 2:
        raise ValueError(f"{samples} samples are too few for partial correlations of {count} parameters")
    ranks = np.column_stack([rankdata(column) for column in parameters.T] + [rankdata(outcome)])
    varies = np.ptp(ranks, axis=0) > 0
    value = np.zeros(count)
    if varies[-1]:
        for i in np.flatnonzero(varies[:-1]):
            value[i] = _partial(ranks, int(i))
    z = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    half = float(ndtri(0.5 + confidence / 2)) / np.sqrt(freedom - 1)
    return Correlations(value, np.tanh(z - half), np.tanh(z + half))


def _partial(ranks: Floats, i: int) -> float:
    others = np.delete(ranks, [i, ranks.shape[1] - 1], axis=1)
    design = np.column_stack([np.ones(len(ranks)), others])
    both = ranks[:, [i, -1]]
    rest = both - design @ np.linalg.lstsq(design, both, rcond=None)[0]
    size = np.sqrt((rest**2).sum(axis=0)).prod()
    return float(rest[:, 0] @ rest[:, 1] / size) if size > 1e-9 * len(ranks) else 0.0


def tornado(names: list[str], parameters: Floats, outcome: Floats) -> list[Bar]:
    """Bars from the widest to the narrowest; too small a sample gives none."""
    if len(outcome) < SMALLEST:
        return []
    bars = []
    for name, column in zip(names, parameters.T, strict=True):
        ends = np.quantile(column, ENDS)
        low, high = (float(x) for x in fitted_at(column, outcome, ends))
        bars.append(Bar(name, (float(ends[0]), float(ends[1])), (low, high)))
    return sorted(bars, key=lambda bar: -bar.swing)
