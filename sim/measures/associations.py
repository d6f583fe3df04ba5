"""Crude associations of needs with use, as a survey would find them: upper bounds, never effects.

People with a need are sicker and poorer in other ways too (a shared frailty), so that the crude ratio is far above the
causal multiplier of ``needs.causal``. Among enrolled adults, over the calendar year so far.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.schema import DIABETES, EIGHTEEN_YEARS, ENROLLED, NEEDS

Frame: TypeAlias = Any  # a pandas DataFrame: pandas itself is imported only by those who ask for one

USE = {"ed_visits": "ed_year", "stays": "stays_year", "medicaid_cost": "spend_year"}


def associations(members: NDArray[Any]) -> Frame:
    """Return, for each need, the ratio of mean use with to without it, and the odds ratio of uncontrolled diabetes.

    Parameters
    ----------
    members : table of members, best at the end of a December.
    """
    import pandas as pd

    table = np.asarray(members)
    adults = table[(table["status"] == ENROLLED) & (table["age_months"] >= EIGHTEEN_YEARS)]
    rows = []
    for n, need in enumerate(NEEDS):
        has = adults["needs"] >> n & 1 == 1
        ratios = {name: _ratio(adults[column], has) for name, column in USE.items()}
        rows.append({"need": need, "adults": int(has.sum()), **ratios, "uncontrolled_diabetes": _odds(adults, has)})
    return pd.DataFrame(rows).set_index("need")


def _ratio(values: NDArray[Any], has: NDArray[np.bool_]) -> float:
    return float(values[has].mean() / values[~has].mean()) if has.any() and values[~has].any() else float("nan")


def _odds(adults: NDArray[Any], has: NDArray[np.bool_]) -> float:
    known = adults["diagnosed"] >> DIABETES & 1 == 1
    poor = adults["controlled"] >> DIABETES & 1 == 0
    cells = [float((known & group & state).sum()) for group in (has, ~has) for state in (poor, ~poor)]
    return cells[0] * cells[3] / (cells[1] * cells[2]) if cells[1] * cells[2] else float("nan")
