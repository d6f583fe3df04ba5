"""The state: sets capitation rates once a year, pays claims or capitation every month, and claims the federal match."""

from collections.abc import Sequence
from dataclasses import replace

import mesa
import numpy as np

from sim.agents.protocols import System
from sim.agents.state.incentives import Stakes
from sim.agents.state.parties import Parties
from sim.agents.state.rates import Rates
from sim.agents.state.settlement import Settlement
from sim.engine.arrays import Cents, Flags, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.decisions import decision
from sim.engine.draws import uniforms
from sim.engine.snapshot import Remembering, Saved, part_of
from sim.payment.administration import administration_cost
from sim.payment.contract_calendar import Calendar
from sim.payment.experience import Experience, MemberCost
from sim.payment.fee_for_service import IN_CCO, OPEN_CARD
from sim.payment.form import once
from sim.payment.forms.global_budget import capitation_due
from sim.payment.forms.withhold import hold
from sim.payment.incentives import Incentives
from sim.payment.ledger import ACCOUNT_INDEX, PROVIDERS
from sim.payment.month import Month, Revenue, Seen
from sim.payment.payer import Payer
from sim.payment.tallies import Duties, QualityYear
from sim.schema import MEDICAID, SERVICES

INSPECTED = decision("state: finds that a CCO does not meet a duty", 1060)
CARE = [ACCOUNT_INDEX[name] for name in ("cco", "held", *PROVIDERS)]


class Agency(mesa.Agent, Remembering):  # type: ignore[misc]
    """The state Medicaid agency.

    It is built before the other organizations and reads them only when it decides or settles. What concerns time is by
    area: areas may begin in different months.

    Attributes
    ----------
    calendar : which contracts are in force where, and which services are in scope.
    parties : whom they hold for.
    experience : what CCO members cost in every month so far.
    rates : capitation rates, growth cap and rebasing.
    settlement, quality, duties : what is kept until a contract year, or a calendar year, is settled.
    payer : moves money, and counts what the federal government matches.
    stakes : what all of it puts at stake for providers.
    """

    REMEMBERED = ("rates", "settlement", "quality", "duties", "experience", "_recorded")

    def __init__(self, model: System) -> None:
        super().__init__(model)
        self.model: System = model
        get, areas = model.registry.get, len(model.area_names)
        payment = model.scenario.payment
        self.calendar = Calendar(
            model.area_names, payment.contracts, payment.start, payment.starts, payment.scope, payment.areas
        )
        self.parties = Parties(model, self.calendar)
        self.experience = Experience(self.parties.kinds)
        self.payer = Payer(model.ledger, areas)
        self.rates = Rates(model, self.calendar, self.experience)
        self.settlement = Settlement(model, self.calendar)
        self.quality = QualityYear(areas)
        self.duties = Duties(areas)
        self._may_change: Flags = np.isin(model.actions.dtype.names or (), model.scenario.governance.levers)
        self.stakes = Stakes(model, self.calendar, self.rates)
        self.withheld = sum(form.withholds(model.registry) for form in self.calendar.forms if form.withholds)
        self.federal_share: Floats = np.asarray(get("payment.federal_share"))
        self.administration_share: float = get("payment.state_administration")
        self.administration_match: float = get("payment.administration_match")
        self.dental_benefit: float = get("payment.adult_dental_benefit")
        self._revenue: Revenue | None = None  # worked out once a month, asked for by every CCO
        self._revenue_of: tuple[int, Seen | None] = (0, None)
        self._recorded: dict[str, Cents] = {}

    @property
    def budget_runs(self) -> Flags:
        """Areas whose CCO is paid capitation this month."""
        return self.calendar.budget(self.model.month)

    @property
    def inside(self) -> Flags:
        """Services that each area's CCO pays for this month, (area, service)."""
        return self.calendar.inside(self.model.month)

    @property
    def months_run(self) -> Ints:
        """Months since each area's contracts began; negative before."""
        return np.asarray(self.model.month - self.calendar.starts)

    @property
    def year_ends(self) -> Flags:
        """Areas in the last month of a contract year."""
        return self.calendar.year_ends(self.model.month)

    @property
    def prepaid(self) -> Floats:
        """Share of the claims of CCO members that fixed payments have paid for, (area, service): it is not billed."""
        if not self.calendar.runs(self.model.month).any():
            return np.zeros((len(self.model.area_names), len(SERVICES)))
        return self.month_view().prepaid

    def incentives(self) -> Incentives:
        """Return what this month's contracts and actions put at stake for providers."""
        return self.stakes.of_month(self.month_view)

    def set_rates(self) -> None:
        """Set the capitation rates of areas whose year begins, what Medicaid pays, what CCOs refuse, and benefits."""
        self.parties.divide()
        self.rates.set(self.model.month)
        areas = self.model.areas
        areas["fee"] = self.stakes.fees()
        areas["refused"] = self.stakes.refused()
        areas["dental_benefit"] = self.dental_benefit if self.model.month >= 0 else 1

    def revenue(self) -> Revenue:
        """Return what CCOs earn by the member-months of ``model.last`` at this month's rates."""
        month, last = self.model.month, self.model.last
        if self._revenue is not None and self._revenue_of[0] == month and self._revenue_of[1] is last:
            return self._revenue
        rates = (self.rates.table * self.inside[:, None, :]).sum(axis=2)
        due = capitation_due(rates, last.rate_months[:, IN_CCO], self.rates.risk[:, None])
        self._revenue, self._revenue_of = Revenue(due, hold(due, self.withheld)), (month, last)
        return self._revenue

    def settle(self) -> None:
        """Pay the month, keep it as experience, settle what is due after a year, and claim the federal match."""
        claims, forms = self.model.providers.claims, self.calendar.forms
        month = self.month_view()
        self.payer.matched += claims.state.sum(axis=2)
        for rule in once(rule for form in forms for rule in form.monthly):
            rule(month)
        self._recorded |= {name: kept for form in forms if form.records for name, kept in form.records(month).items()}
        self.experience.keep(month.month, _experience(month))
        if month.month % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1 and month.runs.any():
            for rule in once(rule for form in forms for rule in form.in_december):
                rule(month)
        due = self.revenue().due.sum(axis=1) * month.budget
        self.settlement.settle(month, due)
        self.experience.spent(month.month, self._outlay(due))
        for rule in once(rule for form in forms for rule in form.last):
            rule(month)
        self._pay_administration(claims.state + claims.prepaid * ~self.inside[:, None, :])
        self.payer.claim_match(self.federal_share)

    def record(self) -> dict[str, Cents]:
        """Return what payment forms keep of the month beside the books, and the rates of a budget, by area."""
        return self._recorded | (self.rates.record() if self.calendar.has_budget else {})

    def end_contracts(self, going_on: Sequence[str]) -> None:
        """Settle what is held under contracts that have ended with the month before."""
        runs = np.flatnonzero(self.calendar.runs(self.model.month))
        ended = [form for form in self.calendar.forms if form.name not in going_on and form.on_exit]
        if not ended or not runs.size:
            return
        month = self.month_view()
        for rule in once(rule for form in ended for rule in form.on_exit):
            for area in runs:
                rule(month, int(area))
        self.payer.claim_match(self.federal_share)

    def release(self, area: int) -> None:
        """End the contracts of a CCO that gives up, and settle what is held of it."""
        month = self.month_view()
        for rule in once(rule for form in self.calendar.forms for rule in form.on_exit):
            rule(month, area)
        self.payer.claim_match(self.federal_share)
        self.calendar.leave(area)

    def month_view(self) -> Month:
        """Return the month as payment forms see it."""
        model, calendar, month = self.model, self.calendar, self.model.month
        view = Month(
            month=month,
            registry=model.registry,
            weights=model.weights,
            in_force=frozenset(form.name for form in calendar.forms),
            starts=calendar.starts,
            runs=calendar.runs(month),
            scope=calendar.scope,
            enters=calendar.enters,
            budget=calendar.budget(month),
            inside=calendar.inside(month),
            year=calendar.year(month),
            ends=calendar.year_ends(month),
            last=self.parties.seen(),
            members=model.members,
            actions=model.actions,
            quality=model.judged,
            network=model.providers,
            metric_set=model.scenario.metric_set,
            experience=self.experience,
            payer=self.payer,
            contract_year=self.settlement,
            quality_year=self.quality,
            duties=self.duties,
            may_change=self._may_change,
            luck_of_inspection=self._luck_of_inspection,
            revenue=self.revenue,
            prepaid=np.zeros(calendar.enters.shape),
        )
        prepaid = [view.prepaid, *(form.prepays(view) for form in calendar.forms if form.prepays)]
        return replace(view, prepaid=np.max(prepaid, axis=0))

    def _luck_of_inspection(self) -> Floats:
        areas = np.arange(len(self.model.area_names), dtype=np.uint64)
        return uniforms(self.model.seed, areas, self.model.month, INSPECTED)

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot."""
        self._revenue = None
        super().restore(kept)
        self._recorded = part_of(kept, "_recorded")

    def _outlay(self, due: Cents) -> Cents:
        """What care of CCO members cost the state: claims, fees, bonuses, settlements, capitation's part for care."""
        flows, state = self.model.ledger.flows, ACCOUNT_INDEX["state"]
        open_card = self.model.last.money[:, OPEN_CARD, :, :, MEDICAID].sum(axis=(1, 2))
        paid = flows[:, state, CARE].sum(axis=1) - flows[:, CARE, state].sum(axis=1)
        return np.asarray(paid - open_card - administration_cost(due, self.rates.terms.load))

    def _pay_administration(self, claims: Cents) -> None:
        """Pay for handling claims; what a fixed payment has paid for is handled like a claim."""
        cost = administration_cost(claims.sum(axis=(1, 2)), self.administration_share)
        self.payer.transfer("state", "outside", cost, "administration")
        self.payer.transfer("federal", "state", administration_cost(cost, self.administration_match), "federal_match")


def _experience(month: Month) -> MemberCost:
    """Return what rates, benchmarks and budgets of later years need to know of the month."""
    return MemberCost(
        cents=month.claims().copy(),
        months=month.months().copy(),
        attributed=month.attributed(),
        outlay=np.zeros(len(month.runs), dtype=np.int64),
    )
