"""The state: sets capitation rates once a year, pays claims or capitation every month, and claims the federal match."""

from typing import Any, NamedTuple

import mesa
import numpy as np

from sim.agents.calendar import MONTHS_PER_YEAR, Calendar, Flags, Ints
from sim.agents.experience import Experience
from sim.agents.rates import Rates
from sim.agents.saving import Saved, restore, saved
from sim.agents.stakes import Stakes
from sim.agents.waits import Floats
from sim.payment.administration import administration_cost
from sim.payment.capitation import capitation_due
from sim.payment.federal_match import federal_part
from sim.payment.fee_for_service import IN_CCO
from sim.payment.incentives import Incentives
from sim.payment.ledger import EVERY_AREA, Cents
from sim.payment.withhold import earned, hold
from sim.schema import MEDICAID, RATE_CATEGORIES

__all__ = ["MONTHS_PER_YEAR", "Revenue", "State"]

REMEMBERED = ("held",)


class Revenue(NamedTuple):
    """Capitation of a month in cents, (area, rate category): due, the part withheld, and withhold that comes back."""

    due: Cents
    held: Cents
    returned: Cents

    @property
    def paid(self) -> Cents:
        """What CCOs are paid this month."""
        return self.due - self.held + self.returned


class State(mesa.Agent):  # type: ignore[misc]
    """The state Medicaid agency.

    Reads ``model.scenario.payment``, ``model.registry``, ``model.weights``, ``model.month``, ``model.last``,
    ``model.levers``; writes to ``model.ledger``. What concerns time is by area: areas may begin in different months.

    Attributes
    ----------
    calendar : which contracts are in force where, and which services are in scope.
    rates : capitation rates, growth cap and rebasing.
    experience : what CCO members cost in every month so far.
    held : withheld cents of this rate year, (area, rate category).
    """

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        get = model.registry.get
        self.calendar = Calendar(model.scenario.payment, model.area_names)
        self.experience = Experience()
        self.rates = Rates(model, self.calendar, self.experience)
        self.stakes = Stakes(model, self.calendar)
        self.withhold_share: float = get("payment.withhold_share")
        self.federal_share: Floats = np.asarray(get("payment.federal_share"))
        self.administration_share: float = get("payment.state_administration")
        self.administration_match: float = get("payment.administration_match")
        self.held: Cents = np.zeros((len(model.areas), len(RATE_CATEGORIES)), dtype=np.int64)
        self._revenue: Revenue | None = None  # worked out once a month, asked for by every CCO
        self._revenue_of: tuple[int, Any] = (0, None)

    @property
    def contracts_run(self) -> Flags:
        """Areas in which the scenario's contracts are in force this month."""
        return self.calendar.runs(self.model.month)

    @property
    def budget_runs(self) -> Flags:
        """Areas whose CCO is paid capitation this month."""
        return self.calendar.under("global_budget", self.model.month)

    @property
    def inside(self) -> Flags:
        """Services that each area's CCO pays for this month, (area, service)."""
        return self.calendar.inside("global_budget", self.model.month)

    @property
    def scope(self) -> Flags:
        """Services that are in scope at any time."""
        return self.calendar.scope

    @property
    def months_run(self) -> Ints:
        """Months since each area's contracts began; negative before."""
        return np.asarray(self.model.month - self.calendar.starts)

    @property
    def rate_year(self) -> Ints:
        """Years since each area's contracts began; negative before."""
        return self.calendar.year(self.model.month)

    @property
    def year_ends(self) -> Flags:
        """Areas in the last month of a contract year."""
        return self.calendar.year_ends(self.model.month)

    def incentives(self) -> Incentives:
        """Return what this month's contracts and levers put at stake for providers."""
        return self.stakes.of_month()

    def set_rates(self) -> None:
        """Set the capitation rates of areas whose year begins."""
        self.rates.set(self.model.month)

    def revenue(self) -> Revenue:
        """Return what CCOs earn by the member-months of ``model.last`` at this month's rates."""
        month, last = self.model.month, self.model.last
        if self._revenue is not None and self._revenue_of[0] == month and self._revenue_of[1] is last:
            return self._revenue
        rates = (self.rates.table * self.inside[:, None, :]).sum(axis=2)
        due = capitation_due(rates, last.rate_months[:, IN_CCO])
        held = hold(due, self.withhold_share) * self.calendar.under("withhold", month)[:, None]
        returned = earned(self.held + held) * self.year_ends[:, None]
        self._revenue, self._revenue_of = Revenue(due, held, returned), (month, last)
        return self._revenue

    def settle(self) -> None:
        """Pay CCOs, pay for the administration of claims, claim the federal match, and keep the month's experience."""
        matched = self.model.providers.claims.state.sum(axis=2) + self._pay_ccos()
        self._pay_administration()
        self._transfer("federal", "state", federal_part(matched, self.federal_share), "federal_match")
        result = self.model.last
        self.experience.keep(self.model.month, result.money[:, IN_CCO, :, :, MEDICAID], result.rate_months[:, IN_CCO])

    def state(self) -> Saved:
        """Return what the months to come depend on."""
        rates = {f"rates.{name}": array for name, array in self.rates.state().items()}
        return {**saved(self, REMEMBERED), **rates, **self.experience.state()}

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)
        self._revenue = None
        self.rates.restore({name.removeprefix("rates."): array for name, array in state.items()})
        self.experience.restore(state)

    def _pay_ccos(self) -> Cents:
        """Pay capitation less withhold, and the withhold when the year ends; return what CCOs got, by rate category."""
        if not self.budget_runs.any():
            return np.zeros_like(self.held)
        revenue = self.revenue()
        self.held = self.held + revenue.held - revenue.returned
        self._transfer("state", "cco", (revenue.due - revenue.held).sum(axis=1), "capitation")
        self._transfer("state", "held", revenue.held.sum(axis=1), "withhold")
        self._transfer("held", "cco", revenue.returned.sum(axis=1), "withhold")
        return revenue.paid

    def _pay_administration(self) -> None:
        claims = self.model.providers.claims.state.sum(axis=(1, 2))
        cost = administration_cost(claims, self.administration_share)
        self._transfer("state", "outside", cost, "administration")
        self._transfer("federal", "state", administration_cost(cost, self.administration_match), "federal_match")

    def _transfer(self, payer: str, payee: str, cents: Cents, purpose: str) -> None:
        self.model.ledger.transfer(EVERY_AREA, payer, payee, cents, purpose)
