"""Administration: what it costs to run a budget or to pay claims.

Meaning: whole cents by area.
Equation: cost = round(share * payments); a CCO pays it from its capitation, the state for the claims it pays itself.
Evidence: member_services_2021 and member_services_2022 (88-90% of CCO revenue goes to services); the state's own share
for fee-for-service claims is an assumption. Without it a CCO would look costlier than the state by its whole overhead.
"""

import numpy as np

from sim.engine.arrays import Cents


def administration_cost(payments: Cents | np.int64, share: float) -> Cents:
    """Return the administration of ``payments``, in whole cents."""
    return np.asarray(np.rint(payments * share), dtype=np.int64)
