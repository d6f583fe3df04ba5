"""Turn a uniform into a count, a normal or an exponential by tables: the same bits on every machine, JIT on or off."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.engine.arrays import Floats
from sim.engine.compile import compiled

EXP_LOW = -16.0
EXP_HIGH = 8.0
EXP_STEPS = 64
EXP_MASK = 2047  # does not change the index: it tells the compiler that it is not negative
NORMAL_STEPS = 2048
LARGEST_RATE = 15.0


def exponential_table() -> Floats:
    """Values of exp on a grid of 1/64 from -16 to 8, with one more point for interpolation; shape (1538,)."""
    return np.exp(EXP_LOW + np.arange(int((EXP_HIGH - EXP_LOW) * EXP_STEPS) + 2) / EXP_STEPS)


def normal_table() -> Floats:
    """Mean of each of 2,048 equal slices of a standard normal, scaled to variance 1; shape (2048,)."""
    edges = ndtri(np.arange(NORMAL_STEPS + 1) / NORMAL_STEPS)
    density = np.exp(-0.5 * np.square(edges)) / np.sqrt(2.0 * np.pi)
    means = (density[:-1] - density[1:]) * NORMAL_STEPS
    return np.asarray(means / np.sqrt(np.mean(np.square(means))), dtype=np.float64)


def geometric_table(mean: float, steps: int) -> NDArray[np.int32]:
    """Quantiles at the middle of ``steps`` equal slices of a geometric number of days (1, 2, ...) with this mean."""
    middle = (np.arange(steps) + 0.5) / steps
    if mean <= 1.0:
        return np.ones(steps, dtype=np.int32)
    return np.asarray(np.ceil(np.log1p(-middle) / np.log1p(-1.0 / mean)), dtype=np.int32)


@compiled
def exponential(x, table):
    """exp(x) for x in [-16, 8] (held at the ends), by linear interpolation: relative error below 4e-5."""
    place = (min(max(x, EXP_LOW), EXP_HIGH) - EXP_LOW) * EXP_STEPS
    i = int(place) & EXP_MASK
    part = place - i
    return table[i] + part * (table[i + 1] - table[i])


@compiled
def logistic(x, table):
    """1 / (1 + exp(-x)), with the exponential of the table."""
    return 1.0 / (1.0 + exponential(-x, table))


@compiled
def poisson(rate, u, table):
    """Poisson count with this rate for the uniform ``u``: small ``u`` means many, and a higher rate never fewer."""
    if u >= rate:  # 1 - exp(-rate) <= rate: the common case needs no exponential
        return 0
    rate = min(rate, LARGEST_RATE)
    term = exponential(-rate, table)
    tail = 1.0 - term
    n = 0
    while u < tail and n < 100:
        n += 1
        term *= rate / n
        tail -= term
    return n


@compiled
def part_of(n, share, u):
    """Whole number near ``n * share`` (expectation exact, never above n) by systematic rounding with ``u``."""
    return min(int(n * share + u), n)


@compiled
def normal(u, table):
    """Standard normal number for the uniform ``u``."""
    return table[int(u * NORMAL_STEPS) & (NORMAL_STEPS - 1)]
