"""Paired runs in memory: every arm meets the same people with the same luck, seed by seed.

Runs go to a pool of threads (the compiled month releases the interpreter); which run ends first changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.arrays import Floats, Frame
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.text import shown
from sim.measures.measures import HEADLINE, PRIMARY
from sim.measures.result import RunResult, check_level, check_measure
from sim.measures.side_by_side import read_table
from sim.measures.strata import ALL
from sim.runs import summary
from sim.runs.crews import Threads
from sim.runs.plan import ONE_DRAW, RUNS, Plan, Run, comparison_of
from sim.runs.session import Running
from sim.runs.study import Notes
from sim.runs.summary import SUMMARY_COLUMNS
from sim.runs.work import Begin, Build, Progress, Starts, System, Together, health_system, outcome_of, with_threads
from sim.scenario.faults import ScenarioError
from sim.scenario.python_values import check_is, check_is_scenario
from sim.study.shards import Memory, Store

NO_OWN_GROUPS = (
    "with margins of your own, groups are shown one level at a time, in summary.csv: a group of 1 to 10 people could "
    "be worked out from groups that overlap"
)

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.study import Study


def simulate(
    scenario: Scenario,
    seed: int | None = None,
    *,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    build: Build | None = None,
) -> RunResult:
    """Run one scenario once.

    Parameters
    ----------
    scenario
        What to run; its arms, if any, are not.
    seed
        Default: the scenario's first seed.
    threads
        Default: the scenario's. Any number gives the same result.
    progress
        Called with the number of months done.
    build
        Makes the system; default ``sim.model.HealthSystem``.

    Returns
    -------
    RunResult
        ``.frame()`` is a tidy data frame, ``.value(measure)`` one number.
    """
    check_is_scenario(scenario)
    _check_is_called(progress, build)
    chosen = scenario.seed_of(seed)
    system = (build or _from_kept_start)(with_threads(scenario, threads), chosen)
    try:
        return system.run(progress=progress)
    finally:
        system.close()


def compare(
    scenario: Scenario,
    *,
    progress: Progress | None = None,
    store: Study | None = None,
    build: Build | None = None,
    populations: Begin | None = None,
) -> Comparison:
    """Run every arm of a scenario with every seed, and pair them by seed.

    Parameters
    ----------
    scenario
        With ``arms`` (without them it is a single arm) and ``seeds``.
    progress
        Called as ``progress(arm, seed, months done)``.
    store
        A study on disk, where finished runs are kept and looked for; default memory alone.
    build, populations
        Make a system and a starting population; by default the model's own.

    Raises
    ------
    KeyboardInterrupt
        When interrupted: runs under way stop at the end of their month, finished ones are in the store.
    """
    check_is_scenario(scenario)
    _check_is_called(progress, build)
    check_is("store", store, store is None or hasattr(store, "shards"), "a study on disk, or None")
    plan = comparison_of(scenario)
    kept: Store = Memory() if store is None else store.shards()
    running = Running(plan, kept) if store is None or store.is_done else Running(plan, kept, Notes(store))
    if running.missing():
        workers = min(scenario.threads, running.missing())
        each = scenario.threads if workers == 1 else 1

        def month_done(arm: str, seed: int, month: int) -> None:
            crew.check()
            if progress:
                progress(arm, seed, month)

        def share(task: Any) -> Any:
            starts = Starts(populations, most=len(task.cells))
            return Together(task, starts, threads=each, build=build, progress=month_done).simulate

        crew = Threads(workers, share)
        try:
            running.run(crew)
        finally:
            crew.close()
    results = {(run.arm, run.seed): replace(kept.result(run.id), arm=run.arm) for run in plan.runs}
    return Comparison(plan.arms, plan.baseline, plan.seeds, results, plan.primary, plan.guarded)


def _from_kept_start(scenario: Scenario, seed: int) -> System:
    from sim.runs.kept_starts import start_of

    return health_system()(scenario, seed, population=start_of(scenario, seed))


def _check_is_called(progress: object, build: object) -> None:
    for name, given in (("progress", progress), ("build", build)):
        check_is(name, given, given is None or callable(given), "a function, or None")


@dataclass(frozen=True)
class Comparison:
    """Finished paired runs, by arm and seed.

    ``summary`` gives every measure for everybody, ``table`` the headline measures for reading, ``frame`` the months.
    ``guarded``: the margins are a user's own, and the tables leave out numbers of 1 to 10 people.
    """

    arms: tuple[str, ...]
    baseline: str
    seeds: tuple[int, ...]
    results: Mapping[tuple[str, int], RunResult]
    primary: tuple[str, ...] = PRIMARY
    guarded: bool = False

    def __repr__(self) -> str:
        if len(self.arms) == 1:
            return f"<Comparison of one arm with nothing, {len(self.seeds)} seeds; `arms` of a scenario are compared>"
        arms = ", ".join(self.arms)
        return f"<Comparison of {arms}, {len(self.seeds)} seeds; see .table(), .summary(), .frame()>"

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied or sent to another process: the fields, without tables that were worked out."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def values(self, arm: str) -> Floats:
        """Measures of one arm over the whole run: ``[seed, row, measure]``, rows as ``RunResult.rows``."""
        return np.stack([self.results[arm, seed].totals() for seed in self.seeds])

    def summary(self) -> Frame:
        """Every arm's means and, against the baseline, paired differences, with 95% intervals (``summary.csv``)."""
        return summary.summary(*self._runs)[list(SUMMARY_COLUMNS)]

    def contrasts(self, sums: Mapping[str, Mapping[str, float]]) -> Frame:
        """Sums of arms, by seed, with 95% intervals (``contrasts.csv``); ``sums``: the weight of each arm, by name."""
        return summary.contrasts(*self._runs, sums).drop(columns="point")

    def last_year(self) -> Frame:
        """The state as in ``summary``, over the last twelve months alone (``last_year.csv``)."""
        values = {
            arm: np.stack([self.results[arm, seed].last_year() for seed in self.seeds])[None] for arm in self.arms
        }
        return summary.of_state(*self._runs, values, MONTHS_PER_YEAR)[list(SUMMARY_COLUMNS)]

    def of_group(self, group: Mapping[str, Sequence[str]]) -> Frame:
        """A group of members as ``summary`` has the state; ``group`` as for ``RunResult.of_group``.

        Raises
        ------
        ScenarioError
            With margins of a user's own: of groups that overlap, small ones are differences.
        """
        if self.guarded:
            raise ScenarioError([f"{shown(dict(group))}: {NO_OWN_GROUPS}"])
        values = {
            arm: np.stack([self.results[arm, seed].of_group(group) for seed in self.seeds])[None] for arm in self.arms
        }
        return summary.of_state(*self._runs, values)[list(SUMMARY_COLUMNS)]

    def table(self, measures: str | Iterable[str] = HEADLINE, stratum: str = ALL, level: str = ALL) -> Frame:
        """The headline: for each measure and arm its mean, its paired difference and how sure that is.

        Raises
        ------
        KeyError
            If there is no such measure, stratum or level.
        """
        chosen = (measures,) if isinstance(measures, str) else tuple(measures)
        for measure in chosen:
            check_measure(measure)
        check_level(next(iter(self.results.values())).rows, stratum, level)
        return read_table(self.summary(), self.baseline, chosen, stratum, level)

    def frame(self) -> Frame:
        """Tidy table ``arm, seed, draw, month, level, stratum, measure, value`` of all runs."""
        return summary.frame_of(summary.months(*self._runs))

    def totals(self) -> Frame:
        """Tidy table ``arm, seed, draw, level, stratum, measure, value`` of totals over each run."""
        return summary.frame_of(summary.totals(*self._runs))

    def years(self) -> Frame:
        """Tidy table ``arm, seed, draw, year, amount, value``: dollars, life years and QALYs of the state by year."""
        return summary.frame_of(summary.years(*self._runs))

    @cached_property
    def _runs(self) -> tuple[Plan, Memory]:
        """The same as a study with one draw, whose runs go by their names."""
        plan = _Named(self.arms, self.baseline, self.seeds, ONE_DRAW, {}, RUNS, self.primary, self.guarded)
        return plan, Memory(outcome_of(run.id, self.results[run.arm, run.seed], 0.0, RUNS) for run in plan.runs)


class _Named(Plan):
    """Runs that nobody has to find again: their names are their ids."""

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        return tuple(Run(arm, 0, seed, f"{arm} {seed}") for arm in self.arms for seed in self.seeds)
