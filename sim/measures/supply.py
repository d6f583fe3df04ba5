"""What bound each package, month by month: places, workers, money, or only demand. From what places recorded.

Those who engaged and have no place wait (queue): for a place that does not exist (``no_place``), or for one that
exists and that nobody can pay (``no_money``). What keeps more people waiting bound the package; where nobody waits,
demand did.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.measures.reach import GROUPS, STEPS, THOUSANDTHS
from sim.measures.result import RunResult

Frame: TypeAlias = Any  # a pandas DataFrame: pandas itself is imported only by those who ask for one

DEMAND, PLACES, WORKFORCE, BUDGET = "demand", "places", "workforce", "budget"
SHOWN = ("places", "served", "started", "queue", "no_place", "no_money")


def supply_frame(result: RunResult, packages: tuple[str, ...], workers: tuple[bool, ...]) -> Frame:
    """Return a row for each package and month: people, USD, and what bound the package in the state.

    Parameters
    ----------
    result : of a run with these packages, in the order of their bits.
    packages : names.
    workers : whether each package's places are made by workers.
    """
    import pandas as pd

    people = {name: _state(result, name) for name in SHOWN}
    dollars = _state(result, "cents") / 100
    rows = []
    for k, package in enumerate(packages):
        for month in range(result.months):
            numbers = {name: people[name][month, k] for name in SHOWN}
            short, kind = (numbers["no_place"], numbers["no_money"]), WORKFORCE if workers[k] else PLACES
            row = {"package": package, "month": month, **numbers, "usd": dollars[month, k]}
            rows.append(row | {"bound_by": bound_by(*short, kind)})
    return pd.DataFrame(rows)


def bound_by(no_place: float, no_money: float, kind: str) -> str:
    """Return what bound a package: ``kind`` is what its places are made of."""
    if no_place + no_money == 0:
        return DEMAND
    return BUDGET if no_money > no_place else kind


def reach_frame(result: RunResult, packages: tuple[str, ...]) -> Frame:
    """Return a row for each package, group and step: person-months over the run, and the share of the step before.

    The steps from eligible to engaged are stocks of a month (members who are not served), started and served too.
    """
    import pandas as pd

    sums = {step: result.places[f"reached.{step}"].sum(axis=0) / THOUSANDTHS for step in STEPS}
    rows = []
    for k, package in enumerate(packages):
        for g, (stratum, level) in enumerate(GROUPS):
            before = np.nan
            for step in STEPS:
                people = float(sums[step][k, g])
                share = people / before if step not in ("eligible", "served") and before else np.nan
                rows.append((package, stratum, level, step, people, share))
                before = people
    return pd.DataFrame(rows, columns=["package", "stratum", "level", "step", "person_months", "share_of_step_before"])


def _state(result: RunResult, name: str) -> NDArray[np.float64]:
    """Sum over areas, in people of the state: ``[month, package]``."""
    return np.asarray((result.places[name] * result.weights[None, :, None]).sum(axis=1))
