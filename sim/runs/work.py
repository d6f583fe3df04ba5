"""What a worker does: live the runs of one task, and give back what is kept of them.

The people of a draw and seed live through the warm-up once, and every arm begins with a copy of them; the next task
begins from the same people where its draw changes nothing that the warm-up depends on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any, TypeAlias

from sim.runs.plan import Task
from sim.study.shards import Outcome


@dataclass(frozen=True)
class Failure:
    """A run that could not be finished, and why; ``again`` where another try may help."""

    id: str
    reason: str
    again: bool = False


Answer: TypeAlias = "list[Outcome | Failure]"
Work: TypeAlias = Callable[[Task], Answer]


def live(task: Task) -> Answer:
    """Live the runs of a task. A run that fails is reported, and the others go on."""
    fault = _other_code(task.code)
    if fault:
        return [Failure(run_id, fault) for run_id, _ in task.runs]
    decisions = _Decisions(task)
    return [_lived(task, run_id, arm, decisions) for run_id, arm in _neighbors(task)]


def _neighbors(task: Task) -> list[tuple[str, str]]:
    """Runs in an order that puts those with the same start together."""
    from sim.runs.comparison import population_key

    return sorted(task.runs, key=lambda run: (population_key(_scenario(task, run[1])), task.runs.index(run)))


def _lived(task: Task, run_id: str, arm: str, decisions: _Decisions) -> Outcome | Failure:
    try:
        return _outcome(run_id, *_result(task, arm, decisions.for_arm(arm)), months=task.months)
    except (MemoryError, OSError) as fault:
        return Failure(run_id, _in_words(fault), again=True)
    except Exception as fault:  # whatever a run dies of is its result, and no other run's
        return Failure(run_id, _in_words(fault))


def _result(task: Task, arm: str, decisions: Any) -> tuple[Any, float]:
    from sim.model import HealthSystem

    began = perf_counter()
    scenario = _scenario(task, arm)
    system = HealthSystem(scenario, task.seed, population=_starts.take(scenario, task.seed), decisions=decisions)
    try:
        return system.run(), perf_counter() - began
    finally:
        system.close()


class _Decisions:
    """What the baseline arm of a task decided, for the arms that replay it; lived when it is first asked for."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._known: Any = None

    def for_arm(self, arm: str) -> Any:
        if arm == self._task.baseline or self._task.cells[arm]["organizations"] != "fixed":
            return None
        if self._known is None:
            self._known = _decided(self._task)
        return self._known


def _decided(task: Task) -> Any:
    from sim.model import HealthSystem

    scenario = _scenario(task, task.baseline)
    system = HealthSystem(scenario, task.seed, population=_starts.take(scenario, task.seed))
    try:
        system.run()
        return system.decisions
    finally:
        system.close()


class _Starts:
    """The last start that was made, for the next run that begins from the same people."""

    def __init__(self) -> None:
        self._key: Any = None
        self._start: Any = None

    def take(self, scenario: Any, seed: int) -> Any:
        from sim.model import begin
        from sim.runs.comparison import population_key

        key = (seed, population_key(scenario))
        if key != self._key:
            self._key = self._start = None  # let go of the old one before the new one is made
            self._start = begin(scenario, seed)
            self._key = key
        return self._start.copy()


_starts = _Starts()


def _scenario(task: Task, arm: str) -> Any:
    import json

    return _rebuilt(json.dumps(task.cells[arm], sort_keys=True)).with_cells(task.values)


@lru_cache(maxsize=256)
def _rebuilt(plain: str) -> Any:
    import json

    from sim.scenario import Scenario

    return Scenario.resolved(json.loads(plain))


def _outcome(run_id: str, result: Any, seconds: float, *, months: bool) -> Outcome:
    from sim.measures.measures import MEASURES

    return Outcome(
        id=run_id,
        digest=result.digest,
        member_months=result.member_months,
        seconds=round(seconds, 3),
        rows=tuple(result.rows),
        measures=tuple(measure.name for measure in MEASURES),
        totals=result.totals(),
        amounts=result.amounts(),
        monthly=result.monthly() if months else None,
        yearly=result.by_year() if months else None,
    )


def _other_code(code: tuple[str, str]) -> str:
    from sim.paths import conf_folder
    from sim.scenario.digests import code_digest, data_digest

    same = code == (code_digest(), data_digest(conf_folder()))
    return "" if same else "the worker has another version of ccosim or of its data than the study"


def _in_words(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {' '.join(str(fault).split())[:300]}"
