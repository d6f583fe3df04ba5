"""Raking (iterative proportional fitting): scale a table until it meets its margins.

Each margin in turn multiplies the cells of each of its levels by one factor, so that the level's sum is right; after
some rounds all are. What the table said about the *association* of traits (its odds ratios) is kept.
Deming and Stephan (1940), On a least squares adjustment of a sampled frequency table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats, Ints

ROUNDS = 200
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Target:
    """One margin to be met: the cells in its scope, the level of each, and the share of each level in the scope."""

    cells: Ints | slice
    level: Ints
    shares: Floats

    def factors(self, table: Floats) -> Floats:
        """The factor by which the cells of each level must be multiplied."""
        sums = np.bincount(self.level, weights=table[self.cells], minlength=len(self.shares))
        wanted = self.shares * sums.sum()
        return np.asarray(np.divide(wanted, sums, out=np.ones_like(wanted), where=sums > 0))

    def got(self, table: Floats) -> Floats:
        """The share of each level in the scope; that asked for where the scope is empty."""
        sums = np.bincount(self.level, weights=table[self.cells], minlength=len(self.shares))
        total = sums.sum()
        return np.asarray(sums / total) if total > 0 else self.shares

    def gap(self, table: Floats) -> float:
        """Largest distance of a level's share from what it should be."""
        return float(np.abs(self.got(table) - self.shares).max())


def rake(seed: Floats, targets: Sequence[Target], *, rounds: int = ROUNDS, tolerance: float = TOLERANCE) -> Floats:
    """Return ``seed`` scaled to meet ``targets``, and to add to 1.

    Parameters
    ----------
    seed : starting table, flat, non-negative; zeros stay zero.
    targets : margins to meet. The last one is met exactly; the others within ``tolerance``, if they agree.
    rounds, tolerance : most rounds, and the largest gap, as a share, at which raking stops.
    """
    table = seed / seed.sum()
    for _ in range(rounds):
        worst = 0.0
        for target in targets:
            factors = target.factors(table)
            worst = max(worst, float(np.abs(factors - 1).max(initial=0.0, where=target.shares > tolerance)))
            table[target.cells] *= factors[target.level]
        if worst < tolerance:
            break
    return np.asarray(table / table.sum())


def gaps(table: Floats, targets: Sequence[Target]) -> tuple[float, ...]:
    """Largest difference of each margin from its target, as a share of its scope."""
    return tuple(target.gap(table) for target in targets)
