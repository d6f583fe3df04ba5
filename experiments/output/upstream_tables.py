"""Tables of a study about upstream programs: what bound them, whom they reached, how equal the outcome is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from sim.engine.arrays import Floats, Frame
from sim.measures.equity import INDICES
from sim.measures.intervals import Estimates, mean_interval, paired_interval
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.result import RunResult
from sim.measures.strata import LEVELS
from sim.measures.tables import reach_frame, supply_frame
from sim.runs.comparison import Comparison
from sim.scenario import Scenario
from sim.schema import COUNT_INDEX, POCKETS

STRATA = ("race", "language", "rurality", "disability")
JUDGED = (
    "needs_any_share",
    "needs_met_share",
    "unmet_need_share",
    "attached_share",
    "ed_visits_per_1000_mm",
    "qalys_per_1000_my",
)
ORDER_BY = "needs_any_share"  # of the baseline: the group with most need is the worst off
TableOfRuns: TypeAlias = Callable[[list[RunResult], Scenario], list[Frame]]


def upstream_tables(scenario: Scenario, comparison: Comparison) -> dict[str, Frame]:
    """Return the tables by file name; supply and reach only where an arm has packages."""
    tables = {"equity.csv": equity_table(comparison), "pockets.csv": pockets_table(comparison)}
    arms = {arm: scenario.arm(arm) if scenario.arms else scenario for arm in comparison.arms}
    offering = {arm: one for arm, one in arms.items() if one.packages_ever}
    if offering:
        tables["supply.csv"] = _of_arms(offering, comparison, _supply, ["package", "month"])
        tables["reach.csv"] = _of_arms(offering, comparison, _reach, ["package", "stratum", "level", "step"])
    return tables


def pockets_table(comparison: Comparison) -> Frame:
    """What other sectors pay, USD PMPM: each arm, and its paired difference from the baseline."""
    import pandas as pd

    values = {arm: _pockets(comparison, arm) for arm in comparison.arms}
    rows = []
    for arm in comparison.arms:
        rows += _pocket_rows(arm, "", mean_interval(values[arm]))
        if arm != comparison.baseline:
            paired = paired_interval(values[arm], values[comparison.baseline])
            rows += _pocket_rows(arm, comparison.baseline, paired)
    columns = ["arm", "contrast", "pocket", "estimate", "low", "high", "mcse", "replicates", "unit"]
    return pd.DataFrame(rows, columns=columns)


def _pockets(comparison: Comparison, arm: str) -> Floats:
    """Return ``[seed, pocket]``, USD PMPM; NaN for runs that kept none."""
    found = np.full((len(comparison.seeds), len(POCKETS)), np.nan)
    for i, seed in enumerate(comparison.seeds):
        run = comparison.results[arm, seed]
        if "pocket_cents" in run.places:
            months = (run.counts[:, :, COUNT_INDEX["member_months"]].sum(axis=0) * run.weights).sum()
            cents = (run.places["pocket_cents"].sum(axis=0) * run.weights[:, None]).sum(axis=0)
            found[i] = cents / 100 / months
    return found


def _pocket_rows(arm: str, contrast: str, got: Estimates) -> list[tuple[object, ...]]:
    parts = (got.estimate, got.low, got.high, got.mcse, got.replicates)
    return [
        (arm, contrast, pocket, *(float(part[i]) for part in parts), "USD PMPM") for i, pocket in enumerate(POCKETS)
    ]


def equity_table(comparison: Comparison) -> Frame:
    """Indices of inequality by stratum and measure: each arm, and its paired difference from the baseline."""
    import pandas as pd

    rows = []
    for stratum in STRATA:
        order = _worst_off_first(comparison, stratum)
        for measure in JUDGED:
            values = {arm: _indices(comparison, arm, measure, stratum, order) for arm in comparison.arms}
            for arm in comparison.arms:
                rows += _rows(arm, "", stratum, measure, mean_interval(values[arm]))
                if arm != comparison.baseline:
                    paired = paired_interval(values[arm], values[comparison.baseline])
                    rows += _rows(arm, comparison.baseline, stratum, measure, paired)
    columns = ["arm", "contrast", "measure", "stratum", "index", "estimate", "low", "high", "mcse", "replicates"]
    return pd.DataFrame(rows, columns=columns)


def _worst_off_first(comparison: Comparison, stratum: str) -> list[str]:
    """Return the levels of a stratum, most need first, as the baseline has it over all seeds."""
    levels = [level for name, level in LEVELS if name == stratum]
    rows = comparison.results[comparison.baseline, comparison.seeds[0]].rows
    values = comparison.values(comparison.baseline)[:, :, MEASURES.index(BY_NAME[ORDER_BY])].mean(axis=0)
    return sorted(levels, key=lambda level: -values[rows.index((stratum, level))])


def _indices(comparison: Comparison, arm: str, measure: str, stratum: str, order: list[str]) -> Floats:
    """Return ``[seed, index]``; NaN where a group has no value."""
    runs = [comparison.results[arm, seed] for seed in comparison.seeds]
    places = [runs[0].rows.index((stratum, level)) for level in order]
    rates = comparison.values(arm)[:, places, MEASURES.index(BY_NAME[measure])]
    people = np.array([[_people(run, stratum, level) for level in order] for run in runs])
    found = np.full((len(runs), len(INDICES)), np.nan)
    for seed, (rate, size) in enumerate(zip(rates, people, strict=True)):
        known = np.isfinite(rate) & (size > 0)
        if known.any():
            found[seed] = [index(rate[known], size[known]) for index in INDICES.values()]
    return np.where(np.isfinite(found), found, np.nan)


def _people(run: RunResult, stratum: str, level: str) -> float:
    """Return person-months of a group over the run."""
    of_level = run.yearly[:, :, LEVELS.index((stratum, level)), COUNT_INDEX["member_months"]]
    return float((of_level.sum(axis=0) * run.weights).sum())


def _rows(arm: str, contrast: str, stratum: str, measure: str, got: Estimates) -> list[tuple[object, ...]]:
    parts = (got.estimate, got.low, got.high, got.mcse, got.replicates)
    return [
        (arm, contrast, measure, stratum, index, *(float(part[i]) for part in parts))
        for i, index in enumerate(INDICES)
        if got.replicates[i] > 0
    ]


def _of_arms(arms: dict[str, Scenario], comparison: Comparison, table: TableOfRuns, keys: list[str]) -> Frame:
    """Mean over the seeds of a table of each arm."""
    import pandas as pd

    parts = []
    for arm, scenario in arms.items():
        frames = table([comparison.results[arm, seed] for seed in comparison.seeds], scenario)
        joined = pd.concat(frames, ignore_index=True)
        mean = joined.groupby(keys, sort=False).mean(numeric_only=True).reset_index()
        if "bound_by" in joined:
            mean["bound_by"] = joined.groupby(keys, sort=False)["bound_by"].agg(lambda x: x.mode()[0]).to_numpy()
        parts.append(mean.assign(arm=arm)[["arm", *mean.columns]])
    return pd.concat(parts, ignore_index=True)


def _supply(runs: list[RunResult], scenario: Scenario) -> list[Frame]:
    from sim.upstream.load import load_packages

    names = scenario.packages_ever
    workforce = tuple(package.places.kind == "workforce" for package in load_packages(names, scenario.folder))
    return [supply_frame(run, names, workforce) for run in runs]


def _reach(runs: list[RunResult], scenario: Scenario) -> list[Frame]:
    return [reach_frame(run, scenario.packages_ever) for run in runs]
