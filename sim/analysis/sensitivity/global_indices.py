"""Sobol indices and Morris's elementary effects, by SALib, from runs of ``sim.engine.designs`` in their order."""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.designs import LEVELS, MORRIS, SALTELLI, design, problem, rows

CONFIDENCE = 0.95
RESAMPLES = 500


@dataclass(frozen=True)
class Sobol:
    """Part of the variance that each parameter makes alone (first) and with others (total), half intervals beside."""

    first: Floats
    first_half: Floats
    total: Floats
    total_half: Floats


@dataclass(frozen=True)
class Morris:
    """Mean absolute elementary effect over the range (``mu_star``), half its interval, its mean and its spread."""

    mu_star: Floats
    mu_star_half: Floats
    mu: Floats
    sigma: Floats


def sobol(values: Floats, factors: int, seed: int = 0) -> Sobol:
    """Sobol indices from the values of a Saltelli design, in its order.

    Raises
    ------
    ValueError
        If their number does not fit the design, or they do not vary.
    """
    _check(SALTELLI, values, factors)
    from SALib.analyze import sobol as salib

    scaled = (values - values.mean()) / values.std()
    found = salib.analyze(
        problem(factors),
        scaled,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        seed=seed,
    )
    return Sobol(*(np.asarray(found[key]) for key in ("S1", "S1_conf", "ST", "ST_conf")))


def morris(values: Floats, factors: int, design_seed: int) -> Morris:
    """Elementary effects, in the units of the values for the whole range, from those of a Morris design in its order.

    Parameters
    ----------
    design_seed
        The seed of the design, which is made again.

    Raises
    ------
    ValueError
        If their number does not fit the design, or they do not vary.
    """
    _check(MORRIS, values, factors)
    from SALib.analyze import morris as salib

    places = design(MORRIS, factors, len(values) // (factors + 1), design_seed)
    found = salib.analyze(
        problem(factors),
        places,
        values,
        num_levels=LEVELS,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        seed=design_seed,
    )
    return Morris(*(np.asarray(found[key], np.float64) for key in ("mu_star", "mu_star_conf", "mu", "sigma")))


def _check(kind: str, values: Floats, factors: int) -> None:
    each = rows(kind, factors, 1)
    if len(values) % each or len(values) < 2 * each:
        raise ValueError(f"{len(values)} values are no {kind} design of {factors} parameters: not a multiple of {each}")
    if not np.ptp(values) > 0:
        raise ValueError("the values do not vary: nothing drives them")
