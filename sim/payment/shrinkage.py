"""Shrinkage: chance must not win or lose more in a sample than it would in the full population.

Meaning: a chance deviation of a sampled quantity from what was expected, brought down to full size.
Equation: settled = expected + (seen - expected) / sqrt(weight), where weight = people per sampled member.
A sum over n of N members has sqrt(N / n) times the relative standard deviation of the sum over all N, so that this
gives exactly the variance of the full population. It also shrinks what is not chance: use it only where a rule is not
linear (a soft cap, a threshold, a queue), never for what is reported (model.md 4).

Deviations of areas are shrunk around the state's own mean deviation: what moves every area (a saving that is real) is
kept whole, what moves one area alone is taken for chance. Where the chance is known (a share of so many members), only
that much is shrunk: real differences between areas are estimated and kept.
"""

import numpy as np

from sim.engine.arrays import Flags, Floats


def full_size(seen: Floats, expected: Floats | float, weights: Floats) -> Floats:
    """Return ``seen`` with its deviation from ``expected`` shrunk to that of the full population."""
    return np.asarray(expected + (np.asarray(seen) - expected) / np.sqrt(weights))


def around_state(deviation: Floats, size: Floats, weights: Floats, judged: Flags) -> Floats:
    """Return deviations by area, shrunk around the mean of the ``judged`` areas weighted by full-size ``size``.

    Areas that are not judged come back as they are.
    """
    whole = size * weights * judged
    total = float(whole.sum())
    if not total:
        return deviation
    mean = float(whole @ deviation) / total
    return np.where(judged, full_size(deviation, mean, weights), deviation)


def full_size_shares(shares: Floats, people: Floats, weights: Floats) -> Floats:
    """Return shares by area and measure whose chance is that of the full population, and differences what they are.

    With v = p (1 - p) / people the chance of a sampled share, the variance between areas is t = max(0, seen - mean v);
    each deviation from the mean is multiplied by sqrt((t + v / weight) / (t + v)).
    """
    counted = people > 0
    n = np.maximum(counted.sum(axis=0), 1)
    mean = np.where(counted, shares, 0).sum(axis=0) / n
    chance = np.divide(mean * (1 - mean), people, out=np.zeros(people.shape), where=counted)
    seen = np.where(counted, (shares - mean) ** 2, 0).sum(axis=0) / np.maximum(n - 1, 1)
    between = np.maximum(0, seen - chance.sum(axis=0) / n)
    all_of = between + chance
    kept = np.divide(between + chance / weights[:, None], all_of, out=np.ones(people.shape), where=all_of > 0)
    return np.where(counted, mean + (shares - mean) * np.sqrt(kept), np.nan)
