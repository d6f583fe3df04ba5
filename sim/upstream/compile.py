"""Compiles packages into the arrays that the member's month reads; row k is bit k of the members' masks.

A member's exposure x to a package goes toward 1 while it serves (half-life ``lag``) and back to 0 afterwards
(``fade``). The month's rules add ``x * package_log_effect`` to the log of use and take the chance that a need begins
``1 - x * (1 - package_onset_ratio)`` times, and of losing control ``1 - x * (1 - package_control_loss)`` times; while
the package serves, they multiply the chance that a need ends by ``package_exit_ratio``, switch off
``x * package_relief`` of its effect, take ``package_meets`` away altogether, and add ``(1 - x) * package_enrollment``.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.arrays import Floats
from sim.upstream.implied import Numbers, implied_log_effect, reliefs
from sim.upstream.number import Effect
from sim.upstream.package import Package
from sim.upstream.program import as_run, program_luck

HALF = 0.5  # what is left after a half-life
LEAST = 0.01  # stands for nothing left in a logarithm


def compile_packages(packages: Sequence[Package], numbers: Numbers, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Return the arrays of the compiled rules.

    Parameters
    ----------
    packages : at most ``schema.MAX_PACKAGES``, in the order of their bits.
    numbers : the registry of parameters (read: ``needs.causal``, ``needs.exit_prone``, ``upstream.*``).
    seed : seed of the run, for the draw of each program's quality.

    Returns
    -------
    ``package_log_effect`` [package, service], the direct effect; ``package_exit_ratio``, ``package_onset_ratio`` and
    ``package_relief`` [package, need]; ``package_lag`` and ``package_fade`` [package], fractions of the way in a month;
    ``package_meets`` [package], a bit for each need; ``package_height`` [package, month of service], the exposure that
    it goes toward; ``package_control_loss`` [package, condition]; ``package_enrollment`` [package, service], extra
    visits of a month; ``package_stacking`` [service], the log below which packages beyond the strongest do not add up.
    Rows beyond the last package do nothing.
    """
    arrays = _nothing()
    arrays["package_stacking"] = stacking(numbers)
    scale = float(numbers.get("upstream.effect_scale"))
    for k, package in enumerate(packages):
        arrays["package_log_effect"][k] = scale * direct_log_effect(package, numbers, seed)
        for need, relief in reliefs(package).items():
            if relief.exit_ratio:
                arrays["package_exit_ratio"][k, need] = relief.exit_ratio.value**scale
            if relief.onset_ratio:
                arrays["package_onset_ratio"][k, need] = relief.onset_ratio.value**scale
            if relief.relief:
                arrays["package_relief"][k, need] = min(1.0, scale * relief.relief.value)
            if relief.met and scale > 0.0:
                arrays["package_meets"][k] |= 1 << need
        for condition, ratio in package.control.items():
            arrays["package_control_loss"][k, schema.CONDITIONS.index(condition)] = ratio.value**scale
        if package.enrollment:
            arrays["package_enrollment"][k] = (
                scale * package.enrollment.value * numbers.get("upstream.enrollment_visits")
            )
        if package.wear:
            left = np.power(1.0 - monthly_fraction(package.wear.value), np.arange(schema.LONGEST_HEIGHT))
            arrays["package_height"][k] = np.rint(left * schema.FRACTION_GRID)
        arrays["package_lag"][k] = monthly_fraction(package.lag.value)
        arrays["package_fade"][k] = monthly_fraction(package.fade.value)
    return arrays


def direct_log_effect(package: Package, numbers: Numbers, seed: int = 0) -> Floats:
    """Return total minus implied on the log scale, for the services of which the package states a total effect."""
    luck = program_luck(package, numbers, seed)
    wanted = float(numbers.get("upstream.help_wanted"))
    implied = implied_log_effect(package, numbers)
    direct = np.zeros(len(schema.SERVICES))
    for service, effect in package.effects.items():
        s = schema.SERVICES.index(service)
        direct[s] = math.log(per_engaged(package, effect, as_run(effect, luck), wanted)) - implied[s]
    return direct


def stacking(numbers: Numbers) -> Floats:
    """Return the log of what packages beyond the strongest may leave of use; no limit with the switch off."""
    if not numbers.get("upstream.stacking_capped"):
        return np.full(len(schema.SERVICES), -np.inf)
    return np.asarray(np.log1p(-numbers.get("upstream.stacking_cap")))


def per_engaged(package: Package, effect: Effect, ratio: float, help_wanted: float = 1.0) -> float:
    """Return the effect on those who engage: one per member offered is spread over the few who did (model.md 14)."""
    if effect.per == "engaged":
        return ratio
    accepted = package.reach.accepted.value if package.reach.accepted else help_wanted
    engaged = accepted * package.reach.engaged.value
    return 1.0 if engaged == 0.0 else max(1.0 - (1.0 - ratio) / engaged, LEAST)


def monthly_fraction(half_life: float) -> float:
    """Return the fraction of the way gone in a month; a half-life of 0 goes all the way at once."""
    return 1.0 if half_life == 0.0 else 1.0 - math.pow(HALF, 1.0 / half_life)


def _nothing() -> dict[str, NDArray[Any]]:
    packages, services, needs = schema.MAX_PACKAGES, len(schema.SERVICES), len(schema.NEEDS)
    return {
        "package_log_effect": np.zeros((packages, services)),
        "package_exit_ratio": np.ones((packages, needs)),
        "package_onset_ratio": np.ones((packages, needs)),
        "package_relief": np.zeros((packages, needs)),
        "package_lag": np.ones(packages),
        "package_fade": np.ones(packages),
        "package_meets": np.zeros(packages, np.int64),
        "package_height": np.full((packages, schema.LONGEST_HEIGHT), schema.FRACTION_GRID, np.int64),
        "package_control_loss": np.ones((packages, len(schema.CONDITIONS))),
        "package_enrollment": np.zeros((packages, services)),
    }
