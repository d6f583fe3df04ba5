"""A coordinated care organization: one budget for one area, which it must live within, and levers over its network.

Under fee-for-service a CCO exists and does nothing: its members' claims are paid by the state.
"""

from dataclasses import dataclass
from typing import Any

import mesa
import numpy as np

from sim.agents.cco.actions import ADMINISTRATIVE, PAYMENTS, PLACE, as_table
from sim.agents.cco.board import Board, Money
from sim.agents.cco.choice import Luck
from sim.agents.cco.learning import cost_ratio, noise_of
from sim.agents.cco.reserves import Solvency, is_for_profit
from sim.agents.programs.funds import FUNDED
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Saved, restore, saved
from sim.payment.administration import administration_cost
from sim.payment.fee_for_service import IN_CCO
from sim.payment.form import Form
from sim.payment.forms import medical_loss_ratio, quality_pool
from sim.payment.ledger import ACCOUNT_INDEX
from sim.payment.shrinkage import around_state

CENTS = 100
UPSTREAM = PLACE["upstream"]
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
)
CCO_ACCOUNT = ACCOUNT_INDEX["cco"]
FUNDERS = ("state", "federal", "held")


@dataclass(frozen=True)
class PaidAs:
    """The purposes in the ledger of programs that serve members, and of money for whole areas."""

    for_members: str
    for_areas: str


PAID_AS = {
    "cco": PaidAs("flexible_services", "community_benefit"),
    "state": PaidAs("waiver_benefits", "waiver_benefits"),
    "outside": PaidAs("grants", "grants"),
}
"""By who funds upstream programs (``upstream.funding``); reinvestment is paid in ``funds.py``."""


class CCO(mesa.Agent):  # type: ignore[misc]
    """The CCO of one area.

    Parameters
    ----------
    model : the health system; read are ``state``, ``providers``, ``places.costs_cents()`` and the scenario's upstream
        funding; written are ``levers`` and ``ledger``.
    area : index of the area.
    name : name of the CCO.

    Attributes
    ----------
    board : what it wants, believes and may move.
    reserve : reserves in sampled cents; the opening part is the owners', not a flow of the ledger.
    standing : the same with the luck of the sample brought down to full size; solvency is judged by it.
    upstream_budget : cents that may go to upstream programs this month; zero under fee-for-service.
    year_revenue, year_result : what the state paid it in this rate year so far, and its margin, in cents; withhold
        counts when it returns.
    year_programs : what its levers and upstream programs cost it in this rate year so far, in cents.
    last_margin, last_programs : margin of the last full rate year, and that cost, as shares of revenue.
    settled_margin : the same margin with the luck of the sample brought down to full size.
    threatens_exit : whether it would rather leave, as judged when its last year closed.
    years_below, has_left : years in a row with less than the least reserve; whether it has given up its contract.
    """

    def __init__(self, model: Any, area: int, name: str) -> None:
        super().__init__(model)
        get = model.registry.get
        self.area, self.name = area, name
        self.board = Board(model.registry, model.scenario)
        self.solvency = Solvency.of(model.registry)
        self.for_profit = is_for_profit(model.seed, area, get("ccos.for_profit"))
        self.administration_share: float = get("ccos.administration")
        self.upstream_match: float = get("payment.upstream_match")
        self.decide_every = round(get("ccos.decide_every"))
        self.load: float = get("payment.load")
        self.care_floor: float = get("payment.loss_ratio_floor")
        self.withheld: float = get("payment.withhold_share")
        self.cost_cv: float = get("ccos.cost_cv")
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
        """Plan the month from the last one: contracts and care programs quarterly, how much may go upstream."""
        state = self.model.state
        if not state.budget_runs[self.area]:
            return
        due = int(state.revenue().due[self.area].sum())
        months = int(state.months_run[self.area])
        if months == 0:
            self.reserve = round(MONTHS_PER_YEAR * due * self.solvency.opening)
            self.standing = float(self.reserve)
            self._levers()[:] = self.board.opening
        elif months % self.decide_every == 0:
            self._choose(due)
        self.upstream_budget = round(due * self._levers()[UPSTREAM])

    def settle(self) -> None:
        """Pay for administration, care programs and upstream programs, and close the year into reserves.

        The state and the providers have settled before: the month's result is what the ledger says.
        """
        self.closed = 0
        self._pay_upstream()
        state = self.model.state
        if not state.budget_runs[self.area]:
            return
        due = state.revenue().due[self.area].sum()
        self._transfer("cco", "outside", int(administration_cost(due, self.administration_share)), "administration")
        self._pay_for_levers()
        self.board.live(self._levers())
        self.year_revenue += self._received()
        self.year_result += int(self.model.ledger.net()[self.area, CCO_ACCOUNT])
        if state.year_ends[self.area]:
            self._close_year()

    def judge(self) -> None:
        """See what reserves are left when the year has closed for all: pay dividends, threaten to leave, or leave."""
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
        below = self.standing < self.solvency.floor(revenue, weight)
        self.years_below = self.years_below + 1 if below else 0
        if self.years_below >= self.solvency.exit_after:
            self._leave()

    def state(self) -> Saved:
        """Return what the months to come depend on."""
        board = {f"board.{name}": array for name, array in self.board.state().items()}
        return {**saved(self, REMEMBERED), **board}

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)
        self.board.restore({name.removeprefix("board."): a for name, a in state.items() if name.startswith("board.")})
        if self.has_left:
            self.model.state.calendar.leave(self.area)

    def _levers(self) -> Any:
        """Return its own row of the levers, to read and to write."""
        return as_table(self.model.levers)[self.area]

    def _choose(self, due: int) -> None:
        """Learn from the quarter, renew local priorities when their term is over, and move the levers."""
        luck = Luck(self.model.seed, self.area, self.model.month)
        self._learn()
        self.board.renew_priorities(luck)
        levers = self._levers()
        levers[:] = self.board.moved(levers, self._money(due), luck)

    def _money(self, due: int) -> Money:
        """What the decision is about: this month's revenue for each member, and what levers may cost of it."""
        dollars = 1 / max(CENTS * self._member_months(), 1)
        revenue = due * dollars
        pooled, judged = (self._is_under(form) for form in (quality_pool.FORM, medical_loss_ratio.FORM))
        spare = max(0.0, 1 - self.care_floor - self.administration_share) * revenue
        return Money(
            revenue=revenue,
            medical=revenue * (1 - self.load),
            pool=revenue * self.withheld * pooled,
            won=float(self.model.state.quality.earned[self.area]),
            funds=self._funds(due) * dollars,
            administrative=spare if judged else float("inf"),
        )

    def _is_under(self, form: Form) -> bool:
        return bool(self.model.state.calendar.under(form, self.model.month)[self.area])

    def _funds(self, due: int) -> float:
        """Cents a month that levers may cost: the margin that is left without them, and spare reserves."""
        weight = float(self.model.weights[self.area])
        spare = self.standing - self.solvency.floor(MONTHS_PER_YEAR * due, weight)
        margin = self.settled_margin + self.last_programs
        return float(max(0.0, margin * due + max(0.0, spare) / self.board.horizon.months))

    def _without_luck_of_sample(self) -> float:
        """Return the year's margin, its deviation from the state's shrunk to full size (model.md 4)."""
        closing = [cco for cco in self.model.ccos if cco.closed]
        margins = np.array([cco.last_margin for cco in closing])
        revenue = np.array([cco.closed for cco in closing], dtype=np.float64)
        weights = self.model.weights[[cco.area for cco in closing]]
        settled = around_state(margins, revenue, weights, np.ones(len(closing), dtype=np.bool_))
        return float(settled[closing.index(self)])

    def _learn(self) -> None:
        """Compare the quarter's cost with the state's, against the year before the start."""
        model, state = self.model, self.model.state
        start = int(state.calendar.starts[self.area])
        now = state.experience.between(model.month - self.decide_every, model.month)
        before = state.experience.between(start - MONTHS_PER_YEAR, start)
        scope = state.scope.astype(np.int64)
        ratios = [cost_ratio(seen.cents @ scope, seen.months, model.weights)[self.area] for seen in (now, before)]
        people = model.weights * now.months.sum(axis=1)
        others = people @ np.array([cco.board.at_work for cco in model.ccos]) / people.sum()
        noise, noise_before = (noise_of(self.cost_cv, seen.months[self.area].sum()) for seen in (now, before))
        self.board.learn(others, float(np.log(ratios[0] / ratios[1])), noise, noise_before)

    def _member_months(self) -> int:
        return int(self.model.last.rate_months[self.area, IN_CCO].sum())

    def _pay_upstream(self) -> None:
        """Pay the area's upstream programs from whoever funds them."""
        funding, cents = self.model.scenario.upstream.funding, int(self.model.places.costs_cents()[self.area])
        if funding in FUNDED:
            self.model.funds.pay(self.area, cents)
            return
        for_areas = int(self.model.places.area_cents()[self.area])
        for_members, purpose = cents - for_areas, PAID_AS[funding]
        self._transfer(funding, "community", for_members, purpose.for_members)
        self._transfer(funding, "community", for_areas, purpose.for_areas)
        if funding == "state":
            matched = round(cents * self.upstream_match)
            self._transfer("federal", "state", matched, "federal_match")
        self.year_programs += cents if funding == "cco" else 0

    @property
    def care_programs(self) -> int:
        """What the month's care programs cost, in cents; what is only administration is left out."""
        return sum(cents for name, cents in self._costs().items() if name not in ADMINISTRATIVE)

    def _pay_for_levers(self) -> None:
        """Pay each care program by how far its lever is moved; contracts and upstream are paid elsewhere."""
        for name, cents in self._costs().items():
            payment = PAYMENTS[name]
            self._transfer("cco", payment.payee, cents, payment.purpose)
            self.year_programs += cents

    def _costs(self) -> dict[str, int]:
        """What each care program costs this month, in cents."""
        board = self.board
        cents = np.rint(board.cost * self._levers() / board.most * CENTS * self._member_months())
        return {name: int(cents[PLACE[name]]) for name in PAYMENTS}

    def _received(self) -> int:
        """What the CCO got from the state this month, less what it gave back, in cents."""
        flows, cco = self.model.ledger.flows[self.area], CCO_ACCOUNT
        return int(sum(flows[ACCOUNT_INDEX[name], cco] - flows[cco, ACCOUNT_INDEX[name]] for name in FUNDERS))

    def _close_year(self) -> None:
        """Move the year's surplus into reserves, or make good its deficit from them."""
        result = self.year_result
        self._to_reserve(result)
        self.last_margin = result / self.year_revenue if self.year_revenue else 0.0
        self.last_programs = self.year_programs / self.year_revenue if self.year_revenue else 0.0
        self.closed = self.year_revenue
        self.year_revenue = self.year_result = self.year_programs = 0

    def _leave(self) -> None:
        """Give up: from next month on the state pays the area's claims, and nobody moves the levers.

        What is in its account by then, a withhold that came back, goes to the reserve, which is the owners'.
        """
        self.has_left, self.threatens_exit = True, False
        self.upstream_budget = 0
        self._levers()[:] = 0
        self.model.state.release(self.area)
        ledger = self.model.ledger
        self._to_reserve(int(ledger.balances[self.area, CCO_ACCOUNT] + ledger.posted[self.area, CCO_ACCOUNT]))

    def _to_reserve(self, cents: int) -> None:
        """Move what is left over into reserves, or make good what is missing from them."""
        self._transfer("cco", "cco_reserve", max(cents, 0), "reserves")
        self._transfer("cco_reserve", "cco", max(-cents, 0), "reserves")
        self.reserve += cents

    def _transfer(self, payer: str, payee: str, cents: int, purpose: str) -> None:
        if cents:
            self.model.ledger.transfer(self.area, payer, payee, cents, purpose)
