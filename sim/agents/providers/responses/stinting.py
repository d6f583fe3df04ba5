"""Stinting and shifting: practices paid per member give fewer services, or refer members elsewhere (payment.md E3).

Meaning: primary care withheld, and log of volume of other care, by area (``providers=reduced_form``); kappa is the part
of primary care revenue that is paid per member, over all members of the area; after-hours care is only reported: its
loss is part of the emergency visits.
Equation: primary care ln(1 - sigma kappa); after hours 1 - 0.32 kappa; specialist, outpatient, ancillary
          ln(1 + 0.15 kappa s); emergency (1.20 - 1 - L) kappa (1 - min(1, rho_ED / rho*)), rho_ED the practice's share
          in the cost of emergency care inside the budget, L the visits that withheld primary care brings by itself, so
          that the sum is the published 1.20; log odds of measured care + kappa where a quality bonus exists.
Evidence: on_fho_services, on_cap_afterhours, on_cap_ed, on_switch_nonincent, on_fho_quality. V4 of payment.md is
therefore an implementation check, no validation.
"""

import numpy as np

from sim.agents.providers.response import Decided, Gradual, Market, Seen
from sim.engine.arrays import Floats
from sim.engine.parameters import Registry
from sim.payment.incentives import Incentives
from sim.payment.ledger import PROVIDERS
from sim.schema import ANCILLARY, EMERGENCY, METRICS, OUTPATIENT, PRIMARY, SERVICES, SPECIALIST

PAID_BY_FEE = (SPECIALIST, OUTPATIENT, ANCILLARY)
PRIMARY_CARE = PROVIDERS.index("primary")


def per_member(incentives: Incentives) -> Floats:
    """Return kappa over all members, by area."""
    return np.asarray(incentives.capitated * incentives.members)


def emergency_by_stinting(registry: Registry) -> float:
    """Return the rise of emergency visits under full capitation that withheld visits bring by themselves."""
    per_emergency_visit: float = registry.get("reduced_form.asks_per_emergency_visit")
    leaks: float = registry.get("access.leak_to_emergency")[PRIMARY]
    withheld: float = registry.get("reduced_form.stinting")
    return withheld * leaks * per_emergency_visit


class Stinting(Gradual):
    """Fewer services in the capitated basket, and less after-hours care: the log of each, (area, 2)."""

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.areas, 2), get("providers.response_inertia"))
        self.in_basket: float = get("reduced_form.stinting")
        self.after_hours: float = get("reduced_form.after_hours_lost")

    def aim(self, seen: Seen) -> Floats:
        """Return the logs of in-basket and of after-hours services."""
        kappa = per_member(seen.incentives)
        return np.stack([np.log1p(-self.in_basket * kappa), np.log1p(-self.after_hours * kappa)], axis=1)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Clinics withhold visits that members need."""
        decided.log_clinic_withheld += self.now[seen.clinic_area, 0]

    def record(self, seen: Seen) -> dict[str, Floats]:
        """After-hours care against the baseline's."""
        return {"after_hours": np.exp(self.now[:, 1])}


class Shifting(Gradual):
    """More care by others: specialists, imaging, and the emergency department; log, (area, service)."""

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.areas, len(SERVICES)), get("providers.response_inertia"))
        self.by_fee: float = get("reduced_form.shifted") * get("reduced_form.shifted_share")
        self.emergency: float = get("reduced_form.emergency_ratio") - 1 - emergency_by_stinting(market.registry)
        self.enough_risk: float = get("reduced_form.enough_risk")

    def aim(self, seen: Seen) -> Floats:
        """Return the log volume that is shifted."""
        incentives, kappa = seen.incentives, per_member(seen.incentives)
        aim = np.zeros_like(self.now)
        aim[:, PAID_BY_FEE] = np.log1p(self.by_fee * kappa)[:, None]
        own_risk = incentives.at_risk[:, PRIMARY_CARE] * incentives.inside[:, EMERGENCY]
        aim[:, EMERGENCY] = self.emergency * kappa * (1 - np.minimum(1, own_risk / self.enough_risk))
        return aim

    def add(self, decided: Decided, seen: Seen) -> None:
        """Members use more care elsewhere."""
        elsewhere = self.now.copy()
        decided.sent += elsewhere[:, EMERGENCY]
        elsewhere[:, EMERGENCY] = 0
        decided.log_volume += elsewhere


class PreventiveTargets(Gradual):
    """Practices paid per member have time for what a bonus pays for: log odds of measured care, (area, metric)."""

    def __init__(self, market: Market) -> None:
        super().__init__((market.areas, len(METRICS)), market.registry.get("providers.response_inertia"))
        self.log_odds: float = market.registry.get("reduced_form.preventive_log_odds")

    def aim(self, seen: Seen) -> Floats:
        """Return the log odds where a bonus exists."""
        paid = (seen.incentives.bonus > 0)[:, None] & seen.measured
        return np.asarray(self.log_odds * per_member(seen.incentives)[:, None] * paid)

    def add(self, decided: Decided, seen: Seen) -> None:
        """More measured care is given."""
        decided.deliver += self.now
