"""Shared savings and shared risk: who bears a deviation from a benchmark of total cost, after the year.

Meaning: cents from the payer to the providers of an area (negative: from the providers to the payer).
Equation: d = benchmark - cost; nothing if |d| < minimum * benchmark (minimum savings rate) or |d| within the corridor;
          beyond the corridor: share * (|d| - corridor * benchmark), at most cap * benchmark, with the sign of d.
          One-sided (shared savings): only d > 0. Two-sided (shared risk): losses with a share and a cap of their own.
          What a provider sees of it: losses + weight * (savings - losses), weight being the side of savings among the
          chances: a share of both is worth itself, a share of savings alone ``weight`` of that.
Where a CCO has a budget it shares with its providers: savings at least as far as it agreed to itself (``own``), losses
too where the contract knows losses; under a one-sided contract nobody pays back.
A minimum is a threshold: once passed, the saving is shared from the first dollar. A corridor is a deductible.
By chance alone a one-sided contract pays share * sd / sqrt(2 pi): 2.26% of benchmark before sharing at N = 5,000 with a
CV of 4, 0.50% at N = 100,000, and 2.1% where a minimum saving of 2% must be passed.
Evidence: payment.md E11 and its analytic check 1; mssp_share_providers; model.md 4 (deviations at full size).
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats


@dataclass(frozen=True)
class SharingTerms:
    """Shares of savings and losses (one for all, or one for each area), and limits as shares of the benchmark."""

    savings: Floats | float
    losses: Floats | float
    minimum: float
    corridor: float
    cap: float


def shared(benchmark: Floats, cost: Floats, terms: SharingTerms) -> Floats:
    """Return what the payer owes the providers, in the unit of ``benchmark``; negative if they owe the payer."""
    deviation = benchmark - cost
    size = np.abs(deviation)
    counts = (size >= terms.minimum * benchmark) & (size > 0)
    beyond = np.where(counts, np.maximum(size - terms.corridor * benchmark, 0), 0)
    share = np.where(deviation > 0, terms.savings, terms.losses)
    return np.asarray(np.sign(deviation) * np.minimum(share * beyond, terms.cap * benchmark))


def agreed(own: Floats, savings: float, losses: Floats | float) -> tuple[Floats, Floats]:
    """Return the shares of savings and of losses by area: the contract's, or the CCO's own where it goes further."""
    return np.maximum(savings, own), np.maximum(losses, own) * (losses > 0)


def weighed(savings: Floats, losses: Floats, weight: float) -> Floats:
    """Return the part of a change of total cost that falls on providers, as they see it before the year."""
    return np.asarray(losses + weight * (savings - losses))
