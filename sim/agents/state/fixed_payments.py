"""What is paid by the month whatever care is given: coordination fees, primary care capitation, hospital budgets."""

from typing import Any

import numpy as np

from sim.agents.state.contract_calendar import Calendar
from sim.agents.state.experience import Experience
from sim.agents.state.payer import Payer
from sim.engine.arrays import Cents, Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.care_coordination import attributed_months, fee_due
from sim.payment.fee_for_service import IN_CCO
from sim.payment.hospital_budget import monthly_budget, price_index
from sim.payment.prepaid import prepaid_part
from sim.payment.primary_capitation import capitation_paid, capitation_rate
from sim.schema import COUNT_INDEX, EMERGENCY, INPATIENT, MEDICAID, OUTPATIENT, PRIMARY, SERVICES

HOSPITAL = (EMERGENCY, INPATIENT, OUTPATIENT)
MEMBER_MONTHS, ATTACHED_MONTHS = COUNT_INDEX["member_months"], COUNT_INDEX["attached_months"]


class FixedPayments:
    """Reads ``model.last`` and ``model.actions``; pays through ``payer``.

    Attributes
    ----------
    hospital_price : what a unit of hospital care brought this month against its old price; NaN where claims are paid.
    """

    def __init__(self, model: Any, calendar: Calendar, experience: Experience, payer: Payer) -> None:
        self.model, self.calendar, self.experience, self.payer = model, calendar, experience, payer
        get = model.registry.get
        self.fee_cents: float = 100 * get("payment.coordination_fee")
        self.kappa: float = get("payment.primary_capitation_share")
        self.primary_growth: float = get("payment.primary_capitation_growth")
        self.hospital_share: float = get("payment.hospital_fixed_share")
        self.hospital_growth: float = get("payment.hospital_budget_growth")
        self.hospital_follow: float = get("payment.hospital_follows_members")
        self.hospital_price: Floats = np.full(len(model.areas), np.nan)

    def capitated(self) -> Floats:
        """Return the share of primary care revenue that is capitated: by contract, or more where the CCO chose to."""
        month = self.model.month
        by_contract = self.kappa * self.calendar.under("primary_care_capitation", month)
        by_cco = self.calendar.inside("global_budget", month)[:, PRIMARY] * self.model.actions["capitated"]
        return np.asarray(np.maximum(by_contract, by_cco))

    def hospital_fixed(self) -> Floats:
        """Return the share of hospital revenue from CCO members that is fixed."""
        return np.asarray(self.hospital_share * self.calendar.under("hospital_global_budget", self.model.month), float)

    def prepaid(self) -> Floats:
        """Return the share of each service's claims that a fixed payment has paid for, (area, service)."""
        share = np.zeros((len(self.model.areas), len(SERVICES)))
        share[:, PRIMARY] = self.capitated()
        share[:, HOSPITAL] = self.hospital_fixed()[:, None]
        return share

    def attributed(self) -> Floats:
        """Return the month's member-months of CCO members with a usual clinic, (area, rate category)."""
        cells = self.model.last.cells.sum(axis=1)
        share = cells[:, ATTACHED_MONTHS] / np.maximum(cells[:, MEMBER_MONTHS], 1)
        return attributed_months(self.model.last.rate_months[:, IN_CCO], share)

    def pay(self, inside: Flags) -> None:
        """Pay the month; ``inside`` marks the services that CCOs pay for."""
        month = self.model.month
        if not self.calendar.runs(month).any():
            return
        attributed, by_cco = self.attributed(), inside[:, PRIMARY]
        if self.calendar.has("care_coordination_fee"):
            due = fee_due(self.fee_cents, attributed) * self.calendar.under("care_coordination_fee", month)[:, None]
            self.payer.pay("primary", due, by_cco, "coordination_fee")
        kappa = self.capitated()
        if kappa.any():
            paid = capitation_paid(self._primary_rate(), kappa, attributed)
            self.payer.pay("primary", paid, by_cco, "primary_capitation")
        if self.calendar.has("hospital_global_budget"):
            self._pay_hospitals(inside)

    def _primary_rate(self) -> Floats:
        """Cents PMPM by area, from the year before the contracts began."""
        rate, years = np.zeros(len(self.model.areas)), self.calendar.year(self.model.month) + 1
        for start in np.unique(self.calendar.starts[self.calendar.runs(self.model.month)]):
            base = self.experience.year(int(start) - MONTHS_PER_YEAR)
            claims = base.cents[..., PRIMARY].sum(axis=1)
            found = capitation_rate(claims, base.attributed.sum(axis=1), self.primary_growth, years)
            rate = np.where(self.calendar.starts == start, found, rate)
        return rate

    def _pay_hospitals(self, inside: Flags) -> None:
        """Pay each hospital service's part of the budget from whoever pays for that service."""
        month, months = self.model.month, self.model.last.rate_months[:, IN_CCO]
        runs, years = self.hospital_fixed(), self.calendar.year(month) + 1
        claims = self.model.last.money[:, IN_CCO, :, :, MEDICAID]
        volume = prepaid_part(claims, self.prepaid())[..., HOSPITAL].sum(axis=(1, 2))
        paid = np.zeros(len(runs), dtype=np.int64)
        for start in np.unique(self.calendar.starts[runs > 0]):
            base = self.experience.year(int(start) - MONTHS_PER_YEAR)
            members = months.sum(axis=1) * base.lived / np.maximum(base.months.sum(axis=1), 1)
            here = runs * (self.calendar.starts == start)
            for service in HOSPITAL:
                each = base.cents[..., service] * here[:, None] / base.lived
                budget = monthly_budget(each, self.hospital_growth, years, members, self.hospital_follow)
                due: Cents = np.rint(budget).astype(np.int64)
                self.payer.pay("hospital", due, inside[:, service], "hospital_budget")
                paid += due.sum(axis=1)
        self.hospital_price = np.where(runs > 0, price_index(paid, volume), np.nan)
