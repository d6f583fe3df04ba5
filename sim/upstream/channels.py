"""The effect channels of packages: tables that the rules of the month read.

A member's exposure to a package rises toward 1 while the package serves and falls back to 0 afterwards. Each channel is
declared once, in ``CHANNELS``: a table ``p.package_...`` with a row for each package (row k is bit k of the members'
masks), what the rules do with it, and how its row follows from the package file.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sim import schema
from sim.engine.arrays import Floats, Table
from sim.engine.parameters import Registry
from sim.upstream.implied import reliefs
from sim.upstream.package import Effect, Number, Package, Relief
from sim.upstream.program import as_run, program_luck
from sim.upstream.window import height, mean_effects, monthly_fraction

LEAST = 0.01  # a ratio of 0 is replaced by this, so that it has a logarithm

Row: TypeAlias = Floats | Sequence[float] | float


@dataclass(frozen=True)
class Settings:
    """What rows are made from: parameters, the seed of the run, and the scale of all effects."""

    numbers: Registry
    seed: int
    scale: float


@dataclass(frozen=True)
class Channel:
    """One table that the month's rules read.

    Attributes
    ----------
    name : the field of ``p`` that the rules read.
    columns : labels of the columns; none for a single number.
    neutral : the value that does nothing, also of rows beyond the last package. A whole number makes whole numbers.
    does : what the rules do with it.
    row : the row of a package.
    """

    name: str
    columns: tuple[str, ...]
    neutral: float
    does: str
    row: Callable[[Package, Settings], Row]

    def table(self, packages: Sequence[Package], settings: Settings) -> Table:
        """Return the table, ``[package, column]``."""
        shape = (schema.MAX_PACKAGES, len(self.columns)) if self.columns else (schema.MAX_PACKAGES,)
        table: Table = np.full(shape, self.neutral)
        for k, package in enumerate(packages):
            table[k] = self.row(package, settings)
        return table


def compile_packages(packages: Sequence[Package], numbers: Registry, seed: int = 0) -> dict[str, Table]:
    """Return the tables of the compiled rules.

    Parameters
    ----------
    packages : at most ``schema.MAX_PACKAGES``, in the order of their bits.
    numbers : reads ``needs.causal``, ``needs.exit_prone`` and ``upstream.*``.
    seed : seed of the run, for the draw of each program's quality.

    Returns
    -------
    The table of each of ``CHANNELS``; and ``package_stacking`` [service], the largest log effect that packages beyond
    the strongest add.
    """
    settings = Settings(numbers, seed, float(numbers.get("upstream.effect_scale")))
    tables = {channel.name: channel.table(packages, settings) for channel in CHANNELS}
    return {**tables, "package_stacking": stacking(numbers)}


def direct_log_effect(package: Package, numbers: Registry, seed: int = 0) -> Floats:
    """Return the direct log effect at full exposure, for the services for which the package states a total effect.

    Together with relief of needs it has the stated mean over the package's window (``sim/upstream/window.py``).
    """
    luck = program_luck(package, numbers, seed)
    wanted = float(numbers.get("upstream.help_wanted"))
    exposure, implied = mean_effects(package, numbers)
    direct = np.zeros(len(schema.SERVICES))
    for service, effect in package.effects.items():
        s = schema.SERVICES.index(service)
        total = math.log(per_engaged(package, effect, as_run(effect, luck), wanted))
        direct[s] = (total - implied[s]) / exposure
    return direct


def stacking(numbers: Registry) -> Floats:
    """Return the limit of the log effect of packages beyond the strongest; no limit with the switch off."""
    if not numbers.get("upstream.stacking_capped"):
        return np.full(len(schema.SERVICES), -np.inf)
    return np.asarray(np.log1p(-numbers.get("upstream.stacking_cap")))


def per_engaged(package: Package, effect: Effect, ratio: float, help_wanted: float = 1.0) -> float:
    """Return the ratio among those who engage, also where the file states it for all who were offered (model.md 14)."""
    if effect.per == "engaged":
        return ratio
    accepted = package.reach.accepted.value if package.reach.accepted else help_wanted
    engaged = accepted * package.reach.engaged.value
    return 1.0 if engaged == 0.0 else max(1.0 - (1.0 - ratio) / engaged, LEAST)


def _scaled(ratio: Number | None, settings: Settings) -> float:
    """Return a ratio at the scale of effects; 1 where the package does not state one."""
    return ratio.value**settings.scale if ratio else 1.0


def _by_need(package: Package, nothing: float, value: Callable[[Relief], float]) -> Floats:
    """Return a value for each need that the package relieves, ``nothing`` for the others."""
    row = np.full(len(schema.NEEDS), nothing)
    for need, relief in reliefs(package).items():
        row[need] = value(relief)
    return row


def _log_effect(package: Package, settings: Settings) -> Floats:
    return settings.scale * direct_log_effect(package, settings.numbers, settings.seed)


def _relief(package: Package, settings: Settings) -> Floats:
    def switched_off(relief: Relief) -> float:
        return min(1.0, settings.scale * relief.relief.value) if relief.relief else 0.0

    return _by_need(package, 0.0, switched_off)


def _meets(package: Package, settings: Settings) -> int:
    met = (need for need, relief in reliefs(package).items() if relief.met and settings.scale > 0.0)
    return sum(1 << need for need in met)


def _control_loss(package: Package, settings: Settings) -> list[float]:
    return [_scaled(package.control.get(name), settings) for name in schema.CONDITIONS]


def _enrollment(package: Package, settings: Settings) -> Row:
    if not package.enrollment:
        return 0.0
    visits = settings.scale * package.enrollment.value * settings.numbers.get("upstream.enrollment_visits")
    return np.asarray(visits)


def _height(package: Package, _settings: Settings) -> Row:
    return np.asarray(np.rint(height(package, schema.LONGEST_HEIGHT) * schema.FRACTION_GRID))


CHANNELS = (
    Channel("package_log_effect", schema.SERVICES, 0.0, "x exposure is added to the log of use", _log_effect),
    Channel(
        "package_exit_ratio",
        schema.NEEDS,
        1.0,
        "the chance that a need ends, x 1 + exposure x (ratio - 1)",
        lambda package, settings: _by_need(package, 1.0, lambda relief: _scaled(relief.exit_ratio, settings)),
    ),
    Channel(
        "package_onset_ratio",
        schema.NEEDS,
        1.0,
        "the chance that a need begins, x 1 + exposure x (ratio - 1)",
        lambda package, settings: _by_need(package, 1.0, lambda relief: _scaled(relief.onset_ratio, settings)),
    ),
    Channel("package_relief", schema.NEEDS, 0.0, "x exposure of a need's effect is off while it serves", _relief),
    Channel("package_meets", (), 0, "a bit for each need that members do not have while it serves", _meets),
    Channel(
        "package_control_loss",
        schema.CONDITIONS,
        1.0,
        "the chance that control is lost, x 1 + exposure x (ratio - 1)",
        _control_loss,
    ),
    Channel(
        "package_accompanied",
        (),
        0.0,
        "x exposure of barriers to scheduled care is away while it serves",
        lambda package, settings: min(1.0, settings.scale * package.accompanied.value) if package.accompanied else 0.0,
    ),
    Channel(
        "package_enrollment",
        schema.SERVICES,
        0.0,
        "x (1 - exposure) visits are added in a month, while it serves",
        _enrollment,
    ),
    Channel(
        "package_height",
        tuple(map(str, range(schema.LONGEST_HEIGHT))),
        schema.FRACTION_GRID,
        "the exposure that a member approaches, by month of service",
        _height,
    ),
    Channel(
        "package_lag",
        (),
        1.0,
        "share of the remaining rise of exposure in a month of service",
        lambda package, _settings: monthly_fraction(package.lag.value),
    ),
    Channel(
        "package_fade",
        (),
        1.0,
        "share of exposure lost in a month after service",
        lambda package, _settings: monthly_fraction(package.fade.value),
    ),
)
