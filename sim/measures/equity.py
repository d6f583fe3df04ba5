"""Equity: differences of a rate between groups. Pure functions of rates, sizes and an order of groups.

Groups are ordered, worst off first. The rank of a group is the share of people in worse-off groups plus half of its own
share (a ridit).

gap                 highest less lowest rate
relative gap        highest over lowest
slope index         fitted rate of the best off (rank 1) less that of the worst off (rank 0), by least squares weighted
                    with people (SII)
relative index      fitted rate of the best off over that of the worst off (RII)
concentration index twice the covariance of rate and rank over the mean rate: 0 if equal, above 0 if the better off
                    have more (at most 1)
"""

import numpy as np

from sim.engine.arrays import Floats


def gap(rates: Floats) -> float:
    """Return the highest less the lowest rate."""
    return float(np.max(rates) - np.min(rates))


def relative_gap(rates: Floats) -> float:
    """Return the highest over the lowest rate; infinite where the lowest is 0."""
    lowest = float(np.min(rates))
    return float(np.max(rates)) / lowest if lowest > 0 else float("inf")


def ranks(people: Floats) -> Floats:
    """Return the rank of each group, 0 to 1, worst off first."""
    shares = people / people.sum()
    return np.asarray(np.cumsum(shares) - shares / 2)


def slope_index(rates: Floats, people: Floats) -> float:
    """Return the slope index of inequality."""
    worst, best = _fitted_ends(rates, people)
    return best - worst


def relative_index(rates: Floats, people: Floats) -> float:
    """Return the relative index of inequality; NaN where the line reaches 0 or below."""
    worst, best = _fitted_ends(rates, people)
    return best / worst if worst > 0 and best > 0 else float("nan")


def concentration_curve(rates: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Return cumulated shares of people and of what they have, both beginning at 0 and ending at 1."""
    had = rates * people
    shares = [np.concatenate([[0.0], np.cumsum(part) / part.sum()]) for part in (people, had)]
    return shares[0], shares[1]


def concentration_index(rates: Floats, people: Floats) -> float:
    """Return the concentration index: twice the area between diagonal and curve; NaN if all rates are 0."""
    if not (rates * people).sum() > 0:
        return float("nan")
    x, y = concentration_curve(rates, people)
    return float(1.0 - np.sum(np.diff(x) * (y[1:] + y[:-1])))


def _fitted_ends(rates: Floats, people: Floats) -> tuple[float, float]:
    """Return the fitted rate at rank 0 and at rank 1."""
    shares, rank = people / people.sum(), ranks(people)
    mean_rank, mean_rate = float(shares @ rank), float(shares @ rates)
    spread = float(shares @ (rank - mean_rank) ** 2)
    slope = float(shares @ ((rank - mean_rank) * (rates - mean_rate))) / spread if spread > 0 else 0.0
    return mean_rate - slope * mean_rank, mean_rate + slope * (1.0 - mean_rank)


INDICES = {
    "gap": lambda rates, people: gap(rates),
    "relative_gap": lambda rates, people: relative_gap(rates),
    "slope_index": slope_index,
    "relative_index": relative_index,
    "concentration_index": concentration_index,
}
