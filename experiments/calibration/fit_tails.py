"""Fit the shapes of health, emergency use and spending to the fitted rows on tails, jointly with the levels of use.

``python -m experiments.calibration.fit_tails`` does it; the first word is the number of rounds, further words override
the scenario. Afterwards ``fit_levels`` brings use by age and prices back to their goals.

Gauss-Newton within each parameter's declared range (of logarithms where it is positive), with the same random numbers
at every point, on small samples of several seeds that are not those of the tables. Only rows of conf/targets/tails.csv
that say "fitted", and the levels that the same parameters move, are read; a row counts by the interval of its evidence,
or by 5 percent where that is narrower. A weak pull to the numbers of the parameter files decides what the rows leave
open. Steps are kept only if the sum of squares falls. Spells of frequent emergency use begin as often as keeps the
share of adults in them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear
from scipy.special import gammaln

from experiments.calibration.observed import Observed, Table, observe
from experiments.calibration.tails import tails
from experiments.calibration.targets import read_targets
from sim import schema
from sim.engine.parameters import Registry
from sim.paths import conf_folder
from sim.scenario import Scenario

Point = NDArray[np.float64]
SEEDS = (10, 11, 12, 13)
OF_SLOPES = SEEDS[:2]
RUN = ("months=36", "population.sample=0.02", "population.minimum_per_cco=600", "threads=1")
# What a crisis does, the spread of a stay's amount and who begins a spell stay as judged: the rows alone would take
# them to numbers without meaning, such as a crisis that brings no stays.
SHAPES = (
    "care.loading.inpatient",
    "care.loading_slow.inpatient",
    "care.high_need_ratio.inpatient",
    "health.slow_persistence",
    "care.loading.emergency",
    "care.loading_slow.emergency",
    "population.ed_frailty_shape",
    "population.frequent_share",
    "population.frequent_core",
    "care.frequent_visits",
    "care.frequent_exit",
    "care.loading_slow.outpatient",
    "population.care_seeking_shape",
    *(f"care.seeking_age_ratio.{band}" for band in schema.AGE_BANDS),
    "spending.severity.primary",
    "spending.severity.specialist",
    "spending.severity.dental",
    "spending.severity.pharmacy",
    "spending.severity.outpatient",
    *(f"spending.severity_age_ratio.{band}" for band in schema.AGE_BANDS),
)
LOADINGS = ("loading", "loading_slow")
LEVELS = ("emergency", "inpatient")  # their use is scaled along, as shapes change means
USE = tuple(f"levels.use.{band}.{service}" for band in schema.AGE_BANDS for service in schema.SERVICES)
ENTRY = "care.frequent_entry"
# Levels (conf/targets/calibration.csv) that the shapes move, and the name of each in the table of tails.
ALSO_LEVELS = {
    "ed_visits": "ed_visits",
    "ed_any_adults": "ed_any",
    "ed_three_or_more": "ed_three_or_more",
    "ed_share_of_three_or_more": "ed_three_or_more_visits",
    "inpatient_stays": "inpatient_stays",
    "zero_cost": "no_spending",
    "top_5_share": "top_5_share",
    "super_users_after_1_year": "super_users_after_1_year",
    "super_users_after_2_years": "super_users_after_2_years",
}
LEVEL_RANGE = (0.4, 2.5)
DIFFERENCE, LONGEST_STEP, PULL = 0.08, 0.2, 0.5
PARTS = (1.0, 0.5, 0.25)  # of a step, each tried
NARROWEST = 0.05
ENOUGH = 0.98  # a step must bring the sum of squares below this part of it
ROUNDING = 1e-9
WORKERS = 2


def main(argv: Sequence[str]) -> None:
    """Fit for some rounds, print each, and write the numbers into the parameter files."""
    rounds, overrides = int(argv[0]) if argv else 3, (*RUN, *argv[1:])
    space = Space(Scenario.compose(list(overrides)).registry)
    with ProcessPoolExecutor(WORKERS) as pool:
        place = fitted(Misses(space, overrides, pool), space.start, rounds)
    for name, value in space.values(place).items():
        put(name, value)


class Space:
    """The parameters that move, as places between 0 and 1 within their declared ranges."""

    def __init__(self, registry: Registry) -> None:
        self.cells = {name: cell(registry, name) for name in (*SHAPES, ENTRY, *USE)}
        self.seeking = dict(zip(schema.SERVICES, registry.get("care.loading_seeking"), strict=True))
        value, low, high = np.array([self.cells[name] for name in SHAPES] + [(1.0, *LEVEL_RANGE)] * len(LEVELS)).T
        self.log = low > 0
        self.low, self.high = self.scale(low), self.scale(high)
        self.start = (self.scale(value) - self.low) / (self.high - self.low)

    def scale(self, numbers: Point) -> Point:
        """Logarithms where the range is positive."""
        return np.where(self.log, np.log(np.where(self.log, numbers, 1.0)), numbers)

    def values(self, place: Point) -> dict[str, float]:
        """Return the parameters at a place, with base rates and new spells such that use keeps its mean."""
        here = self.low + place * (self.high - self.low)
        numbers = np.where(self.log, np.exp(np.where(self.log, here, 0.0)), here)
        found = {name: float(f"{n:.3g}") for name, n in zip(SHAPES, numbers, strict=False)}
        was = {name: value for name, (value, _, _) in self.cells.items()}
        ratio = dict(zip(LEVELS, numbers[len(SHAPES) :], strict=True))
        for band in schema.AGE_BANDS:
            for service in schema.SERVICES:
                name = f"levels.use.{band}.{service}"
                more = self.mean_of_shapes({**was, **found}, band, service) / self.mean_of_shapes(was, band, service)
                found[name] = float(f"{was[name] * ratio.get(service, 1.0) / more:.4g}")
        found[ENTRY] = float(f"{was[ENTRY] * spells_begun(found) / spells_begun(was):.3g}")
        return found

    def mean_of_shapes(self, values: Mapping[str, float], band: str, service: str) -> float:
        """Mean of what loadings of a normal state, and the propensity to seek care, multiply use by."""
        squares = sum(values.get(f"care.{loading}.{service}", 0.0) ** 2 for loading in LOADINGS)
        shape, power = values["population.care_seeking_shape"], values[f"care.seeking_age_ratio.{band}"]
        power *= self.seeking[service]
        return float(np.exp(squares / 2 + gammaln(shape + power) - gammaln(shape) - power * np.log(shape)))


def spells_begun(values: Mapping[str, float]) -> float:
    """Return the chance, up to a factor, with which spells begin that keep the share of adults in them."""
    in_spells = values["population.frequent_share"] * (1 - values["population.frequent_core"])
    return in_spells * values["care.frequent_exit"]


def cell(registry: Registry, path: str) -> tuple[float, float, float]:
    """Value and range of one cell of a parameter."""
    parameter = registry[registry.name_of(path) or path]
    at = dict(parameter.cells())[path]
    tables = (parameter.value, parameter.low, parameter.high)
    value, low, high = (float(np.broadcast_to(one, parameter.value.shape).flat[at]) for one in tables)
    return value, low, high


class Misses:
    """Misses of the fitted rows, in tolerances, at a place; then the weak pull to the start."""

    def __init__(self, space: Space, overrides: Sequence[str], pool: ProcessPoolExecutor) -> None:
        self.space, self.overrides, self.pool = space, tuple(overrides), pool

    def __call__(self, places: Sequence[Point], seeds: Sequence[int] = SEEDS) -> list[Point]:
        """Return the misses at each place, means over the seeds."""
        asked = [(self.overrides, self.space.values(place), seed) for place in places for seed in seeds]
        found = np.array(list(self.pool.map(misses_of_seed, asked))).reshape(len(places), len(seeds), -1).mean(axis=1)
        pulls = [PULL * (place - self.space.start) / LONGEST_STEP for place in places]
        return [np.concatenate(pair) for pair in zip(found, pulls, strict=True)]


def misses_of_seed(asked: tuple[tuple[str, ...], Mapping[str, float], int]) -> Point:
    """Simulate one seed, and return the misses of the rows."""
    overrides, values, seed = asked
    scenario = Scenario.compose(list(overrides)).with_cells({name: [value] for name, value in values.items()})
    seen = observe(scenario, seed)
    model = {**tails(seen), **overall(seen)}
    return np.array([(model[name] - wanted) / width for name, wanted, width in goals()])


def overall(seen: Observed) -> dict[str, float]:
    """Visits and stays per 1,000 member-months."""
    value = seen.result.value
    return {
        "ed_visits": value("ed_visits_per_1000_mm"),
        "inpatient_stays": value("inpatient_stays_per_1000_mm"),
    }


def goals() -> list[tuple[str, float, float]]:
    """Rows that are fitted: name, value wanted, tolerance."""
    shapes = [row for row in read_targets("tails") if row["use"] == "fitted"]
    found = [(r["target"], float(r["value"]), tolerance(r)) for r in shapes]
    levels = [row for row in read_targets() if row["target"] in ALSO_LEVELS]
    return found + [(ALSO_LEVELS[r["target"]], float(r["value"]), float(r["tolerance"])) for r in levels]


def tolerance(row: Mapping[str, str]) -> float:
    """Half of the published interval, at least a small part of the value."""
    return max((float(row["high"]) - float(row["low"])) / 2, NARROWEST * float(row["value"]))


def fitted(misses: Misses, place: Point, rounds: int) -> Point:
    """Return the best place found: each round takes slopes, and steps along them while the sum of squares falls."""
    (miss,) = misses([place])
    report(misses, place, miss)
    for _ in range(rounds):
        sides = np.where(place + DIFFERENCE > 1, -DIFFERENCE, DIFFERENCE)
        around = [place, *(place + side * unit for side, unit in zip(sides, np.eye(len(place)), strict=True))]
        here, *beside = misses(around, OF_SLOPES)
        slopes = (np.array(beside) - here).T / sides
        before = miss @ miss
        while True:
            tries = steps(slopes, place, miss)
            after = misses(tries)
            best = int(np.argmin([one @ one for one in after]))
            if after[best] @ after[best] > ENOUGH * (miss @ miss):
                break
            place, miss = tries[best], after[best]
            report(misses, place, miss)
        if miss @ miss >= before:
            break
    return place


def steps(slopes: Table, place: Point, miss: Point) -> list[Point]:
    """Return places on the way to where the slopes say that the sum of squares is least, at most a step away."""
    least, most = np.maximum(-LONGEST_STEP, -place), np.minimum(LONGEST_STEP, 1 - place)
    step = lsq_linear(slopes, -miss, bounds=(least - ROUNDING, most + ROUNDING)).x
    return [np.clip(place + part * step, 0, 1) for part in PARTS]


def report(misses: Misses, place: Point, miss: Point) -> None:
    """Print the sum of squares, the numbers and the misses."""
    print(f"sum of squares {miss @ miss:.1f}")
    shown = {name: value for name, value in misses.space.values(place).items() if not name.startswith("levels.")}
    print("  " + ", ".join(f"{name} {value:g}" for name, value in shown.items()))
    each = zip(goals(), miss, strict=False)
    found = {name: one * width + wanted for (name, wanted, width), one in each}
    print("  " + ", ".join(f"{name} {value:.2f}" for name, value in found.items()), flush=True)


def put(path: str, value: float) -> None:
    """Write one number into its parameter file, and leave the rest as it is."""
    part, name, *labels = path.split(".")
    file = conf_folder() / "parameters" / f"{part}.yaml"
    text = file.read_text(encoding="utf-8")
    start = re.search(rf"^{name}:", text, re.MULTILINE)
    assert start is not None, path
    at = text.index("value:", start.end())
    for label in labels:
        at = text.index(f"{label}:", at)
    number = re.compile(r"[-+.\de]+").search(text, text.index(":", at))
    assert number is not None, path
    file.write_text(f"{text[: number.start()]}{value:g}{text[number.end() :]}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
