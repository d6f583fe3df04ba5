"""Crude associations of needs beside what the model holds to be causal, and beside what was published.

    python -m experiments.associations population.sample=0.05 months=60 seeds=2

The scenario's world without programmes is lived; each December (after the first year) enrolled adults are asked for
their needs. The table shows the published association, the same figure in the model (mean over Decembers and seeds,
with the range over seeds), and the multiplier that is built into the rules as causal. The distance between the last two
is confounding: the frailty that needs share, which goes with permanent health and mental frailty, and the loss of homes
by those in poor health. Rows that a parameter was taken from are marked: they check the implementation, nothing else.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli import DONE, of_module
from experiments.levels import read_targets
from sim.measures.associations import associations, how_common
from sim.scenario import Scenario, ScenarioError

YEAR = 12
DEFAULTS = {"months": "60", "population.sample": "0.05"}
COLUMNS = ("of", "outcome", "recall", "label", "published", "low", "high", "unit")
FILE = "associations"
Key = tuple[str, str, str]  # of whom, outcome, recall
TICKS = (0.8, 1, 1.25, 1.5, 2, 2.5)


def run(words: Sequence[str]) -> int:
    """Live the world, print the table, and write it with its figure.

    Raises
    ------
    ScenarioError
        With every fault of the overrides.
    """
    from sim.study.atomic import write_whole

    named = {word.partition("=")[0] for word in words}
    scenario = Scenario.compose([*(f"{k}={v}" for k, v in DEFAULTS.items() if k not in named), *words])
    if scenario.arms or scenario.upstream.packages or scenario.months < 2 * YEAR:
        raise ScenarioError(["associations: a world without arms and packages, and months=24 or more"])
    table = beside_published([one_seed(scenario, seed) for seed in scenario.seed_list], scenario)
    folder = Path(scenario.results_root) / (scenario.study or f"{FILE}-{scenario.digest()[:8]}")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{FILE}.csv", table.to_csv(index=False).encode())
    write_whole(folder / f"{FILE}.png", picture(table))
    print(markdown(table))
    print(folder)
    return DONE


def one_seed(scenario: Scenario, seed: int) -> dict[Key, float]:
    """Return every association by (of whom, outcome, recall): the mean over Decembers after the first year."""
    from sim.model import HealthSystem

    model = HealthSystem(scenario, seed)
    found: list[dict[Key, float]] = []
    year = np.array(model.members[["key", "needs"]])  # needs that anybody had since January
    while model.month < scenario.months:
        model.step()
        now = model.members[["key", "needs"]]
        begins, known = model.month % YEAR == 1, min(len(year), len(now))
        same = np.zeros(len(now), bool)
        same[:known] = (year["key"][:known] == now["key"][:known]) & (not begins)
        earlier, year = year["needs"], np.array(now)
        year["needs"][same] |= earlier[same[: len(earlier)]]
        if model.month % YEAR == 0 and model.month > YEAR:
            found.append(in_december(model.members, year["needs"], model.population.weights))
    model.close()
    return {key: float(np.nanmean([one[key] for one in found])) for key in found[0]}


def in_december(members: Any, of_year: Any, weights: Any) -> dict[Key, float]:
    """Return every association of one moment: of needs there are now, and of those since January."""
    found = {("all", name, "now"): value for name, value in how_common(members, weights).items()}
    recalled = np.array(members)
    recalled["needs"] = of_year
    for recall, table in (("now", associations(members, weights)), ("year", associations(recalled, weights))):
        found |= {
            (str(need), str(name), recall): float(table.loc[need, name]) for need in table.index for name in table
        }
    return found


def beside_published(seeds: Sequence[Mapping[Key, float]], scenario: Scenario) -> Any:
    """Return a table with a row for each published association."""
    import pandas as pd

    rows = []
    for row in read_targets(FILE):
        values = [one[row["of"], row["outcome"], row["recall"]] for one in seeds]
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


def markdown(table: Any) -> str:
    """Return the table as people read it."""
    lines = ["| association | published | model | causal in the rules | |", "|---|---|---|---|---|"]
    for row in table.itertuples():
        published = f"{row.published:g}" + (f" ({row.low:g}-{row.high:g})" if row.low == row.low else "")
        built_in = f"{row.causal:g}" if row.causal == row.causal else ""
        check = "check" if row.used_to_set else ""
        lines.append(f"| {row.label}, {row.unit} | {published} | {row.model:.2f} | {built_in} | {check} |")
    return "\n".join(lines)


def picture(table: Any) -> bytes:
    """Draw the ratios: published with its interval, the model, and what is causal in the rules."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = table[table["unit"] != "percent"].iloc[::-1]
    figure = Figure(figsize=(7.2, 0.34 * len(shown) + 1.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    place = np.arange(len(shown))
    spread = np.nan_to_num([shown["published"] - shown["low"], shown["high"] - shown["published"]])
    axes.errorbar(shown["published"], place, xerr=spread, fmt="o", color="black", label="published (95% interval)")
    axes.plot(shown["model"], place - 0.22, "D", color="#0072B2", label="model, crude")
    axes.plot(shown["causal"], place + 0.22, "^", color="#D55E00", label="model, causal (in the rules)")
    axes.axvline(1, color="0.7", linewidth=0.8)
    axes.set_yticks(place, list(shown["label"]), fontsize=8)
    axes.set_xscale("log")
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.minorticks_off()
    axes.set_xlabel("With against without the need (log scale)")
    figure.legend(frameon=False, fontsize=8, loc="outside upper right", ncols=3)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=150)
    return data.getvalue()


def main(words: Sequence[str]) -> int:
    """Run, with every fault in one message."""
    return of_module(__doc__, run, words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
