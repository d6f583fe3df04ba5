"""The state: sets capitation rates once a year, pays claims or capitation every month, and claims the federal match."""

from typing import Any, NamedTuple

import mesa
import numpy as np

from sim.agents.state.contract_calendar import Calendar
from sim.agents.state.experience import Experience, Lived
from sim.agents.state.fixed_payments import FixedPayments
from sim.agents.state.incentives import Stakes
from sim.agents.state.payer import Payer
from sim.agents.state.quality_settlement import YearOfQuality
from sim.agents.state.rates import Rates
from sim.agents.state.settlement import Settlement
from sim.engine.arrays import Cents, Flags, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Saved
from sim.engine.units import MILLION
from sim.payment.administration import administration_cost
from sim.payment.capitation import capitation_due
from sim.payment.fee_for_service import IN_CCO
from sim.payment.incentives import Incentives
from sim.payment.ledger import ACCOUNT_INDEX, EVERY_AREA, PROVIDERS
from sim.payment.withhold import hold
from sim.schema import MEDICAID

__all__ = ["MONTHS_PER_YEAR", "Agency", "Revenue"]

PARTS = ("rates", "settlement", "quality")
CARE = [ACCOUNT_INDEX[name] for name in ("cco", "held", *PROVIDERS)]


class Revenue(NamedTuple):
    """Capitation of a month in cents, (area, rate category): due, and the part of it that is withheld."""

    due: Cents
    held: Cents


class Agency(mesa.Agent):  # type: ignore[misc]
    """The state Medicaid agency.

    Reads ``model.scenario.payment``, ``model.registry``, ``model.weights``, ``model.month``, ``model.last``,
    ``model.actions``; writes to ``model.ledger``. What concerns time is by area: areas may begin in different months.

    Attributes
    ----------
    calendar : which contracts are in force where, and which services are in scope.
    rates : capitation rates, growth cap and rebasing.
    experience : what CCO members cost in every month so far.
    fixed, settlement, quality : what is paid by the month, after a contract year, and in December.
    """

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        get = model.registry.get
        self.calendar = Calendar(model.scenario.payment, model.area_names)
        self.experience = Experience()
        self.rates = Rates(model, self.calendar, self.experience)
        self.payer = Payer(model)
        self.fixed = FixedPayments(model, self.calendar, self.experience, self.payer)
        self.settlement = Settlement(model, self.calendar, self.experience, self.rates, self.payer)
        self.quality = YearOfQuality(model, self.calendar, self.experience, self.payer)
        self.stakes = Stakes(model, self.calendar, self.fixed, self.quality, self.rates)
        self.withhold_share: float = get("payment.withhold_share")
        self.federal_share: Floats = np.asarray(get("payment.federal_share"))
        self.administration_share: float = get("payment.state_administration")
        self.administration_match: float = get("payment.administration_match")
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

    @property
    def prepaid(self) -> Floats:
        """Share of the claims of CCO members that fixed payments have paid for, (area, service): it is not billed."""
        return self.fixed.prepaid()

    def incentives(self) -> Incentives:
        """Return what this month's contracts and actions put at stake for providers."""
        return self.stakes.of_month()

    def set_rates(self) -> None:
        """Set the capitation rates of areas whose year begins, and what Medicaid pays of today's prices."""
        self.rates.set(self.model.month)
        self.model.areas["fee"] = self.stakes.fees()

    def revenue(self) -> Revenue:
        """Return what CCOs earn by the member-months of ``model.last`` at this month's rates."""
        month, last = self.model.month, self.model.last
        if self._revenue is not None and self._revenue_of[0] == month and self._revenue_of[1] is last:
            return self._revenue
        rates = (self.rates.table * self.inside[:, None, :]).sum(axis=2)
        due = capitation_due(rates, last.rate_months[:, IN_CCO], self.rates.risk[:, None])
        held = hold(due, self.withhold_share) * self.calendar.under("withhold", month)[:, None]
        self._revenue, self._revenue_of = Revenue(due, held), (month, last)
        return self._revenue

    def settle(self) -> None:
        """Pay the month, keep it as experience, settle what is due after a year, and claim the federal match."""
        claims = self.model.providers.claims
        self.payer.matched += claims.state.sum(axis=2)
        revenue = self._pay_ccos()
        self.fixed.pay(self.inside)
        self.experience.keep(self.model.month, self._lived())
        self.quality.month(revenue.held)
        self.settlement.month(revenue.due.sum(axis=1), self.stakes.split)
        self.experience.spent(self.model.month, self._outlay(revenue))
        self.settlement.test_growth()
        self._pay_administration(claims.state + claims.prepaid * ~self.inside[:, None, :])
        self.payer.claim_match(self.federal_share)

    def record(self) -> dict[str, Cents]:
        """Return what a unit of hospital care brought against its old price, by area, in millionths; 1 by claims."""
        if not self.calendar.has("hospital_global_budget"):
            return {}
        price = np.nan_to_num(self.fixed.hospital_price, nan=1)
        return {"payment.hospital_price": np.rint(MILLION * price).astype(np.int64)}

    def release(self, area: int) -> None:
        """End the contracts of a CCO that gives up, and settle what is held of it."""
        self.quality.release(area)
        self.payer.claim_match(self.federal_share)
        self.calendar.leave(area)

    def snapshot(self) -> Saved:
        """Return what the months to come depend on."""
        parts = {f"{part}.{name}": array for part in PARTS for name, array in getattr(self, part).snapshot().items()}
        return {**parts, **self.experience.snapshot()}

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        self._revenue = None
        for part in PARTS:
            own = f"{part}."
            getattr(self, part).restore(
                {name.removeprefix(own): a for name, a in state.items() if name.startswith(own)}
            )
        self.experience.restore(state)

    def _pay_ccos(self) -> Revenue:
        """Pay capitation, but for what is withheld."""
        if not self.budget_runs.any():
            return Revenue(*np.zeros((2, *self.payer.matched.shape), dtype=np.int64))
        revenue = self.revenue()
        paid = revenue.due - revenue.held
        self._transfer("state", "cco", paid.sum(axis=1), "capitation")
        self._transfer("state", "held", revenue.held.sum(axis=1), "withhold")
        self.payer.matched += paid
        return revenue

    def _lived(self) -> Lived:
        """What the month was, for rates, benchmarks and budgets of later years."""
        result = self.model.last
        months = result.rate_months
        return Lived(
            cents=result.money[:, IN_CCO, :, :, MEDICAID].copy(),
            months=months[:, IN_CCO].copy(),
            attributed=self.fixed.attributed(),
            everyone=months.sum(axis=(1, 2)),
            outlay=np.zeros(len(months), dtype=np.int64),
        )

    def _outlay(self, revenue: Revenue) -> Cents:
        """What the state spent on care: claims, fees, bonuses, settlements, and of capitation the part for care."""
        flows, state = self.model.ledger.flows, ACCOUNT_INDEX["state"]
        paid = flows[:, state, CARE].sum(axis=1) - flows[:, CARE, state].sum(axis=1)
        return np.asarray(paid - administration_cost(revenue.due.sum(axis=1), self.rates.terms.load))

    def _pay_administration(self, claims: Cents) -> None:
        """Pay for handling claims; what a fixed payment has paid for is handled like a claim."""
        cost = administration_cost(claims.sum(axis=(1, 2)), self.administration_share)
        self._transfer("state", "outside", cost, "administration")
        self._transfer("federal", "state", administration_cost(cost, self.administration_match), "federal_match")

    def _transfer(self, payer: str, payee: str, cents: Cents, purpose: str) -> None:
        self.model.ledger.transfer(EVERY_AREA, payer, payee, cents, purpose)
