"""The risk score that a plan fits on its own records.

Least squares of three yearly outcomes (Medicaid dollars, emergency visits, stays) on earlier records: age, sex, basis
of eligibility, Medicare, diagnosed conditions, and visits and stays of the year before. It is fitted on members with a
full year, in the first month of the program and every January.
Its blind spots are intended: needs, undiagnosed conditions, care that Medicare paid, members without a year of history,
and members who used little because access was poor.

Sums are of whole numbers and coefficients are rounded to thousandths, so that the order of rows changes no score.
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
    lived : months in the members' counts of this year (``eligibility.months_lived``).
    """
    rows = np.flatnonzero((members["status"] == schema.ENROLLED) & (members["months_covered"] >= MONTHS_PER_YEAR))
    before = [members[name][rows] for name in ("ed_last_year", "stays_last_year")]
    x = predictors(members, rows, *before)
    y = np.stack([members["spend_year"][rows] // 100, members["ed_year"][rows], members["stays_year"][rows]], axis=1)
    squares = x.T @ x + np.eye(PREDICTORS, dtype=np.int64)  # a pseudo-member for each column, so that none is empty
    slopes = np.linalg.solve(squares.astype(np.float64), (x.T @ y.astype(np.int64)).astype(np.float64))
    return np.rint(slopes * (MONTHS_PER_YEAR / lived) * GRID).astype(np.int64)


def expected(members: Members, rows: Rows, slopes: Ints, lived: int) -> Floats:
    """Return each member's expected dollars, emergency visits and stays of a year, ``[member, 3]``."""
    names = (("ed_year", "ed_last_year"), ("stays_year", "stays_last_year"))
    use = [in_last_12_months(members[this][rows], members[last][rows], lived) for this, last in names]
    return np.asarray(predictors(members, rows, *(np.rint(one) for one in use)) @ slopes / GRID)


def predictors(members: Members, rows: Rows, visits: Any, stays: Any) -> Ints:
    """Return the predictors of each member, in whole numbers, ``[member, predictor]``."""
    age, kind = members["age_months"][rows], members["eligibility"][rows]
    columns: list[Any] = [np.ones(rows.size)]
    columns += [age >= start for start in schema.AGE_BAND_STARTS_MONTHS[1:]]
    columns += [members["sex"][rows], kind == schema.DISABLED, kind == schema.AGED, members["dual"][rows]]
    columns += [members["diagnosed"][rows] >> c & 1 for c in range(len(schema.CONDITIONS))]
    columns += [visits, stays]
    return np.stack(columns, axis=1).astype(np.int64)
