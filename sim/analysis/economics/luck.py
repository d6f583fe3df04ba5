"""The luck of seeds in what draws say of a decision: taken out, so that it does not pass for parameters.

A draw's outcome is the mean over its seeds: what the parameters do, and luck. With few seeds the luck widens the spread
over draws, perfect information seems to be worth too much, and probabilities lie too near to each other. The spread of
the increments is shrunk to that of the parameters, costs and effects of all strategies together, by the covariances of
an analysis of variance; means stay. Exact for normal outcomes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats


def luck_of_means(values: Floats, draw: NDArray[np.int64], seed: NDArray[np.int64]) -> Floats | None:
    """Covariance of the luck in each draw's mean over seeds, ``[k, k]``; None where no draw has two seeds.

    ``values``: ``[runs, k]``. What a seed does to every draw alike is no part of it: it moves no draw against another.
    """
    draws, row, counts = np.unique(draw, return_inverse=True, return_counts=True)
    seeds, column = np.unique(seed, return_inverse=True)
    freedom = len(values) - len(draws)
    if freedom < 1:
        return None
    means = np.stack([np.bincount(row, one) for one in values.T], axis=1) / counts[:, None]
    rest = values - means[row]
    if len(values) == len(draws) * len(seeds) and len(draws) > 1:
        rest -= np.stack([np.bincount(column, one) for one in rest.T], axis=1)[column] / len(draws)
        freedom = (len(draws) - 1) * (len(seeds) - 1)
    return np.asarray(rest.T @ rest / freedom * (1 / counts).mean())


def without_luck(values: Floats, luck: Floats) -> Floats:
    """The same samples ``[n, k]`` about the same mean, with the covariance that is left without luck."""
    mean, scale = values.mean(axis=0), values.std(axis=0, ddof=1)
    moves = scale > 0
    apart = (values - mean)[:, moves] / scale[moves]
    sizes, axes = np.linalg.eigh(apart.T @ apart / (len(values) - 1))
    kept = sizes > 1e-9 * sizes.max(initial=1.0)
    root, axes = np.sqrt(sizes[kept]), axes[:, kept]
    noise = (axes / root).T @ (luck[np.ix_(moves, moves)] / np.outer(scale[moves], scale[moves])) @ (axes / root)
    part, turn = np.linalg.eigh(np.eye(len(noise)) - noise)
    shrink = turn * np.sqrt(np.maximum(part, 0.0)) @ turn.T
    found = values.copy()
    found[:, moves] = mean[moves] + apart @ (axes / root) @ shrink @ (axes * root).T * scale[moves]
    return found
