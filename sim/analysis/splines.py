"""A smooth curve through a scatter: least squares on cubic splines, for what is expected given one parameter."""

import numpy as np

from sim.engine.arrays import Floats

DEGREE = 3
SAMPLES_PER_KNOT = 25
MOST_KNOTS = 5
SMALLEST = 20  # samples below which no curve is drawn


def spline_basis(values: Floats, at: Floats | None = None) -> Floats:
    """Cubic B-splines with knots at quantiles of ``values``, evaluated ``at`` other places or at the values.

    A parameter of few values, a switch, gives one column for each of them but the first.
    """
    from scipy.interpolate import BSpline

    at = values if at is None else np.clip(at, values.min(), values.max())
    levels = np.unique(values)
    if len(levels) <= DEGREE + 1:
        return np.asarray(at[:, None] == levels[1:], np.float64)
    inner = min(MOST_KNOTS, len(values) // SAMPLES_PER_KNOT)
    cuts = np.unique(np.quantile(values, np.linspace(0, 1, inner + 2)))
    knots = np.concatenate([[cuts[0]] * DEGREE, cuts, [cuts[-1]] * DEGREE])
    return np.asarray(BSpline.design_matrix(at, knots, DEGREE).toarray())


def fitted_at(values: Floats, outcome: Floats, at: Floats) -> Floats:
    """The outcome expected where the parameter is ``at``."""
    ones = np.ones((len(values), 1))
    coefficients = np.linalg.lstsq(np.hstack([ones, spline_basis(values)]), outcome, rcond=None)[0]
    return np.asarray(np.hstack([np.ones((len(at), 1)), spline_basis(values, at)]) @ coefficients)
