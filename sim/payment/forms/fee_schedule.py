"""The fee schedule, and what billing loses: what Medicaid pays of today's price.

Meaning: a ratio by service; 1 is today.
Equation: paid = fee ratio * (1 - denied) / (1 - denied today).
Today's prices are net of today's losses (17.4% of billed value is lost to denials and their work), so that only a
change counts. A CCO's utilization management adds the payment that it denies: (1 - denied - unpaid) / (1 - denied
today); see sim/payment/authorization.py.
Evidence: payment.md E1 and E2; admin_cip_medicaid (17.4%; Medicare 5%, commercial 2.8%).
"""

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.parameters import Registry
from sim.payment.form import Form


def paid_ratio(fee: Floats, denied: Floats | float, denied_today: float) -> Floats:
    """Return what is paid of today's price."""
    return np.asarray(fee * (1 - np.minimum(denied, 1)) / (1 - denied_today))


def fees(registry: Registry) -> tuple[Floats, float]:
    """Return the fees against today's by service, and the share of billed value that is denied."""
    return np.asarray(registry.get("payment.fee_ratio")), float(registry.get("payment.denied"))


FORM = Form("fee_schedule", "other fees and denials than today's", by_clinic=True, fees=fees)
