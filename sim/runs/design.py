"""The draws of a study: each point of the levers with each draw of the uncertainties; every arm meets the same draws.

A draw of the uncertainties is a place in the unit cube, one coordinate for each uncertainty; its value is the quantile
of the uncertainty's distribution there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.engine import designs
from sim.engine.arrays import Floats, Frame
from sim.scenario import Scenario, ScenarioError
from sim.scenario.points import Point
from sim.scenario.uncertain import Uncertainty, quantile

MOST_RUNS = 1_000_000
MOST_COMBINATIONS = 100_000


@dataclass(frozen=True)
class Design:
    """All draws: draw ``k`` is point ``k // n`` of the levers with place ``k % n`` of the uncertainties.

    ``places`` is ``[n, uncertainty]`` in [0, 1]; with nothing uncertain it has one row and no column. ``kind`` says how
    they were placed.
    """

    points: tuple[Point, ...]
    uncertain: tuple[Uncertainty, ...]
    places: Floats
    kind: str = ""
    _ranges: dict[str, tuple[list[int], Floats, Floats, Floats]] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.points) * len(self.places)

    def point(self, draw: int) -> Point:
        return self.points[draw // len(self.places)]

    def values(self, draw: int) -> dict[str, list[float]]:
        """Return what the draw sets: from the path of a parameter to the value of each of its cells."""
        cells = self._quantiles(self.places[draw % len(self.places)])
        starts = np.cumsum([0, *(len(one.cells) for one in self.uncertain)])
        found = {
            one.name: cells[first:last].tolist()
            for one, first, last in zip(self.uncertain, starts[:-1], starts[1:], strict=True)
        }
        return found | {path: [value] for path, value in self.point(draw).values.items()}

    def digest(self, draw: int) -> str:
        """Return a hash of what the draw sets."""
        whole = hashlib.sha256()
        for path, values in sorted(self.values(draw).items()):
            whole.update(f"{path}:".encode() + np.asarray(values, dtype="<f8").tobytes())
        return whole.hexdigest()

    def frame(self) -> Frame:
        """Return ``draws.csv``: one row for each draw, one column for each lever and uncertainty.

        A table that moves as one shows its place in its ranges, 0 to 1; everything else its value.
        """
        import pandas as pd

        n = len(self.places)
        columns: dict[str, Any] = {"draw": np.arange(len(self))}
        for name in self.points[0].labels:
            columns[name] = np.repeat(np.array([p.labels[name] for p in self.points], dtype=object), n).tolist()
        for i, one in enumerate(self.uncertain):
            own = self.places[:, i] if one.is_table else _along(one, self.places[:, i])
            columns[one.name] = np.tile(own, len(self.points))
        return pd.DataFrame(columns)

    def _quantiles(self, place: Floats) -> Floats:
        """Return the values of all cells at one place: one call for each distribution."""
        repeated = np.repeat(place, [len(one.cells) for one in self.uncertain])
        found = np.empty_like(repeated)
        for distribution, (cells, low, mode, high) in self._by_distribution().items():
            found[cells] = quantile(distribution, repeated[cells], low, mode, high)
        return found

    def _by_distribution(self) -> dict[str, tuple[list[int], Floats, Floats, Floats]]:
        if not self._ranges and self.uncertain:
            kinds = [one.distribution for one in self.uncertain for _ in one.cells]
            ends = [np.concatenate([getattr(u, end) for u in self.uncertain]) for end in ("low", "mode", "high")]
            for kind in dict.fromkeys(kinds):
                cells = [i for i, one in enumerate(kinds) if one == kind]
                self._ranges[kind] = (cells, ends[0][cells], ends[1][cells], ends[2][cells])
        return self._ranges


def _along(one: Uncertainty, places: Floats) -> Floats:
    low, mode, high = (np.full(len(places), end[0]) for end in (one.low, one.mode, one.high))
    return quantile(one.distribution, places, low, mode, high)


def design_of(scenario: Scenario) -> Design:
    """Return the draws that a scenario asks for.

    Raises
    ------
    ScenarioError
        If the design cannot be made, or makes more runs than anybody would wait for.
    """
    check_design(scenario)
    return Design(scenario.points, scenario.uncertain, _places(scenario), scenario.design.kind)


def check_design(scenario: Scenario) -> int:
    """Return how many draws of the uncertainties a scenario asks for, before anything is drawn.

    Raises
    ------
    ScenarioError
        If they cannot be made.
    """
    faults = _faults(scenario)
    if faults:
        raise ScenarioError(faults)
    design, width = scenario.design, len(scenario.uncertain)
    return 1 if width == 0 else (design.draws**width if design.kind == designs.GRID else design.draws)


def _faults(scenario: Scenario) -> list[str]:
    design, names = scenario.design, scenario.uncertain
    if not names:
        return _too_many(scenario, 1)
    if design.kind in ("sobol", designs.SALTELLI) and design.draws & (design.draws - 1):
        near = 2 ** (design.draws.bit_length() - 1)
        nearest = f"(nearest: {near} or {2 * near})"
        return [f"design.draws={design.draws}: must be a power of 2 with kind={design.kind} {nearest}"]
    if design.kind in designs.KINDS and design.draws < designs.FEWEST:
        return [f"design.draws={design.draws}: must be at least {designs.FEWEST} with kind={design.kind}"]
    if design.kind == designs.GRID and len(names) * np.log(design.draws) > np.log(MOST_COMBINATIONS):
        return [
            f"design.kind=grid: {design.draws} values of {len(names)} uncertainties are more than "
            f"{MOST_COMBINATIONS} combinations; take fewer, or kind=latin_hypercube"
        ]
    if design.kind in designs.KINDS:
        return _too_many(scenario, designs.rows(design.kind, len(names), design.draws))
    return _too_many(scenario, design.draws ** len(names) if design.kind == designs.GRID else design.draws)


def _too_many(scenario: Scenario, places: int) -> list[str]:
    seeds = scenario.stop.at_most if scenario.stop.outcome else len(scenario.seed_list)
    parts = (len(scenario.arms) or 1, len(scenario.points), places, seeds)
    runs = int(np.prod(parts))
    if runs <= MOST_RUNS:
        return []
    return [
        f"design: {parts[0]} arms x {parts[1]} points x {parts[2]} draws x {parts[3]} seeds are {runs} runs, "
        f"must be at most {MOST_RUNS}"
    ]


def _places(scenario: Scenario) -> Floats:
    """Return the draws of the uncertainties in the unit cube, ``[n, uncertainty]``."""
    width, design = len(scenario.uncertain), scenario.design
    if width == 0:
        return np.zeros((1, 0))
    if design.kind == designs.GRID:
        return _grid(width, design.draws)
    if design.kind in designs.KINDS:
        return designs.design(design.kind, width, design.draws, design.seed)
    from scipy.stats import qmc

    kind = qmc.Sobol if design.kind == "sobol" else qmc.LatinHypercube
    sampler = kind(width, rng=np.random.default_rng(design.seed))
    places: Floats = sampler.random(design.draws)
    return places


def _grid(width: int, values: int) -> Floats:
    """Return evenly spaced places from the low to the high end, in all combinations; one value is the middle."""
    axis = np.linspace(0, 1, values) if values > 1 else np.full(1, 0.5)
    return np.stack(np.meshgrid(*[axis] * width, indexing="ij"), axis=-1).reshape(-1, width)
