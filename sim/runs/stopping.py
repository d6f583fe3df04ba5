"""When a study has seeds enough: batches of seeds, until the paired difference of an outcome is known well enough.

After each complete batch, at n seeds, 2 n, 3 n, ..., the study looks at what it knows. The seeds are the replicates: an
arm's difference from the baseline at one setting of the levers is averaged over the draws within each seed, and its 95%
t interval is taken over the seeds. The study ends when every interval is as narrow as asked for at two looks running,
or at the most seeds allowed. A look sees nothing but complete batches, so neither workers nor interruptions move it.

One narrow look may be luck: a study that ended at the first one would end where the spread happens to look small, and
its 95% intervals would hold the truth in 92 to 94% of studies. With the second look it is 94 to 95%
(``tests/studies/test_stopping.py`` measures both). The means play no part in the rule, so they are not biased by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.text import did_you_mean, shown
from sim.measures.intervals import Estimates, mean_interval
from sim.measures.measures import BY_NAME
from sim.runs.plan import Plan
from sim.scenario import Scenario, ScenarioError
from sim.study.shards import Store

FEWEST = 5  # seeds of a batch: an interval over fewer says little about the spread
LOOKS_RUNNING = 2


@dataclass(frozen=True)
class Look:
    """What a study knew after a batch: for each setting of the levers and arm, the difference and its half interval."""

    seeds: int
    contrasts: tuple[tuple[str, str], ...]
    estimate: Floats
    half_width: Floats

    @property
    def widest(self) -> float:
        """The widest half interval; infinite where one is not known."""
        return float(np.where(np.isnan(self.half_width), np.inf, self.half_width).max())


def check_stop(scenario: Scenario) -> None:
    """Check what a scenario says about its end.

    Raises
    ------
    ScenarioError
        With every fault.
    """
    faults = list(_faults(scenario))
    if faults:
        raise ScenarioError(faults)


def _faults(scenario: Scenario) -> Sequence[str]:
    stop, seeds = scenario.stop, scenario.seeds
    if stop.outcome is None:
        return ["stop.outcome: must be a measure where stop.half_width is given"] if stop.half_width else []
    found = []
    if stop.outcome not in BY_NAME:
        near = did_you_mean(stop.outcome, BY_NAME)
        found.append(f"stop.outcome={shown(stop.outcome)}: must be a measure{near}, see `ccosim describe measures`")
    if stop.half_width is None:
        found.append("stop.half_width: must be a number above 0, in the unit of the outcome")
    if len(scenario.arms) < LOOKS_RUNNING:
        found.append("stop: needs two arms or more, it is the difference between them that is to be known")
    if not isinstance(seeds, int) or seeds < FEWEST:
        found.append(
            f"seeds={shown(seeds)}: must be the number of seeds of one batch, at least {FEWEST}, where stop is given"
        )
    elif stop.at_most < LOOKS_RUNNING * seeds:
        found.append(f"stop.at_most={stop.at_most}: must be at least two batches of seeds={seeds}")
    return found


def batches(plan: Plan, scenario: Scenario) -> list[Plan]:
    """Return the study after each batch of seeds; the study itself if it is not told when to stop."""
    if scenario.stop.outcome is None:
        return [plan]
    size, most = len(plan.seeds), scenario.stop.at_most
    return [replace(plan, seeds=tuple(range(n))) for n in (*range(size, most, size), most)]


def look(plan: Plan, store: Store, outcome: str) -> Look:
    """Return what a complete batch of runs says about an outcome of the whole population."""
    values = _values(plan, store, outcome)
    others = [arm for arm in plan.arms if arm != plan.baseline]
    found: list[Estimates] = [
        mean_interval(_mean_of_draws(values[arm][point] - values[plan.baseline][point]))
        for point in range(len(plan.design.points))
        for arm in others
    ]
    contrasts = tuple((point.in_words, arm) for point in plan.design.points for arm in others)
    half = np.array([float(one.high - one.low) / 2 for one in found])
    return Look(len(plan.seeds), contrasts, np.array([float(one.estimate) for one in found]), half)


def _values(plan: Plan, store: Store, outcome: str) -> dict[str, Floats]:
    """The outcome of every run by arm, ``[point, draw, seed]``."""
    shape = (len(plan.arms), len(plan.design), len(plan.seeds))
    place: dict[str, list[int]] = {}
    for i, run in enumerate(plan.runs):
        place.setdefault(run.id, []).append(i)
    values = np.full(len(plan), np.nan)
    for one in store.scan(run_id for run_id in place if run_id in store):
        values[place[one.id]] = one.totals[0, one.measures.index(outcome)]  # the first row is the whole population
    points = len(plan.design.points)
    return dict(zip(plan.arms, values.reshape(shape[0], points, -1, shape[2]), strict=True))


def _mean_of_draws(difference: Floats) -> Floats:
    """Means over the draws within each seed; NaN for a seed in which some draw has no value."""
    found: Floats = difference.mean(axis=0)
    return found


def enough(looks: Sequence[Look], half_width: float) -> bool:
    """Whether the last looks were all narrow enough."""
    last = looks[-LOOKS_RUNNING:]
    return len(last) == LOOKS_RUNNING and all(one.widest <= half_width for one in last)


def frame(looks: Sequence[Look]) -> Any:
    """Return ``stopping.csv``: a row for each look and difference."""
    import pandas as pd

    rows = [
        (one.seeds, arm, point, estimate, half)
        for one in looks
        for (point, arm), estimate, half in zip(one.contrasts, one.estimate, one.half_width, strict=True)
    ]
    return pd.DataFrame(rows, columns=["seeds", "arm", "point", "difference", "half_width"])


def noted(scenario: Scenario, looks: Sequence[Look]) -> dict[str, Any]:
    """Return what the manifest says of the end of a study."""
    stop, last = scenario.stop, looks[-1]
    assert stop.half_width is not None
    found = enough(looks, stop.half_width)
    needed = None if found or not np.isfinite(last.widest) else _needed(last, stop.half_width)
    return {
        "outcome": stop.outcome,
        "wanted": stop.half_width,
        "seeds": last.seeds,
        "looks": len(looks),
        "widest": last.widest if np.isfinite(last.widest) else None,
        "enough": found,
        "at_most": stop.at_most,
        "needed": needed,
    }


def _needed(last: Look, half_width: float) -> int:
    """Seeds at which the widest interval would be narrow enough: its width falls with the root of the seeds."""
    return int(np.ceil(last.seeds * (last.widest / half_width) ** 2))
