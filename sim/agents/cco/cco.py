"""A coordinated care organization: it must keep within one budget for one area, and decides how its network works.

Under fee-for-service a CCO exists and does nothing: the state pays its members' claims.
"""

from collections.abc import Sequence
from typing import Protocol

import mesa
import numpy as np

from sim.agents.cco.actions import ACTION_INDEX, as_table
from sim.agents.cco.board import Board, Money
from sim.agents.cco.choice import Luck
from sim.agents.cco.equity_target import furthest_behind, worst_off
from sim.agents.cco.learning import cost_ratio, noise_of
from sim.agents.cco.measure_work import MeasureWork, Odds
from sim.agents.cco.reserves import Solvency, is_for_profit
from sim.agents.protocols import System
from sim.agents.state.agency import Agency
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Remembering, Saved
from sim.measures.strata import N_RACES
from sim.payment.experience import MemberCost
from sim.payment.fee_for_service import IN_CCO
from sim.payment.form import Form, forms_of
from sim.payment.forms import contract_duties, medical_loss_ratio, quality_pool, separate_plans
from sim.payment.ledger import ACCOUNT_INDEX
from sim.payment.prices import program_index
from sim.payment.shrinkage import around_state
from sim.schema import EMERGENCY

CENTS = 100
UPSTREAM, MEASURES, CONCORDANCE = (ACTION_INDEX[name] for name in ("upstream", "measure_work", "concordance"))
CCO_ACCOUNT = ACCOUNT_INDEX["cco"]
FUNDERS = ("state", "federal", "held")


class CCOModel(System, Protocol):
    """What a CCO reads: it compares itself with the others."""

    @property
    def ccos(self) -> Sequence["CCO"]: ...


class CCO(mesa.Agent, Remembering):  # type: ignore[misc]
    """The CCO of one area.

    Parameters
    ----------
    model : the health system; the CCO writes its row of ``actions`` and posts in ``ledger``.
    area : index of the area.
    name : name of the CCO.
    agency : the state agency that pays it.

    Attributes
    ----------
    actions : its own row of the model's actions, to read and to write.
    board : what it values, believes and may change.
    measures : its work on quality measures.
    concordant : recruited clinicians who share members' group or language, as a part of those whom it could recruit.
    reserve : reserves in sampled cents; the opening part is the owners', not a flow of the ledger.
    standing : the same with the luck of the sample reduced to that of the full population; it decides solvency.
    upstream_budget : cents that may go to upstream programs this month; zero under fee-for-service.
    year_revenue, year_result : what the state paid it in this rate year so far, and its margin, in cents; a withhold
        counts when it returns.
    year_programs : what its actions and upstream programs cost it in this rate year so far, in cents.
    last_margin, last_programs : margin of the last full rate year, and that cost, as shares of revenue.
    settled_margin : the same margin with the luck of the sample reduced to that of the full population.
    threatens_exit : whether it threatened to leave when its last year closed.
    years_below, has_left : years in a row with less than the least reserve; whether it has given up its contract.
    """

    model: CCOModel
    REMEMBERED = (
        "reserve",
        "standing",
        "upstream_budget",
        "year_revenue",
        "year_result",
        "year_programs",
        "last_margin",
        "last_programs",
        "settled_margin",
        "threatens_exit",
        "years_below",
        "has_left",
        "board",
        "measures",
        "concordant",
    )

    def __init__(self, model: CCOModel, area: int, name: str, agency: Agency) -> None:
        super().__init__(model)
        get = model.registry.get
        self.area, self.name, self.agency = area, name, agency
        self.actions: Floats = as_table(model.actions)[area]
        self.board = Board(model.registry, model.scenario)
        self.measures = MeasureWork(model.registry)
        self.duties = contract_duties.declared_floors(model.registry)
        self.homes_duty = contract_duties.declared_homes(model.registry)
        self.solvency = Solvency.of(model.registry)
        self.for_profit = is_for_profit(model.seed, area, get("ccos.for_profit"))
        self.administration_share: float = get("ccos.administration")
        self.decide_every = round(get("ccos.decide_every"))
        self.load: float = get("payment.load")
        self.care_floor: float = get("payment.loss_ratio_floor")
        self.few: float = get("ccos.equity_credible")
        self.withheld: float = get("payment.withhold_share")
        self.growth: float = get("upstream.cost_growth")
        self.cost_cv: float = get("ccos.cost_cv")
        self.hired = 1 - 2 ** (-1 / get("ccos.concordance_lag"))  # part of what is still missing, each month
        self.concordant = 0.0
        self.reserve = 0
        self.standing = 0.0
        self.upstream_budget = 0
        self.year_revenue = 0
        self.year_result = 0
        self.year_programs = 0
        self.last_margin = self.load - self.administration_share
        self.last_programs = 0.0
        self.settled_margin = self.last_margin
        self.closed = 0  # revenue of the year that closed this month
        self.threatens_exit = False
        self.years_below = 0
        self.has_left = False

    def decide(self) -> None:
        """Plan the month from the last one: actions each quarter, the upstream budget each month."""
        agency = self.agency
        if not agency.budget_runs[self.area]:
            return
        self.board.price = program_index(self.model.month, self.growth)
        due = int(agency.revenue().due[self.area].sum())
        months = int(agency.months_run[self.area])
        if months == 0:
            self.reserve = round(self.solvency.opens(MONTHS_PER_YEAR * due, float(self.model.weights[self.area])))
            self.standing = float(self.reserve)
            self._oblige(self.decide_every)
            self.actions[:] = np.maximum(self.board.opening, self.board.duty * self.board.most)
        elif months % self.decide_every == 0:
            self._choose(due)
        self.upstream_budget = round(due * self.actions[UPSTREAM])

    def settle(self) -> None:
        """See what the month brought, and close the year into reserves.

        Providers, the state and the funds have settled before, and all bills are paid (``bills.py``):
        the month's result is in the ledger.
        """
        self.closed = 0
        self.recruit()
        self.measures.pass_month()  # what it has done fades also where it has no budget any more
        agency = self.agency
        if not agency.budget_runs[self.area]:
            return
        self.board.pass_month(self.actions)
        self.year_revenue += self._received()
        self.year_result += int(self.model.ledger.posted[self.area, CCO_ACCOUNT])
        if agency.year_ends[self.area]:
            self._close_year()

    def recruit(self) -> None:
        """Move the clinicians whom it has recruited a month nearer to what it decided."""
        self.concordant += self.hired * (float(self.actions[CONCORDANCE]) - self.concordant)

    def judge(self) -> None:
        """When the year has closed for all CCOs, look at reserves: pay dividends, threaten to leave, or leave."""
        if not self.closed:
            return
        revenue, weight = float(self.closed), float(self.model.weights[self.area])
        self.settled_margin = self._without_luck_of_sample()
        self.standing += self.settled_margin * revenue
        if self.for_profit:
            dividend = self.solvency.taken_out(self.standing, revenue, weight)
            self._transfer("cco_reserve", "outside", dividend, "dividends")
            self.reserve -= dividend
            self.standing -= dividend
        self.threatens_exit = self.solvency.threatens(self.standing, self.settled_margin, revenue, weight)
        below = self.solvency.cannot_go_on(self.standing, revenue, weight)
        self.years_below = self.years_below + 1 if below else 0
        if self.years_below >= self.solvency.exit_after:
            self._leave()

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot; the agency forgets at once the contract of a CCO that has left."""
        super().restore(kept)
        if self.has_left:
            self.agency.calendar.leave(self.area)

    def _choose(self, due: int) -> None:
        """Learn from the quarter and from studies, renew local priorities when their term is over, set the actions."""
        luck = Luck(self.model.seed, self.area, self.model.month)
        self._learn()
        self.board.read(self.model.month)
        self._learn_pool()
        self.board.renew_priorities(luck)
        self._oblige(int(self.agency.months_run[self.area]) + self.decide_every)
        self.actions[:] = self.board.moved(self.actions, self._money(due), luck)
        self._plan_measures(float(self.actions[MEASURES]), due)

    def _oblige(self, month: int) -> None:
        """Look up what the budget covers now, and what the contract asks for in a month of the contract."""
        self.board.look_at_scope(self.agency.inside[self.area], self._is_under(separate_plans.FORM))
        if self._is_under(contract_duties.FORM):
            self.board.oblige(contract_duties.floors(self.duties, month))

    def _plan_measures(self, strength: float, due: int) -> None:
        """Put the money for work on measures where a dollar wins most, by the year so far and last year's rates."""
        self._see_gaps()
        if strength == 0:
            self.measures.work[:] = self.measures.used = 0
            return
        model, area = self.model, self.area
        year, weight, price = model.month // MONTHS_PER_YEAR, float(model.weights[area]), self.board.price
        counted = model.quality.denominators(year - 1)[area] * weight
        yearly = MONTHS_PER_YEAR * self._member_months() * weight
        budget = float(self.board.cost[MEASURES] * strength / self.board.most[MEASURES]) * yearly
        pool = MONTHS_PER_YEAR * due * self.withheld * weight / CENTS
        self.measures.plan(budget / price, counted, self._odds(counted), pool / price, self._homes_due())

    def _see_gaps(self) -> None:
        """Where the council has an equity target, look at last year's published rates by race and ethnicity."""
        if self.measures.equity_target > 0:
            last_year = self.model.month // MONTHS_PER_YEAR - 1
            target = worst_off(self.model.quality.counts(last_year)[:, :N_RACES], self.area, self.few)
            self.measures.aim(target)
            self.board.behind = furthest_behind(target)

    def _homes_due(self) -> float:
        """Return the part of the clinics without full recognition that the contract asks it to help, next quarter."""
        if not self._is_under(contract_duties.FORM):
            return 0.0
        month = int(self.agency.months_run[self.area]) + self.decide_every
        return float(contract_duties.floors(self.homes_duty, month)[0])

    def _odds(self, counted: Floats) -> Odds | None:
        """Return what it expects of each measure this year; None without a quality pool."""
        model, area, expected = self.model, self.area, self.model.scenario.metric_set
        if expected is None or not self._is_under(quality_pool.FORM):
            return None
        year = model.month // MONTHS_PER_YEAR
        return Odds(
            expected,
            year,
            model.quality.rates(year - 1)[area],
            counted,
            so_far=self.measures.seen_so_far(model.members, area),
            events=model.quality.rates(year)[area],
            part=model.month % MONTHS_PER_YEAR / MONTHS_PER_YEAR,
            doubt=self.measures.doubt,
            avoidable=self.measures.avoidable,
            emergency_usd=self._emergency_usd() / self.board.price,
            sees_steps=self.measures.sees_steps,
        )

    def _emergency_usd(self) -> float:
        """Return what emergency visits cost it for a member in the last year; 0 where its budget does not pay them."""
        if not self.agency.inside[self.area, EMERGENCY]:
            return 0.0
        seen = self.agency.experience.between(self.model.month - MONTHS_PER_YEAR, self.model.month)
        months = max(int(seen.months[self.area].sum()), 1)
        return float(MONTHS_PER_YEAR * seen.cents[self.area, ..., EMERGENCY].sum() / months / CENTS)

    def _money(self, due: int) -> Money:
        """Return this month's revenue for each member, and what actions may cost of it."""
        dollars = 1 / max(CENTS * self._member_months(), 1)
        revenue = due * dollars
        pooled, judged = (self._is_under(form) for form in (quality_pool.FORM, medical_loss_ratio.FORM))
        spare = max(0.0, 1 - self.care_floor - self.administration_share) * revenue
        return Money(
            revenue=revenue,
            medical=revenue * (1 - self.load),
            pool=revenue * self.withheld * pooled,
            won=float(self.agency.quality.earned[self.area]),
            funds=self._funds(due) * dollars,
            for_duties=float("inf") if self.standing > 0 else 0.0,
            administrative=spare if judged else float("inf"),
        )

    def _is_under(self, form: Form) -> bool:
        return bool(self.agency.calendar.under(form, self.model.month)[self.area])

    def _funds(self, due: int) -> float:
        """Return the cents a month that actions may cost: the margin left without them, and spare reserves."""
        weight = float(self.model.weights[self.area])
        spare = self.standing - self.solvency.floor(MONTHS_PER_YEAR * due, weight)
        margin = self.settled_margin + self.last_programs
        return float(max(0.0, margin * due + max(0.0, spare) / self.board.horizon.months))

    def _without_luck_of_sample(self) -> float:
        """Return the year's margin; its deviation from the state's is shrunk to that of all people (model.md 4)."""
        closing = [cco for cco in self.model.ccos if cco.closed]
        margins = np.array([cco.last_margin for cco in closing])
        revenue = np.array([cco.closed for cco in closing], dtype=np.float64)
        weights = self.model.weights[[cco.area for cco in closing]]
        settled = around_state(margins, revenue, weights, np.ones(len(closing), dtype=np.bool_))
        return float(settled[closing.index(self)])

    def _learn(self) -> None:
        """Compare the quarter's cost with the state's, against the year before the start."""
        model, agency = self.model, self.agency
        start = int(agency.calendar.starts[self.area])
        now = agency.experience.between(model.month - self.decide_every, model.month)
        before = agency.experience.between(start - MONTHS_PER_YEAR, start)
        people = model.weights * now.months.sum(axis=1)
        others = people @ np.array([cco.board.in_effect for cco in model.ccos]) / people.sum()
        noise, noise_before = (noise_of(self.cost_cv, seen.months[self.area].sum()) for seen in (now, before))
        self.board.learn(others, float(np.log(self._ratio(now) / self._ratio(before))), noise, noise_before)

    def _ratio(self, seen: MemberCost) -> float:
        """Return its cost over that of the state; the first CCO that asks works it out for all."""
        if seen.ratio is None:
            scope = self.agency.calendar.scope.astype(np.int64)
            seen.ratio = cost_ratio(seen.cents @ scope, seen.months, self.model.weights)
        return float(seen.ratio[self.area])

    def _learn_pool(self) -> None:
        """After a December, learn what the pool pays from what each CCO of the state did and earned."""
        judged = self._is_under(quality_pool.FORM) and self.agency.months_run[self.area] >= MONTHS_PER_YEAR
        if judged and self.model.month % MONTHS_PER_YEAR < self.decide_every:
            for cco in self.model.ccos:
                if self.agency.budget_runs[cco.area]:
                    self.board.learn_pool(cco.board.in_effect, float(self.agency.quality.earned[cco.area]))

    def _member_months(self) -> int:
        return int(self.model.last.rate_months[self.area, IN_CCO].sum())

    def _received(self) -> int:
        """Return what the CCO received from the state this month, less what it paid back, in cents."""
        flows, cco = self.model.ledger.flows[self.area], CCO_ACCOUNT
        return int(sum(flows[ACCOUNT_INDEX[name], cco] - flows[cco, ACCOUNT_INDEX[name]] for name in FUNDERS))

    def _close_year(self) -> None:
        """Move the year's surplus into reserves, or cover its deficit from them."""
        result = self.year_result
        self._to_reserve(result)
        self.last_margin = result / self.year_revenue if self.year_revenue else 0.0
        self.last_programs = self.year_programs / self.year_revenue if self.year_revenue else 0.0
        self.closed = self.year_revenue
        self.year_revenue = self.year_result = self.year_programs = 0

    def _leave(self) -> None:
        """Give up the contract: from next month on the state pays the area's claims, and all actions are 0.

        The balance of its account (a withhold that came back) goes to the reserve, which belongs to the owners.
        """
        self.has_left, self.threatens_exit = True, False
        self.agency.release(self.area)
        self._wind_up()

    def end_budget(self, contracts: Sequence[str]) -> None:
        """Wind up where the contracts that go on from here pay it no more."""
        if self.agency.budget_runs[self.area] and not any(form.pays_ccos for form in forms_of(contracts)):
            self._wind_up()

    def _wind_up(self) -> None:
        """End all work, and give what is left in its account to the reserve."""
        self.measures.work[:] = 0
        self.upstream_budget = 0
        self.actions[:] = 0
        ledger = self.model.ledger
        self._to_reserve(int(ledger.balances[self.area, CCO_ACCOUNT] + ledger.posted[self.area, CCO_ACCOUNT]))

    def _to_reserve(self, cents: int) -> None:
        """Move a surplus into reserves, or cover a deficit from them."""
        self._transfer("cco", "cco_reserve", max(cents, 0), "reserves")
        self._transfer("cco_reserve", "cco", max(-cents, 0), "reserves")
        self.reserve += cents

    def _transfer(self, payer: str, payee: str, cents: int, purpose: str) -> None:
        if cents:
            self.model.ledger.transfer(self.area, payer, payee, cents, purpose)
