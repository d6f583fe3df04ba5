"""The bills of a month, in all areas at once: upstream programs, and what budgets pay beside care."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.agents.cco.actions import PAYMENTS
from sim.agents.cco.care_programs import costs_of
from sim.agents.cco.cco import CCO
from sim.agents.programs.slots import Slots
from sim.agents.protocols import System
from sim.agents.state.agency import Agency
from sim.engine.arrays import Cents
from sim.payment.administration import administration_cost
from sim.payment.fee_for_service import IN_CCO
from sim.upstream.budget import FUNDED


@dataclass(frozen=True)
class PaidAs:
    """The purposes in the ledger of programs that serve members, and of money for whole areas."""

    for_members: str
    for_areas: str


PAID_AS = {
    "cco": PaidAs("flexible_services", "community_benefit"),
    "state": PaidAs("waiver_benefits", "waiver_benefits"),
    "outside": PaidAs("grants", "grants"),
}
"""By who funds upstream programs (``upstream.funding``); funds pay theirs in ``sim/agents/programs/funds.py``."""


class Bills:
    """Pays the bills of every area; programs that fall on a CCO count in its ``year_programs``."""

    def __init__(self, model: System, agency: Agency, ccos: Sequence[CCO], slots: Slots) -> None:
        self.model, self.agency, self.ccos, self.slots = model, agency, ccos, slots
        self.funding = model.scenario.upstream.funding
        self.match: float = model.registry.get("payment.upstream_match")
        self.administration_share: float = model.registry.get("ccos.administration")

    def pay(self) -> None:
        """Pay for upstream programs, and where a budget runs for administration and care programs."""
        if self.funding not in FUNDED:
            self._pay_upstream()
        if self.agency.budget_runs.any():
            self._pay_from_budgets()

    def _pay_upstream(self) -> None:
        """Pay upstream programs from the account of the payer that the scenario names."""
        transfer, purpose = self.agency.payer.transfer, PAID_AS[self.funding]
        cents, for_areas = self.slots.costs_cents(), self.slots.area_cents()
        transfer(self.funding, "community", cents - for_areas, purpose.for_members)
        transfer(self.funding, "community", for_areas, purpose.for_areas)
        if self.funding == "state":
            transfer("federal", "state", np.rint(cents * self.match).astype(np.int64), "federal_match")
        if self.funding == "cco":
            self._count(cents)

    def _pay_from_budgets(self) -> None:
        """Pay administration, and each care program in proportion to its action; contracts are paid elsewhere."""
        transfer, runs = self.agency.payer.transfer, self.agency.budget_runs
        due = self.agency.revenue().due.sum(axis=1) * runs
        transfer("cco", "outside", administration_cost(due, self.administration_share), "administration")
        costs = costs_of(self.ccos, self.model.last.rate_months[:, IN_CCO].sum(axis=1) * runs)
        for name, cents in costs.items():
            transfer("cco", PAYMENTS[name].payee, cents, PAYMENTS[name].purpose)
            self._count(cents)

    def _count(self, programs: Cents) -> None:
        for cco, cents in zip(self.ccos, programs.tolist(), strict=True):
            cco.year_programs += cents
