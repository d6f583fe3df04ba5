"""The growth cap: how far a capitation rate may rise in a year.

Meaning: growth per year, as a share; what the cap has taken out of a rate, as a log.
Equation: allowed = min(trend, cap) + give * loss, where loss = max(0, -margin) of the CCO's last year.
          give = 0 is a hard cap; give = 1 lets the whole loss into the rate. A CCO that threatens to leave is
          given ``exit_give`` of its loss where that is more, max(give, exit_give), not both.
          squeeze[y] = min(0, ln((1 - b) * exp(squeeze[y-1]) * (1 + allowed) / (1 + trend) + b)), b = 0 in the first
          year: the recursion of the rate itself (``rate_experience.py``) over that of a rate without a cap, had cost
          followed the trend. The part b of a rate that is rebased follows experience and is not squeezed; b = 1
          forgets the first year's cap, b = 0 adds up all years.
Evidence: trend_cap (3.4%), trend_without (5.4%); softness: cap_growth_2018, cap_growth_2026 (10.2% after refusals).
A loss may lift the rate above the trend too, as in 2026: only the part below a loss is bounded by the trend. A rate
above the trend squeezes no prices.
"""

import numpy as np
from numpy.typing import NDArray


def allowed_growth(
    trend: float, cap: float, *, give: NDArray[np.float64] | float = 0, margin: NDArray[np.float64] | float = 0
) -> NDArray[np.float64]:
    """Return the growth that the state allows, per year; ``margin`` is the CCO's last one as a share of revenue."""
    loss = np.maximum(0, -np.asarray(margin, dtype=np.float64))
    return np.asarray(np.minimum(trend, cap) + give * loss)


def squeezed(
    before: NDArray[np.float64], allowed: NDArray[np.float64], trend: float, rebased: float
) -> NDArray[np.float64]:
    """Return the log of what the cap has taken out of a rate of which ``rebased`` follows experience; 0 or below."""
    left = (1 - rebased) * np.exp(before) * (1 + allowed) / (1 + trend) + rebased
    return np.asarray(np.minimum(0, np.log(left)))
