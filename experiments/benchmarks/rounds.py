"""Times several contestants in turn, month by month, in one process: what slows one of them slows all of them."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from experiments.benchmarks.engine_month import DECISIONS, EngineBenchmark
from experiments.benchmarks.numpy_month import NumpyBenchmark
from sim.member.decisions import DECISIONS as DECISIONS_OF_A_MONTH
from sim.model import HealthSystem, begin
from sim.scenario import Scenario
from sim.schema import ENROLLED
from sim.start import Start

SEED = 0
WARM_MONTHS = 2  # compiled, and pages touched, before the clock starts
IN_A_ROW = 4  # short months that are timed together: as in a run, most begin with what they need in the cache


@dataclass
class Contestant:
    """Something that can simulate a month, or a few in a row: `step` returns the member-months."""

    name: str
    threads: int
    members: int
    decisions: int
    step: Callable[[], int]
    seconds: list[float] = field(default_factory=list)
    member_months: list[int] = field(default_factory=list)
    in_a_row: int = 1

    def time_month(self) -> None:
        """Time one month, or as many as are simulated in a row."""
        started = time.perf_counter()
        done = self.step()
        self.seconds.append(time.perf_counter() - started)
        self.member_months.append(done)

    def forget(self) -> None:
        self.seconds.clear()
        self.member_months.clear()

    @property
    def nanoseconds(self) -> float:
        """Median time of a member-month."""
        pairs = zip(self.seconds, self.member_months, strict=True)
        return statistics.median(1e9 * seconds / done for seconds, done in pairs)

    @property
    def per_second(self) -> float:
        return 1e9 / self.nanoseconds


def race(contestants: list[Contestant], months: int, tick: Callable[[], None] = lambda: None) -> None:
    """Time one month of each contestant in turn, so that noise falls on all alike."""
    for contestant in contestants:
        for _ in range(WARM_MONTHS):
            contestant.time_month()
        contestant.forget()
    with no_collection():
        for _ in range(months):
            for contestant in contestants:
                contestant.time_month()
            tick()


@contextmanager
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def ratio(one: Contestant, other: Contestant) -> float:
    """Median over the rounds of the time of a member-month of one over that of the other in the same round."""

    def times(contestant: Contestant) -> list[float]:
        return [s / done for s, done in zip(contestant.seconds, contestant.member_months, strict=True)]

    return statistics.median(a / b for a, b in zip(times(one), times(other), strict=True))


def model_contestants(scenario: Scenario, threads: list[int], months: int) -> list[Contestant]:
    """Our month, whole: organizations decide, members are simulated, money settles, cells are recorded."""
    scenario = scenario.model_copy(update={"months": months + WARM_MONTHS})
    start = begin(scenario, SEED)
    return [model_contestant(scenario.model_copy(update={"threads": n}), start.copy()) for n in threads]


def member_months(model: HealthSystem) -> int:
    """Return the member-months of the month that was simulated last."""
    return int(model.last.rate_months.sum()) if model.last else 0


def model_contestant(scenario: Scenario, start: Start) -> Contestant:
    model = HealthSystem(scenario, SEED, start)

    def step() -> int:
        model.step()
        return member_months(model)

    return Contestant("month", scenario.threads, enrolled(model), DECISIONS_OF_A_MONTH, step)


def enrolled(model: HealthSystem) -> int:
    return int((model.members["status"] == ENROLLED).sum())


def engine_contestant(members: int, threads: int, rounds: int) -> Contestant:
    """The benchmark month, in the engine's shape."""
    benchmark = EngineBenchmark(members, SEED, months=(rounds + WARM_MONTHS) * IN_A_ROW)
    pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def step() -> int:
        return sum(benchmark.step(pool) for _ in range(IN_A_ROW))

    return Contestant("benchmark_engine", threads, members, DECISIONS, step, in_a_row=IN_A_ROW)


def numpy_contestant(members: int) -> Contestant:
    """The benchmark month, in plain NumPy."""
    return Contestant("benchmark_numpy", 1, members, DECISIONS, NumpyBenchmark(members, SEED).step)
