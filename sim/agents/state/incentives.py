"""What the contracts and actions of a month put at stake for providers: ``Incentives``, and Medicaid's fees."""

from typing import Any

import numpy as np

from sim.agents.state.contract_calendar import Calendar
from sim.agents.state.fixed_payments import FixedPayments
from sim.agents.state.quality_settlement import YearOfQuality
from sim.agents.state.rates import Rates
from sim.engine.arrays import Flags, Floats
from sim.payment.fee_for_service import IN_CCO
from sim.payment.fee_schedule import paid_ratio
from sim.payment.incentives import Incentives, no_incentives
from sim.payment.ledger import PAYEES
from sim.payment.shared_savings import agreed, weighed
from sim.schema import SERVICES

SHARING = ("shared_savings", "shared_risk")


class Stakes:
    """Reads ``model.actions``, ``model.last`` and the terms of the contracts.

    ``split`` says how much of a shared saving or loss falls on each kind of provider; its parts add to 1, so that
    ``at_risk`` summed over kinds is the part of a change of total cost that falls on providers together.
    """

    def __init__(
        self, model: Any, calendar: Calendar, fixed: FixedPayments, quality: YearOfQuality, rates: Rates
    ) -> None:
        self.model, self.calendar, self.fixed, self.quality, self.rates = model, calendar, fixed, quality, rates
        get = model.registry.get
        self.cap_into_prices: float = get("providers.cap_into_prices")
        weights = np.asarray(get("payment.risk_bearers")) @ PAYEES
        self.split: Floats = weights / max(weights.sum(), np.finfo(float).tiny)
        self.savings_share: float = get("payment.sharing_savings")
        self.losses_share: float = get("payment.sharing_losses") * calendar.has("shared_risk")
        self.one_sided: float = get("payment.one_sided_weight")
        self.losses_from: float = get("payment.losses_from_year")
        self.withhold_share: float = get("payment.withhold_share")
        self.bonus_share: float = get("payment.performance_bonus")
        self.sees_steps: float = get("providers.sees_steps")
        self.risk_adjustment: float = get("payment.risk_adjustment")
        self.coordination_fee: float = get("payment.coordination_fee")
        self.fee_ratio: Floats = np.asarray(get("payment.fee_ratio"))
        self.denied: float = get("payment.denied")
        self.denied_today: float = get("payment.denied_today")

    def of_month(self) -> Incentives:
        """Return this month's incentives; those of the baseline world where no contract is in force."""
        month, actions = self.model.month, self.model.actions
        runs = self.calendar.runs(month)
        if not runs.any():
            return no_incentives(len(runs))
        adjusted = self._under("risk_adjustment", self.risk_adjustment)
        return Incentives(
            fee=self._felt_fee(),
            inside=self._inside(),
            at_risk=np.outer(self._at_risk(), self.split),
            capitated=self.fixed.capitated(),
            bonus=self._of_pool() + self._under("pay_for_performance", self.bonus_share),
            hospital_budget=self.fixed.hospital_fixed(),
            risk_adjusted=adjusted,
            coded=adjusted * actions["pass_through"],
            coordination_fee=self._under("care_coordination_fee", self.coordination_fee),
            members=runs * self._members(),
        )

    def fees(self) -> Floats:
        """Return what Medicaid pays of today's price, (area, open card or CCO, service)."""
        month = self.model.month
        fees = np.ones((len(self.model.areas), 2, len(SERVICES)))
        scheduled = self.calendar.under("fee_schedule", month)
        fees[scheduled] = paid_ratio(self.fee_ratio, self.denied, self.denied_today)
        managed = self._managed()
        if managed.any():
            denied = np.where(scheduled, self.denied, self.denied_today) + managed
            fee = np.where(scheduled[:, None], self.fee_ratio, 1.0)
            inside = self.calendar.inside("global_budget", month)
            fees[:, IN_CCO] = np.where(inside, paid_ratio(fee, denied[:, None], self.denied_today), fees[:, IN_CCO])
        return fees

    def _of_pool(self) -> Floats:
        """Quality money of the pool within reach: where last year won all of it, one more measure wins nothing."""
        felt = 1 - self.sees_steps * self.quality.won_all()
        return np.asarray(self._under("quality_pool", self.withhold_share) * self.model.actions["quality_bonus"] * felt)

    def squeezed(self) -> Floats:
        """Return the log of what the growth cap takes off CCOs' prices, (area, service); 0 or below."""
        inside = self.calendar.inside("global_budget", self.model.month)
        return np.asarray((self.cap_into_prices * self.rates.squeeze)[:, None] * inside)

    def _felt_fee(self) -> Floats:
        """Paid fees of all members: what a CCO denies or takes off prices is felt as far as members are its own."""
        of_open_card, of_cco = self.fees().transpose(1, 0, 2)
        of_cco = of_cco * np.exp(self.squeezed())
        return np.asarray(of_open_card + self._members()[:, None] * (of_cco - of_open_card))

    def _managed(self) -> Floats:
        """What CCOs deny beyond today's level; a CCO whose decisions are replayed decides nothing."""
        if self.model.scenario.organizations == "fixed":
            return np.zeros(len(self.model.areas))
        budget = self.calendar.under("global_budget", self.model.month)
        return np.asarray(budget * self.model.actions["utilization_management"])

    def _under(self, contract: str, share: float) -> Floats:
        return np.asarray(share * self.calendar.under(contract, self.model.month), dtype=np.float64)

    def _inside(self) -> Flags:
        """Services for whose total cost somebody answers: the budget's, or those of a shared benchmark."""
        scoped = ("global_budget", *SHARING)
        return np.asarray(np.any([self.calendar.inside(name, self.model.month) for name in scoped], axis=0))

    def _at_risk(self) -> Floats:
        """Part of a change of total cost that falls on providers: by the scenario's contract, or by the CCO's own."""
        actions = self.model.actions
        own = self.calendar.under("global_budget", self.model.month) * actions["pass_through"] * actions["at_risk"]
        by_contract = np.any([self.calendar.under(name, self.model.month) for name in SHARING], axis=0)
        losses = np.where(self.calendar.year(self.model.month) >= self.losses_from, self.losses_share, 0.0)
        shares = agreed(own, self.savings_share, losses)
        listed: Floats = self.model.providers.taking_part
        return np.where(by_contract, weighed(*shares, self.one_sided) * listed, own)

    def _members(self) -> Floats:
        """Part of each area's member-months that belong to members of its CCO."""
        months = self.model.last.rate_months
        return np.asarray(months[:, IN_CCO].sum(axis=1) / np.maximum(months.sum(axis=(1, 2)), 1))
