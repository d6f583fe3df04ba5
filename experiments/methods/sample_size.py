"""How large a sample must be: measures of small samples of the state beside those of a large one (model.md 4).

With behavior off (`providers=passive`, `governance=none`, claims are paid) nothing depends on how many people share
a CCO or a clinic, and samples agree within Monte Carlo error. With behavior on, CCOs and practices decide by what
they see, and a small sample shows them more chance. Each sample gets as many members in all, so that small ones have
many seeds; seeds meet different people, and differences are of independent means.

`python -m experiments.methods.sample_size [MEMBERS]` writes `results/reference/sample_size.csv` and says the smallest
sample whose named measures are all within 2 percent of the largest.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.methods.pairing import NAMED, measured, write
from sim.measures.measures import BY_NAME
from sim.model import begin
from sim.scenario import Scenario

SAMPLES = (0.01, 0.02, 0.05, 0.1)
LARGEST = SAMPLES[-1]
MEMBERS = 800_000  # simulated in all for each sample size: eight seeds of the largest
NEAR = 2.0  # percent
OUT = Path(__file__).resolve().parents[2] / "results" / "reference" / "sample_size.csv"
PEOPLE = ("population=oregon", "population.minimum_per_cco=0", "months=24", "threads=1", "seeds=1")
WORLDS = {
    "off": ("payment=fee_for_service", "providers=passive", "governance=none"),
    "on": ("payment=global_budget", "providers=effort", "governance=balanced"),
}

Values = NDArray[np.float64]
Job = tuple[str, float, int]


@dataclass(frozen=True)
class Row:
    """One measure of one sample: its mean, and how far it is from the largest sample's, with half a 95% interval."""

    behavior: str
    sample: float
    measure: str
    unit: str
    mean: float
    difference_percent: float
    half_percent: float
    seeds: int


def jobs(members: int = MEMBERS, of_state: int = 1_400_000) -> Iterator[Job]:
    """Yield ``(behavior, sample, seed)``; no two samples share a seed, or they would share people."""
    for world in WORLDS:
        first = 0
        for sample in SAMPLES:
            count = max(2, round(members / (sample * of_state)))
            yield from ((world, sample, seed) for seed in range(first, first + count))
            first += count


def simulate(job: Job) -> Values:
    """Simulate one run and return the named measures."""
    world, sample, seed = job
    scenario = Scenario.compose([*PEOPLE, *WORLDS[world], f"population.sample={sample}"])
    return measured(scenario, seed, begin(scenario, seed))


def rows_of(values: Mapping[tuple[str, float], Values]) -> list[Row]:
    """Return a row for each behavior, sample and measure from ``[seed, measure]``; Welch's intervals."""
    return [
        _row(world, sample, i, its[:, i], values[world, LARGEST][:, i])
        for (world, sample), its in values.items()
        for i in range(len(NAMED))
    ]


def _row(world: str, sample: float, i: int, its: Values, largest: Values) -> Row:
    per = 100 / largest.mean()
    half = 0.0
    if sample != LARGEST:
        low, high = stats.ttest_ind(its, largest, equal_var=False).confidence_interval()
        half = abs(per) * (high - low) / 2
    off = per * (its.mean() - largest.mean())
    return Row(world, sample, NAMED[i], BY_NAME[NAMED[i]].unit, float(its.mean()), float(off), float(half), len(its))


def smallest(rows: Sequence[Row], world: str) -> float:
    """Return the smallest sample from which on every measure is within `NEAR` percent of the largest sample's."""
    far = {row.sample for row in rows if row.behavior == world and abs(row.difference_percent) > NEAR}
    return min(sample for sample in SAMPLES if all(sample > other for other in far))


def main(members: int = MEMBERS, path: Path = OUT) -> None:
    """Simulate every sample size, write the table, and print which sizes are large enough."""
    todo = list(jobs(members))
    found: dict[tuple[str, float], list[Values]] = {}
    with ProcessPoolExecutor() as pool:
        for done, (job, values) in enumerate(zip(todo, pool.map(simulate, todo), strict=True), 1):
            found.setdefault(job[:2], []).append(values)
            print(f"{done} of {len(todo)} runs", end="\r", flush=True)
    rows = rows_of({key: np.array(values) for key, values in found.items()})
    write(rows, path)
    for world in WORLDS:
        print(f"behavior {world}: within {NEAR:g}% of a {LARGEST:.0%} sample from {smallest(rows, world):.0%} on")
    print(path)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS)
