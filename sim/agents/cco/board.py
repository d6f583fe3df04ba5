"""The board of a CCO: what it wants (``governance``), what it believes of each lever, and what it makes of both.

Money here is in USD per member-month. Beliefs start where ``conf/parameters/ccos.yaml`` puts them; what a lever does in
truth is for members and providers to say, and a board learns it slowly (``learning.py``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.cco.actions import ADMINISTRATIVE, PLACE
from sim.agents.cco.choice import Bounds, Habits, Luck, cut_back, moved
from sim.agents.cco.governance import (
    PRIORITIES,
    Terms,
    draw_priorities,
    draw_term,
    movable,
    served_by_levers,
    weights_of,
)
from sim.agents.cco.learning import learned
from sim.agents.cco.objective import Horizon, Outlook, reach, worth
from sim.axes import LEVERS
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Saved, restore, saved

UPSTREAM = PLACE["upstream"]
REMEMBERED = ("saving", "spread", "base_luck", "at_work", "priorities", "term_ends")


@dataclass(frozen=True)
class Money:
    """What a decision is about, in USD PMPM.

    Attributes
    ----------
    revenue, medical, pool : capitation, expected cost of care, money of the quality pool.
    won : part of the pool that was won last year.
    funds : what levers may cost in all; administrative: what those may cost that serve no member.
    """

    revenue: float
    medical: float
    pool: float
    funds: float
    administrative: float
    won: float = 0.0


class Board:
    """What one CCO wants, believes and has seen.

    Parameters
    ----------
    registry : all parameters.
    scenario : read are ``governance.levers`` and who funds which upstream packages.

    Attributes
    ----------
    opening : levers at the start of a budget: contracts as they are declared, and no programs.
    bounds : which levers this governance moves, in the order of ``LEVERS``; what goes upstream stays above its opening.
    saving, base_luck : beliefs about what each lever saves at full strength, and how dear by chance the base year was.
    spread : their covariance, the base year last.
    at_work : how far each lever is at work by now, its lag counted.
    priorities, term_ends : what the community has put first, until which month.
    """

    def __init__(self, registry: Any, scenario: Any) -> None:
        get = registry.get
        self.weights = weights_of(registry)
        self.terms = Terms.of(registry)
        self.habits = Habits(get("ccos.step"), get("ccos.choice_spread"), get("ccos.reconsider"))
        self.horizon = Horizon(
            months=round(get("ccos.horizon")),
            discount=(1 + get("ccos.discount")) ** (-1 / MONTHS_PER_YEAR),
            churn=get("ccos.believed_churn"),
            rebase=get("payment.rebasing_share"),
        )
        self.most: Floats = np.asarray(get("ccos.most"))
        self.lag: Floats = np.asarray(get("ccos.believed_lag"))
        self.qalys: Floats = np.asarray(registry.monthly("ccos.believed_qalys"))
        self.pool: Floats = np.asarray(get("ccos.believed_pool"))
        self.hospital: Floats = np.asarray(get("ccos.hospital_part"))
        self.cost: Floats = np.asarray(get("ccos.cost"))
        self.opening = opening_levers(registry)
        self.pays_upstream = scenario.upstream.funding == "cco" and bool(scenario.upstream.packages)
        self.bounds = Bounds(movable(scenario.governance.levers), least=np.zeros(len(LEVERS)))
        self.bounds.may_move[UPSTREAM] &= self.pays_upstream
        self.bounds.least[UPSTREAM] = self.opening[UPSTREAM] / self.most[UPSTREAM]
        self.saving: Floats = np.array(get("ccos.believed_saving"))
        self.spread: Floats = np.diag(np.append(np.asarray(get("ccos.belief_sd")) ** 2, 0.0))
        self.base_luck = 0.0
        self.at_work: Floats = np.zeros(len(LEVERS))
        self.priorities: NDArray[np.bool_] = np.zeros(len(PRIORITIES), dtype=np.bool_)
        self.term_ends = 0

    def renew_priorities(self, luck: Luck) -> None:
        """Let the community say anew what comes first, if its term is over."""
        if luck.month >= self.term_ends:
            self.priorities = draw_priorities(luck.seed, luck.area, luck.month, self.terms)
            self.term_ends = luck.month + draw_term(luck.seed, luck.area, luck.month, self.terms)

    def moved(self, levers: Floats, money: Money, luck: Luck) -> Floats:
        """Return the levers as this board sets them; what is not moved stays as it is, to the bit."""
        before = levers / self.most
        outlook = self.outlook(money)
        cost = outlook.cost

        def value(strength: Floats) -> float:
            return worth(strength, outlook, self.weights, self.horizon)

        after = moved(before, self.bounds, value, self.habits, luck)
        for limit, counted in ((money.funds, cost), (money.administrative, cost * _administrative())):
            after = cut_back(after, self.bounds, value, counted, limit, self.habits.step)
        return np.where(after == before, levers, after * self.most)

    def outlook(self, money: Money) -> Outlook:
        """Return what this board expects of its levers; what last year's pool owes to none of them is won anyway."""
        return Outlook(
            saving=self.saving,
            lag=self.lag,
            qalys=self.qalys,
            pool=self.pool,
            cost=self.cost_of(money.revenue),
            hospital=self.hospital,
            priority=served_by_levers(self.priorities),
            medical=money.medical,
            pool_pmpm=money.pool,
            most=self.most,
            pool_anyway=max(0.0, money.won - float(self.pool @ self.at_work)),
        )

    def cost_of(self, revenue: float) -> Floats:
        """Return what each lever costs at full strength, USD PMPM; upstream is a part of revenue."""
        cost = np.array(self.cost)
        cost[UPSTREAM] = self.most[UPSTREAM] * revenue if self.pays_upstream else 0.0
        return cost

    def live(self, levers: Floats) -> None:
        """Let a month pass in which levers come closer to being at work."""
        slow = np.where(self.lag > 0, self.lag, 1)
        gained = np.where(self.lag > 0, 1 - 2 ** (-1 / slow), 1.0)
        self.at_work = self.at_work + gained * (reach(levers / self.most, self.most) - self.at_work)

    def learn(self, others: Floats, log_ratio: float, noise: float, noise_before: float) -> None:
        """Move beliefs by what a quarter cost, where the state's levers are on average at work like ``others``.

        ``noise`` and ``noise_before`` are the variances of the quarter's and of the base year's log cost by chance.
        """
        if self.spread[-1, -1] == 0:  # nothing was compared yet
            self.spread[-1, -1] = noise_before
        x = np.append(self.at_work - others, 1.0)
        beliefs, self.spread = learned(np.append(self.saving, self.base_luck), self.spread, x, log_ratio, noise)
        self.saving, self.base_luck = beliefs[:-1], float(beliefs[-1])

    def state(self) -> Saved:
        """Return what the months to come depend on."""
        return saved(self, REMEMBERED)

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)


def opening_levers(registry: Any) -> Floats:
    """Return the levers at the start of a budget: contracts as they are declared, and no programs."""
    levers = np.zeros(len(LEVERS))
    levers[PLACE["pass_through"]] = registry.get("providers.pass_through")
    levers[PLACE["at_risk"]] = registry.get("providers.share_at_risk")
    levers[UPSTREAM] = registry.get("ccos.upstream_share")
    return levers


def _administrative() -> Floats:
    return np.array([float(lever in ADMINISTRATIVE) for lever in LEVERS])
