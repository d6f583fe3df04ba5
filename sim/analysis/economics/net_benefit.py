"""Net monetary benefit and what follows from it: acceptability, its frontier, expected loss, perfect information.

``benefit = willingness to pay * effect - cost``. Samples are rows, strategies are columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats


@dataclass(frozen=True)
class Curves:
    """Over a range of willingness to pay.

    Attributes
    ----------
    willingness
        Dollars per QALY, ``[points]``.
    probability
        Share of samples in which each strategy has the highest net benefit, ``[points, strategies]``.
    best
        The strategy with the highest expected net benefit, ``[points]``: the acceptability frontier follows it.
    loss
        Expected loss of each strategy against knowing each sample, ``[points, strategies]``; its least is EVPI.
    """

    willingness: Floats
    probability: Floats
    best: NDArray[np.int64]
    loss: Floats

    @property
    def frontier(self) -> Floats:
        """Probability that the best strategy by expectation is also best in a sample (CEAF)."""
        return np.asarray(np.take_along_axis(self.probability, self.best[:, None], axis=1)[:, 0])

    @property
    def evpi(self) -> Floats:
        """Expected value of perfect information, dollars."""
        return np.asarray(self.loss.min(axis=1))


def net_benefit(costs: Floats, effects: Floats, willingness: float) -> Floats:
    """Net monetary benefit in dollars, in the shape of ``costs`` and ``effects``."""
    return willingness * effects - costs


def curves(costs: Floats, effects: Floats, willingness: Floats) -> Curves:
    """Acceptability, expected loss and EVPI.

    Parameters
    ----------
    costs, effects
        ``[samples, strategies]``.
    willingness
        Dollars per QALY at which to look, ``[points]``.
    """
    benefits = [net_benefit(costs, effects, float(w)) for w in willingness]
    return Curves(
        np.asarray(willingness, np.float64),
        np.stack([probability_best(b) for b in benefits]),
        np.array([int(b.mean(axis=0).argmax()) for b in benefits], np.int64),
        np.stack([expected_loss(b) for b in benefits]),
    )


def probability_best(benefit: Floats) -> Floats:
    """Share of samples in which each strategy is best; equals share a sample."""
    best = benefit == benefit.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def expected_loss(benefit: Floats) -> Floats:
    """What choosing each strategy loses on average against choosing the best in every sample."""
    return np.asarray((benefit.max(axis=1, keepdims=True) - benefit).mean(axis=0))


def evpi(benefit: Floats) -> float:
    """Expected value of perfect information: what knowing each sample before choosing is worth."""
    return float(expected_loss(benefit).min())
