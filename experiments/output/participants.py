"""Tables and figures of who takes part in contracts on total cost, of who gets visits, and of what luck pays.

``participants.csv``  by arm, seed and contract year: the list, and what members of each side cost
``seeming.csv``       by arm: what the contract seems to save by either list, and what it saves
``means.csv``         primary care visits of a year by members' means, last full year (where providers answer)
``sharing.csv``       by arm and area: members, and what was shared, in percent of claims
Each has a figure of the same name, but for ``participants.csv``, which shares that of ``seeming.csv``.
"""

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.arrays import Floats, Frame
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures import participation
from sim.measures.intervals import mean_interval
from sim.measures.participation import QUARTER, Lists, lists_of
from sim.measures.strata import MATERIAL_NEEDS, MEMBERS, PRIMARY_VISITS
from sim.schema import COUNT_INDEX

if TYPE_CHECKING:
    from sim.measures.result import RunResult
    from sim.runs.comparison import Comparison

PERCENT = 100


def lists_by_arm(comparison: "Comparison") -> dict[str, list[Lists]]:
    """Return the lists of every seed, for arms in which clinicians choose and that have a year before the contract."""
    found = {arm: [lists_of(comparison.results[arm, seed]) for seed in comparison.seeds] for arm in comparison.arms}
    return {arm: [one for one in lists if one is not None] for arm, lists in found.items() if all(lists)}


def tables(comparison: "Comparison") -> dict[str, Frame]:
    """Return the tables that the runs of a comparison have something to say about, by name."""
    lists = lists_by_arm(comparison)
    found = {}
    if lists:
        found["participants"] = _participants(comparison, lists)
        found |= {"seeming": table} if len(table := _seeming(comparison, lists)) else {}
    others = {"means": means(comparison), "sharing": sharing(comparison)}
    return found | {name: table for name, table in others.items() if len(table)}


def _participants(comparison: "Comparison", lists: dict[str, list[Lists]]) -> Frame:
    import pandas as pd

    rows = [
        row
        for arm, of_seeds in lists.items()
        for seed, one in zip(comparison.seeds, of_seeds, strict=True)
        for row in participation.table(arm, seed, one)
    ]
    return pd.DataFrame(rows, columns=participation.COLUMNS)


def _seeming(comparison: "Comparison", lists: dict[str, list[Lists]]) -> Frame:
    """What members of participants seem to cost less, and what everybody costs less, USD per member and quarter."""
    import pandas as pd

    rows = []
    compared = {arm: lists[arm] for arm in lists if np.isfinite(participation.naive(lists[arm][0]))}
    for arm, of_seeds in compared.items():
        values = {
            "by the list of each month": [participation.naive(one) for one in of_seeds],
            "by the first list": [participation.by_first_list(one) for one in of_seeds],
            "paired with the baseline: true": [
                QUARTER * _more(comparison, arm, seed, "pmpm_medical") for seed in comparison.seeds
            ],
        }
        for estimator, seen in values.items():
            got = mean_interval(np.array(seen)[:, None])
            rows.append((arm, estimator, *(float(part[0]) for part in (got.estimate, got.low, got.high)), len(seen)))
    columns = ["arm", "estimator", "usd_per_member_quarter", "low", "high", "replicates"]
    return pd.DataFrame(rows, columns=columns)


def means(comparison: "Comparison") -> Frame:
    """Primary care visits by means in the last full year, and the change from the baseline in percent."""
    import pandas as pd

    runs = comparison.results
    if not all(_knows_means(run) for run in runs.values()):
        return pd.DataFrame()
    rows = []
    for arm in comparison.arms:
        rates = np.array([_visits(runs[arm, seed]) for seed in comparison.seeds])
        before = np.array([_visits(runs[comparison.baseline, seed]) for seed in comparison.seeds])
        change = mean_interval(PERCENT * (rates / before - 1))
        for group, name in enumerate(MATERIAL_NEEDS):
            numbers = (change.estimate, change.low, change.high)
            rows.append((arm, name, rates[:, group].mean(), *(float(x[group]) for x in numbers)))
    return pd.DataFrame(rows, columns=["arm", "means", "visits_per_member_year", "change_percent", "low", "high"])


def sharing(comparison: "Comparison") -> Frame:
    """What was shared by area and seed, less losses, in percent of claims; nothing where nothing was shared."""
    import pandas as pd

    rows = []
    for (arm, seed), run in comparison.results.items():
        paid, lost = (_paid_for(run, name) for name in ("shared_savings", "shared_losses"))
        if not (paid.any() or lost.any()):
            continue
        people = run.counts[..., COUNT_INDEX["member_months"]].mean(axis=0) * run.weights
        claims = run.spending.sum(axis=(0, 2))[:, 0]
        for area, name in enumerate(run.areas):
            rows.append((arm, seed, name, round(people[area]), PERCENT * (paid - lost)[area] / claims[area]))
    return pd.DataFrame(rows, columns=["arm", "seed", "area", "members", "shared_percent_of_claims"])


def _paid_for(run: "RunResult", purpose: str) -> Floats:
    """Cents by area; none where the books of a run do not know the purpose."""
    known = purpose in run.purposes
    return np.asarray(run.paid[..., run.purposes.index(purpose)].sum(axis=0) if known else np.zeros(len(run.areas)))


def _knows_means(run: "RunResult") -> bool:
    return MEMBERS in run.places and run.months >= MONTHS_PER_YEAR


def _visits(run: "RunResult") -> Floats:
    december = run.months // MONTHS_PER_YEAR * MONTHS_PER_YEAR - 1
    visits, people = (run.weights @ run.places[name][december] for name in (PRIMARY_VISITS, MEMBERS))
    return np.asarray(visits / np.maximum(people, 1))


def _more(comparison: "Comparison", arm: str, seed: int, measure: str) -> float:
    runs = comparison.results
    return float(runs[arm, seed].value(measure) - runs[comparison.baseline, seed].value(measure))
