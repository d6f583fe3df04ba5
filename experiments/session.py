"""One study from beginning to end: open its folder, run what is missing, write tables and figures, print the table."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rich.console import Console

from experiments.progress import Watch
from experiments.tables import print_table
from sim.compare import ONLY_ARM, Comparison, compare, read_table
from sim.engine.compile import compile_message
from sim.measures.measures import MEASURES
from sim.paths import conf_folder
from sim.scenario.digests import data_digest
from sim.study import Study, open_study

if TYPE_CHECKING:
    from sim.scenario import Scenario

DONE, INTERRUPTED = 0, 130


def run_study(scenario: Scenario) -> int:
    """Run a study, or what is left of it, and print its table and, last, its folder.

    Parameters
    ----------
    scenario
        With arms, or without: then it is a single arm.

    Returns
    -------
    int
        The exit code: 0, or 130 when it was interrupted and can go on.
    """
    study = open_study(
        scenario.results_root,
        scenario.study_name,
        scenario=scenario.described(),
        scenario_digest=scenario.digest(),
        data_digest=data_digest(conf_folder()),
        seeds=scenario.seed_list,
        threads=scenario.threads,
    )
    say = Console(stderr=True, highlight=False)
    if study.is_done:
        say.print(f"Finished before: {study.path} holds this scenario, nothing is computed again.", soft_wrap=True)
        return _show(study, study.summary(), scenario)
    return _run(study, scenario, say)


def _run(study: Study, scenario: Scenario, say: Console) -> int:
    began = perf_counter()
    try:
        with _terminated_is_interrupted():
            comparison, seconds = _lived(study, scenario, say)
            summary = _written(study, scenario, comparison, seconds)
    except KeyboardInterrupt:
        study.interrupted({"months": perf_counter() - began})
        done, asked = study.progress()
        say.print(f"\nInterrupted with {done} of {asked} runs done: the same command goes on where it stopped.")
        print(study.path)
        return INTERRUPTED
    except BaseException as fault:
        study.failed(f"{type(fault).__name__}: {fault}", {"months": perf_counter() - began})
        raise
    return _show(study, summary, scenario)


def _lived(study: Study, scenario: Scenario, say: Console) -> tuple[Comparison, dict[str, float]]:
    """All runs, and the wall time by phase."""
    arms, seeds = len(scenario.arms) or 1, len(scenario.seed_list)
    what = f"{arms} arm{'s' * (arms > 1)} x {seeds} seed{'s' * (seeds > 1)} x {scenario.months} months"
    say.print(f"{what}, on {scenario.threads} thread{'s' * (scenario.threads > 1)}, into {study.path}", soft_wrap=True)
    done, asked = study.progress()
    if done:
        say.print(f"{done} of {asked} runs were done before.")
    began = perf_counter()
    import sim.model  # noqa: F401, the heavy libraries, imported and timed here

    seconds = {"import": perf_counter() - began}
    if message := compile_message():
        say.print(message, soft_wrap=True)
    began = perf_counter()
    with _compiling() as compiling, Watch(say, asked - done, scenario.months) as watch:
        comparison = compare(scenario, progress=watch.month_done, store=study)
    spent = perf_counter() - began
    return comparison, seconds | _by_phase(comparison, spent, sum(compiling))


def _by_phase(comparison: Comparison, spent: float, compiling: float) -> dict[str, float]:
    """Share the wall time of the runs between phases as the threads' own time was shared."""
    compiling = min(compiling, spent)
    own = {"population": -compiling, "months": 0.0}
    for run in comparison.results.values():
        for phase in own:
            own[phase] += run.seconds.get(phase, 0.0)
    own["population"] = max(0.0, own["population"])
    whole = sum(own.values()) or 1.0
    return {"compile": compiling} | {phase: (spent - compiling) * time / whole for phase, time in own.items()}


def _written(study: Study, scenario: Scenario, comparison: Comparison, seconds: dict[str, float]) -> Any:
    """Write tables, figures, checksums and the manifest; return the summary."""
    from experiments.figures import About, draw_figures

    summary, results = comparison.summary(), comparison.frame()
    differences = read_table(summary, comparison.baseline, [measure.name for measure in MEASURES])
    study.write_tables(results, summary, differences)
    member_months = sum(run.member_months for run in comparison.results.values())
    about = About(
        baseline=comparison.baseline,
        seeds=len(comparison.seeds),
        sampled=round(member_months / (len(comparison.results) * scenario.months)),
        months=scenario.months,
        version=str(study.manifest["ccosim_version"]),
        digest=scenario.digest(),
        title=scenario.title,
    )
    for name, data in draw_figures(summary, results, about).items():
        study.add_figure(name, data)
    study.finish({job: run.digest for job, run in comparison.results.items()}, member_months, seconds)
    return summary


def _show(study: Study, summary: Any, scenario: Scenario) -> int:
    """The table and, as the last line of standard output, the folder."""
    console = Console(highlight=False)
    print_table(console, summary, scenario.baseline or ONLY_ARM, title=scenario.title or study.path.name)
    console.print(f"By race and ethnicity, rurality, language, age and area: {study.path}/summary.csv", soft_wrap=True)
    console.file.flush()
    print(study.path)
    return DONE


@contextmanager
def _compiling() -> Iterator[list[float]]:
    """Seconds that the compiler takes, as they come."""
    from numba.core import event

    seconds: list[float] = []
    with event.install_timer("numba:compile", seconds.append):
        yield seconds


@contextmanager
def _terminated_is_interrupted() -> Iterator[None]:
    """A polite request to end (SIGTERM, as clusters send it) leaves a study that can go on, as Ctrl-C does."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread: nobody can send a signal here
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        sys.stderr.flush()
