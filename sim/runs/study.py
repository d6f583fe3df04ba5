"""One session of a study on disk: open its folder, run what is missing, write the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any, Self

import numpy as np

from sim.engine.parameter_files import OWN
from sim.own_folder import of_folder
from sim.runs import stopping, summary
from sim.runs.crews import Crew, crew_of
from sim.runs.plan import MONTHS, Plan, plan_of
from sim.runs.session import Progress, Running
from sim.runs.work import Work, run_task
from sim.scenario import Scenario
from sim.scenario.arms import ONLY_ARM
from sim.scenario.digests import data_digest
from sim.study import Study, open_study
from sim.study.files import CONTRASTS, DRAWS, PROGRESS, RESULTS, RUNS, SUMMARY, TOTALS, YEARS
from sim.study.manifest import COMPARISON, SWEEP
from sim.study.shards import Store
from sim.study.tables import write_csv

STOPPING = "stopping.csv"
RANGE = ("name", "cells", "low", "mode", "high", "distribution")  # of an uncertainty
SAY_EVERY = 1.0  # seconds between two notes of the progress

Heard = Callable[[Progress], None]


def open_comparison(scenario: Scenario) -> Study:
    """Begin or continue the folder of a comparison.

    Raises
    ------
    StudyError
        If the name is not allowed, holds something else, or is being worked on.
    """
    return _open(scenario, COMPARISON, scenario.threads)


def open_sweep(scenario: Scenario) -> Study:
    """Begin or continue the folder of a sweep.

    A folder that is named (``study=``) may have held the study before something in it was changed.

    Raises
    ------
    StudyError
        If the name is not allowed, holds something else, or is being worked on.
    """
    return _open(scenario, SWEEP, workers_of(scenario), may_change=scenario.study is not None)


def _open(scenario: Scenario, kind: str, threads: int, **also: Any) -> Study:
    study = open_study(
        scenario.results_root,
        scenario.study_name,
        scenario=scenario.described(),
        scenario_digest=scenario.digest(),
        data_digest=data_digest(scenario.folder),
        seeds=scenario.seed_list,
        threads=threads,
        kind=kind,
        **also,
    )
    if not study.is_done:
        arms = list(scenario.arms) or [ONLY_ARM]
        cells = [scenario.cell(arm, point) for arm in arms for point in scenario.points]
        joined = of_folder(scenario.folder)
        own = {f"{OWN}/{name}": file for name, file in joined.own.items()} if joined else {}
        study.keep_inputs({name: scenario.folder / name for cell in cells for name in cell.files()} | own)
    return study


def workers_of(scenario: Scenario) -> int:
    """Return how many worker processes a scenario asks for."""
    return scenario.compute.workers or scenario.threads


def run_sweep(study: Study, scenario: Scenario, heard: Heard = lambda _: None, *, work: Work = run_task) -> Progress:
    """Run what is missing of a study and write its tables; stopped at any moment, the next call goes on.

    Parameters
    ----------
    study
        As ``open_sweep`` returns it.
    heard
        Called with the progress about once a second.
    work
        What a worker does with a task; ``run_task`` simulates it.

    Returns
    -------
    Progress
        With ``failed`` runs, if there are any: the same command tries them again.
    """
    with study.at_work() as seconds:
        plan = plan_of(scenario)
        study.manifest["draws"] = len(plan.design)
        study.write(DRAWS, write_csv(plan.design.frame()))
        study.write_scenarios(described_design(plan))
        (study.path / STOPPING).unlink(missing_ok=True)  # a named study may have had another end before
        running, progress = _run_batches(plan, scenario, study, heard, work)
        running.store.compact()
        if progress.has_results:
            write_tables(study, running.plan, running.store, running.failed)
            study.write(SUMMARY, write_csv(summary.summary(running.plan, running.store)))
            if scenario.sums:
                study.write(CONTRASTS, write_csv(summary.contrasts(running.plan, running.store, scenario.sums)))
        else:
            summary.write(study.path / RUNS, summary.runs(running.plan, running.store, running.failed))
            for name in (TOTALS, YEARS, RESULTS, SUMMARY, CONTRASTS):  # of an earlier session
                (study.path / name).unlink(missing_ok=True)
        study.close(*study.runs_digest(), seconds(), progress.failed)
    return progress


def write_tables(study: Study, plan: Plan, store: Store, failed: Mapping[str, str]) -> None:
    """Write the tables of all runs."""
    tables = {
        RUNS: summary.runs(plan, store, failed),
        TOTALS: summary.totals(plan, store),
        YEARS: summary.years(plan, store),
    }
    for name, parts in (tables | ({RESULTS: summary.months(plan, store)} if plan.keep == MONTHS else {})).items():
        summary.write(study.path / name, parts)


def _run_batches(plan: Plan, scenario: Scenario, study: Study, heard: Heard, work: Work) -> tuple[Running, Progress]:
    """Run batch after batch of seeds until the study has enough; return the last session and the progress of all."""
    notes, store = Notes(study, heard), study.shards()
    looks: list[stopping.Look] = []
    new, seconds = 0, 0.0
    with _Hands(scenario, study, work) as hands:
        for batch in stopping.batches(plan, scenario):
            running = Running(batch, store, notes)
            if running.missing():
                running.run(hands.crew(running.missing()))
            new, seconds = new + running.progress.done - running.progress.found, seconds + running.progress.seconds
            study.manifest["seed_list"] = list(batch.seeds)
            if running.failed or _has_enough(batch, scenario, study, store, looks):
                break
    done = running.progress.done
    return running, replace(running.progress, found=done - new, seconds=seconds)


def _has_enough(batch: Plan, scenario: Scenario, study: Study, store: Store, looks: list[stopping.Look]) -> bool:
    """Take a look at what is known after a batch, write it down, and say whether the study may end."""
    outcome, wanted = scenario.stop.outcome, scenario.stop.half_width
    if outcome is None or wanted is None:
        return True
    looks.append(stopping.look(batch, store, outcome))
    study.write(STOPPING, write_csv(stopping.frame(looks)))
    study.manifest["stopped"] = stopping.noted(scenario, looks)
    study.log(f"looked at {looks[-1].seeds} seeds: widest half interval {looks[-1].widest:.4g}, wanted {wanted:g}")
    return stopping.enough(looks, wanted)


class _Hands:
    """The crew of a session, engaged when there is something to do and dismissed at the end."""

    def __init__(self, scenario: Scenario, study: Study, work: Work) -> None:
        self._scenario, self._study, self._work = scenario, study, work
        self._crew: Crew | None = None

    def __enter__(self) -> Self:
        return self

    def crew(self, runs: int) -> Crew:
        """A crew for so many runs, and for those of later batches."""
        compute, workers = self._scenario.compute, workers_of(self._scenario)
        if self._crew is None:
            workers = workers if self._scenario.stop.outcome else min(workers, runs)  # more may follow, or not
            self._crew = crew_of(compute.engine, workers, compute.address, self._work)
        return self._crew

    def __exit__(self, *_: object) -> None:
        if self._crew is not None:
            self._crew.close()
            known = self._study.manifest["peak_memory_bytes"] or 0
            self._study.manifest["peak_memory_bytes"] = max(known, self._crew.peak_memory or 0) or None


def described_design(plan: Plan) -> dict[str, Any]:
    """Return all that a study's runs are made of, as plain data: for ``scenarios.json``."""
    cells = [{"arm": arm, "point": key, "scenario": one.described()} for (arm, key), one in plan.cells.items()]
    points = [{"labels": dict(p.labels), "values": dict(p.values), "key": p.key} for p in plan.design.points]
    uncertain = [{name: _plain_of(getattr(one, name)) for name in RANGE} for one in plan.design.uncertain]
    return {"baseline": plan.baseline, "scenarios": cells, "points": points, "uncertain": uncertain}


def _plain_of(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


class Notes:
    """Writes the progress down for ``ccosim status``, and passes it on."""

    def __init__(self, study: Study, heard: Heard = lambda _: None) -> None:
        self._study, self._heard = study, heard
        self._last = -SAY_EVERY
        self._written = -1

    def __call__(self, progress: Progress) -> None:
        now = monotonic()
        if progress.done != self._written or progress.running == 0 or now - self._last >= SAY_EVERY:
            if progress.done > max(self._written, progress.found):
                self._study.log(f"{progress.done} of {progress.planned} runs done, {progress.failed} failed")
            self._study.write(PROGRESS, (json.dumps(_plain(progress)) + "\n").encode())
            self._last, self._written = now, progress.done
            self._heard(progress)


def _plain(progress: Progress) -> dict[str, Any]:
    left = progress.seconds_left
    return {
        **{name: getattr(progress, name) for name in ("planned", "done", "running", "failed")},
        "runs_per_minute": round(progress.runs_per_minute, 2),
        "seconds_left": None if left is None else round(left),
    }
