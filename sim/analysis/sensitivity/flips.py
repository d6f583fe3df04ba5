"""Which uncertainties could flip the decision: where, along its range, does another strategy become better?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.splines import SMALLEST, fitted_at
from sim.engine.arrays import Floats

POINTS = 101
WITHIN = (0.01, 0.99)  # beyond, a curve hangs on a few samples


@dataclass(frozen=True)
class Flip:
    """A parameter along whose range the best strategy changes.

    Attributes
    ----------
    parameter
        Its name.
    at
        Values at which the best strategy by expected benefit changes, from low to high.
    best
        The best strategies in that order, one more than ``at``.
    share
        Share of samples that lie where the best strategy is another than the best overall.
    """

    parameter: str
    at: tuple[float, ...]
    best: tuple[str, ...]
    share: float


def flips(names: list[str], parameters: Floats, strategies: list[str], benefit: Floats) -> list[Flip]:
    """The parameters that flip the decision by themselves, those that do so for most samples first.

    Parameters
    ----------
    parameters
        ``[samples, parameters]``.
    benefit
        What is maximized, ``[samples, strategies]``.
    """
    if len(benefit) < SMALLEST:
        return []
    overall = int(benefit.mean(axis=0).argmax())
    columns = zip(names, parameters.T, strict=True)
    found = [_flip(name, column, strategies, benefit, overall) for name, column in columns]
    return sorted((one for one in found if one.at), key=lambda one: -one.share)


def _flip(name: str, values: Floats, strategies: list[str], benefit: Floats, overall: int) -> Flip:
    contrasts = benefit - benefit[:, :1]  # luck that strategies share is no part of the decision
    levels = np.unique(values)
    low, high = (float(x) for x in np.quantile(values, WITHIN))
    places = levels if len(levels) < SMALLEST else np.linspace(low, high, POINTS)
    best = _best(values, contrasts, places)
    changes = np.flatnonzero(np.diff(best))
    order = [int(best[0]), *(int(best[i + 1]) for i in changes)]
    share = float((_best(values, contrasts, values) != overall).mean())
    at = tuple(float((places[i] + places[i + 1]) / 2) for i in changes)
    return Flip(name, at, tuple(strategies[i] for i in order), share)


def _best(values: Floats, contrasts: Floats, at: Floats) -> NDArray[np.int64]:
    curves = np.column_stack([fitted_at(values, one, at) for one in contrasts.T])
    return np.asarray(curves.argmax(axis=1), np.int64)
