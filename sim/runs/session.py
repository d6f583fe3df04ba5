"""Runs what is missing of a study: hands out tasks, keeps what comes back, tries again what was lost."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field, replace
from time import monotonic

from sim.runs.crews import Crew, Lost
from sim.runs.plan import Plan, Task
from sim.runs.work import Answer, Failure
from sim.study.errors import InputChangedError
from sim.study.shards import MANY, Outcome, Store

MOST_RUNS, MOST_SECONDS = 200, 15.0  # kept in memory before a shard is closed
TRIES = 3
MOST_FAILED = 0.1  # share of the runs of a study; where more failed there is no table of results
TICK = 0.5  # seconds between two looks at the clock


@dataclass
class Progress:
    """How far a study is: runs planned, done (on the disk), being simulated now and failed; and how fast it goes."""

    planned: int
    done: int = 0
    running: int = 0
    failed: int = 0
    found: int = 0  # done before this session
    seconds: float = 0.0

    @property
    def runs_per_minute(self) -> float:
        """Runs that this session kept in a minute."""
        return 60 * (self.done - self.found) / self.seconds if self.seconds > 0 else 0.0

    @property
    def has_results(self) -> bool:
        """Whether so few runs failed that the others can stand for all in a table of results."""
        return self.failed <= MOST_FAILED * self.planned and self.done > 0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all is done, at the pace so far; None before anything is done."""
        speed = self.runs_per_minute / 60
        return (self.planned - self.done - self.failed) / speed if speed > 0 else None


@dataclass
class Running:
    """One session of a study: a sweep or a comparison, on any crew.

    Parameters
    ----------
    plan, store
        What there is to do, and where it is kept.
    heard
        Called with the progress now and then.
    leave_out
        Ids of runs that are not asked for.
    """

    plan: Plan
    store: Store
    heard: Callable[[Progress], None] = lambda _: None
    leave_out: Set[str] = frozenset()
    failed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._of_id = Counter(run.id for run in self.plan.runs if run.id not in self.leave_out)
        self._kept: list[Outcome] = []
        self._tries: Counter[str] = Counter()
        self._again: deque[Task] = deque()
        self._under_way = 0
        found = self._on_disk()
        self.progress = Progress(sum(self._of_id.values()), done=found, found=found)
        self._began = self._closed = monotonic()
        self.heard(self.progress)

    def missing(self) -> int:
        """Runs that are not on the disk."""
        return self.progress.planned - self.progress.done

    def run(self, crew: Crew) -> None:
        """Run what is missing; what is finished is on the disk when this ends, in whatever way."""
        tasks = self.plan.tasks({run.id for run in self.plan.runs if run.id in self.store} | self.leave_out)
        try:
            while self._hand_out(tasks, crew):
                for task, answer in crew.collect(TICK):
                    self._take(task, answer)
                self._close_shard(MOST_RUNS, MOST_SECONDS)
                self._tell(crew.hands)
        finally:
            self._under_way = 0
            self._close_shard(1, 0.0)
            self._tell()

    def _hand_out(self, tasks: Iterator[Task], crew: Crew) -> bool:
        """Give the crew as much as it takes; False when nothing is left and nobody is at work."""
        for _ in range(crew.room()):
            task = self._again.popleft() if self._again else next(tasks, None)
            if task is None:
                break
            crew.submit(task)
            self._under_way += len(task.runs)
        return crew.busy() > 0

    def _take(self, task: Task, answer: Answer | Lost) -> None:
        self._under_way -= len(task.runs)
        if isinstance(answer, Lost):
            self._retry(task, "its worker was killed or crashed")
            return
        self._kept += [one for one in answer if isinstance(one, Outcome)]
        failures = [one for one in answer if isinstance(one, Failure)]
        if changed := next((one.changed for one in failures if one.changed), ""):
            raise InputChangedError(changed)
        for one in failures:
            self.failed[one.id] = one.reason
        if again := {one.id for one in failures if one.again}:
            self._retry(_part(task, again), next(one.reason for one in failures if one.again))

    def _retry(self, task: Task, reason: str) -> None:
        """Try a task again, in parts if it has several runs: the one that kills its worker should fail alone."""
        for run_id, _ in task.runs:
            self._tries[run_id] += 1
            if self._tries[run_id] < TRIES:
                self.failed.pop(run_id, None)
                self._again.append(_part(task, {run_id}))
            else:
                self.failed[run_id] = f"{reason}, {TRIES} times"

    def _close_shard(self, runs: int, seconds: float) -> None:
        now = monotonic()
        if self._kept and (len(self._kept) >= runs or now - self._closed >= seconds):
            self.store.add(self._kept)
            if self.store.files > MANY:
                self.store.compact()
            self._kept = []
            self._closed = monotonic()
            self.progress.done = self._on_disk()

    def _on_disk(self) -> int:
        return sum(count for run_id, count in self._of_id.items() if run_id in self.store)

    def _tell(self, hands: int = 0) -> None:
        progress = self.progress
        progress.running = min(self._under_way, hands)  # the others that were handed out wait
        progress.failed = sum(self._of_id[one] for one in self.failed)
        progress.seconds = monotonic() - self._began
        self.heard(progress)


def _part(task: Task, run_ids: set[str]) -> Task:
    """The same task with some of its runs only."""
    return replace(task, runs=tuple(run for run in task.runs if run[0] in run_ids))
