"""``ccosim associations``: associations of needs beside what was published, and what the model holds to be causal.

Simulates the scenario without programs. Each December (after the first year) members on cover are asked about
needs as the people of each study were (``experiments/analysis/recall.py``).

The table shows the published association, the same
figure in the model (mean over Decembers and seeds, with the range over seeds), and the multiplier that the rules hold
to be causal. The distance between the last two is confounding: the frailty that needs share, which goes with permanent
health and mental frailty, and the loss of homes by those in poor health. Rows that a parameter was taken from are
marked: they check the implementation, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.calibration.targets import read_targets
from experiments.output.table_study import Made, mean_of_known, run_table_study
from experiments.terminal.progress import each_in_turn
from sim.engine.arrays import Frame
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.associations import ILLNESS, PEOPLE, asked, association, has_need, how_common, whom
from sim.scenario import Scenario, ScenarioError

if TYPE_CHECKING:
    from experiments.analysis.recall import Recall
    from sim.model import HealthSystem

SAMPLE = "population.sample"
DEFAULTS = {"months": "60", SAMPLE: "0.05"}
COLUMNS = ("of", "asked", "among", "outcome", "adjusted", "label", "published", "low", "high", "unit")
FILE = "associations"
ADJUSTED = {"": "", PEOPLE: "age, sex, race", ILLNESS: "age, sex, race, illness"}


def run(words: Sequence[str]) -> int:
    """Simulate the world, print the table, and write it with its figure."""
    scenario = Scenario.compose([*usual(words), *words])
    if scenario.arms or scenario.packages_ever or scenario.months < 2 * MONTHS_PER_YEAR:
        raise ScenarioError(["associations: a world without arms and packages, and months=24 or more"])
    targets = read_targets(FILE)

    def make() -> Made:
        found = [one_seed(scenario, targets, seed) for seed in each_in_turn(scenario.seed_list)]
        table = beside_published(targets, found, scenario)
        from experiments.figures.table_studies import about_of, draw_associations, files_of

        figure = files_of(FILE, draw_associations(table, about_of(scenario)), scenario)
        return Made(markdown(table), {f"{FILE}.csv": table.to_csv(index=False).encode(), **figure})

    return run_table_study(scenario, FILE, make, published=targets)


def usual(words: Sequence[str]) -> list[str]:
    """Return the defaults that the words do not set; a named population keeps its own sample size."""
    named = {word.partition("=")[0] for word in words}
    if "population" in named:
        named.add(SAMPLE)
    return [f"{key}={value}" for key, value in DEFAULTS.items() if key not in named]


def one_seed(scenario: Scenario, targets: Sequence[Mapping[str, str]], seed: int) -> list[float]:
    """Return the model's figure for each target: the mean over Decembers after the first year."""
    from experiments.analysis.recall import Recall
    from sim.model import HealthSystem

    model = HealthSystem(scenario, seed)
    recall, found = Recall(model), []
    while model.month < scenario.months:
        recall.before()
        model.step()
        recall.after()
        if model.month % MONTHS_PER_YEAR == 0 and model.month > MONTHS_PER_YEAR:
            found.append(list(in_december(targets, model, recall)))
    model.close()
    return [float(mean) for mean in mean_of_known(found)]


def in_december(targets: Sequence[Mapping[str, str]], model: HealthSystem, recall: Recall) -> Iterator[float]:
    """Yield the figure of each target at one moment."""
    members, weights = model.members, model.population.weights
    common = how_common(members, weights)
    for row in targets:
        if row["of"] == "all":
            yield common[row["outcome"]]
            continue
        has = has_need(recall.needs(row["asked"])[whom(members, row["among"])], row["of"])
        yield association(asked(members, weights, row["among"]), has, row["outcome"], row["adjusted"])


def beside_published(
    targets: Sequence[Mapping[str, str]], seeds: Sequence[Sequence[float]], scenario: Scenario
) -> Frame:
    """Return a table with a row for each published association."""
    import pandas as pd

    rows = []
    for row, values in zip(targets, zip(*seeds, strict=True), strict=True):
        rows.append(
            {
                **{name: row[name] for name in COLUMNS},
                "model": np.mean(values),
                "model_least": np.min(values),
                "model_most": np.max(values),
                "causal": causal(row["causal"], scenario),
                "evidence": row["evidence"],
                "used_to_set": row["used_to_set"],
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(**{name: pd.to_numeric(table[name]) for name in ("published", "low", "high")})


def causal(name: str, scenario: Scenario) -> float:
    """Return the multiplier of the rules: a parameter, or a cell of one (``needs.causal.food.emergency``)."""
    if not name:
        return float("nan")
    file, parameter, *cell = name.split(".")
    declared = scenario.registry[f"{file}.{parameter}"]
    value = np.asarray(declared.value)
    for labels, level in zip(declared.labels, cell, strict=True):
        value = value[labels.index(level)]
    return float(value)


def markdown(table: Frame) -> str:
    """Return the table as people read it."""
    lines = ["| association | adjusted for | published | model | causal in the rules | |", "|---|---|---|---|---|---|"]
    for row in table.itertuples():
        published = f"{row.published:g}" + (f" ({row.low:g}-{row.high:g})" if row.low == row.low else "")
        built_in = f"{row.causal:g}" if row.causal == row.causal else ""
        check = "check" if row.used_to_set else ""
        like = ADJUSTED[row.adjusted]
        lines.append(f"| {row.label}, {row.unit} | {like} | {published} | {row.model:.2f} | {built_in} | {check} |")
    return "\n".join(lines)
