"""The risk score that a plan builds from its own records: what it can see, and nothing else.

Least squares of three outcomes of a year (Medicaid's dollars, emergency visits, stays) on what was on record before:
age, sex, basis of eligibility, Medicare, conditions that were diagnosed, and the visits and stays of the year before.
It is fitted on members of a full year at the first month of the program and every January.
Its blind spots are its point: needs, conditions that nobody has diagnosed, care that Medicare paid, people without a
year of history, and everybody who used little because care was out of reach.

Sums are of whole numbers, and coefficients are rounded to thousandths, so that no order of rows changes a score.
"""

from typing import Any

import numpy as np

from sim import schema
from sim.engine.arrays import Floats, Ints, Rows
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.schema import Members
from sim.upstream.eligibility import in_last_12_months

OUTCOMES = 3  # dollars, emergency visits, stays
GRID = 1000.0  # coefficients are kept in thousandths
HISTORY = 2  # columns of use: visits, stays
PREDICTORS = 1 + (len(schema.AGE_BANDS) - 1) + 4 + len(schema.CONDITIONS) + HISTORY


def fit(members: Members, lived: int) -> Ints:
    """Return the coefficients in thousandths, ``[predictor, outcome]``.

    Parameters
    ----------
    members : the member table.
    lived : months of the calendar year in the counters of this year (``eligibility.months_lived``).
    """
    rows = np.flatnonzero((members["status"] == schema.ENROLLED) & (members["months_covered"] >= MONTHS_PER_YEAR))
    before = [members[name][rows] for name in ("ed_last_year", "stays_last_year")]
    x = predictors(members, rows, *before)
    y = np.stack([members["spend_year"][rows] // 100, members["ed_year"][rows], members["stays_year"][rows]], axis=1)
    squares = x.T @ x + np.eye(PREDICTORS, dtype=np.int64)  # one made-up member for each column: none is empty
    slopes = np.linalg.solve(squares.astype(np.float64), (x.T @ y.astype(np.int64)).astype(np.float64))
    return np.rint(slopes * (MONTHS_PER_YEAR / lived) * GRID).astype(np.int64)


def expected(members: Members, rows: Rows, slopes: Ints, lived: int) -> Floats:
    """Return dollars, emergency visits and stays that the plan expects of each member in a year, ``[member, 3]``."""
    names = (("ed_year", "ed_last_year"), ("stays_year", "stays_last_year"))
    use = [in_last_12_months(members[this][rows], members[last][rows], lived) for this, last in names]
    return np.asarray(predictors(members, rows, *(np.rint(one) for one in use)) @ slopes / GRID)


def predictors(members: Members, rows: Rows, visits: Any, stays: Any) -> Ints:
    """Return what is on record about each member, in whole numbers, ``[member, predictor]``."""
    age, kind = members["age_months"][rows], members["eligibility"][rows]
    columns: list[Any] = [np.ones(rows.size)]
    columns += [age >= start for start in schema.AGE_BAND_STARTS_MONTHS[1:]]
    columns += [members["sex"][rows], kind == schema.DISABLED, kind == schema.AGED, members["dual"][rows]]
    columns += [members["diagnosed"][rows] >> c & 1 for c in range(len(schema.CONDITIONS))]
    columns += [visits, stays]
    return np.stack(columns, axis=1).astype(np.int64)
