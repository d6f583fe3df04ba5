"""What bound each package, month by month: places, workers, money, or only demand. From what places recorded.

Those who engaged and have no place wait (queue): for a place that does not exist (``no_place``), or for one that
exists and that nobody can pay (``no_money``). In an area where a place stands empty for want of money, money binds:
more places would serve nobody more. Where all are taken, places do, or the workers of whom they are made. In the state
that bound the package under which more people wait; where nobody waits, demand did.
"""

import numpy as np

from sim.engine.arrays import Floats, Frame, Ints
from sim.measures.reach import GROUPS, STEPS, THOUSANDTHS
from sim.measures.result import RunResult

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
    money_binds = result.places["no_money"] > 0
    for_place, for_money = (_sum(result, result.places["queue"] * (money_binds == binds)) for binds in (False, True))
    rows = []
    for k, package in enumerate(packages):
        for month in range(result.months):
            numbers = {name: people[name][month, k] for name in SHOWN}
            kind = WORKFORCE if workers[k] else PLACES
            row = {"package": package, "month": month, **numbers, "usd": dollars[month, k]}
            rows.append(row | {"bound_by": bound_by(for_place[month, k], for_money[month, k], kind)})
    return pd.DataFrame(rows)


def bound_by(for_place: float, for_money: float, kind: str) -> str:
    """Return what bound a package, by who waits where what binds: ``kind`` is what its places are made of."""
    if for_place + for_money == 0:
        return DEMAND
    return BUDGET if for_money > for_place else kind


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


def _state(result: RunResult, name: str) -> Floats:
    """Sum over areas, in people of the state: ``[month, package]``."""
    return _sum(result, result.places[name])


def _sum(result: RunResult, of_areas: Ints) -> Floats:
    return np.asarray((of_areas * result.weights[None, :, None]).sum(axis=1))
