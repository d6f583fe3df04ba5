"""A table of targets beside what the model gives: the mean over seeds that nobody chose, and each row's worst seed.

Seeds are simulated one after the other, as a run may be large. A row's worst seed is the one farthest from the value
that is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.calibration.observed import Observed, observe

if TYPE_CHECKING:
    from sim.scenario import Scenario

Figures = Mapping[str, float]
Measure = Callable[[Observed], Figures]


def figures(scenario: Scenario, measure: Measure, seeds: Sequence[int]) -> list[Figures]:
    """Return what the model gives, for each seed."""
    return [measure(observe(scenario, seed)) for seed in seeds]


def mean(found: Sequence[Figures], name: str) -> float:
    """Return the mean over the seeds in which the figure can be said."""
    return float(np.nanmean([one[name] for one in found]))


def worst(found: Sequence[Figures], name: str, wanted: float) -> tuple[int, float]:
    """Return the place of the seed that is farthest from the value wanted, and its figure."""
    values = np.array([one[name] for one in found])
    place = int(np.nanargmax(np.abs(values - wanted)))
    return place, float(values[place])


def table(rows: Sequence[Mapping[str, str]], found: Sequence[Figures], seeds: Sequence[int]) -> Iterator[str]:
    """Yield the lines of a Markdown table: each row's value wanted, mean, miss and worst seed."""
    yield "| # | target | source | wanted | model | miss | worst seed |\n|---|---|---|---|---|---|---|"
    for row in rows:
        wanted, got = float(row["value"]), mean(found, row["target"])
        place, far = worst(found, row["target"], wanted)
        about = f"| {row['number']} | {row['label']}, {row['unit']} | {row['evidence']} | {wanted:g}"
        yield f"{about} | {got:.2f} | {got / wanted - 1:+.1%} | {far:.2f} (seed {seeds[place]}) |"
