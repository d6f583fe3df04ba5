"""What practices, CCOs and hospitals did, by month: ``behavior.csv``.

The mean over areas, each weighted by its members, of what a run keeps in ``result.places``: ``practices.<name>`` where
providers answer, ``levers.<name>`` where CCOs have a budget, ``payment.hospital_price`` where hospitals have one. Arms
without decisions have no rows. ``low`` and ``high`` are the ends of 95% t intervals over the seeds, as in all
tables: with few seeds they pass 0 and 1 although a lever or a share does not. They are not clipped, so that half their
width is the error. A price is the state's budget over the state's volume at old prices: in a small sample a mean of
areas' prices would be far above it, for months without a stay are many.
"""

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.arrays import Floats, Frame
from sim.engine.units import MILLION
from sim.measures.intervals import mean_interval
from sim.schema import COUNT_INDEX

if TYPE_CHECKING:
    from sim.measures.result import RunResult
    from sim.runs.comparison import Comparison

PRICE, BUDGET = "payment.hospital_price", "hospital_budget"
KEPT = ("practices.", "levers.", PRICE)
COLUMNS = ("arm", "what", "month", "estimate", "low", "high", "replicates")
MEMBER_MONTHS = COUNT_INDEX["member_months"]


def behavior(comparison: "Comparison") -> Frame:
    """Return the table of ``behavior.csv``; empty where no organization decides."""
    import pandas as pd

    parts = [_of_arm(arm, [comparison.results[arm, seed] for seed in comparison.seeds]) for arm in comparison.arms]
    return pd.DataFrame([row for part in parts for row in part], columns=list(COLUMNS))


def _of_arm(arm: str, runs: "list[RunResult]") -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for what in (name for name in runs[0].places if name.startswith(KEPT)):
        of_run = of_volume if what == PRICE else of_members
        seen = mean_interval(np.stack([of_run(run, what) for run in runs]))
        numbers = zip(seen.estimate, seen.low, seen.high, seen.replicates, strict=True)
        rows += [(arm, what, month, *one) for month, one in enumerate(numbers)]
    return rows


def of_members(run: "RunResult", what: str) -> Floats:
    """Return the mean over members of a value by area, for each month."""
    values = run.places[what].reshape(run.months, -1) / MILLION
    members = run.counts[..., MEMBER_MONTHS] * run.weights
    return np.asarray((values * members).sum(axis=1) / np.maximum(members.sum(axis=1), 1))


def of_volume(run: "RunResult", what: str) -> Floats:
    """Return budgets over what their volume cost at old prices, for each month; 1 without budgets."""
    price = run.places[what].reshape(run.months, -1) / MILLION
    paid = run.paid[..., run.purposes.index(BUDGET)] * run.weights
    volume = np.divide(paid, price, out=np.zeros_like(price), where=price > 0).sum(axis=1)
    return np.asarray(np.divide(paid.sum(axis=1), volume, out=np.ones(run.months), where=volume > 0))
