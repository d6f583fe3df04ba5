"""The units that a number may have, and how each is converted to one member-month.

A parameter keeps the unit of its source, so that a reader can check it there. Rules need probabilities and rates per
member-month: the conversion happens once, here, when the record of parameters is filled.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR

INFINITY = float("inf")
MILLION = 1_000_000  # recorded shares and ratios are whole millionths: a result has no floating point

Conversion = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Unit:
    """One unit: its meaning, its possible values, and the conversion to a member-month (None where there is none)."""

    name: str
    meaning: str
    low: float
    high: float
    monthly: Conversion | None = None


def _same(value: Floats) -> Floats:
    return value


def _twelfth(value: Floats) -> Floats:
    return value / MONTHS_PER_YEAR


_TINY = 1e-6
_UNITS = (
    # Chances and rates: these have a value per member-month.
    Unit("per member-month", "probability or expected number in one member-month", 0, INFINITY, _same),
    Unit("probability per month", "probability in one month", 0, 1, _same),
    Unit("per 1000 member-months", "expected number in 1,000 member-months", 0, INFINITY, lambda v: v / 1000.0),
    Unit(
        "rate per year",
        "hazard per year: the month's probability is 1 - exp(-r/12)",
        0,
        INFINITY,
        lambda v: -np.expm1(-v / MONTHS_PER_YEAR),
    ),
    Unit(
        "probability per year",
        "probability in a year: the month's is 1 - (1-p)^(1/12)",
        0,
        1,
        lambda v: 1.0 - np.power(1.0 - v, 1.0 / MONTHS_PER_YEAR),
    ),
    Unit(
        "per 1000 per year",
        "expected number in 1,000 member-years",
        0,
        INFINITY,
        lambda v: v / (1000.0 * MONTHS_PER_YEAR),
    ),
    Unit("per year", "expected number in one member-year", 0, INFINITY, _twelfth),
    Unit("visits per month", "visits in one member-month", 0, INFINITY, _same),
    Unit("visits per year", "visits in one member-year", 0, INFINITY, _twelfth),
    Unit(
        "per year growth",
        "relative growth in a year: the month's is (1+g)^(1/12) - 1",
        -0.99,
        10,
        lambda v: np.power(1.0 + v, 1.0 / MONTHS_PER_YEAR) - 1.0,
    ),
    Unit(
        "half-life months",
        "months until half is gone: the month's loss is 1 - 0.5^(1/h)",
        _TINY,
        INFINITY,
        lambda v: 1.0 - np.power(0.5, 1.0 / v),
    ),
    Unit("mean months", "mean duration: the month's chance of ending is 1/m", 1, INFINITY, lambda v: 1.0 / v),
    Unit("people per month", "people in one month", 0, INFINITY, _same),
    Unit("people per year", "people in one year", 0, INFINITY, _twelfth),
    Unit("USD PMPM", "dollars per member per month", -INFINITY, INFINITY, _same),
    Unit("USD per month", "dollars a month", -INFINITY, INFINITY, _same),
    Unit("USD per year", "dollars a year", -INFINITY, INFINITY, _twelfth),
    Unit("hours per month", "hours in one month", 0, INFINITY, _same),
    # Quantities without a month.
    Unit("share", "part of a whole, 0 to 1", 0, 1),
    Unit("probability", "probability of something that is not tied to a month", 0, 1),
    Unit("ratio", "one value over another; multiplies", 0, INFINITY),
    Unit("rate ratio", "rate over a reference rate", 0, INFINITY),
    Unit("odds ratio", "odds over reference odds", 0, INFINITY),
    Unit("risk ratio", "probability over a reference probability", 0, INFINITY),
    Unit("hazard ratio", "hazard over a reference hazard", 0, INFINITY),
    Unit("elasticity", "relative change per relative change", -INFINITY, INFINITY),
    Unit("log", "natural logarithm of a ratio", -INFINITY, INFINITY),
    Unit("log per sd", "change of a logarithm per standard deviation", -INFINITY, INFINITY),
    Unit("log odds", "natural logarithm of odds", -INFINITY, INFINITY),
    Unit("sd", "standard deviations, or a standard deviation", -INFINITY, INFINITY),
    Unit("correlation", "correlation, -1 to 1", -1, 1),
    Unit("per sd", "change per standard deviation", -INFINITY, INFINITY),
    Unit("utility", "quality of life, 1 is full health", -1, 1),
    Unit("days", "days", 0, INFINITY),
    Unit("months", "months", 0, INFINITY),
    Unit("years", "years", 0, INFINITY),
    Unit("discount per year", "part that a year later counts less: 1 / (1 + r) each year", 0, 1),
    Unit("calendar year", "a year of the calendar", 1900, 2200),
    Unit("calendar month", "0 is January, 11 is December", 0, 11),
    Unit("USD", "dollars, per event", -INFINITY, INFINITY),
    Unit("people", "people", 0, INFINITY),
    Unit("count", "a number of things", 0, INFINITY),
    Unit("visits", "visits", 0, INFINITY),
    Unit("index", "a dimensionless index", -INFINITY, INFINITY),
    Unit("flag", "0 is off, 1 is on", 0, 1),
)
UNITS = {unit.name: unit for unit in _UNITS}


def monthly(value: Floats, unit: str) -> Floats:
    """Return the value per member-month of a value in its declared unit.

    Raises
    ------
    ValueError
        If the unit says nothing about time.
    """
    conversion = UNITS[unit].monthly
    if conversion is None:
        raise ValueError(f"unit {unit!r} has no value per member-month")
    return np.asarray(conversion(value))


def millionths(values: Floats) -> Ints:
    """Return shares or ratios as they are recorded."""
    return np.rint(values * MILLION).astype(np.int64)
