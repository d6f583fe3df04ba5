"""Published effects are means over a trial's months: full strength follows from them, at load (model.md 27).

A trial counts use over its whole window: months in which the effect still builds up or has worn off, months after
service, and people who lost their slot. The effect on log use in month t after the start is

    exposure(t) x direct + implied(t)

where exposure(t) is the mean built-up effect of all who began, and implied(t) is what relief of needs brings at that
exposure, to needs that would partly have ended by themselves. Its mean over the window must be the published log ratio:

    direct = (log ratio - mean implied) / mean exposure

A file that states no ``window`` gives effects at full strength.
"""

import math

import numpy as np

from sim import schema
from sim.engine.arrays import Floats
from sim.engine.parameters import Registry
from sim.upstream.implied import SETS, implied_log_effect, log_effect, present_among_served, relieved_share
from sim.upstream.package import Package

HALF = 0.5  # what is left after a half-life


def monthly_fraction(half_life: float) -> float:
    """Return the share of a change that happens in a month; with a half-life of 0, all of it."""
    return 1.0 if half_life == 0.0 else 1.0 - math.pow(HALF, 1.0 / half_life)


def height(package: Package, months: int) -> Floats:
    """Return what exposure approaches in each month of service, 1 where the effect does not wear off."""
    loss = monthly_fraction(package.wear.value) if package.wear else 0.0
    return np.asarray((1.0 - loss) ** np.arange(months))


def exposure_path(package: Package, months: int) -> Floats:
    """Return the mean built-up effect, month by month, of members who began together; some lose their slot."""
    lag, fade, goal = (
        monthly_fraction(package.lag.value),
        monthly_fraction(package.fade.value),
        height(package, months + 1),
    )
    end = package.duration
    first, later = (leave.value if leave else 0.0 for leave in (end.exit_first_year, end.exit_later))
    path, served, of_served, of_left = np.zeros(months), 1.0, 0.0, 0.0
    for month in range(months):
        gone = first if month < schema.POSTPARTUM_MONTHS else later
        if end.months and month >= end.months.value:
            gone = 1.0
        gone *= float(month > 0)
        of_left = (of_left + served * gone * of_served) * (1.0 - fade)
        served *= 1.0 - gone
        of_served += (goal[month + 1] - of_served) * lag
        path[month] = served * of_served + of_left
    return path


def felt_without(package: Package, numbers: Registry, months: int) -> Floats:
    """Return how far needs that were present at the start are felt later without the package, ``[month, need]``."""
    build, decay = numbers.monthly("needs.build_up"), numbers.monthly("needs.decay")
    back = np.array([numbers.monthly(f"needs.{need}_onset_prone") for need in schema.NEEDS])
    ends = np.array(numbers.monthly("needs.exit_prone"), dtype=np.float64)
    exits, shares = (np.asarray(numbers.get(f"needs.homeless_{name}")) for name in ("exit", "type_share"))
    if package.eligible.homeless_types:
        shares = shares * np.isin(schema.HOMELESS_TYPES, package.eligible.homeless_types)
    spells = shares / exits  # those who are homeless on a day: long spells weigh more
    ends[schema.HOMELESSNESS] = (spells * exits).sum() / spells.sum()
    present, felt = np.ones(len(schema.NEEDS)), np.ones((months, len(schema.NEEDS)))
    for month in range(1, months):
        present = present * (1.0 - ends) + (1.0 - present) * back
        felt[month] = felt[month - 1] + present * (1.0 - felt[month - 1]) * build
        felt[month] -= (1.0 - present) * felt[month] * decay
    return felt


def mean_effects(package: Package, numbers: Registry) -> tuple[float, Floats]:
    """Return mean exposure and mean implied log effect on each service, over the window; at full effect without one."""
    if package.window is None:
        return 1.0, implied_log_effect(package, numbers)
    months = round(package.window.value)
    exposure, felt = exposure_path(package, months), felt_without(package, numbers, months)
    present, relief = present_among_served(package, numbers), relieved_share(package, numbers)
    chance = np.where(SETS, present, 1.0 - present).prod(axis=1)
    effect, attenuation = np.log(numbers.get("needs.causal")), float(numbers.get("needs.attenuation"))
    implied = [
        chance
        @ (
            log_effect(SETS * now * (1.0 - relief * built), effect, attenuation)
            - log_effect(SETS * now, effect, attenuation)
        )
        for built, now in zip(exposure, felt, strict=True)
    ]
    return float(exposure.mean()), np.mean(implied, axis=0)
