"""What a month's contracts and actions put at stake for providers (``Incentives``), and what Medicaid's fees are."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np

from sim.agents.cco.actions import ACTION_INDEX
from sim.agents.protocols import System
from sim.agents.state.rates import Rates
from sim.engine.arrays import Flags, Floats
from sim.payment.authorization import ASKING, Authorization, unpaid
from sim.payment.contract_calendar import Calendar
from sim.payment.fee_for_service import IN_CCO, part_of_ccos
from sim.payment.form import once
from sim.payment.forms import separate_plans
from sim.payment.forms.fee_schedule import paid_ratio
from sim.payment.incentives import Incentives, no_incentives
from sim.payment.month import Month
from sim.schema import EMERGENCY, PRIMARY, SERVICES


class Stakes:
    """Combines the incentives of the scenario's payment forms and of CCOs' own contracts."""

    def __init__(self, model: System, calendar: Calendar, rates: Rates) -> None:
        self.model, self.calendar, self.rates = model, calendar, rates
        get = model.registry.get
        self.cap_into_prices: float = get("providers.cap_into_prices")
        self.denied_today: float = get("payment.denied_today")
        self.authorization = Authorization(model.registry)
        self.most_denied = float(get("ccos.most")[ACTION_INDEX["utilization_management"]])

    def of_month(self, month_view: Callable[[], Month]) -> Incentives:
        """Return this month's incentives, from its view; those of the baseline world where no contract is in force."""
        runs = self.calendar.runs(self.model.month)
        nothing = no_incentives(len(runs))
        if not runs.any():
            return nothing
        month = month_view()
        sums = {field.name: getattr(nothing, field.name) for field in fields(nothing)}
        for stakes in once(form.stakes for form in self.calendar.forms if form.stakes):
            for name, share in stakes(month).items():
                sums[name] = sums[name] + share
        there = self.model.party.rate_months
        of_cco = part_of_ccos(there)
        return Incentives(
            **sums
            | {
                "fee": self._felt_fee(of_cco),
                "inside": self._answered_for(month.month),
                "capitated": month.prepaid[:, PRIMARY],
                "hospital_budget": month.prepaid[:, EMERGENCY],  # all of it stays with the hospitals of the area
                "members": runs * month.months().sum(axis=1) / np.maximum(there.sum(axis=(1, 2)), 1),
            }
        )

    def _answered_for(self, month: int) -> Flags:
        """Services whose total cost counts for practices: of separate plans, those of the plan that pays them."""
        covered = self.calendar.covered(month)
        apart = self.calendar.has(separate_plans.FORM)
        return separate_plans.of_one_plan(PRIMARY, covered) if apart else covered

    def fees(self) -> Floats:
        """Return what Medicaid pays of today's price, (area, open card or CCO, service)."""
        month, get = self.model.month, self.model.registry
        fees = np.ones((len(self.model.area_names), 2, len(SERVICES)))
        runs, inside = self.calendar.runs(month), self.calendar.inside(month)
        fee, denied = np.ones(len(SERVICES)), self.denied_today
        for scheduled, denied_then in (form.fees(get) for form in self.calendar.forms if form.fees):
            fee, denied = scheduled, denied_then
            fees[runs] = paid_ratio(fee, denied, self.denied_today)
        managed = self._managed()
        if managed.any():
            denied_here = np.where(runs, denied, self.denied_today)[:, None] + unpaid(managed, self.refused())
            fee_here = np.where(runs[:, None], fee, 1.0)
            paid = paid_ratio(fee_here, denied_here, self.denied_today)
            fees[:, IN_CCO] = np.where(inside, paid, fees[:, IN_CCO])
        return fees

    def refused(self) -> Floats:
        """Return what CCOs refuse of services inside their budgets before they are given, (area, service)."""
        return self.authorization.refused(self._strength()) * self.calendar.inside(self.model.month)

    def squeezed(self) -> Floats:
        """Return the log of what the growth cap takes off CCOs' prices, (area, service); 0 or below."""
        inside = self.calendar.inside(self.model.month)
        return np.asarray((self.cap_into_prices * self.rates.squeeze)[:, None] * inside)

    def _felt_fee(self, of_ccos: Floats) -> Floats:
        """Fees of all members: what a CCO denies, asks for or takes off prices is felt as far as they are its own."""
        of_open_card, of_cco = self.fees().transpose(1, 0, 2)
        of_cco = of_cco * np.exp(self.squeezed())
        of_cco[:, ASKING] *= 1 - self._hassle()[:, None]
        return np.asarray(of_open_card + of_ccos[:, None] * (of_cco - of_open_card))

    def _hassle(self) -> Floats:
        """Part of clinicians' revenue from CCO members that asking costs them."""
        return self.authorization.hassle(self._strength(), self.model.providers.mix)

    def _strength(self) -> Floats:
        """Utilization management relative to the most that a CCO can do."""
        return self._managed() / self.most_denied

    def _managed(self) -> Floats:
        """What CCOs deny of billed value beyond today's level; a CCO whose decisions are replayed decides nothing."""
        if self.model.scenario.organizations == "fixed":
            return np.zeros(len(self.model.area_names))
        return np.asarray(self.calendar.budget(self.model.month) * self.model.actions["utilization_management"])
