"""When a slot becomes free: time is up, cover is lost, the need has ended, or the member leaves."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.arrays import Flags, Rows
from sim.schema import Members
from sim.upstream.draws import LEAVING, RETURNING, package_uniforms
from sim.upstream.eligibility import bits
from sim.upstream.implied import reliefs
from sim.upstream.package import Duration, Package

FIRST_YEAR = 12


def ends(package: Package, served_for: NDArray[Any], members: Members, rows: Rows, seed: int, month: int) -> Flags:
    """Return which of the members served by the package, for these numbers of months, give up their slot."""
    duration = package.duration
    status = members["status"][rows]
    over = ~np.isin(status, schema.HERE) if duration.survives_cover else status != schema.ENROLLED
    if duration.months is not None:
        over = over | (served_for >= duration.months.value)
    if duration.ends_with_need:
        over = over | (members["needs"][rows] & bits(package.targets()) == 0)
    if duration.exit_first_year is not None or duration.exit_later is not None:
        chance = np.where(served_for < FIRST_YEAR, *_chances(duration))
        over = over | (package_uniforms(seed, members["key"][rows], package.name, month, LEAVING) < chance)
    return np.asarray(over)


def lose_home(package: Package, members: Members, rows: Rows, seed: int, month: int) -> None:
    """Return the needs that the package met to the declared share of members who lost their slot."""
    drawn = package_uniforms(seed, members["key"][rows], package.name, month, RETURNING)
    alive = members["status"][rows] != schema.VACANT
    for need, relief in reliefs(package).items():
        if relief.met and relief.returns:
            members["needs"][rows[alive & (drawn < relief.returns.value)]] |= 1 << need


def _chances(duration: Duration) -> tuple[float, float]:
    first = duration.exit_first_year or duration.exit_later
    later = duration.exit_later or duration.exit_first_year
    return (first.value if first else 0.0), (later.value if later else 0.0)
