"""The board of a CCO: what it values (``governance``), what it believes of each action, and what it decides.

Money here is in USD per member-month. Beliefs start at the values in ``conf/parameters/ccos.yaml``. What an action does
results from members and providers, and a board learns it slowly (``learning.py``) or reads it (``published.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.agents.cco.actions import ACTION_INDEX, ACTIONS, ADMINISTRATIVE, CARRIED_BY
from sim.agents.cco.choice import Bounds, Habits, Luck, cut_back, moved
from sim.agents.cco.equity_target import NOBODY
from sim.agents.cco.governance import (
    PRIORITIES,
    Terms,
    draw_priorities,
    draw_term,
    may_change,
    served_by_actions,
    serves_priority,
)
from sim.agents.cco.learning import learned
from sim.agents.cco.objective import Horizon, Outlook, Weights, reach, worth
from sim.agents.cco.published import Published
from sim.engine.arrays import Flags, Floats
from sim.engine.parameters import Registry
from sim.engine.snapshot import Remembering
from sim.payment.forms.separate_plans import of_one_plan
from sim.scenario import Scenario
from sim.upstream.package import Package

UPSTREAM, CONCORDANCE = ACTION_INDEX["upstream"], ACTION_INDEX["concordance"]
ADMINISTRATION = np.isin(list(ACTIONS), ADMINISTRATIVE).astype(float)
SERVES_EQUITY = np.isin(list(ACTIONS), ("measure_work", "interpreters", "concordance", "upstream")).astype(float)
"""Actions against gaps. Upstream costs nothing, and moves nothing, where the CCO does not pay for programs."""


@dataclass(frozen=True)
class Money:
    """The money that a decision is about, in USD PMPM.

    Attributes
    ----------
    revenue, medical, pool : capitation, expected cost of care, money of the quality pool.
    won : part of the pool that was won last year.
    funds : what all actions together may cost; administrative: what those may cost that serve no member; for_duties:
        what is there beyond these for duties of the contract, which reserves pay for as long as there are any.
    """

    revenue: float
    medical: float
    pool: float
    funds: float
    administrative: float
    won: float = 0.0
    for_duties: float = float("inf")


class Board(Remembering):
    """What one CCO wants, believes and has seen.

    Parameters
    ----------
    registry : all parameters.
    scenario : says which actions may change (``governance.levers``) and who funds which upstream packages.

    Attributes
    ----------
    opening : actions at the start of a budget: contracts as they are declared, and no programs.
    bounds : which actions may change, in the order of ``ACTIONS``; the upstream share stays above its opening.
    saving, base_luck : beliefs about what each action saves at full strength, and how costly the base year was by
        chance.
    spread : their covariance, the base year last.
    pool, pool_anyway, pool_spread : beliefs about what each action wins of the quality pool, and about what is won
        without any; their covariance.
    in_effect : how far each action is in effect by now, after its lag.
    duty : the least that the contract asks of each action, as a strength.
    has_read : on which actions it has read the published result.
    counted : part of what each action saves that falls on services of its own budget.
    priorities, term_ends : the community's priorities, and the month until which they stay.
    behind : the group that the council's equity target names as furthest behind; ``NOBODY`` without a target.
    """

    REMEMBERED = (
        "duty",
        "counted",
        "saving",
        "spread",
        "base_luck",
        "has_read",
        "pool",
        "pool_anyway",
        "pool_spread",
        *("in_effect", "priorities", "term_ends", "behind"),
    )

    def __init__(self, registry: Registry, scenario: Scenario) -> None:
        get = registry.get
        self.weights = Weights.of(registry)
        self.terms = Terms.of(registry)
        self.habits, self.horizon = Habits.of(registry), Horizon.of(registry)
        self.most: Floats = np.asarray(get("ccos.most"))
        self.lag: Floats = np.asarray(get("ccos.believed_lag"))
        self.gained = np.where(self.lag > 0, 1 - 2 ** (-1 / np.where(self.lag > 0, self.lag, 1)), 1.0)
        self.qalys: Floats = np.asarray(registry.monthly("ccos.believed_qalys"))
        self.pool: Floats = np.array(get("ccos.believed_pool"))
        self.pool_anyway = 0.0
        sd = get("ccos.pool_belief_sd")
        self.pool_spread: Floats = np.diag(np.append(sd**2 * (self.pool > 0), sd**2))
        self.pool_noise: float = get("ccos.pool_noise")
        self.hospital: Floats = np.asarray(get("ccos.hospital_part"))
        self.first_cost: Floats = np.asarray(registry.dollars("ccos.cost"))
        self.price = 1.0  # of what programs cost, against the first year
        self.opening = opening_actions(registry)
        self.pays_upstream = scenario.upstream.funding == "cco" and bool(scenario.upstream.packages)
        self.bounds = Bounds(may_change(scenario.governance.levers), least=np.zeros(len(ACTIONS)))
        self.equity_target: float = get("ccos.equity_target")
        self.behind = NOBODY
        self.bounds.may_change[UPSTREAM] &= self.pays_upstream
        self.bounds.may_change[CONCORDANCE] &= self.equity_target > 0
        self.named: Flags = self.bounds.may_change.copy()
        self.bounds.least[UPSTREAM] = self.opening[UPSTREAM] / self.most[UPSTREAM]
        self.duty: Floats = np.zeros(len(ACTIONS))
        self.falls: Floats = np.asarray(get("ccos.saving_falls"))
        self.counted: Floats = np.ones(len(ACTIONS))
        self.saving: Floats = np.array(get("ccos.believed_saving"))
        self.spread: Floats = np.diag(np.append(np.asarray(get("ccos.belief_sd")) ** 2, 0.0))
        self.base_luck = 0.0
        self.published = Published.of(registry)
        self.has_read: Flags = np.zeros(len(ACTIONS), dtype=np.bool_)
        self.in_effect: Floats = np.zeros(len(ACTIONS))
        self.priorities: Flags = np.zeros(len(PRIORITIES), dtype=np.bool_)
        self.term_ends = 0

    def renew_priorities(self, luck: Luck) -> None:
        """Draw the community's priorities again, if their term is over."""
        if luck.month >= self.term_ends:
            self.priorities = draw_priorities(luck.seed, luck.area, luck.month, self.terms)
            self.term_ends = luck.month + draw_term(luck.seed, luck.area, luck.month, self.terms)

    def puts_first(self, packages: Sequence[Package]) -> Flags:
        """Return which upstream packages serve a priority of the community."""
        return np.array([serves_priority(package, self.priorities) for package in packages], dtype=np.bool_)

    def moved(self, actions: Floats, money: Money, luck: Luck) -> Floats:
        """Return the actions as this board sets them; an action that does not change stays the same to the bit."""
        before = actions / self.most
        outlook = self.outlook(money)
        cost = outlook.cost

        def value(strength: Floats) -> Floats:
            return worth(strength, outlook, self.weights, self.horizon)

        bound = Bounds(self.bounds.may_change, np.maximum(self.bounds.least, self.duty))
        after = np.maximum(moved(before, bound, value, self.habits, luck), self.duty)
        after[CONCORDANCE] *= self.equity_target > 0  # a target that is given up ends it
        for limit, counted in ((money.funds, cost), (money.administrative, cost * ADMINISTRATION)):
            after = cut_back(after, bound, value, counted, limit, self.habits.step)
            after = cut_back(after, self.bounds, value, counted, limit + money.for_duties, self.habits.step)
        return np.where(after == before, actions, after * self.most)

    def look_at_scope(self, inside: Flags, apart: bool) -> None:
        """See which actions the budget allows, and which part of what each saves falls on services that it pays for.

        ``apart``: each plan sees its own services alone.
        """
        own = of_one_plan(CARRIED_BY[:, np.newaxis], inside) if apart else inside
        self.counted = (self.falls * own).sum(axis=1)
        can = inside[CARRIED_BY]
        self.bounds = Bounds(self.named & can, self.bounds.least)

    def oblige(self, floors: Floats) -> None:
        """Take over the least that the contract asks of each action; an action that may not change stays as it is."""
        self.duty = np.minimum(floors / self.most, 1) * self.bounds.may_change

    def outlook(self, money: Money) -> Outlook:
        """Return what this board expects of its actions; the pool that they did not win last year is won anyway."""
        return Outlook(
            saving=self.saving * self.counted,
            lag=self.lag,
            qalys=self.qalys,
            pool=self.pool,
            cost=self.cost_of(money.revenue),
            hospital=self.hospital,
            priority=np.maximum(served_by_actions(self.priorities), self.equity_target * SERVES_EQUITY),
            medical=money.medical,
            pool_pmpm=money.pool,
            most=self.most,
            pool_anyway=max(0.0, money.won - float(self.pool @ self.in_effect)),
        )

    @property
    def cost(self) -> Floats:
        """What each action costs at full strength now, USD PMPM; contracts and upstream cost what they pay."""
        return np.asarray(self.first_cost * self.price)

    def cost_of(self, revenue: float) -> Floats:
        """Return what each action costs at full strength, USD PMPM; upstream is a part of revenue."""
        cost = np.array(self.cost)
        cost[UPSTREAM] = self.most[UPSTREAM] * revenue if self.pays_upstream else 0.0
        return cost

    def pass_month(self, actions: Floats) -> None:
        """Move the effect of each action one month further through its lag."""
        self.in_effect = self.in_effect + self.gained * (reach(actions / self.most, self.most) - self.in_effect)

    def learn_pool(self, in_effect: Floats, earned: float) -> None:
        """Update beliefs about the pool by the part that a CCO earned whose actions were in effect so far."""
        x = np.append(in_effect, 1.0)
        known = np.append(self.pool, self.pool_anyway)
        beliefs, self.pool_spread = learned(known, self.pool_spread, x, -earned, self.pool_noise**2)
        self.pool, self.pool_anyway = np.maximum(beliefs[:-1], 0), float(beliefs[-1])

    def learn(self, others: Floats, log_ratio: float, noise: float, noise_before: float) -> None:
        """Update beliefs by what a quarter cost; ``others`` is how far actions are in effect in the state on average.

        ``noise`` and ``noise_before`` are the variances by chance of the quarter's and of the base year's log cost.
        """
        if self.spread[-1, -1] == 0:  # the first comparison
            self.spread[-1, -1] = noise_before
        x = np.append(self.in_effect - others, 1.0)
        beliefs, self.spread = learned(np.append(self.saving, self.base_luck), self.spread, x, log_ratio, noise)
        self.saving, self.base_luck = beliefs[:-1], float(beliefs[-1])

    def read(self, month: int) -> None:
        """Take up the published results that have come out since the last decision."""
        news = self.published.out_by(month) & ~self.has_read
        for action in map(int, np.flatnonzero(news)):
            known = np.append(self.saving, self.base_luck)
            beliefs, self.spread = self.published.taken_up(known, self.spread, action)
            self.saving, self.base_luck = beliefs[:-1], float(beliefs[-1])
        self.has_read = self.has_read | news


def opening_actions(registry: Registry) -> Floats:
    """Return the actions at the start of a budget: contracts as they are declared, and no programs."""
    actions = np.zeros(len(ACTIONS))
    actions[ACTION_INDEX["pass_through"]] = registry.get("providers.pass_through")
    actions[ACTION_INDEX["at_risk"]] = registry.get("providers.share_at_risk")
    actions[UPSTREAM] = registry.get("ccos.upstream_share")
    return actions
