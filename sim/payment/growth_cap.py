"""The growth cap: how far a capitation rate may rise in a year.

Meaning: growth per year, as a share.
Equation: allowed = min(trend, cap + give * loss), where loss = max(0, -margin) of the CCO's last year.
          give = 0 is a hard cap; give = 1 lets the whole loss into the rate. A CCO that threatens to leave is
          given another part of its loss (``exit_give``).
Evidence: trend_cap (3.4%), trend_without (5.4%); softness: cap_growth_2018, cap_growth_2026 (10.2% after refusals).
A loss may lift the rate above the trend too, as in 2026: only the part below a loss is bounded by the trend.
"""

import numpy as np
from numpy.typing import NDArray


def allowed_growth(
    trend: float, cap: float, *, give: NDArray[np.float64] | float = 0, margin: NDArray[np.float64] | float = 0
) -> NDArray[np.float64]:
    """Return the growth that the state allows, per year; ``margin`` is the CCO's last one as a share of revenue."""
    loss = np.maximum(0, -np.asarray(margin, dtype=np.float64))
    return np.asarray(np.minimum(trend, cap) + give * loss)
