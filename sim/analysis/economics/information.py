"""Expected value of partial perfect information, by regression (Strong, Oakley and Brennan 2014).

What is expected of each strategy, given the parameters of interest, is fitted to the samples by least squares on cubic
splines; EVPPI is the mean of the best fit less the best mean. A fit also follows noise: the same with the parameters
shuffled is the floor below which a value says nothing.
"""

import numpy as np

from sim.analysis.splines import spline_basis
from sim.engine.arrays import Floats

SHUFFLES = 20


def evppi(benefit: Floats, parameters: Floats) -> float:
    """Value of knowing some parameters, in the units of the benefit.

    Parameters
    ----------
    benefit
        ``[samples, strategies]``.
    parameters
        Their values in the samples, ``[samples]`` or ``[samples, parameters]``.
    """
    return _gain(benefit, _design(np.atleast_2d(parameters.T).T))


def noise_floor(benefit: Floats, parameters: Floats, seed: int = 0) -> float:
    """Mean EVPPI of shuffled parameters, which are worth nothing: what the fit finds in noise."""
    values, rng = np.atleast_2d(parameters.T).T, np.random.default_rng(seed)
    return float(np.mean([evppi(benefit, rng.permutation(values)) for _ in range(SHUFFLES)]))


def _gain(benefit: Floats, design: Floats) -> float:
    """The strategies are compared with the first, so that luck which they share does not matter."""
    contrasts = benefit - benefit[:, :1]
    fitted = design @ np.linalg.lstsq(design, contrasts, rcond=None)[0]
    return float(max(0.0, fitted.max(axis=1).mean() - fitted.mean(axis=0).max()))


def _design(values: Floats) -> Floats:
    """Splines of each parameter and, of several, products of pairs."""
    parts = [np.ones((len(values), 1)), *(spline_basis(column) for column in values.T)]
    scaled = (values - values.mean(axis=0)) / np.where(values.std(axis=0) > 0, values.std(axis=0), 1.0)
    pairs = [scaled[:, [a]] * scaled[:, [b]] for a in range(scaled.shape[1]) for b in range(a)]
    return np.concatenate([*parts, *pairs], axis=1)
