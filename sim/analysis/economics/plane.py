"""The cost-effectiveness plane: increments against the baseline, and an ellipse that holds most of them."""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats

POINTS = 181
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Cloud:
    """Increments of one strategy: their mean, the ellipse around them (``[points, 2]``), and the share per quadrant."""

    effects: Floats
    costs: Floats
    ellipse: Floats
    quadrants: dict[str, float]


def cloud(effects: Floats, costs: Floats, confidence: float = CONFIDENCE) -> Cloud:
    """The increments of one strategy, one value of each for a sample.

    The ellipse holds ``confidence`` of a normal distribution with the samples' mean and covariance; with fewer than
    three samples there is none.
    """
    quadrants = {
        "more health, less cost": float(((effects > 0) & (costs <= 0)).mean()),
        "more health, more cost": float(((effects > 0) & (costs > 0)).mean()),
        "no more health, less cost": float(((effects <= 0) & (costs <= 0)).mean()),
        "no more health, more cost": float(((effects <= 0) & (costs > 0)).mean()),
    }
    return Cloud(effects, costs, ellipse(effects, costs, confidence), quadrants)


def ellipse(x: Floats, y: Floats, confidence: float = CONFIDENCE) -> Floats:
    """Points around a cloud: ``mean + sqrt(chi2) * root(covariance) @ circle``."""
    if len(x) < 3:
        return np.empty((0, 2))
    scale = np.array([x.std() or 1.0, y.std() or 1.0])  # dollars and QALYs are of very different size
    covariance = np.cov(np.stack([x, y]) / scale[:, None])
    size, axes = np.linalg.eigh(covariance)
    root = axes * np.sqrt(np.maximum(size, 0.0))
    angle = np.linspace(0, 2 * np.pi, POINTS)
    radius = np.sqrt(-2 * np.log1p(-confidence))  # the quantile of chi-squared with two degrees of freedom
    circle = np.stack([np.cos(angle), np.sin(angle)])
    return np.asarray((np.array([[x.mean()], [y.mean()]]) + scale[:, None] * (root @ circle) * radius).T)
