"""Monte Carlo intervals: how well these runs know the mean difference over all draws and all luck.

They narrow with more runs. The range that holds 95% of the draws, which tables show beside a mean, does not.
"""

import numpy as np

from sim.analysis.uncertainty.decomposition import Components
from sim.measures.intervals import CONFIDENCE, t_quantile


def monte_carlo_interval(found: Components, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Mean plus and minus t times its Monte Carlo error; NaN with a single run."""
    freedom = degrees_of_freedom(found)
    if freedom < 1:
        return np.nan, np.nan
    half = found.error() * t_quantile(freedom, 0.5 + confidence / 2)
    return found.mean - half, found.mean + half


def degrees_of_freedom(found: Components) -> int:
    """Satterthwaite's, over the part that falls with draws and the part that falls with seeds alone."""
    found = found.averaged or found
    whole = found.error() ** 2
    shared = found.shared / found.seeds
    parts = [(whole - shared, found.structures * (found.draws - 1)), (shared, found.seeds - 1)]
    if np.isnan(found.parameters):  # one draw: seeds are all there is
        parts = [(whole, found.structures * (found.seeds - 1))]
    if not whole:
        return int(max(freedom for _, freedom in parts))
    used = [(variance, freedom) for variance, freedom in parts if variance > 0]
    if any(freedom <= 0 for _, freedom in used):
        return 0
    return max(1, int(whole**2 / sum(variance**2 / freedom for variance, freedom in used)))
