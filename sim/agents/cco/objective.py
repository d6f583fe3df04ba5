"""What actions are worth to the board of a CCO: the net present value of payment.md E11, in USD per member-month.

Equation: NPV = margin * (sum_k kept_k S_k(h) discounted - cost) + health_value * QALYs
                + (metric - min(metric, margin) * passed on) * pool
                - hospital * (part of S that was hospitals' revenue)
                + community * (actions that serve a local priority),
          S_k(h) = saving_k * reach_k * medical cost * (1 - 2 ** (-h / lag_k)), for months h = 1 to the horizon;
          the CCO keeps (d (1 - churn))**h * (1 - rebase)**floor(h / 12) of S: members leave, rates follow experience;
          all else is discounted by d**h alone. Sums over months are divided by sum d**h, so that a steady flow is worth
          its monthly amount.
The pool is the part won without any action plus the part that actions win, at most all of it. A dollar of the pool
that is passed on to clinicians is no longer margin. A board that values its reputation (metric above margin) also
values winning money that it passes on.
A contract on total cost saves by phi * rho (payment.md E5); the CCO passes on phi of the saving and keeps 1 - phi.
Actions are measured here as strengths: 1 is the most that an action can be (``ccos.most``).
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from sim.agents.cco.actions import ACTION_INDEX
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Declared, declared

PASS_THROUGH, AT_RISK, BONUS = (ACTION_INDEX[name] for name in ("pass_through", "at_risk", "quality_bonus"))


@dataclass(frozen=True)
class Weights(Declared):
    """What a board values: margin, members' QALYs (USD each), the quality pool, hospitals' revenue, priorities."""

    margin: float = declared("ccos.margin_weight")
    health_value: float = declared("ccos.health_value")
    metric: float = declared("ccos.metric_weight")
    hospital: float = declared("ccos.hospital_weight")
    community: float = declared("ccos.community_weight")


@dataclass(frozen=True)
class Horizon(Declared):
    """How far a board looks: months, discount factor and churn per month, part of a rate that is rebased each year."""

    months: int = declared("ccos.horizon", round)
    discount: float = declared("ccos.discount", lambda yearly: (1 + yearly) ** (-1 / MONTHS_PER_YEAR))
    churn: float = declared("ccos.believed_churn")
    rebase: float = declared("payment.rebasing_share")

    def parts(self, lag: Floats) -> tuple[Floats, Floats]:
        """Return the part of each action's effect that falls within the horizon, and the part of its saving that stays.

        ``lag`` is a half-life in months; a saving is kept after churn and the premium slide.
        """
        return _parts(self, tuple(lag))


@lru_cache  # boards ask for the same parts with every option that they compare
def _parts(horizon: Horizon, lags: tuple[float, ...]) -> tuple[Floats, Floats]:
    h = np.arange(1, horizon.months + 1, dtype=np.float64)
    discounted = horizon.discount**h
    steady = float(discounted.sum())  # the present value of one dollar a month
    stays = (1 - horizon.churn) ** h * (1 - horizon.rebase) ** (h // 12)
    reached = _ramp(h, np.array(lags))
    return discounted @ reached / steady, (discounted * stays) @ reached / steady


@dataclass(frozen=True)
class Outlook:
    """What a CCO believes of each action at full strength, and the money at stake.

    Attributes
    ----------
    saving : part of medical cost that is saved once the action is in effect; lag: half-life in months until then.
    qalys : QALYs per member-month; pool: part of the quality pool that it wins; cost: USD PMPM.
    pool_anyway : part of the quality pool that is won without any action.
    hospital : part of the saving that was revenue of hospitals.
    priority : whether an action serves a local priority, 0 or 1.
    medical, pool_pmpm : medical cost and quality pool in USD PMPM.
    most : the share that an action is at full strength; the share passed on is strength times this.
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
    most: Floats = field(default_factory=lambda: np.ones(len(ACTION_INDEX)))


def reach(strength: Floats, most: Floats) -> Floats:
    """Return how far each action is in effect: a contract only as far as it is passed through to clinicians."""
    effective = np.array(strength, dtype=np.float64)
    effective[..., AT_RISK] = strength[..., AT_RISK] * strength[..., PASS_THROUGH] * most[PASS_THROUGH]
    return effective


def worth(strength: Floats, outlook: Outlook, weights: Weights, horizon: Horizon) -> Floats:
    """Return the net present value of each set of actions (..., action), as a steady flow of USD per member-month."""
    effective, share = reach(strength, outlook.most), strength * outlook.most
    ours = np.ones(strength.shape)
    ours[..., AT_RISK] = 1 - share[..., PASS_THROUGH]
    saved = outlook.saving * effective * outlook.medical
    in_effect, kept = horizon.parts(outlook.lag)
    margin = np.vecdot(ours * saved, kept) - np.vecdot(strength, outlook.cost)
    qalys = np.vecdot(outlook.qalys * effective, in_effect)
    pool = np.minimum(1.0, outlook.pool_anyway + np.vecdot(effective, outlook.pool)) * outlook.pool_pmpm
    pool_worth = weights.metric - min(weights.metric, weights.margin) * share[..., BONUS]
    lost_by_hospitals = np.vecdot(outlook.hospital * saved, in_effect)
    return np.asarray(
        weights.margin * margin
        + weights.health_value * qalys
        + pool_worth * pool
        - weights.hospital * lost_by_hospitals
        + weights.community * np.vecdot(strength, outlook.priority)
    )


def _ramp(h: Floats, lag: Floats) -> Floats:
    """Return the part of the full effect reached after ``h`` months, (h, action); without a lag all of it at once."""
    slow = np.where(lag > 0, lag, 1)
    return np.where(lag > 0, 1 - 2 ** (-h[:, None] / slow), 1.0)
