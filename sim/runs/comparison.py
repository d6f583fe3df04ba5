"""Paired runs in memory: every arm meets the same people with the same luck, seed by seed.

The people of a seed live through the warm-up once, and each arm begins with a copy of them. Runs go to a pool of
threads (the compiled month releases the interpreter); which run ends first changes nothing.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from copy import deepcopy
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Frame
from sim.measures.intervals import Estimates, mean_interval, paired_interval
from sim.measures.measures import BY_NAME, HEADLINE, MEASURES
from sim.measures.result import RunResult
from sim.measures.strata import ALL
from sim.scenario.arms import ONLY_ARM

if TYPE_CHECKING:
    from sim.scenario import Scenario

SUMMARY_COLUMNS = (
    "arm",
    "contrast",
    "measure",
    "stratum",
    "level",
    "estimate",
    "low",
    "high",
    "mcse",
    "replicates",
    "unit",
)
POLICY_FILES = ("upstream", "packages", "ccos")  # parameters that change nothing before a policy starts

Progress = Callable[[str, int, int], None]
"""Called as ``progress(arm, seed, months done)``; from threads, so it must be quick."""


class System(Protocol):
    """What a comparison needs of ``sim.model.HealthSystem``."""

    decisions: Any

    def run(self, progress: Callable[[int], None] | None = None) -> RunResult: ...


class Build(Protocol):
    """Makes the system of one run; ``HealthSystem`` itself, unless a test brings its own."""

    def __call__(self, scenario: Scenario, seed: int, *, population: Any = None, decisions: Any = None) -> System: ...


class Store(Protocol):
    """Keeps finished runs, so that a study which stopped goes on where it stopped."""

    def load(self, arm: str, seed: int) -> RunResult | None: ...

    def save(self, result: RunResult) -> None: ...


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
    chosen = scenario.seed_list[0] if seed is None else seed
    return (build or _health_system())(_with_threads(scenario, threads), chosen).run(progress=progress)


def compare(
    scenario: Scenario,
    *,
    progress: Progress | None = None,
    store: Store | None = None,
    build: Build | None = None,
    populations: Callable[[Scenario, int], Any] | None = None,
) -> Comparison:
    """Run every arm of a scenario with every seed, and pair them by seed.

    Parameters
    ----------
    scenario
        With ``arms`` (without them it is a single arm) and ``seeds``.
    progress
        Called as ``progress(arm, seed, months done)``.
    store
        Where finished runs are kept and looked for (``sim.study``).
    build, populations
        Make a system and a starting population; by default the model's own.

    Raises
    ------
    KeyboardInterrupt
        When interrupted: runs under way stop at the end of their month, finished ones are in the store.
    """
    arms = {name: scenario.arm(name) for name in scenario.arms} or {ONLY_ARM: scenario}
    baseline = scenario.baseline or next(iter(arms))
    runs = _PairedRuns(arms, baseline, progress, store, build or _health_system(), populations or _population)
    results = runs.run(scenario.seed_list, scenario.threads)
    return Comparison(tuple(arms), baseline, tuple(scenario.seed_list), results)


@dataclass(frozen=True)
class Comparison:
    """Finished paired runs, by arm and seed.

    ``summary`` gives every measure for everybody, ``table`` the headline measures for reading, ``frame`` the months.
    """

    arms: tuple[str, ...]
    baseline: str
    seeds: tuple[int, ...]
    results: Mapping[tuple[str, int], RunResult]

    def __repr__(self) -> str:
        arms = ", ".join(self.arms)
        return f"<Comparison of {arms}, {len(self.seeds)} seeds; see .table(), .summary(), .frame()>"

    def values(self, arm: str) -> NDArray[np.float64]:
        """Measures of one arm over the whole run: ``[seed, row, measure]``, rows as ``RunResult.rows``."""
        return np.stack([self.results[arm, seed].totals() for seed in self.seeds])

    def summary(self) -> Frame:
        """Every arm's means and, against the baseline, paired differences, with 95% intervals (``summary.csv``)."""
        import pandas as pd

        values = {arm: self.values(arm) for arm in self.arms}
        parts = [self._rows(arm, "", mean_interval(values[arm])) for arm in self.arms]
        parts += [
            self._rows(arm, self.baseline, paired_interval(values[arm], values[self.baseline]))
            for arm in self.arms
            if arm != self.baseline
        ]
        return pd.concat(parts, ignore_index=True)[list(SUMMARY_COLUMNS)]

    def table(self, measures: Iterable[str] = HEADLINE, stratum: str = ALL, level: str = ALL) -> Frame:
        """The headline: for each measure and arm its mean, its paired difference and how sure that is."""
        return read_table(self.summary(), self.baseline, measures, stratum, level)

    def frame(self) -> Frame:
        """Tidy table ``arm, seed, draw, month, level, stratum, measure, value`` of all runs."""
        import pandas as pd

        frames = [self.results[arm, seed].frame() for arm in self.arms for seed in self.seeds]
        arms = pd.CategoricalDtype(list(self.arms))
        frames = [frame.assign(arm=frame["arm"].astype(arms)) for frame in frames]
        whole = pd.concat(frames, ignore_index=True)
        text = [c for c in ("arm", "level", "stratum", "measure") if whole[c].dtype != "category"]
        return whole.astype(dict.fromkeys(text, "category"))

    def totals(self) -> Frame:
        """Tidy table ``arm, seed, draw, level, stratum, measure, value`` of totals over each run."""
        import pandas as pd

        runs = [self.results[arm, seed] for arm in self.arms for seed in self.seeds]
        parts = []
        for run in runs:
            values, places = run.totals(), run.rows
            row, measure = np.nonzero(~np.isnan(values))
            named: dict[str, Any] = {"level": [places[r][1] for r in row], "stratum": [places[r][0] for r in row]}
            named |= {"measure": [MEASURES[m].name for m in measure], "value": values[row, measure]}
            parts.append(pd.DataFrame({"arm": run.arm, "seed": run.seed, "draw": run.draw, **named}))
        whole = pd.concat(parts, ignore_index=True).astype({"draw": "int32"})
        return whole.astype(dict.fromkeys(("arm", "level", "stratum", "measure"), "category"))

    def years(self) -> Frame:
        """Tidy table ``arm, seed, draw, year, amount, value``: dollars, life years and QALYs of the state by year."""
        import pandas as pd

        frames = [self.results[arm, seed].years() for arm in self.arms for seed in self.seeds]
        return pd.concat(frames, ignore_index=True)

    def _rows(self, arm: str, contrast: str, estimates: Estimates) -> Frame:
        import pandas as pd

        places = self.results[arm, self.seeds[0]].rows
        rows, measures = np.nonzero(estimates.replicates > 0)  # a measure that nobody has is no row
        return pd.DataFrame(
            {
                "arm": arm,
                "contrast": contrast,
                "measure": [MEASURES[m].name for m in measures],
                "stratum": [places[r][0] for r in rows],
                "level": [places[r][1] for r in rows],
                "estimate": estimates.estimate[rows, measures],
                "low": estimates.low[rows, measures],
                "high": estimates.high[rows, measures],
                "mcse": estimates.mcse[rows, measures],
                "replicates": estimates.replicates[rows, measures],
                "unit": [MEASURES[m].unit for m in measures],
            }
        )


def read_table(summary: Frame, baseline: str, measures: Iterable[str], stratum: str = ALL, level: str = ALL) -> Frame:
    """Put each arm's mean and its paired difference side by side.

    Parameters
    ----------
    summary
        As ``Comparison.summary`` or ``summary.csv`` give it.

    Returns
    -------
    DataFrame
        ``measure, label, unit, arm, value, value_low, value_high, difference, low, high, mcse, percent, replicates,
        replicates_needed``; ``percent`` is of the baseline, ``replicates_needed`` further seeds until the Monte Carlo
        error of the difference is at most 5% of it.
    """
    import pandas as pd

    here = summary[(summary["stratum"] == stratum) & (summary["level"] == level)]
    own = {(r.measure, r.arm): r for r in here[here["contrast"] == ""].itertuples()}
    paired = {(r.measure, r.arm): r for r in here[here["contrast"] == baseline].itertuples()}
    arms = list(dict.fromkeys(here["arm"]))
    rows = []
    for measure in measures:
        for arm in arms:
            if (measure, arm) in own:
                base, mean = own.get((measure, baseline)), own[measure, arm]
                rows.append(_table_row(measure, mean, base, paired.get((measure, arm))))
    columns = "measure label unit arm value value_low value_high difference low high mcse percent replicates"
    return pd.DataFrame(rows, columns=[*columns.split(), "replicates_needed"])


def _table_row(measure: str, mean: Any, base: Any, paired: Any) -> tuple[Any, ...]:
    known = (measure, BY_NAME[measure].label, mean.unit, mean.arm, mean.estimate, mean.low, mean.high)
    if paired is None:
        return (*known, *[np.nan] * 5, mean.replicates, np.nan)
    size = base.estimate if base is not None else 0.0
    percent = 100 * paired.estimate / size if size else np.nan
    one = Estimates(
        *(np.array([x]) for x in (paired.estimate, paired.low, paired.high, paired.mcse, paired.replicates))
    )
    needed = float(one.still_needed()[0])
    return (*known, paired.estimate, paired.low, paired.high, paired.mcse, percent, paired.replicates, needed)


class Stopped(RuntimeError):  # noqa: N818, it is no error
    """A run gave up at the end of a month, because the comparison was interrupted or another run failed."""


@dataclass
class _PairedRuns:
    """All runs of a comparison, on a pool of threads."""

    arms: Mapping[str, Scenario]
    baseline: str
    progress: Progress | None
    store: Store | None
    build: Build
    populations: Callable[[Scenario, int], Any]
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, seeds: Sequence[int], threads: int) -> dict[tuple[str, int], RunResult]:
        jobs = self._in_order(list(seeds), ahead=threads - 1)
        kept = {job: self.store.load(*job) if self.store else None for job in jobs}
        results = {job: result for job, result in kept.items() if result is not None}
        missing = self._to_run(jobs, set(results))
        workers = max(1, min(threads, len(missing)))
        each = threads if workers == 1 else 1
        arms = {name: _with_threads(arm, each) for name, arm in self.arms.items()}
        shared = _Populations(self.populations, arms, Counter(self._population_key(job) for job in missing))
        with ThreadPoolExecutor(workers, thread_name_prefix="run") as pool:
            decisions: dict[int, Future[Any]] = {seed: Future() for seed in seeds}
            futures = {job: pool.submit(self._one, job, shared, decisions[job[1]], each) for job in missing}
            self._wait(list(futures.values()), list(decisions.values()))
        results |= {job: future.result() for job, future in futures.items()}
        return {(arm, seed): results[arm, seed] for arm in self.arms for seed in seeds}

    def _in_order(self, seeds: list[int], ahead: int) -> list[tuple[str, int]]:
        """All runs, seed by seed, the baseline first; the next seeds' baselines come before a seed's other arms.

        While the people of a seed live through their warm-up its other arms have to wait: nobody should be sent there.
        """
        others = [arm for arm in self.arms if arm != self.baseline]
        jobs = [(self.baseline, seed) for seed in seeds[:ahead]]
        for i, seed in enumerate(seeds):
            jobs += [(self.baseline, later) for later in seeds[i + ahead : i + ahead + 1]]
            jobs += [(arm, seed) for arm in others]
        return jobs

    def _to_run(self, jobs: list[tuple[str, int]], done: set[tuple[str, int]]) -> list[tuple[str, int]]:
        """What is still to be run, and each finished baseline whose decisions another arm will replay."""
        missing = [job for job in jobs if job not in done]
        waiting = {seed for arm, seed in missing if arm != self.baseline and self._replays(arm)}
        return [job for job in jobs if job not in done or (job[0] == self.baseline and job[1] in waiting)]

    def _wait(self, futures: list[Future[RunResult]], decisions: list[Future[Any]]) -> None:
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            failed = [f for f in done if not f.cancelled() and f.exception() is not None]
            if failed:
                self._give_up(futures, decisions)
                raise failed[0].exception() or Stopped()
        except KeyboardInterrupt:
            self._give_up(futures, decisions)
            raise

    def _give_up(self, futures: list[Future[RunResult]], decisions: list[Future[Any]]) -> None:
        self.stop.set()
        for future in (*futures, *decisions):
            future.cancel()

    def _one(self, job: tuple[str, int], shared: _Populations, decisions: Future[Any], threads: int) -> RunResult:
        arm, seed = job
        scenario = self.arms[arm]
        replayed = decisions.result() if self._replays(arm) and arm != self.baseline else None
        population, seconds = shared.take(self._population_key(job), job)
        system = self.build(_with_threads(scenario, threads), seed, population=population, decisions=replayed)
        result = system.run(progress=lambda month: self._month_done(arm, seed, month))
        if arm == self.baseline:
            decisions.set_result(getattr(system, "decisions", None))
        spent = {**result.seconds, "population": seconds + result.seconds.get("population", 0.0)}
        result = replace(result, arm=arm, seconds=spent)
        if self.store:
            self.store.save(result)
        close = getattr(system, "close", None)
        if close:
            close()
        return result

    def _month_done(self, arm: str, seed: int, month: int) -> None:
        if self.stop.is_set():
            raise Stopped(f"{arm}, seed {seed}: stopped after month {month}")
        if self.progress:
            self.progress(arm, seed, month)

    def _replays(self, arm: str) -> bool:
        return bool(self.arms[arm].organizations == "fixed")

    def _population_key(self, job: tuple[str, int]) -> tuple[int, str]:
        return job[1], population_key(self.arms[job[0]])


def population_key(scenario: Scenario) -> str:
    """What the start of a run depends on: who, how long without policy, and every parameter but those of programs."""
    values = {p.name: p.value.tolist() for p in scenario.registry if p.name.split(".")[0] not in POLICY_FILES}
    return repr((scenario.population, scenario.capacity, scenario.warm_up, values))


class _Populations:
    """Where runs start, by seed: made when first needed, copied for each run, forgotten after the last one."""

    def __init__(
        self,
        make: Callable[[Scenario, int], Any],
        arms: Mapping[str, Scenario],
        uses: Counter[tuple[int, str]],
    ) -> None:
        self._make, self._arms, self._uses = make, arms, uses
        self._locks = {key: threading.Lock() for key in uses}
        self._built: dict[tuple[int, str], Any] = {}

    def take(self, key: tuple[int, str], job: tuple[str, int]) -> tuple[Any, float]:
        """A start for one run, and the seconds that it took."""
        with self._locks[key]:
            start = perf_counter()
            if key not in self._built:
                self._built[key] = self._make(self._arms[job[0]], job[1])
            self._uses[key] -= 1
            population = self._built[key] if self._uses[key] else self._built.pop(key)
            return _copied(population), perf_counter() - start


def _copied(population: Any) -> Any:
    """A copy with people and clinics of its own: a run changes them."""
    copy = getattr(population, "copy", None)
    return copy() if copy else deepcopy(population)


def _population(scenario: Scenario, seed: int) -> Any:
    from sim.model import begin

    return begin(scenario, seed)


def _health_system() -> Build:
    from sim.model import HealthSystem  # Mesa and Numba take seconds to import: not for reading a finished study

    build: Build = HealthSystem
    return build


def _with_threads(scenario: Scenario, threads: int | None) -> Scenario:
    if threads is None or threads == scenario.threads:
        return scenario
    return scenario.model_copy(update={"threads": threads})
