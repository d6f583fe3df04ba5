"""What pairing buys: how much less a difference between two policies varies when both arms meet the same luck.

    ratio = variance of the difference between arms with different seeds / variance with the same seed

For a ratio of r, independent runs need r times as many seeds for the same interval. Two controls tell where it comes
from:

- `seed_number`: the second arm has the same seed number and other people with other keys, as where a policy moves a
  common stream of random numbers along. This shares nothing that matters, and buys nothing.
- `same_people`: both arms begin with the same people and have different luck from then on, as where a population is
  built once and the years are drawn anew. What it buys is the people; the rest is the luck of each month.

`python -m experiments.methods.pairing [PAIRS]` writes `results/reference/pairing.csv`.
"""

from __future__ import annotations

import csv
import gc
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.engine.draws import child_keys
from sim.measures.measures import BY_NAME, MEASURES
from sim.model import HealthSystem, begin
from sim.scenario import Scenario
from sim.start import Start

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PAIRS = 200
OUT = Path(__file__).resolve().parents[2] / "results" / "reference" / "pairing.csv"
NAMED = (
    "pmpm_total",
    "pmpm_state",
    "pmpm_medical",
    "pmpm_medicare",
    "ed_visits_per_1000_mm",
    "inpatient_stays_per_1000_mm",
    "readmission_30d",
    "primary_care_visits_per_1000_mm",
    "unmet_need_share",
    "qalys_per_1000_my",
)
"""Ten headline measures. The first two hold capitation, which does not follow the luck of the members whom it pays for:
there pairing buys little."""

PEOPLE = (
    "population=oregon",
    "population.sample=0.0142857",  # 20,000 members
    "population.minimum_per_cco=0",
    "months=24",
    "providers=savings_trend",
    "threads=1",
    "seeds=1",
)
BASELINE = "fee_for_service"
ARMS = {
    BASELINE: ("payment=fee_for_service",),
    "global_budget": ("payment=global_budget",),
    "global_budget_and_upstream": ("payment=global_budget", "upstream=portfolio"),
}
CONTROLLED = "global_budget"  # the arm of the controls
SEED_NUMBER, SAME_PEOPLE = "seed_number", "same_people"
OTHER_LUCK = 0xD1CE  # salt of the keys of the same people with other luck
OTHER_PEOPLE = 1_000_000  # added to the seed from which the other people come

Values = NDArray[np.float64]
Report = Callable[[int], None]


@dataclass(frozen=True)
class Row:
    """One measure of one contrast with fee-for-service.

    `effect` is the mean paired difference and `effect_se` its standard error; `sd_paired` and `sd_independent` are
    standard deviations of the difference of one pair; the last three are ratios of variances. A ratio is infinite where
    the policy moves the measure in no pair at all.
    """

    contrast: str
    measure: str
    unit: str
    baseline: float
    effect: float
    effect_se: float
    effect_percent: float
    sd_paired: float
    sd_independent: float
    ratio: float
    ratio_seed_number: float
    ratio_same_people: float
    pairs: int


def simulate_pairs(
    seeds: Iterable[int],
    people: Sequence[str] = PEOPLE,
    report: Report | None = None,
    each: Callable[..., Iterable[dict[str, Values]]] = map,
) -> dict[str, Values]:
    """Simulate every arm and both controls with every seed.

    Parameters
    ----------
    seeds : of the pairs.
    people : overrides that all arms share.
    report : called with the number of pairs done.
    each : applies a function to every seed in order; `Executor.map` uses all processors.

    Returns
    -------
    dict : by arm or control: ``[pair, len(NAMED)]``, the measures over the whole run.
    """
    pairs = []
    for done, pair in enumerate(each(partial(live_pair, people=people), seeds), 1):
        pairs.append(pair)
        if report is not None:
            report(done)
    return {name: np.array([pair[name] for pair in pairs]) for name in (*ARMS, SEED_NUMBER, SAME_PEOPLE)}


def live_pair(seed: int, people: Sequence[str] = PEOPLE) -> dict[str, Values]:
    """Simulate every arm and both controls with one seed."""
    arms = {name: Scenario.compose([*people, *own]) for name, own in ARMS.items()}
    start = begin(arms[BASELINE], seed)
    values = {name: measured(arm, seed, start.copy()) for name, arm in arms.items()}
    others = replace(begin(arms[BASELINE], seed + OTHER_PEOPLE), seed=seed)  # other people, as if they were of the seed
    values[SEED_NUMBER] = measured(arms[CONTROLLED], seed, others)
    values[SAME_PEOPLE] = measured(arms[CONTROLLED], seed, with_other_luck(start))
    gc.collect()  # a model and its agents refer to each other: their tables would pile up
    return values


def measured(arm: Scenario, seed: int, start: Start) -> Values:
    """Simulate one run and return the named measures."""
    model = HealthSystem(arm, seed, population=start)
    totals = model.run().totals()[0]
    model.close()
    return np.array([totals[MEASURES.index(BY_NAME[name])] for name in NAMED])


def with_other_luck(start: Start) -> Start:
    """Return the same people with other keys, from which their luck comes."""
    mine = start.copy()
    rows = mine.population.members
    rows["key"] = np.where(rows["key"] > 0, child_keys(rows["key"], OTHER_LUCK), 0)
    return mine


def pairing(values: Mapping[str, Values]) -> list[Row]:
    """Return a row for each contrast and measure of what `simulate_pairs` returned."""
    base = values[BASELINE]
    controls = [variance_ratio(base, values[CONTROLLED], values[control]) for control in (SEED_NUMBER, SAME_PEOPLE)]
    return [
        _row(name, i, base[:, i], arm[:, i], [float(control[i]) for control in controls])
        for name, arm in values.items()
        if name in ARMS and name != BASELINE
        for i in range(len(NAMED))
    ]


def variance_ratio(base: Values, arm: Values, paired: Values | None = None) -> Values:
    """Variance of the difference over pairs of different seeds, over that of the pairs as they are.

    Parameters
    ----------
    base, arm
        ``[pair, measure]``. Runs with different seeds are independent: their difference varies with the sum of the two
        variances, which every pair of different seeds helps to estimate.
    paired : the other half of each pair, if it is not `arm` itself: a control.
    """
    independent = base.var(axis=0, ddof=1) + arm.var(axis=0, ddof=1)
    left = ((arm if paired is None else paired) - base).var(axis=0, ddof=1)
    return np.asarray(np.divide(independent, left, out=np.full_like(left, np.inf), where=left > 0))


def _row(contrast: str, i: int, base: Values, arm: Values, controls: list[float]) -> Row:
    pairs, difference = len(base), arm - base
    return Row(
        contrast=contrast,
        measure=NAMED[i],
        unit=BY_NAME[NAMED[i]].unit,
        baseline=float(base.mean()),
        effect=float(difference.mean()),
        effect_se=float(difference.std(ddof=1) / np.sqrt(pairs)),
        effect_percent=float(100 * difference.mean() / base.mean()),
        sd_paired=float(difference.std(ddof=1)),
        sd_independent=float(np.sqrt(base.var(ddof=1) + arm.var(ddof=1))),
        ratio=float(variance_ratio(base[:, None], arm[:, None])[0]),
        ratio_seed_number=controls[0],
        ratio_same_people=controls[1],
        pairs=pairs,
    )


def write(rows: Sequence[DataclassInstance], path: Path) -> None:
    """Write rows, dataclasses of one kind, as a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(field.name for field in fields(rows[0]))
        table.writerows([f"{x:.6g}" if isinstance(x, float) else x for x in astuple(row)] for row in rows)


def _say(done: int, pairs: int) -> None:
    print(f"{done} of {pairs} pairs", end="\r", flush=True)


def main(pairs: int = PAIRS, path: Path = OUT) -> None:
    """Simulate the pairs and write the table."""
    with ProcessPoolExecutor() as pool:
        values = simulate_pairs(range(pairs), report=lambda done: _say(done, pairs), each=pool.map)
    rows = pairing(values)
    write(rows, path)
    print(path)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS)
