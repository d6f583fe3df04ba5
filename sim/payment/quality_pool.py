"""The quality pool: withheld money is earned by measures met; what nobody earns becomes the challenge pool.

Meaning: shares and counts by area; whole cents.
Equation: gap = benchmark - baseline (in the good direction); target = baseline + max(gap part * gap, floor), at most
          the benchmark; met = rate reaches the benchmark OR the target (mirrored where lower is better);
          earned = the payout of the highest step whose share of measures was met, one step less than all if the
          medical-home gate was missed; challenge[a] = left over * points[a] / sum of points,
          points = challenge measures met * member-months.
Without a baseline only the benchmark counts; a measure that nobody could be counted for is not met and not counted.
Evidence: payment.md E6, model.md 20, cco.md 1 (12 of 16 measures, 60% in medical homes; 11 of 18 gave 70%;
27.4 million USD of challenge pool in 2016, 2.4 in 2017; improvement targets of 10% of the gap, floor 3 points).
"""

from collections.abc import Sequence

import numpy as np

from sim.engine.arrays import Cents, Flags, Floats


def ratcheted(benchmark: Floats, ratchet: Floats, years: int, lower: Flags) -> Floats:
    """Return the benchmarks after so many years, moved in the good direction; a rate never passes 0."""
    moved = benchmark + np.where(lower, -ratchet, ratchet) * years
    return np.asarray(np.maximum(moved, 0))


def improvement_target(baseline: Floats, benchmark: Floats, part: float, floor: Floats, lower: Flags) -> Floats:
    """Return each area's own target; NaN where there is no baseline."""
    sign = np.where(lower, -1, 1)
    gap = np.maximum(sign * (benchmark - baseline), 0)
    step = np.minimum(np.maximum(part * gap, floor), gap)
    return np.asarray(baseline + sign * step)


def measures_met(rates: Floats, benchmark: Floats, target: Floats, lower: Flags) -> Flags:
    """Return which measures each area met: benchmark or improvement target; a rate that is not known meets nothing."""
    sign = np.where(lower, -1, 1)
    return np.asarray((sign * rates >= sign * benchmark) | (sign * rates >= sign * target))


def earned_share(met: Floats, steps: Sequence[tuple[float, float]], gate: Flags) -> Floats:
    """Return the share of the pool that each area earns.

    ``met``: share of measures met; ``steps``: (share of measures, share of the pool), highest first; ``gate``: whether
    enough members have a medical home.
    """
    needed = np.array([step for step, _ in steps])
    pays = np.array([share for _, share in steps] + [0.0])
    reached = (met[:, None] >= needed).argmax(axis=1)
    reached = np.where((met[:, None] >= needed).any(axis=1), reached, len(steps))
    return np.asarray(pays[np.where(gate, reached, np.maximum(reached, 1))])


def challenge_shares(met: Flags, months: Floats) -> Floats:
    """Return each area's part of the challenge pool from the challenge measures it met and its full-size months."""
    points = met.sum(axis=1) * months
    total = float(points.sum())
    return np.asarray(points / total if total else np.zeros(points.shape))


def paid_out(held: Cents, share: Floats) -> Cents:
    """Return the part of ``held[area, rate category]`` that each area earned, in whole cents."""
    return np.rint(held * share[:, None]).astype(np.int64)
