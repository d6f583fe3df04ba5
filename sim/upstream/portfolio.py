"""How a budget is divided among packages: pure functions.

``order``       packages are paid in the order in which the scenario names them
``shares``      each package has a fixed share of the budget
``needs``       in proportion to the number of people eligible for each package
``community``   the same, times the weight that a community advisory council gives to the needs of the package, and more
                where the council has named it a priority of these years (``sim/agents/cco/governance.py``)
``one_year``, ``five_years``, ``social``   by return: what a dollar saves within the horizon, highest first, each
                package up to its slots. Its dollars return the same until its slots are full, so this order is optimal

Return of a package = value of a month at full effect x months of effect that count / cost of a slot. Months of effect
are those of service and, afterwards, those in which the effect fades, within the horizon, discounted, each times the
chance that the payer still covers the member. Expected visits and stays come from the plan's own risk model, so that
regression to the mean is not counted as a saving. The social objective ignores turnover of members, and adds relief of
needs and savings of other sectors.
"""

from dataclasses import dataclass

import numpy as np

from sim import schema
from sim.engine.arrays import Cents, Floats
from sim.upstream.channels import per_engaged
from sim.upstream.implied import reliefs
from sim.upstream.package import Package

ORDER, SHARES, NEEDS, COMMUNITY, SOCIAL = "order", "shares", "needs", "community", "social"
HORIZONS = {"one_year": 12, "five_years": 60, SOCIAL: 120}  # months


@dataclass(frozen=True)
class Worth:
    """The declared value of effects.

    Attributes
    ----------
    prices : USD of a visit or stay, by service.
    keep : chance that the payer still covers a member a month later.
    discount : monthly discount factor.
    relief : USD that a month with a need costs the member and others, by need; 0 except under the social objective.
    """

    prices: Floats
    keep: float
    discount: float
    relief: Floats


def divided(budget: Cents, weights: Floats) -> Cents:
    """Return each package's part of each area's budget, ``[area, package]``, in whole cents."""
    total = weights.sum(axis=1, keepdims=True)
    shares = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    return np.asarray(np.floor(budget[:, None] * shares), dtype=np.int64)


def priority(package: Package, by_need: Floats) -> float:
    """Return the weight of a package: the highest weight of its needs, or the mean weight if it has none."""
    targets = package.targets()
    return float(by_need[list(targets)].max()) if targets else float(by_need.mean())


def best_first(returns: Floats) -> list[int]:
    """Return packages in the order of their return; ties keep the scenario's order."""
    return [int(k) for k in np.argsort(-returns, kind="stable")]


def return_per_dollar(package: Package, use: Floats, fade: float, worth: Worth, horizon: int) -> float:
    """Return the savings per dollar spent on the package within ``horizon`` months.

    ``use``: expected visits and stays a month of eligible members, by service; ``fade``: share of the effect lost in a
    month after service.
    """
    months = package.duration.months.value if package.duration.months else float(horizon)
    cost = package.cost.start.value + package.cost.month.value * effective_months(months, 1.0, worth, horizon)
    value = month_at_full_effect(package, use, worth)
    if cost <= 0:
        return np.inf if value > 0 else 0.0
    return value * effective_months(months, fade, worth, horizon) / cost


def month_at_full_effect(package: Package, use: Floats, worth: Worth) -> float:
    """Return the value of a month at full effect, USD."""
    value = 0.0
    for service, effect in package.effects.items():
        s = schema.SERVICES.index(service)
        value += use[s] * worth.prices[s] * (1.0 - per_engaged(package, effect, effect.value))
    for need, relief in reliefs(package).items():
        if need in package.targets():
            part = 1.0 if relief.met else relief.relief.value if relief.relief else 0.0
            value += part * worth.relief[need]
    return float(value)


def effective_months(months: float, fade: float, worth: Worth, horizon: int) -> float:
    """Return the months of effect that count, served and fading, with retention and discount."""
    month = np.arange(horizon)
    left = np.where(month < months, 1.0, np.power(1.0 - fade, np.maximum(month - months + 1.0, 0.0)))
    return float((left * np.power(worth.keep * worth.discount, month)).sum())
