"""Stores the figures of trials beside the study, so that the same command computes nothing twice.

Each figure carries the digest of its run (scenario of the arm, data, code of the model, seed). Figures of other runs
are ignored when the file is read.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments.validation.trial_runs import Asked, Found, draws_of
from sim.scenario import Scenario
from sim.study.atomic import write_whole

FILE = "followed.csv"
COLUMNS = ("run", "arm", "seed", "draw", "figure", "against", "value", "people")


def read(folder: Path, scenario: Scenario) -> list[Found]:
    """Return the figures in a folder that belong to the runs of this scenario."""
    if not (folder / FILE).exists():
        return []
    runs = {run: arm_and_seed for arm_and_seed, run in _runs(scenario).items()}
    with (folder / FILE).open(encoding="utf-8", newline="") as lines:
        return [found for row in csv.DictReader(lines) if (found := _found(row, runs)) is not None]


def write(folder: Path, scenario: Scenario, figures: Iterable[Found]) -> None:
    """Write the figures, with the digests of their runs."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    runs = _runs(scenario)
    for one in figures:
        run = runs[one.arm, one.seed]
        table.writerow((run, one.arm, one.seed, one.draw, one.figure, one.against, repr(one.value), one.people))
    write_whole(folder / FILE, text.getvalue().encode())


def missing(found: Sequence[Found], asked: Sequence[Asked], scenario: Scenario, seed: int) -> list[Asked]:
    """Return the figures of a seed that are not there for every program."""
    there = {(one.arm, one.draw, one.figure, one.against) for one in found if one.seed == seed}
    return [
        one
        for one in asked
        if any((one.arm, draw, one.figure, one.against) not in there for draw in draws_of(scenario, one.arm, seed))
    ]


def _runs(scenario: Scenario) -> dict[tuple[str, int], str]:
    return {(arm, seed): scenario.arm(arm).run_id(seed) for arm in scenario.arms for seed in scenario.seed_list}


def _found(row: dict[str, str], runs: dict[str, tuple[str, int]]) -> Found | None:
    """Return a row's figure, or None where it is of another run or cannot be read."""
    if row.get("run") not in runs:
        return None
    arm, seed = runs[row["run"]]
    try:
        numbers = (int(row["draw"]), row["figure"], row["against"], float(row["value"]), int(row["people"]))
    except (KeyError, TypeError, ValueError):
        return None
    return Found(arm, seed, *numbers)
