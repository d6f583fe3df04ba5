"""What is settled after a contract year, area by area: shared savings and risk, the loss ratio, the growth test.

None of these is linear, so that the luck of a sample would pay or cost money: relative deviations are shrunk around the
state's mean to those of the full population first (``sim/payment/shrinkage.py``, model.md 4).
"""

from dataclasses import replace
from typing import Any

import numpy as np

from sim.agents.state.contract_calendar import Calendar
from sim.agents.state.experience import Experience
from sim.agents.state.payer import Payer
from sim.agents.state.rates import Rates
from sim.engine.arrays import Cents, Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Saved, restore, saved
from sim.payment.growth_target import allowed_pmpm, penalty, weighted_pmpm
from sim.payment.ledger import ACCOUNT_INDEX, PROVIDERS, PURPOSE_INDEX
from sim.payment.loss_ratio import loss_ratio, rebate
from sim.payment.shared_savings import SharingTerms, agreed, shared
from sim.payment.shrinkage import around_state
from sim.upstream.funding import CAPTURE

REMEMBERED = ("due", "revenue", "medical", "bonuses", "programs", "staked")
BONUSES = [PURPOSE_INDEX[name] for name in ("quality_bonus", "performance_bonus")]
CCO, STATE, HELD = (ACCOUNT_INDEX[name] for name in ("cco", "state", "held"))
ALL_PROVIDERS = [ACCOUNT_INDEX[name] for name in PROVIDERS]
SHARING = ("shared_savings", "shared_risk")


class Settlement:
    """Keeps the year's tallies of each area and settles them when its contract year ends.

    Attributes
    ----------
    due, revenue, medical, bonuses, programs : this contract year's capitation due, revenue received, payments to
        providers, bonuses for quality among them, and care and upstream programs of each CCO, in cents.
    staked : sum over months of capitation due times the part that the CCO's own contracts put at providers' risk.
    """

    def __init__(self, model: Any, calendar: Calendar, experience: Experience, rates: Rates, payer: Payer) -> None:
        self.model, self.calendar, self.experience, self.rates, self.payer = model, calendar, experience, rates, payer
        get = model.registry.get
        self.savings: float = get("payment.sharing_savings")
        self.losses: float = get("payment.sharing_losses") * calendar.has("shared_risk")
        self.terms = SharingTerms(
            savings=self.savings,
            losses=self.losses,
            minimum=get("payment.sharing_minimum"),
            corridor=get("payment.sharing_corridor"),
            cap=get("payment.sharing_cap"),
        )
        self.losses_from: float = get("payment.losses_from_year")
        self.loss_ratio_floor: float = get("payment.loss_ratio_floor")
        self.growth_points: float = get("payment.growth_test_points")
        self.growth_penalty: float = 100 * get("payment.growth_test_penalty")
        areas = len(model.areas)
        self.due: Cents = np.zeros(areas, dtype=np.int64)
        self.revenue: Cents = np.zeros(areas, dtype=np.int64)
        self.medical: Cents = np.zeros(areas, dtype=np.int64)
        self.bonuses: Cents = np.zeros(areas, dtype=np.int64)
        self.programs: Cents = np.zeros(areas, dtype=np.int64)
        self.staked: Floats = np.zeros(areas)

    def month(self, due: Cents, split: Floats) -> None:
        """Add the month to the tallies; where a contract year ends, settle it and begin anew."""
        self._tally(due)
        ends = self.calendar.year_ends(self.model.month)
        if not ends.any():
            return
        mix = self._year().months
        before = self._to_providers()
        self._share(ends, split, mix)
        self.medical = self.medical + self._to_providers() - before  # what is shared is paid for care
        self._rebate(ends, mix)
        for tally in (self.due, self.revenue, self.medical, self.bonuses, self.programs, self.staked):
            tally[ends] = 0

    def snapshot(self) -> Saved:
        """Return what the months to come depend on."""
        return saved(self, REMEMBERED)

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)

    def _tally(self, due: Cents) -> None:
        flows, actions = self.model.ledger.flows, self.model.actions
        self.due = self.due + due
        self.revenue = self.revenue + flows[:, STATE, CCO] + flows[:, HELD, CCO] - flows[:, CCO, STATE]
        programs = np.array([cco.care_programs for cco in self.model.ccos]) * (due > 0)
        self.medical = self.medical + flows[:, CCO][:, ALL_PROVIDERS].sum(axis=1)
        by_cco = self.calendar.under("global_budget", self.model.month)
        self.bonuses = self.bonuses + self.model.ledger.purposes[:, BONUSES].sum(axis=1) * by_cco
        self.programs = self.programs + programs + self._upstream()
        self.staked = self.staked + due * actions["pass_through"] * actions["at_risk"]

    def _to_providers(self) -> Cents:
        """What CCOs have paid providers this month, less what they got back."""
        flows = self.model.ledger.flows
        return np.asarray(flows[:, CCO, ALL_PROVIDERS].sum(axis=1) - flows[:, ALL_PROVIDERS, CCO].sum(axis=1))

    def _upstream(self) -> Cents:
        """What CCOs will pay for upstream programs this month, from their budgets."""
        funding, cents = self.model.scenario.upstream.funding, self.model.slots.costs_cents()
        if funding == CAPTURE:
            cents = np.array([self.model.funds.beyond_grant(area, int(c)) for area, c in enumerate(cents)])
        elif funding != "cco":
            cents = np.zeros_like(self.due)
        return np.asarray(cents * self.calendar.under("global_budget", self.model.month), dtype=np.int64)

    def _year(self) -> Any:
        return self.experience.year(self.model.month - MONTHS_PER_YEAR + 1)

    def _rebate(self, ends: Flags, mix: Floats) -> None:
        """A CCO that spent too little of its revenue on care gives the rest back."""
        if not self.calendar.has("medical_loss_ratio"):
            return
        revenue = self.revenue.astype(np.float64)
        ratio = loss_ratio((self.medical + self.programs).astype(np.float64), revenue)
        settled = around_state(ratio, revenue, self.model.weights, ends)
        cents = np.rint(rebate(settled, revenue, self.loss_ratio_floor) * ends).astype(np.int64)
        self.payer.refund(cents, "rebate", mix)

    def _share(self, ends: Flags, split: Floats, mix: Floats) -> None:
        """Share each area's deviation from its benchmark with its providers."""
        by_cco = self.calendar.under("global_budget", self.model.month)
        own = np.divide(self.staked, self.due, out=np.zeros(len(ends)), where=self.due > 0)
        by_contract = any(self.calendar.has(name) for name in SHARING)
        if not by_contract and not own.any():
            return
        benchmark, cost = self._benchmarks(ends, by_cco)
        listed = self.model.providers.participants
        if listed is not None:
            benchmark, cost = listed.of_list(benchmark, cost)
        deviation = np.divide(cost - benchmark, benchmark, out=np.zeros(len(ends)), where=benchmark > 0)
        settled = benchmark * (1 + around_state(deviation, benchmark, self.model.weights, ends & (benchmark > 0)))
        amounts = shared(benchmark, settled, self._terms(own, by_contract)) * ends
        self.payer.settle(amounts, split, by_cco, mix)

    def _terms(self, own: Floats, by_contract: bool) -> SharingTerms:
        """Return the scenario's contract, or what the CCO agreed with its providers where that goes further."""
        if not by_contract:
            return SharingTerms(own, own, minimum=0, corridor=0, cap=1)
        shared_now = np.where(self.calendar.year(self.model.month) >= self.losses_from, self.losses, 0.0)
        savings, losses = agreed(own, self.savings, shared_now)
        return replace(self.terms, savings=savings, losses=losses)

    def _benchmarks(self, ends: Flags, by_cco: Flags) -> tuple[Floats, Floats]:
        """Benchmark and cost of the year: under a budget its medical part; else the base year's cost and the trend.

        What providers are paid for quality is no cost of care here: it would eat the saving that it is paid beside.
        """
        year, trend = self._year(), self.rates.terms.trend
        inside = self._in_scope()
        claims = (year.cents.sum(axis=1) * inside).sum(axis=1)
        benchmark = np.where(by_cco, (1 - self.rates.terms.load) * self.due, 0.0)
        for start in np.unique(self.calendar.starts[ends]):
            base = self.rates.expected(int(start) - MONTHS_PER_YEAR) * inside[:, None, :]
            grown = base.sum(axis=2) * (1 + trend) ** (self.calendar.year(self.model.month) + 1)[:, None]
            here = ~by_cco & (self.calendar.starts == start)
            benchmark = np.where(here, (grown * year.months).sum(axis=1), benchmark)
        return benchmark, np.where(by_cco, self.medical - self.bonuses, claims).astype(np.float64)

    def _in_scope(self) -> Flags:
        """Services that were in scope all year, (area, service)."""
        return np.asarray(self.calendar.enters <= self.model.month - MONTHS_PER_YEAR + 1)

    def test_growth(self) -> None:
        """The state pays the federal government if it did not slow its growth, for the areas whose year ends.

        It comes last: what else was settled this month is part of what the state spent.
        """
        ends = self.calendar.year_ends(self.model.month)
        if not (self.calendar.has("growth_test") and ends.any()):
            return
        weights = self.model.weights * ends
        for start in np.unique(self.calendar.starts[ends]):
            here = weights * (self.calendar.starts == start)
            base, year = self.experience.year(int(start) - MONTHS_PER_YEAR), self._year()
            before = weighted_pmpm(base.outlay, base.everyone, here)
            years = (self.model.month + 1 - int(start)) // MONTHS_PER_YEAR
            allowed = allowed_pmpm(before, self.rates.terms.trend, self.growth_points, years)
            now = weighted_pmpm(year.outlay, year.everyone, here)
            cents = penalty(now, allowed, self.growth_penalty, year.everyone * (here > 0))
            self.payer.transfer("state", "federal", cents, "growth_test")
