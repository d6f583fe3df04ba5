"""One session of a study of many runs: open its folder, take over known runs, run the rest, write the tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any, Self

import numpy as np

from sim.paths import conf_folder
from sim.runs import stopping, tables
from sim.runs.crews import Crew, crew_of
from sim.runs.plan import Plan, plan_of
from sim.runs.session import Progress, Running
from sim.runs.work import Work, live
from sim.scenario import Scenario
from sim.scenario.digests import data_digest
from sim.study import Study, open_study
from sim.study.files import DRAWS, MANIFEST, PROGRESS, RESULTS, SUMMARY, TOTALS, YEARS
from sim.study.manifest import SWEEP
from sim.study.shards import Shards
from sim.study.tables import write_csv

RUNS, STOPPING = "runs.parquet", "stopping.csv"
RANGE = ("name", "cells", "low", "mode", "high", "distribution")  # of an uncertainty
SAY_EVERY = 1.0  # seconds between two notes of the progress

Heard = Callable[[Progress], None]


def open_sweep(scenario: Scenario) -> Study:
    """Begin or continue the folder of a study of many runs.

    A folder that is named (``study=``) may have held the study before something in it was changed.

    Raises
    ------
    StudyError
        If the name is not allowed, holds something else, or is being worked on.
    """
    return open_study(
        scenario.results_root,
        scenario.study_name,
        scenario=scenario.described(),
        scenario_digest=scenario.digest(),
        data_digest=data_digest(conf_folder()),
        seeds=scenario.seed_list,
        threads=workers_of(scenario),
        kind=SWEEP,
        may_change=scenario.study is not None,
    )


def workers_of(scenario: Scenario) -> int:
    """Return how many worker processes a scenario asks for."""
    return scenario.compute.workers or scenario.threads


def run_sweep(study: Study, scenario: Scenario, heard: Heard = lambda _: None, *, work: Work = live) -> Progress:
    """Run what is missing of a study and write its tables; stopped at any moment, the next call goes on.

    Parameters
    ----------
    study
        As ``open_sweep`` returns it.
    heard
        Called with the progress about once a second.
    work
        What a worker does with a task; ``live`` lives it.

    Returns
    -------
    Progress
        With ``failed`` runs, if there are any: the same command tries them again.
    """
    began = monotonic()
    try:
        plan = plan_of(scenario)
        study.manifest["draws"] = len(plan.design)
        study.write(DRAWS, write_csv(plan.design.frame()))
        study.write_scenarios(described_design(plan))
        (study.path / STOPPING).unlink(missing_ok=True)  # a named study may have had another end before
        running, progress = _run_batches(plan, scenario, study, heard, work)
        _write_tables(study, running)
        digest, months = study_digest(running.plan, running.shards), tables.member_months(running.plan, running.shards)
        study.close(digest, months, {"months": monotonic() - began}, progress.failed)
    except KeyboardInterrupt:
        study.interrupted({"months": monotonic() - began})
        raise
    except BaseException as fault:
        study.failed(f"{type(fault).__name__}: {fault}", {"months": monotonic() - began})
        raise
    return progress


def _run_batches(plan: Plan, scenario: Scenario, study: Study, heard: Heard, work: Work) -> tuple[Running, Progress]:
    """Run batch after batch of seeds until the study has enough; return the last session and the progress of all."""
    notes, shards = _Notes(study, heard), study.shards()
    looks: list[stopping.Look] = []
    new, seconds = 0, 0.0
    with _Hands(scenario, study, work) as hands:
        for batch in stopping.batches(plan, scenario):
            running = Running(batch, shards, notes)
            adopt(study, running)
            if running.missing():
                running.run(hands.crew(running.missing()))
            new, seconds = new + running.progress.done - running.progress.found, seconds + running.progress.seconds
            study.manifest["seed_list"] = list(batch.seeds)
            if running.failed or _has_enough(batch, scenario, study, shards, looks):
                break
    done = running.progress.done
    return running, replace(running.progress, found=done - new, seconds=seconds)


def _has_enough(batch: Plan, scenario: Scenario, study: Study, shards: Shards, looks: list[stopping.Look]) -> bool:
    """Take a look at what is known after a batch, write it down, and say whether the study may end."""
    outcome, wanted = scenario.stop.outcome, scenario.stop.half_width
    if outcome is None or wanted is None:
        return True
    looks.append(stopping.look(batch, shards, outcome))
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


def adopt(study: Study, running: Running) -> int:
    """Take over runs that other studies in the same results folder have finished; return how many.

    Only studies whose name begins as this one's do are looked at: those of the same experiment.
    """
    stem = study.path.name.rpartition("-")[0] or study.path.name
    before = running.progress.done
    for other in sorted(study.path.parent.glob(f"{stem}*")):
        if running.missing() and other != study.path and _is_sweep(other):
            running.take_over(Shards(other / "runs"))
    return running.progress.done - before


def _is_sweep(path: Path) -> bool:
    try:
        found = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return not path.is_symlink() and isinstance(found, dict) and found.get("kind") == SWEEP


def study_digest(plan: Plan, shards: Shards) -> str:
    """Return the SHA-256 over the digests of all runs by arm, draw and seed, in the order of the plan."""
    lines = (f"{arm} {draw} {seed} {one}\n" for (arm, draw, seed), one in tables.digests(plan, shards).items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def described_design(plan: Plan) -> dict[str, Any]:
    """Return all that a study's runs are made of, as plain data: for ``scenarios.json``."""
    cells = [{"arm": arm, "point": key, "scenario": one.described()} for (arm, key), one in plan.cells.items()]
    points = [{"labels": dict(p.labels), "values": dict(p.values), "key": p.key} for p in plan.design.points]
    uncertain = [{name: _plain_of(getattr(one, name)) for name in RANGE} for one in plan.design.uncertain]
    return {"baseline": plan.baseline, "scenarios": cells, "points": points, "uncertain": uncertain}


def _plain_of(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _write_tables(study: Study, running: Running) -> None:
    plan, shards, failed = running.plan, running.shards, running.failed
    shards.compact()
    tables.write_runs(study.path / RUNS, plan, shards, failed)
    tables.write_totals(study.path / TOTALS, plan, shards)
    tables.write_years(study.path / YEARS, plan, shards)
    if plan.months:
        tables.write_months(study.path / RESULTS, plan, shards)
    study.write(SUMMARY, write_csv(tables.summary(plan, shards)))


class _Notes:
    """Writes the progress down for ``ccosim status``, and passes it on."""

    def __init__(self, study: Study, heard: Heard) -> None:
        self._study, self._heard = study, heard
        self._last = -SAY_EVERY
        self._written = -1

    def __call__(self, progress: Progress) -> None:
        now = monotonic()
        if progress.done != self._written or progress.running == 0 or now - self._last >= SAY_EVERY:
            if progress.done > max(self._written, 0):
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
