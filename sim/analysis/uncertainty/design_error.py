"""What the design of the draws does to the Monte Carlo error of a mean over them.

Latin hypercube and Sobol samples spread every parameter alone evenly over its range, so that what single parameters do
to the outcome averages out almost wholly; only what is left after a regression on them errs as in a random sample
(Stein 1987; Owen 1992). Too few draws for the regression leave the error of a random sample, an upper bound. Rows of a
Saltelli design come in blocks that share values: the blocks are the sample.
"""

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.designs import SALTELLI, STRATIFIED

DRAWS_PER_TERM = 2  # fewer draws for each term of the regression, and it would follow noise


def error_ratio(kind: str, parameters: Floats, each: Floats) -> Floats:
    """Variance of the mean over the draws, against that of as many random ones; 1 where the design says nothing.

    Parameters
    ----------
    parameters : what was drawn, ``[draws, parameters]``; places in the unit cube or values.
    each : the outcome of each draw, ``[draws, ...]``.
    """
    flat = each.reshape(len(each), -1)
    spread = flat.var(axis=0, ddof=1)
    left = np.array(spread)
    if kind in STRATIFIED:
        left = _residual_variance(parameters, flat)
    elif kind == SALTELLI:
        size = parameters.shape[1] + 2
        left = flat.reshape(-1, size, flat.shape[1]).mean(axis=1).var(axis=0, ddof=1) * size
    ratio = np.ones(spread.shape)
    np.divide(left, spread, out=ratio, where=(spread > 0) & ~np.isnan(left))
    return ratio.reshape(each.shape[1:])


def _residual_variance(parameters: Floats, outcomes: Floats) -> Floats:
    """Variance left after a regression on main effects: a parabola in each parameter, else a line, else nothing."""
    parameters = parameters[:, np.ptp(parameters, axis=0) > 0]
    draws, width = parameters.shape
    degree = next((d for d in (2, 1) if draws >= DRAWS_PER_TERM * (d * width + 1)), 0)
    place = (parameters.argsort(axis=0).argsort(axis=0) + 0.5) / draws - 0.5
    terms = np.concatenate([np.ones((draws, 1)), *(place**power for power in range(1, degree + 1))], axis=1)
    basis, _ = np.linalg.qr(terms)
    rest = outcomes - basis @ (basis.T @ outcomes)
    return np.asarray((rest**2).sum(axis=0) / (draws - terms.shape[1]))
