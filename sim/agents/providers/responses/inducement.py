"""Inducement: volume follows fees (payment.md E2; part of ``providers=reduced_form``).

Meaning: log of volume by area and service, beyond what members need; induced care does not improve health. A fall takes
         induced visits first for one part, and all alike (needed ones are withheld) for ``providers.cuts_alike``.
Equation: eps_s * ln(max(fee_s, 0.2)) + gamma * max(0, ln(Y* / Y)), fee_s the paid fee over the baseline's (denied
          claims count as a lower fee), Y* / Y a type of provider's income at the old fees over that at the new ones.
          Better-off members get it first, by ``favor`` (sim/member/practice.py); the mean elasticity stays.
          Contracts that pay per member do not change fees: see ``stinting.py`` (model.md 17: never both).
Evidence: ffs_supply_elasticity_clemens, ffs_supply_elasticity_ses_low and _high, medicare_offset_obra89 (gamma).
"""

import numpy as np

from sim.agents.providers.offer import cut
from sim.agents.providers.response import Decided, Gradual, Market, Seen
from sim.engine.arrays import Floats
from sim.payment.ledger import PAYEES
from sim.schema import PRIMARY, SCHEDULED, SERVICES


class Inducement(Gradual):
    """Log change of volume with fees, (area, service)."""

    def __init__(self, market: Market, off: frozenset[str] = frozenset()) -> None:
        get = market.registry.get
        super().__init__((market.areas, len(SERVICES)), get("providers.response_inertia"))
        self.elasticity: Floats = np.asarray(get("reduced_form.fee_elasticity"))
        self.least: float = get("reduced_form.least_fee")
        self.target: float = get("reduced_form.target_income")
        self.alike: float = get("providers.cuts_alike")
        self.favor: float = get("reduced_form.favor") * ("favor" not in off)

    def aim(self, seen: Seen) -> Floats:
        """Return the log volume at which providers aim."""
        fee = seen.incentives.fee
        logs = np.log(np.maximum(fee, self.least))
        return np.asarray(self.elasticity * logs + self.target * lost_income(fee, seen.mix))

    def add(self, decided: Decided, seen: Seen) -> None:
        """Clinics see more or fewer of their own patients; other services change for the area."""
        volume, withheld = self.now.copy(), np.zeros_like(self.now)
        volume[:, SCHEDULED], withheld[:, SCHEDULED] = cut(self.now[:, SCHEDULED], self.alike)
        decided.log_clinic_volume += volume[seen.clinic_area, PRIMARY]
        decided.log_clinic_withheld += withheld[seen.clinic_area, PRIMARY]
        volume[:, PRIMARY] = withheld[:, PRIMARY] = 0
        decided.log_volume += volume
        decided.log_withheld += withheld
        decided.by_fees += self.now
        decided.favor += self.favor * self.now.any(axis=1)


def lost_income(fee: Floats, mix: Floats) -> Floats:
    """Return ``max(0, ln(Y* / Y))`` of the provider behind each service, (area, service)."""
    kinds = np.asarray(PAYEES)
    before, after = (np.stack([rows @ kinds[:, k] for k in range(kinds.shape[1])], axis=1) for rows in (mix, mix * fee))
    log = np.log(np.divide(before, after, out=np.ones_like(before), where=(before > 0) & (after > 0)))
    return np.asarray(np.maximum(log, 0)[:, kinds.argmax(axis=1)])
