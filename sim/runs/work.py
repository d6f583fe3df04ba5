"""What a worker does: simulates the runs of one task, and gives back what is kept of them.

The warm-up of a draw and seed is simulated once, and every arm begins with a copy of its people. Arms with fixed
organizations replay what the baseline of their seed decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from sim.measures.measures import MEASURES
from sim.measures.result import RunResult
from sim.runs.branches import Branches
from sim.runs.plan import RUNS, TOTALS, Task
from sim.start import Origin, Start, origin_of
from sim.study.errors import InputChangedError
from sim.study.shards import Outcome

if TYPE_CHECKING:
    from sim.scenario import Scenario

MEASURE_NAMES = tuple(measure.name for measure in MEASURES)

Begin: TypeAlias = "Callable[[Scenario, int], Any]"
Progress: TypeAlias = Callable[[str, int, int], None]
"""Called as ``progress(arm, seed, months done)``; from threads, so it must be quick."""


class System(Protocol):
    """What a run needs of ``sim.model.HealthSystem``."""

    decisions: Any

    def run(self, progress: Callable[[int], None] | None = None) -> RunResult: ...

    def close(self) -> None: ...


class Build(Protocol):
    """Makes the system of one run; ``HealthSystem`` itself, unless a test brings its own."""

    def __call__(self, scenario: Scenario, seed: int, *, population: Any = None, decisions: Any = None) -> System: ...


@dataclass(frozen=True)
class Failure:
    """A run that could not be finished, and why.

    Attributes
    ----------
    again : whether another try may help.
    changed : the file that was edited meanwhile, so that no other run can be like those before it.
    """

    id: str
    reason: str
    again: bool = False
    changed: str = ""


Answer: TypeAlias = "list[Outcome | Failure]"
Work: TypeAlias = Callable[[Task], Answer]


class Starts:
    """Where runs begin: made when first needed.

    Parameters
    ----------
    begin
        Makes a start; default the model's own warm-up.
    most
        How many are kept; before one more is made, all are let go.
    """

    def __init__(self, begin: Begin | None = None, most: int = 1) -> None:
        self._begin, self._most = begin, most
        self._made: dict[tuple[int, Origin], Any] = {}
        self._one_at_a_time = Lock()

    def take(self, scenario: Scenario, seed: int) -> tuple[Any, float]:
        """Return a start for one run, which copies it, and the seconds that it took."""
        with self._one_at_a_time:
            began = perf_counter()
            key = (seed, origin_of(scenario))
            if key not in self._made:
                if len(self._made) >= self._most:
                    self._made.clear()
                self._made[key] = (self._begin or _begin)(scenario, seed)
            start = self._made[key]
            return (start if isinstance(start, Start) else deepcopy(start)), perf_counter() - began


class Together:
    """The runs of one task, which share where they begin and what their baseline decided; from any number of threads.

    Parameters
    ----------
    task
        The runs.
    starts
        Where they begin.
    threads
        How many threads simulate one run.
    build, progress
        What makes a system, and what hears of each month.
    """

    def __init__(
        self,
        task: Task,
        starts: Starts,
        *,
        threads: int = 1,
        build: Build | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._task, self._starts, self._build, self._progress = task, starts, build, progress
        self._scenarios = {
            arm: with_threads(_drawn(cell.scenario, task.values), threads) for arm, cell in task.cells.items()
        }
        self._branches = Branches({arm: self._scenarios[arm] for _, arm in task.runs})
        self._baseline: tuple[RunResult, Any] | None = None
        self._baseline_once = Lock()
        self._has_replays = any(self._replays(arm) for _, arm in task.runs)

    def in_order(self) -> list[tuple[str, str]]:
        """Return the runs with those that begin from the same people beside each other."""
        runs = self._task.runs
        return sorted(runs, key=lambda run: (origin_of(self._scenarios[run[1]]), runs.index(run)))

    def simulate(self, run_id: str, arm: str) -> Outcome:
        """Simulate one run and return what is kept of it."""
        began = perf_counter()
        if arm == self._task.baseline and self._has_replays:
            result = self._baseline_run()[0]
        else:
            result = self._run(arm, self._baseline_run()[1] if self._replays(arm) else None)[0]
        return outcome_of(run_id, result, perf_counter() - began, self._task.keep)

    def _replays(self, arm: str) -> bool:
        return arm != self._task.baseline and self._scenarios[arm].organizations == "fixed"

    def _baseline_run(self) -> tuple[RunResult, Any]:
        """The baseline and its decisions, simulated for whichever run needs them first."""
        with self._baseline_once:
            if self._baseline is None:
                self._baseline = self._run(self._task.baseline, None)
            return self._baseline

    def _run(self, arm: str, decisions: Any) -> tuple[RunResult, Any]:
        if changed := self._task.cells[arm].changed():
            raise InputChangedError(changed)
        scenario, seed, heard = self._scenarios[arm], self._task.seed, self._progress
        start, seconds = self._starts.take(scenario, seed)
        system = (self._build or health_system())(scenario, seed, population=start, decisions=decisions)
        try:
            tell = None if heard is None else lambda month: heard(arm, seed, month)
            self._branches.go_along(arm, system, tell)
            result = system.run(progress=tell)
            decided = system.decisions
        finally:
            system.close()
        spent = {**result.seconds, "population": seconds + result.seconds.get("population", 0.0)}
        return replace(result, arm=arm, seconds=spent), decided


def _drawn(scenario: Scenario, values: Mapping[str, list[float]]) -> Scenario:
    return scenario.with_cells(values) if values else scenario


_starts = Starts()  # of this process: the next task often begins from the same people


def run_task(task: Task) -> Answer:
    """Simulate the runs of a task. A run that fails is reported, and the others go on."""
    from sim.scenario.digests import code_digest

    if task.code != code_digest():
        return [Failure(run_id, "the worker has another version of ccosim than the study") for run_id, _ in task.runs]
    try:
        together = Together(task, _starts)
    except Exception as fault:  # a file of parameters that cannot be read any more
        return [Failure(run_id, _in_words(fault)) for run_id, _ in task.runs]
    return [_outcome(together, run_id, arm) for run_id, arm in together.in_order()]


def _outcome(together: Together, run_id: str, arm: str) -> Outcome | Failure:
    try:
        return together.simulate(run_id, arm)
    except (MemoryError, OSError) as fault:
        return Failure(run_id, _in_words(fault), again=True)
    except InputChangedError as fault:
        return Failure(run_id, str(fault), changed=fault.name)
    except Exception as fault:  # whatever a run dies of is its result, and no other run's
        return Failure(run_id, _in_words(fault))


def outcome_of(run_id: str, result: RunResult, seconds: float, keep: str) -> Outcome:
    """Return what is kept of a finished run."""
    months = keep not in (TOTALS, RUNS)  # a complete run has its months in itself
    return Outcome(
        id=run_id,
        digest=result.digest,
        member_months=result.member_months,
        seconds=round(seconds, 3),
        rows=tuple(result.rows),
        measures=MEASURE_NAMES,
        totals=result.totals(),
        amounts=result.amounts(),
        courses=result.courses(),
        monthly=result.monthly() if months else None,
        yearly=result.by_year() if months else None,
        result=result if keep == RUNS else None,
    )


def health_system() -> Build:
    """Return the model; it takes seconds to import, which reading a finished study does without."""
    from sim.model import HealthSystem

    build: Build = HealthSystem
    return build


def _begin(scenario: Scenario, seed: int) -> Any:
    from sim.runs.kept_starts import start_of

    return start_of(scenario, seed)


def with_threads(scenario: Scenario, threads: int | None) -> Scenario:
    """Return the same scenario on so many threads; None leaves them as they are."""
    chosen = scenario.threads_of(threads)
    return scenario if chosen == scenario.threads else scenario.model_copy(update={"threads": chosen})


def _in_words(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {' '.join(str(fault).split())[:300]}"
