"""What is settled after a contract year, area by area, by the rules of the scenario's payment forms.

None of these is linear, so that the luck of a sample would pay or cost money: relative deviations are shrunk around the
state's mean to those of the full population first (``sim/payment/shrinkage.py``, model.md 4).
"""

import numpy as np

from sim.agents.protocols import System
from sim.engine.arrays import Cents
from sim.payment.contract_calendar import Calendar
from sim.payment.form import FORMS, once
from sim.payment.ledger import ACCOUNT_INDEX, PROVIDERS, PURPOSE_INDEX
from sim.payment.month import Month
from sim.payment.tallies import ContractYear

CCO, STATE, HELD = (ACCOUNT_INDEX[name] for name in ("cco", "state", "held"))
ALL_PROVIDERS = [ACCOUNT_INDEX[name] for name in PROVIDERS]


class Settlement(ContractYear):
    """Adds each month to the sums of its contract year, and settles the year when it ends."""

    def __init__(self, model: System, calendar: Calendar) -> None:
        super().__init__(len(model.area_names))
        self.model, self.calendar = model, calendar
        quality_pay = once(purpose for form in FORMS.values() for purpose in form.quality_pay)
        self._quality_pay = [PURPOSE_INDEX[name] for name in quality_pay]

    def settle(self, month: Month, due: Cents) -> None:
        """Add the month; where a contract year ends, settle it and begin again from zero."""
        self._add(month, due)
        if not month.ends.any():
            return
        for rule in once(rule for form in self.calendar.forms for rule in form.after_year):
            before = self._to_providers()
            rule(month)
            self.medical = self.medical + self._to_providers() - before  # what is shared is paid for care
        for name in self.REMEMBERED:
            getattr(self, name)[month.ends] = 0

    def _add(self, month: Month, due: Cents) -> None:
        ledger, actions = self.model.ledger, month.actions
        flows = ledger.flows
        self.due = self.due + due
        self.revenue = self.revenue + flows[:, STATE, CCO] + flows[:, HELD, CCO] - flows[:, CCO, STATE]
        self.medical = self.medical + self._to_providers()
        self.bonuses = self.bonuses + ledger.purposes[:, self._quality_pay].sum(axis=1) * month.budget
        care = self.model.bills.care_programs() * (due > 0)
        self.programs = self.programs + care + self.model.funds.paid_by_budgets() * month.budget
        self.staked = self.staked + due * actions["pass_through"] * actions["at_risk"]

    def _to_providers(self) -> Cents:
        """What CCOs have paid providers this month, less what they got back."""
        flows = self.model.ledger.flows
        return np.asarray(flows[:, CCO, ALL_PROVIDERS].sum(axis=1) - flows[:, ALL_PROVIDERS, CCO].sum(axis=1))
