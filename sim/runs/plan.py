"""The runs of a study: every arm with every draw and every seed, each named by a hash of all that it depends on.

A comparison is a study with one draw.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from sim.measures.measures import PRIMARY
from sim.population.margins import MARGINS, are_own
from sim.runs.design import Design, design_of
from sim.scenario import Scenario
from sim.scenario.arms import ONLY_ARM
from sim.scenario.digests import code_digest
from sim.scenario.points import NO_LEVERS

ID = 32  # characters of a run's id
TOTALS, MONTHS, RUNS = "totals", "months", "runs"  # what is kept: totals, months too, or complete runs
ONE_DRAW = Design(NO_LEVERS, (), np.zeros((1, 0)))


@dataclass(frozen=True)
class Run:
    """One run: an arm, a draw, a seed, and the id that equal runs share."""

    arm: str
    draw: int
    seed: int
    id: str


class Cell:
    """The scenario of an arm at a point of the levers, and what it read from files when the study began.

    It travels to other processes and machines as plain data, and is a scenario again when it is first asked for.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.inputs = scenario.inputs()

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario; set here, resolved where it arrives."""
        return _resolved(self._plain)

    @cached_property
    def _plain(self) -> str:
        return json.dumps({**self.scenario.described(), "threads": 1}, sort_keys=True)

    def __getstate__(self) -> dict[str, Any]:
        return {"_plain": self._plain, "inputs": self.inputs}

    def changed(self) -> str:
        """Return the first file that no longer holds what the study began with, or nothing."""
        now = self.scenario.inputs()
        return next((name for name, digest in self.inputs.items() if now[name] != digest), "")


@lru_cache(maxsize=256)
def _resolved(plain: str) -> Scenario:
    return Scenario.resolved(json.loads(plain))


@dataclass(frozen=True)
class Task:
    """What one worker does at one time: the arms of one draw and seed, which start from the same people.

    ``runs`` holds (id, arm); ``cells`` the scenarios by arm; ``values`` what the draw sets; ``baseline`` the arm whose
    decisions others replay; ``code`` is the version of the code that the worker must have.
    """

    seed: int
    draw: int
    runs: tuple[tuple[str, str], ...]
    cells: Mapping[str, Cell]
    values: Mapping[str, list[float]]
    baseline: str
    keep: str
    code: str


@dataclass(frozen=True)
class Plan:
    """All runs of a study, in the order of its tables: by arm, then draw, then seed."""

    arms: tuple[str, ...]
    baseline: str
    seeds: tuple[int, ...]
    design: Design
    cells: Mapping[tuple[str, str], Scenario]
    keep: str = TOTALS
    primary: tuple[str, ...] = PRIMARY  # outcomes named before the runs
    guarded: bool = False  # numbers of 1 to 10 people are hidden in its tables

    def __len__(self) -> int:
        return len(self.arms) * len(self.design) * len(self.seeds)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every run."""
        digests = {key: cell.run_digest() for key, cell in self.cells.items()}
        for (arm, key), cell in self.cells.items():
            if cell.organizations == "fixed" and arm != self.baseline:  # it also depends on whose decisions it replays
                digests[arm, key] += digests[self.baseline, key]
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
                runs = {run.id: run for arm in reversed(self.arms) if (run := self.run(arm, draw, seed)).id not in done}
                missing = [run for run_id, run in reversed(runs.items()) if run_id not in asked]
                asked.update(run.id for run in missing)
                if missing:
                    yield self._task(missing)

    def _task(self, runs: list[Run]) -> Task:
        first, key = runs[0], self.design.point(runs[0].draw).key
        cells = {run.arm: self._travelers[run.arm, key] for run in runs}
        if any(cell.scenario.organizations == "fixed" for cell in cells.values()):
            cells |= {self.baseline: self._travelers[self.baseline, key]}
        return Task(
            seed=first.seed,
            draw=first.draw,
            runs=tuple((run.id, run.arm) for run in runs),
            cells=cells,
            values=self.design.values(first.draw),
            baseline=self.baseline,
            keep=self.keep,
            code=self._code,
        )

    @cached_property
    def _code(self) -> str:
        """Hash of the code that named the runs."""
        return code_digest()

    @cached_property
    def _travelers(self) -> dict[tuple[str, str], Cell]:
        return {key: Cell(scenario) for key, scenario in self.cells.items()}


def plan_of(scenario: Scenario) -> Plan:
    """Return the runs of a sweep.

    Raises
    ------
    ScenarioError
        If its design cannot be made.
    """
    return _plan(scenario, design_of(scenario), scenario.keep)


def comparison_of(scenario: Scenario) -> Plan:
    """Return the runs of a comparison: one draw, complete runs; levers and uncertainties are left out."""
    return _plan(scenario, ONE_DRAW, RUNS)


def _plan(scenario: Scenario, design: Design, keep: str) -> Plan:
    arms = tuple(scenario.arms) or (ONLY_ARM,)
    points = {point.key: point for point in design.points}
    cells = {(arm, key): scenario.cell(arm, point) for arm in arms for key, point in points.items()}
    primary, guarded = scenario.outcomes or PRIMARY, any(has_own_margins(cell) for cell in cells.values())
    baseline = scenario.baseline or arms[0]
    return Plan(arms, baseline, scenario.seed_list, design, cells, keep, primary, guarded)


def has_own_margins(scenario: Scenario) -> bool:
    """Return whether the people of a scenario are made from a user's own file."""
    return are_own(scenario.folder / MARGINS / f"{scenario.population.margins}.csv")


def _id(cell: str, drawn: str, seed: int) -> str:
    return hashlib.sha256(f"{cell} {drawn} {seed}".encode()).hexdigest()[:ID]
