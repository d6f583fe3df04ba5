"""The gallery: published natural experiments as files of ``conf/experiment/gallery``, and what the model gives.

``python -m experiments.validation.gallery [NAME ...] [key=value ...]`` runs those that the table of results does not
hold yet (``results/reference/gallery.csv``), and writes ``docs/explanation/gallery.md``. Nothing is fitted to it: a
miss is reported and left.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from experiments.analysis.sources import evidence_rows
from experiments.validation import payment
from experiments.validation.gallery_entries import ROOT, entry, names
from experiments.validation.gallery_page import PAGE, page
from experiments.validation.table import short
from experiments.validation.trial_runs import Asked, seed_figures
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.intervals import mean_interval
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.result import RunResult
from sim.measures.trial import TWINS
from sim.measures.trial_figures import FIGURES as OF_PEOPLE
from sim.scenario import Scenario
from sim.scenario.published import Figure, Published
from sim.study.atomic import write_whole

TABLE = ROOT / "results" / "reference" / "gallery.csv"
COLUMNS = ("name", "figure", "run", "seeds", "model", "low", "high", "people", "setting")
PERCENT = 100.0


@dataclass(frozen=True)
class Found:
    """What the model gives for a figure: mean over seeds, 95% interval (NaN for one seed), people who are followed."""

    model: float
    low: float
    high: float
    seeds: int
    people: int


def is_followed(published: Published) -> bool:
    """Return whether the figures are of people who are followed, with and without a program."""
    return all(figure.measure in OF_PEOPLE for figure in published.figures.values())


def found_in(scenario: Scenario, published: Published) -> dict[str, Found]:
    """Run an entry, and return what the model gives for each figure."""
    of_seeds = _followed(scenario, published) if is_followed(published) else _compared(scenario, published)
    return {name: _over_seeds(values, people) for name, (values, people) in of_seeds.items()}


def _over_seeds(values: Sequence[float], people: int) -> Found:
    known = np.asarray(values, dtype=np.float64)
    found = mean_interval(known[:, None])
    model, low, high = (float(part[0]) for part in (found.estimate, found.low, found.high))
    return Found(model, low, high, int(np.isfinite(known).sum()), people)


def _followed(scenario: Scenario, published: Published) -> dict[str, tuple[list[float], int]]:
    asked = {name: Asked(one.arm, one.measure, one.against or TWINS) for name, one in published.figures.items()}
    runs = [list(seed_figures(scenario, seed, list(dict.fromkeys(asked.values())))) for seed in scenario.seed_list]
    found = {}
    for name, wanted in asked.items():
        of_seeds = [[one for one in run if Asked(one.arm, one.figure, one.against) == wanted] for run in runs]
        values = [float(np.mean([one.value for one in own])) for own in of_seeds]
        found[name] = (values, sum(max(one.people for one in own) for own in of_seeds))
    return found


def _compared(scenario: Scenario, published: Published) -> dict[str, tuple[list[float], int]]:
    from sim.runs.comparison import compare

    runs = compare(scenario).results
    base = scenario.baseline or next(iter(scenario.arms))
    return {
        name: ([_figure(one, runs[one.arm, seed], runs[one.against or base, seed]) for seed in scenario.seed_list], 0)
        for name, one in published.figures.items()
    }


def _figure(figure: Figure, run: RunResult, against: RunResult) -> float:
    """Return a figure of one seed: of two arms with the same people and luck."""
    if figure.measure in payment.OF_RUNS:
        return payment.OF_RUNS[figure.measure](run, against)
    if figure.measure in payment.FIGURES:
        values = partial(_value_of, {"arm": run, "against": against})
        return float(payment.FIGURES[figure.measure](values, "arm", "against")[0])
    one, other = (_over_years(side, figure) for side in (run, against))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(COMPARE[figure.compared](np.float64(one), np.float64(other)))


def _value_of(
    runs: Mapping[str, RunResult], arm: str, measure: str, stratum: str = "all", level: str = "all"
) -> Floats:
    return np.array([runs[arm].value(measure, stratum, level)])


def _over_years(run: RunResult, figure: Figure) -> float:
    """Return a measure over the run, or the mean of some of its years; of what practices do the mean of areas."""
    if figure.measure.startswith("practices."):
        months = [slice(MONTHS_PER_YEAR * year, MONTHS_PER_YEAR * (year + 1)) for year in figure.years] or [slice(None)]
        return float(np.mean([run.places[figure.measure][part].mean() for part in months]))
    if not figure.years:
        return run.value(figure.measure)
    place, last = MEASURES.index(BY_NAME[figure.measure]), (run.months - 1) // MONTHS_PER_YEAR
    return float(np.mean([run.of_year(year)[place] for year in figure.years if year <= last]))


COMPARE = {
    "difference": lambda one, other: one - other,
    "percent": lambda one, other: PERCENT * (one / other - 1),
    "points": lambda one, other: PERCENT * (one - other),
    "ratio": lambda one, other: one / other,
    "odds": lambda one, other: one / (1 - one) / (other / (1 - other)),
}


def main(words: Sequence[str]) -> None:
    """Run what the table does not hold yet, entry by entry, and write the page."""
    keys, asked = [word for word in words if "=" in word], [word for word in words if "=" not in word]
    held, evidence = read_table(), evidence_rows()
    for name in asked or names():
        scenario, published = entry(name, tuple(keys))
        run = scenario.digest()[:16]
        if {row["figure"] for row in held if (row["name"], row["run"]) == (name, run)} == set(published.figures):
            continue
        found = found_in(scenario, published)
        held = [row for row in held if row["name"] != name] + list(_rows(name, run, scenario, found))
        write_table(held)
        for figure, one in found.items():
            print(f"{name}: {figure}: {short(one.model)} ({short(one.low)}, {short(one.high)})", flush=True)
    write_whole(PAGE, page(held, evidence).encode())


def _rows(name: str, run: str, scenario: Scenario, found: Mapping[str, Found]) -> Iterator[dict[str, str]]:
    people = scenario.population
    sample = f"sample {people.sample:g}, at least {people.minimum_per_cco} an area"
    setting = f"population={people.name}, {scenario.months} months, {sample}"
    for figure, one in found.items():
        ends = [repr(float(f"{value:.4g}")) for value in (one.model, one.low, one.high)]
        yield dict(zip(COLUMNS, (name, figure, run, str(one.seeds), *ends, str(one.people), setting), strict=True))


def read_table() -> list[dict[str, str]]:
    """Return the rows that were computed before."""
    if not TABLE.is_file():
        return []
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write_table(rows: Iterable[Mapping[str, str]]) -> None:
    """Write the rows, entry by entry in the order of the names."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(sorted(rows, key=lambda row: row["name"]))
    write_whole(TABLE, text.getvalue().encode())


if __name__ == "__main__":
    main(sys.argv[1:])
