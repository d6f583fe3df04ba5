"""Designs for sensitivity analysis: points of the unit cube at which a model is run, in the order of the rows.

The analysis needs the same design again, so each depends only on its kind, size and seed. The caller decides the
meaning of a point (a quantile of a range, for example).
"""

from typing import Any

import numpy as np

from sim.engine.arrays import Floats

SALTELLI, MORRIS, GRID = "saltelli", "morris", "grid"
KINDS = (SALTELLI, MORRIS)
EXPLORING = (MORRIS, GRID)  # their points are placed, not drawn: spreads and shares of them are no probabilities
LATIN_HYPERCUBE = "latin_hypercube"
STRATIFIED = (LATIN_HYPERCUBE, "sobol")  # every parameter alone is spread evenly over its range
FEWEST = 2  # base samples or trajectories
LEVELS = 4  # steps of a parameter in Morris's design


def rows(kind: str, factors: int, base: int) -> int:
    """Number of rows: Saltelli's ``base * (factors + 2)``, Morris's ``base * (factors + 1)`` (base: trajectories)."""
    return base * (factors + (2 if kind == SALTELLI else 1))


def design(kind: str, factors: int, base: int, seed: int) -> Floats:
    """Points of the unit cube, ``[rows, factors]``.

    Parameters
    ----------
    kind : ``saltelli`` for Sobol indices, ``morris`` for elementary effects.
    factors : number of uncertain parameters.
    base : Saltelli: base samples, a power of 2. Morris: trajectories.

    Raises
    ------
    ValueError
        If there is no such kind, or the size does not fit it.
    """
    if kind not in KINDS:
        raise ValueError(f"design {kind!r}: must be one of {', '.join(KINDS)}")
    if factors < 1 or base < FEWEST or (kind == SALTELLI and base & (base - 1)):
        power = "a power of 2, " if kind == SALTELLI else ""
        raise ValueError(f"a {kind} design of {base} needs {power}at least {FEWEST}")
    if kind == SALTELLI:
        from SALib.sample import sobol

        return np.asarray(sobol.sample(problem(factors), base, calc_second_order=False, seed=seed))
    from SALib.sample import morris

    return np.asarray(morris.sample(problem(factors), base, num_levels=LEVELS, seed=seed))


def point_weights(kind: str, places: Floats) -> Floats:
    """What each point counts in a mean over the ranges; they add up to 1.

    A grid is a rule of quadrature: the points at the ends of a range stand for half as much of it as those inside.
    """
    count = np.ones(len(places))
    if kind == GRID:
        for column in places.T:
            inside = (column > 0) & (column < 1)
            count *= np.where(inside | (np.ptp(column) == 0), 2.0, 1.0)
    return np.asarray(count / count.sum())


def problem(factors: int) -> dict[str, Any]:
    """The unit cube as SALib wants it."""
    names = [f"x{i}" for i in range(factors)]
    return {"num_vars": factors, "names": names, "bounds": [[0.0, 1.0]] * factors}
