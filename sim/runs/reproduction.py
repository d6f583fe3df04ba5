"""Runs a study again from its folder alone, and finds the first thing that differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sim.engine.arrays import Floats
from sim.runs.crews import Processes
from sim.runs.design import Design
from sim.runs.plan import Plan, Run
from sim.runs.session import Running
from sim.runs.study import Heard
from sim.runs.work import Work, run_task
from sim.scenario import Scenario
from sim.scenario.points import Point
from sim.scenario.uncertain import Uncertainty
from sim.study import Study
from sim.study.files import DRAWS, SCENARIOS
from sim.study.reading import blaming, read_json
from sim.study.shards import Outcome, Shards

ENDS = ("low", "mode", "high")


@dataclass(frozen=True)
class Recorded(Design):
    """Draws as ``draws.csv`` holds them: a value for each number, a place in its ranges for each table."""

    def values(self, draw: int) -> dict[str, list[float]]:
        row = self.places[draw % len(self.places)]
        found = {
            one.name: one.values(value).tolist() if one.is_table else [float(value)]
            for one, value in zip(self.uncertain, row, strict=True)
        }
        return found | {path: [value] for path, value in self.point(draw).values.items()}


@dataclass(frozen=True)
class Report:
    """What came of running again: how many runs, the first difference (None: identical), and what else to know."""

    runs: int
    difference: str | None
    notes: tuple[str, ...] = ()


def recorded_plan(study: Study) -> Plan:
    """Return the runs of a study as its folder describes them.

    Raises
    ------
    StudyError
        If the folder does not hold the scenarios.
    """
    found = read_json(study.path / SCENARIOS)
    with blaming(study.path / SCENARIOS, "does not hold the scenarios of a study"):
        points = tuple(Point(one["labels"], one["values"], (), one["key"]) for one in found["points"])
        uncertain = tuple(
            Uncertainty(**one | {"cells": tuple(one["cells"])} | {end: np.array(one[end]) for end in ENDS})
            for one in found["uncertain"]
        )
        with study.configuration():
            cells = {(one["arm"], one["point"]): _resolved(one["scenario"]) for one in found["scenarios"]}
        arms = tuple(dict.fromkeys(arm for arm, _ in cells))
        wanted = {(arm, point.key) for arm in (*arms, found["baseline"]) for point in points}
        if not cells or wanted != set(cells):
            raise ValueError("not every arm is given at every setting of the levers")
    places = _places(study, uncertain)
    design = Recorded(points, uncertain, places[: len(places) // len(points)])
    return Plan(arms, found["baseline"], tuple(study.manifest["seed_list"]), design, cells)


def _resolved(plain: dict[str, Any]) -> Scenario:
    return Scenario.resolved({**plain, "conf": None})  # the folder that was named may be gone; the study has its files


def _places(study: Study, uncertain: tuple[Uncertainty, ...]) -> Floats:
    draws = study.draws()
    with blaming(study.path / DRAWS, "does not hold the draws of the study"):
        values: Floats = draws[[one.name for one in uncertain]].to_numpy(dtype=np.float64)
    return values


def reproduce(
    study: Study, workers: int, *, sample: int | None = None, heard: Heard = lambda _: None, work: Work = run_task
) -> Report:
    """Run a finished study again, and compare every run with what the folder holds.

    Parameters
    ----------
    sample
        Only so many runs, evenly spaced through the study; default all.
    """
    if wrong := study.damage():
        return Report(0, f"{wrong[0]} is missing or changed since the study was finished")
    plan = recorded_plan(study)
    chosen = _sample(plan.runs, sample)
    with TemporaryDirectory(prefix="ccosim-") as folder:
        shards = Shards(Path(folder))
        running = Running(plan, shards, heard, leave_out={run.id for run in plan.runs} - {run.id for run in chosen})
        crew = Processes(workers, work)
        try:
            running.run(crew)
        finally:
            crew.close()
        if running.failed:
            run = next(run for run in chosen if run.id in running.failed)
            return Report(len(chosen), f"{_named(run)} failed: {running.failed[run.id]}", _notes(study))
        difference = next(_differences(study, chosen, shards), None)
    return Report(len(chosen), difference, _notes(study) if difference else ())


def _sample(runs: tuple[Run, ...], sample: int | None) -> list[Run]:
    if sample is None or sample >= len(runs):
        return list(runs)
    return [runs[i] for i in np.linspace(0, len(runs) - 1, sample).round().astype(int)]


def _differences(study: Study, chosen: list[Run], shards: Shards) -> Iterator[str]:
    """Yield what differs, in the order of the study's tables."""
    kept = study.shards()
    for run, now in zip(chosen, shards.get(run.id for run in chosen), strict=True):
        run_id = study.run_ids.get((run.arm, run.draw, run.seed))
        if run_id not in kept:
            yield f"{_named(run)}: the folder does not hold this run"
            continue
        then = next(kept.get([str(run_id)]))
        if then.rows != now.rows or then.measures != now.measures:
            yield f"{_named(run)}: other measures or groups are reported"
        else:
            yield from _between(run, then, now)


def _between(run: Run, then: Outcome, now: Outcome) -> Iterator[str]:
    same = (then.totals == now.totals) | (np.isnan(then.totals) & np.isnan(now.totals))
    for row, measure in np.argwhere(~same):
        stratum, level = now.rows[row]
        group = "" if stratum == "all" else f" of {stratum} {level}"
        values = f"{float(now.totals[row, measure])!r}, was {float(then.totals[row, measure])!r}"
        yield f"{_named(run)}: {now.measures[measure]}{group} is {values}"
    if same.all() and then.digest != now.digest:
        yield f"{_named(run)}: totals agree, but some month does not (digest {now.digest[:12]}, was {then.digest[:12]})"


def _named(run: Run) -> str:
    return f"arm {run.arm}, draw {run.draw}, seed {run.seed}"


def _notes(study: Study) -> tuple[str, ...]:
    """What is not as it was when the study was made."""
    from sim.scenario.digests import data_digest
    from sim.study.manifest import new_manifest

    then = study.manifest
    with study.configuration() as conf:
        now = new_manifest("", data_digest(conf), (), 1)
    names = ("ccosim_version", "git_commit", "git_dirty", "data_digest", "python")
    notes = [f"{name}: {now[name]}, was {then.get(name)}" for name in names if now[name] != then.get(name)]
    packages = {k: v for k, v in now["packages"].items() if (then.get("packages") or {}).get(k) != v}
    return (*notes, *(f"{name}: {version}, was {then['packages'].get(name)}" for name, version in packages.items()))
