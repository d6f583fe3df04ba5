"""When a place becomes free: time is up, cover is lost, the need is gone, or the member leaves."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.upstream.draws import LEAVING, package_uniforms
from sim.upstream.eligibility import bits
from sim.upstream.package import Duration, Package

Members = NDArray[Any]
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

FIRST_YEAR = 12


def ends(package: Package, bit: int, members: Members, rows: Rows, seed: int, month: int) -> Flags:
    """Return which of the members served by the package give up their place this month."""
    duration = package.duration
    served_for = members["package_months"][rows, bit]
    over = members["status"][rows] != schema.ENROLLED
    if duration.months is not None:
        over = over | (served_for >= duration.months.value)
    if duration.ends_with_need:
        over = over | (members["needs"][rows] & bits(package.targets()) == 0)
    if duration.exit_first_year is not None or duration.exit_later is not None:
        chance = np.where(served_for < FIRST_YEAR, *_chances(duration))
        over = over | (package_uniforms(seed, members["key"][rows], package.name, month, LEAVING) < chance)
    return np.asarray(over)


def _chances(duration: Duration) -> tuple[float, float]:
    first = duration.exit_first_year or duration.exit_later
    later = duration.exit_later or duration.exit_first_year
    return (first.value if first else 0.0), (later.value if later else 0.0)
