"""What levers are worth to the board of a CCO: the net present value of payment.md E11, in USD per member-month.

Equation: NPV = margin * (sum_k kept_k S_k(h) discounted - cost) + health_value * QALYs
                + (metric - min(metric, margin) * passed on) * pool
                - hospital * (part of S that was hospitals' revenue) + community * (levers that serve a local priority),
          S_k(h) = saving_k * reach_k * medical cost * (1 - 2 ** (-h / lag_k)), for months h = 1 to the horizon,
          the CCO keeps (d (1 - churn))**h * (1 - rebase)**floor(h / 12) of S: members leave, rates follow experience;
          all else is discounted by d**h alone. Sums over months are divided by sum d**h: a steady flow is worth itself.
The pool is what is won without any lever and what levers win, all of it at most. A dollar of it that goes on to
clinicians is no longer margin; that it was won counts where being named in public does (metric above margin).
A contract on total cost saves by phi * rho (payment.md E5), and the CCO keeps 1 - phi of it: it has given phi away.
Levels here are strengths: 1 is the most that a lever can be (``ccos.most``).
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from sim.agents.cco.actions import PLACE
from sim.engine.arrays import Floats

PASS_THROUGH, AT_RISK, BONUS = PLACE["pass_through"], PLACE["at_risk"], PLACE["quality_bonus"]


@dataclass(frozen=True)
class Weights:
    """What a board cares for: margin, members' QALYs (USD each), the quality pool, hospitals' revenue, priorities."""

    margin: float
    health_value: float
    metric: float
    hospital: float
    community: float


@dataclass(frozen=True)
class Horizon:
    """How far a board looks: months, discount factor and churn per month, part of a rate that is rebased each year."""

    months: int
    discount: float
    churn: float
    rebase: float

    def steady(self) -> float:
        """Return the present value of one dollar a month."""
        return float(self._discounted().sum())

    def lived(self, lag: Floats) -> Floats:
        """Return what part of a lever's full effect is lived within the horizon, for each lag (a half-life)."""
        return _parts(self, tuple(lag))[0]

    def kept(self, lag: Floats) -> Floats:
        """Return what part of a lever's full saving stays with the CCO: less churn and the premium slide."""
        return _parts(self, tuple(lag))[1]

    def _h(self) -> Floats:
        return np.arange(1, self.months + 1, dtype=np.float64)

    def _discounted(self) -> Floats:
        return np.asarray(self.discount ** self._h())


@lru_cache  # boards ask for the same again with every option that they weigh
def _parts(horizon: Horizon, lags: tuple[float, ...]) -> tuple[Floats, Floats]:
    """What part of each lever's effect is lived, and what part of its saving is kept."""
    h, discounted = horizon._h(), horizon._discounted()
    stays = (1 - horizon.churn) ** h * (1 - horizon.rebase) ** (h // 12)
    reached = _ramp(h, np.array(lags))
    return discounted @ reached / horizon.steady(), (discounted * stays) @ reached / horizon.steady()


@dataclass(frozen=True)
class Outlook:
    """What a CCO believes of each lever at full strength, and the money that it is about.

    Attributes
    ----------
    saving : part of medical cost that is saved once the lever is at work; lag: half-life in months until then.
    qalys : QALYs per member-month; pool: part of the quality pool that is won; cost: USD PMPM.
    pool_anyway : part of the quality pool that is won without any lever.
    hospital : part of what is saved that was revenue of hospitals.
    priority : how far a lever serves a local priority, 0 or 1.
    medical, pool_pmpm : medical cost and quality pool in USD PMPM.
    most : what a lever is at full strength: what is passed on is a share, whatever the most is.
    """

    saving: Floats
    lag: Floats
    qalys: Floats
    pool: Floats
    cost: Floats
    hospital: Floats
    priority: Floats
    medical: float
    pool_pmpm: float
    pool_anyway: float = 0.0
    most: Floats = field(default_factory=lambda: np.ones(len(PLACE)))


def reach(strength: Floats, most: Floats) -> Floats:
    """Return how far each lever is at work: a contract only as far as it is passed through to clinicians."""
    at_work = np.array(strength, dtype=np.float64)
    at_work[AT_RISK] = strength[AT_RISK] * strength[PASS_THROUGH] * most[PASS_THROUGH]
    return at_work


def worth(strength: Floats, outlook: Outlook, weights: Weights, horizon: Horizon) -> float:
    """Return the net present value of a set of levers, as a steady flow of USD per member-month."""
    at_work, share = reach(strength, outlook.most), strength * outlook.most
    ours = np.ones(len(strength))
    ours[AT_RISK] = 1 - share[PASS_THROUGH]
    saved = outlook.saving * at_work * outlook.medical
    lived = horizon.lived(outlook.lag)
    margin = (ours * saved) @ horizon.kept(outlook.lag) - outlook.cost @ strength
    qalys = (outlook.qalys * at_work) @ lived
    pool = min(1.0, outlook.pool_anyway + float(outlook.pool @ at_work)) * outlook.pool_pmpm
    kept = weights.metric - min(weights.metric, weights.margin) * share[BONUS]
    lost_by_hospitals = (outlook.hospital * saved) @ lived
    return float(
        weights.margin * margin
        + weights.health_value * qalys
        + kept * pool
        - weights.hospital * lost_by_hospitals
        + weights.community * (outlook.priority @ strength)
    )


def _ramp(h: Floats, lag: Floats) -> Floats:
    """Part of the full effect that is reached after ``h`` months, (h, lever); no lag: all of it at once."""
    slow = np.where(lag > 0, lag, 1)
    return np.where(lag > 0, 1 - 2 ** (-h[:, None] / slow), 1.0)
