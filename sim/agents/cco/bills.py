"""The bills of a month, in all areas at once: upstream programs, and what budgets pay beside care."""

from collections.abc import Sequence

import numpy as np

from sim.agents.cco.actions import ACTION_INDEX, ADMINISTRATIVE, PAYMENTS
from sim.agents.cco.cco import CCO, CENTS, MEASURES
from sim.agents.programs.slots import Slots
from sim.agents.protocols import System
from sim.agents.state.agency import Agency
from sim.engine.arrays import Cents
from sim.payment.administration import administration_cost
from sim.payment.fee_for_service import IN_CCO
from sim.upstream.budget import FUNDED

PAID_AS = {
    "cco": ("flexible_services", "community_benefit"),
    "state": ("waiver_benefits", "waiver_benefits"),
    "outside": ("grants", "grants"),
}
"""Purposes of programs that serve members and of money for whole areas, by who funds them (``upstream.funding``); funds
pay theirs in ``sim/agents/programs/funds.py``."""


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

    def care_costs(self) -> dict[str, Cents]:
        """Return what each care program costs this month, by area; contracts cost what they pay."""
        shares = np.stack([cco.actions / cco.board.most for cco in self.ccos])
        shares[:, MEASURES] *= [cco.measures.used for cco in self.ccos]
        full = np.stack([cco.board.cost for cco in self.ccos])
        months = self.model.last.rate_months[:, IN_CCO].sum(axis=1) * self.agency.budget_runs
        cents = np.rint(full * shares * CENTS * months[:, np.newaxis]).astype(np.int64)
        return {name: cents[:, ACTION_INDEX[name]] for name in PAYMENTS}

    def care_programs(self) -> Cents:
        """Return what they cost together, without actions that are only administration."""
        costs = self.care_costs()
        return np.asarray(np.sum([costs[name] for name in costs if name not in ADMINISTRATIVE], axis=0))

    def _pay_upstream(self) -> None:
        """Pay upstream programs from the account of the payer that the scenario names."""
        transfer, (for_members, for_area) = self.agency.payer.transfer, PAID_AS[self.funding]
        cents, of_areas = self.slots.costs_cents(), self.slots.area_cents()
        transfer(self.funding, "community", cents - of_areas, for_members)
        transfer(self.funding, "community", of_areas, for_area)
        if self.funding == "state":
            transfer("federal", "state", np.rint(cents * self.match).astype(np.int64), "federal_match")
        if self.funding == "cco":
            self._count(cents)

    def _pay_from_budgets(self) -> None:
        """Pay administration, and each care program in proportion to its action; contracts are paid elsewhere."""
        transfer, agency = self.agency.payer.transfer, self.agency
        due = agency.revenue().due.sum(axis=1) * agency.budget_runs
        transfer("cco", "outside", administration_cost(due, self.administration_share), "administration")
        for name, cents in self.care_costs().items():
            transfer("cco", PAYMENTS[name].payee, cents, PAYMENTS[name].purpose)
            self._count(cents)

    def _count(self, programs: Cents) -> None:
        for cco, cents in zip(self.ccos, programs.tolist(), strict=True):
            cco.year_programs += cents
