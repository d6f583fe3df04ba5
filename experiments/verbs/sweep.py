"""The verb ``sweep``: a study of many runs, from its plan to its tables."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import prod
from pathlib import Path

from rich.console import Console

from experiments.analysis.shown_once import shown_once
from experiments.terminal.contrasts import print_contrasts
from experiments.terminal.labels import counted
from experiments.terminal.points import print_points
from experiments.terminal.process import Interrupted
from experiments.terminal.progress import RunsWatch, in_time, say_compiling
from experiments.terminal.stopping import how_it_ended, when_it_ends
from experiments.terminal.tables import call_arms, print_table
from sim.engine.designs import EXPLORING
from sim.runs.design import check_design
from sim.runs.inputs import check_inputs, check_outcomes, notes_of
from sim.runs.session import MOST_FAILED, Progress
from sim.runs.stopping import check_stop
from sim.runs.study import open_sweep, run_sweep, workers_of
from sim.scenario import Scenario
from sim.scenario.arms import ONLY_ARM
from sim.study import Study
from sim.study.files import CONTRASTS

NOTHING_VARIED = (
    "Nothing is varied or drawn: one run for each arm and seed is all there is. Give levers, uncertainties or stop; or "
    "take `ccosim compare`, which keeps every month and draws figures."
)
DONE, FAILED = 0, 1
MOST_REASONS = 5


def run(words: Sequence[str]) -> int:
    """Run a study, or what is left of it; print its table and, last, its folder; 1 when runs failed."""
    scenario = Scenario.compose(words)
    check_outcomes(scenario)
    call_arms(scenario.labels)
    draws = check_design(scenario)
    check_stop(scenario)
    if not (Path(scenario.results_root) / scenario.study_name).exists():
        check_inputs(scenario)
    study = open_sweep(scenario)
    say = Console(stderr=True, highlight=False)
    if study.is_done:
        say.print(f"Finished before: {study.path} holds this study, nothing is computed again.", soft_wrap=True)
        return _ended(study, scenario, 0)
    _announce(say, study, scenario, draws)
    return _run(study, scenario, say)


def _run(study: Study, scenario: Scenario, say: Console) -> int:
    try:
        with RunsWatch(say) as watch:
            progress = run_sweep(study, scenario, watch.heard)
    except KeyboardInterrupt:
        known = study.live_progress()
        raise Interrupted(known["done"], known["planned"], study.path) from None
    _tell(say, progress)
    if not progress.has_results:
        _say_what_failed(study, progress.failed)
        print(f"No table of results: more than {MOST_FAILED:.0%} of the runs failed.", file=sys.stderr)
        print(study.path)
        return FAILED
    return _ended(study, scenario, progress.failed)


def _announce(say: Console, study: Study, scenario: Scenario, draws: int) -> None:
    parts = {
        "arm": len(scenario.arms) or 1,
        "point": len(scenario.points),
        "draw": draws,
        "seed": len(scenario.seed_list),
    }
    words = " x ".join(counted(n, part) for part, n in parts.items() if n > 1 or part == "arm")
    runs = prod(parts.values())
    workers = workers_of(scenario)
    where = scenario.compute.address or counted(workers, "worker")
    months = counted(scenario.months, "month")
    say.print(f"{words}: {counted(runs, 'run')} of {months}, on {where}, into {study.path}", soft_wrap=True)
    if not any(point.choices for point in scenario.points):  # a chosen option may use what is idle
        for note in notes_of(scenario):
            say.print(f"Note: {note}.", soft_wrap=True)
    if not scenario.is_designed and not scenario.stop.outcome:
        say.print(NOTHING_VARIED, soft_wrap=True)
    if scenario.stop.outcome:
        say.print(when_it_ends(scenario), soft_wrap=True)
    say_compiling(say)


def _tell(say: Console, progress: Progress) -> None:
    new = progress.done - progress.found
    known = f", {progress.found} known before" if progress.found else ""
    say.print(f"{counted(new, 'run')} in {in_time(progress.seconds)}{known}, {progress.failed} failed")


def _say_what_failed(study: Study, failed: int) -> None:
    print(f"{counted(failed, 'run')} failed, listed in runs.parquet; the same command tries again:", file=sys.stderr)
    for reason, runs in list(study.reasons().items())[:MOST_REASONS]:
        print(f"  {counted(runs, 'run')}: {reason}", file=sys.stderr)


def _ended(study: Study, scenario: Scenario, failed: int) -> int:
    console = Console(highlight=False)
    summary = study.summary(finished=False)
    title = scenario.title or study.path.name
    many = "points" if scenario.design.kind in EXPLORING else "draws"
    over = many if study.manifest.get("draws", 1) > len(scenario.points) else "seeds"
    baseline, asked = scenario.baseline or ONLY_ARM, scenario.outcomes
    summary, notes = shown_once(summary, baseline, scenario.points)
    if scenario.points[0].labels:
        print_points(console, summary, baseline, asked, title=title, over=over)
    else:
        print_table(console, summary, baseline, outcomes=asked, title=title, months=scenario.months, over=over)
    if (study.path / CONTRASTS).is_file():
        print_contrasts(console, study.table("contrasts", finished=False), scenario.sums, asked)
    for note in notes:
        console.print(note, soft_wrap=True)
    if study.is_done and (ended := how_it_ended(study.manifest)):
        console.print(ended, soft_wrap=True)
    if failed:
        _say_what_failed(study, failed)
    print(f"Totals of every run: {study.path}/totals.parquet; what was drawn: {study.path}/draws.csv")
    print(study.path)
    return FAILED if failed else DONE
