"""A coordinated care organization: one budget for one area, which it must live within.

Under fee-for-service a CCO exists and does nothing: its members' claims are paid by the state.
"""

from typing import Any

import mesa

from sim.agents.saving import Saved, restore, saved
from sim.agents.state import MONTHS_PER_YEAR
from sim.payment.administration import administration_cost
from sim.payment.ledger import ACCOUNT_INDEX

REMEMBERED = ("reserve", "upstream_budget", "year_revenue", "year_result", "last_margin")


class CCO(mesa.Agent):  # type: ignore[misc]
    """The CCO of one area.

    Parameters
    ----------
    model : the health system; read are ``state``, ``providers``, ``places.costs_cents()`` and the scenario's upstream
        funding; written is ``ledger``.
    area : index of the area.
    name : name of the CCO.

    Attributes
    ----------
    reserve : reserves in sampled cents; the opening part is the owners', not a flow of the ledger.
    upstream_budget : cents that may go to upstream programmes this month; zero under fee-for-service.
    year_revenue, year_result : revenue and margin of this rate year so far, in cents; withhold counts when it returns.
    last_margin : margin of the last full rate year as a share of revenue.
    """

    def __init__(self, model: Any, area: int, name: str) -> None:
        super().__init__(model)
        get = model.registry.get
        self.area, self.name = area, name
        self.administration_share: float = get("ccos.administration")
        self.upstream_share: float = get("ccos.upstream_share")
        self.opening_share: float = get("ccos.opening_reserve")
        self.upstream_match: float = get("payment.upstream_match")
        self.reserve = 0
        self.upstream_budget = 0
        self.year_revenue = 0
        self.year_result = 0
        self.last_margin = 0.0

    def decide(self) -> None:
        """Plan the month from the last one: how much may go upstream. Contracts and care programmes belong here too."""
        state = self.model.state
        if not state.budget_runs[self.area]:
            return
        expected = int(state.revenue().due[self.area].sum())
        self.upstream_budget = round(expected * self.upstream_share)
        if state.months_run[self.area] == 0:
            self.reserve = round(MONTHS_PER_YEAR * expected * self.opening_share)

    def settle(self) -> None:
        """Pay for administration and upstream programmes, book the month, and close the year into reserves.

        The state and the providers have settled before: the month's result is what the ledger says.
        """
        self._pay_upstream()
        state = self.model.state
        if not state.budget_runs[self.area]:
            return
        revenue = state.revenue()
        administration = int(administration_cost(revenue.due[self.area].sum(), self.administration_share))
        self._transfer("cco", "outside", administration, "administration")
        self.year_revenue += int(revenue.paid[self.area].sum())
        self.year_result += int(self.model.ledger.net()[self.area, ACCOUNT_INDEX["cco"]])
        if state.year_ends[self.area]:
            self._close_year()

    def state(self) -> Saved:
        """Return what the months to come depend on."""
        return saved(self, REMEMBERED)

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)

    def _pay_upstream(self) -> None:
        """Pay the area's upstream programmes from whoever funds them."""
        funding, cents = self.model.scenario.upstream.funding, int(self.model.places.costs_cents()[self.area])
        self._transfer(funding, "community", cents, "upstream")
        if funding == "state":
            matched = round(cents * self.upstream_match)
            self._transfer("federal", "state", matched, "federal_match")

    def _close_year(self) -> None:
        """Move the year's surplus into reserves, or make good its deficit from them."""
        surplus, deficit = max(self.year_result, 0), max(-self.year_result, 0)
        self._transfer("cco", "cco_reserve", surplus, "reserves")
        self._transfer("cco_reserve", "cco", deficit, "reserves")
        self.reserve += self.year_result
        self.last_margin = self.year_result / self.year_revenue if self.year_revenue else 0.0
        self.year_revenue = self.year_result = 0

    def _transfer(self, payer: str, payee: str, cents: int, purpose: str) -> None:
        if cents:
            self.model.ledger.transfer(self.area, payer, payee, cents, purpose)
