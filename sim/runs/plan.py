"""The runs of a study: every arm with every draw and every seed, each named by a hash of all that it depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.runs.design import Design, design_of
from sim.scenario import Scenario
from sim.scenario.arms import ONLY_ARM
from sim.scenario.digests import code_digest, data_digest

ID = 32  # characters of a run's id


@dataclass(frozen=True)
class Run:
    """One run: an arm, a draw, a seed, and the id that equal runs share."""

    arm: str
    draw: int
    seed: int
    id: str


@dataclass(frozen=True)
class Task:
    """What one worker does at one time: the arms of one draw and seed, which start from the same people.

    All of it is plain data that can travel to another machine. ``runs`` holds (id, key of ``cells``); ``cells`` the
    resolved scenarios; ``values`` what the draw sets; ``baseline`` the key of the arm whose decisions others replay.
    """

    seed: int
    draw: int
    runs: tuple[tuple[str, str], ...]
    cells: dict[str, dict[str, Any]]
    values: dict[str, list[float]]
    baseline: str
    months: bool
    code: tuple[str, str]


@dataclass(frozen=True)
class Plan:
    """All runs of a study, in the order of its tables: by arm, then draw, then seed."""

    arms: tuple[str, ...]
    baseline: str
    seeds: tuple[int, ...]
    design: Design
    cells: dict[tuple[str, str], Scenario]
    months: bool = False

    def __len__(self) -> int:
        return len(self.arms) * len(self.design) * len(self.seeds)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every run."""
        digests = {key: cell.run_digest() for key, cell in self.cells.items()}
        drawn = [self.design.digest(draw) for draw in range(len(self.design))]
        return tuple(
            Run(arm, draw, seed, _id(digests[arm, self.design.point(draw).key], drawn[draw], seed))
            for arm in self.arms
            for draw in range(len(self.design))
            for seed in self.seeds
        )

    def run(self, arm: str, draw: int, seed: int) -> Run:
        """Return one run by its names."""
        place = self.arms.index(arm) * len(self.design) + draw
        return self.runs[place * len(self.seeds) + self.seeds.index(seed)]

    def tasks(self, done: Container[str]) -> Iterator[Task]:
        """Yield what is still to be done: all draws of the first seed, then of the next.

        Equal runs (an arm that a lever does not touch) are computed once.
        """
        asked: set[str] = set()
        for seed in self.seeds:
            for draw in range(len(self.design)):
                runs = {run.id: run for arm in self.arms if (run := self.run(arm, draw, seed)).id not in done}
                missing = [run for run_id, run in runs.items() if run_id not in asked]
                asked.update(run.id for run in missing)
                if missing:
                    yield self._task(missing)

    def _task(self, runs: list[Run]) -> Task:
        first, key = runs[0], self.design.point(runs[0].draw).key
        arms = {run.arm: self.cells[run.arm, key] for run in runs}
        if any(scenario.organizations == "fixed" for scenario in arms.values()):
            arms |= {self.baseline: self.cells[self.baseline, key]}
        return Task(
            seed=first.seed,
            draw=first.draw,
            runs=tuple((run.id, run.arm) for run in runs),
            cells={arm: self._described(arm, key) for arm in arms},
            values=self.design.values(first.draw),
            baseline=self.baseline,
            months=self.months,
            code=self._code,
        )

    def _described(self, arm: str, key: str) -> dict[str, Any]:
        return self._plain.setdefault((arm, key), {**self.cells[arm, key].described(), "threads": 1})

    @cached_property
    def _plain(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {}

    @cached_property
    def _code(self) -> tuple[str, str]:
        from sim.paths import conf_folder

        return code_digest(), data_digest(conf_folder())


def plan_of(scenario: Scenario) -> Plan:
    """Return the runs of a study.

    Raises
    ------
    ScenarioError
        If its design cannot be made.
    """
    arms = tuple(scenario.arms) or (ONLY_ARM,)
    design = design_of(scenario)
    keys = dict.fromkeys(point.key for point in design.points)
    points = {point.key: point for point in design.points}
    cells = {(arm, key): scenario.cell(arm, points[key]) for arm in arms for key in keys}
    return Plan(arms, scenario.baseline or arms[0], scenario.seed_list, design, cells, scenario.keep == "months")


def _id(cell: str, drawn: str, seed: int) -> str:
    return hashlib.sha256(f"{cell} {drawn} {seed}".encode()).hexdigest()[:ID]
