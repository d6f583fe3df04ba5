"""``ccosim contrast``: apparent savings of a program beside its true savings.

Each seed is simulated twice, without and with the package, for the same people with the same luck. A person panel keeps
every member's months. Served members are followed from a year before service to two years after.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from experiments.analysis.comparison_group import World, like
from experiments.output.table_study import Made, mean_of_known, refuse_few, run_table_study
from experiments.terminal.progress import each_in_turn
from sim.engine.arrays import Floats, Frame
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.contrast import (
    FEWEST,
    OUTCOMES,
    WINDOW,
    Cohort,
    Figures,
    aligned,
    contrast,
    first_month_served,
    mean_figures,
)
from sim.measures.intervals import mean_interval
from sim.measures.person_panel import Panel
from sim.scenario import Scenario, ScenarioError
from sim.scenario.overrides import read_overrides

if TYPE_CHECKING:
    from sim.start import Decisions, Start

KIND = "contrast"
DEFAULTS = {
    "population": "classroom",
    "upstream": "sham",
    "upstream.start": "12",
    "months": "48",
    "seeds": "5",
    "organizations": "fixed",
}
COLUMNS = {
    "before_after": "Change",
    "everybody_else": "less everybody",
    "like_members": "less like members'",
    "paired": "Paired: effect",
}
COMPARED = {
    "before": ("served",),
    "after": ("served",),
    "before_after": ("served",),
    "everybody_else": ("served", "others"),
    "like_members": ("served", "like"),
    "paired": ("served", "twins"),
}
"""Whose members each figure is made of."""
MOST_OTHERS = 20_000  # members are enough to say what happened to everybody else

WHY = (
    "The change counts all that happened to people chosen at their worst: part of their bad luck was going to end "
    "(regression to the mean). Everybody else was not chosen, so their trend does not take that out. Like members were "
    "eligible in the same month and not served: fair as far as that is a matter of chance. The paired figure "
    "follows the same members with the same luck in a world without the program."
)


def run(words: Sequence[str]) -> int:
    """Simulate with and without a package, and print and draw the four figures."""
    scenario = _scenario(words)
    return run_table_study(scenario, KIND, lambda: _made(scenario))


def _made(scenario: Scenario) -> Made:
    """Simulate both worlds of every seed, and return the table and the figure."""
    found = [one_seed(scenario, seed) for seed in each_in_turn(scenario.seed_list)]
    figures = [one.figures for one in found]
    people = {group: sum(one.people[group] for one in found) for group in found[0].people}
    refuse_few(scenario, people, "served or compared")
    table = _frame(figures, people)
    console = Console(highlight=False, file=io.StringIO(), record=True, width=Console().width)
    _print(console, scenario, mean_figures(figures), table, people)
    files = {f"{KIND}.csv": table.to_csv(index=False).encode()}
    from experiments.figures.table_studies import about_of, draw_contrast, files_of

    means = {name: mean_of_known([one.paths[name] for one in found]) for name in found[0].paths}
    figure = draw_contrast(np.array(WINDOW), means, scenario.upstream.packages[0], about_of(scenario))
    return Made(console.export_text(), files | files_of(KIND, figure, scenario))


def _scenario(words: Sequence[str]) -> Scenario:
    keys = {override.key for override in read_overrides(words, [])}
    scenario = Scenario.compose([*(f"{key}={value}" for key, value in DEFAULTS.items() if key not in keys), *words])
    if scenario.phases:
        raise ScenarioError(["at: a contrast follows one program under unchanged rules, leave the timeline out"])
    if len(scenario.upstream.packages) != 1 or scenario.arms:
        raise ScenarioError(
            [f"upstream.packages: a contrast is of one package, {len(scenario.upstream.packages)} given"]
        )
    start, months = scenario.upstream.start, scenario.months
    if start < MONTHS_PER_YEAR or months < start + MONTHS_PER_YEAR // 2:
        raise ScenarioError(
            [
                f"upstream.start={start}, months={months}: a contrast needs a year before the start and half a year "
                f"after it, such as upstream.start={MONTHS_PER_YEAR} months={3 * MONTHS_PER_YEAR}"
            ]
        )
    return scenario


@dataclass(frozen=True)
class OneSeed:
    """The figures of one seed; of each group, the mean cost by month around enrollment and the people followed."""

    figures: dict[str, Figures]
    paths: dict[str, Floats]
    people: dict[str, int]


def one_seed(scenario: Scenario, seed: int) -> OneSeed:
    """Simulate both worlds of one seed and compare.

    Parameters
    ----------
    scenario : with one package.
    seed : seed of both worlds.
    """
    from sim.model import begin

    start = begin(scenario, seed)
    none = scenario.upstream.model_copy(update={"packages": ()})
    without = scenario.model_copy(update={"upstream": none, "organizations": "live"})
    untouched, decisions = _simulate(without, seed, start.copy(), None)
    world, _ = _simulate(scenario, seed, start.copy(), decisions)
    panel, twins = world.panel, untouched.panel
    keys = panel.ever_served(0)
    if not keys.size:
        raise ScenarioError([f"upstream.packages: seed {seed}: no member was served, so there is nothing to compare"])
    diary = panel.diary(keys)
    starts = first_month_served(diary, 0)
    alike, months = like(seed, keys, starts, world)
    groups = {
        "served": aligned(diary, starts),
        "twins": aligned(twins.diary(keys), starts),
        "others": _others(panel, keys, starts),
        "like": aligned(panel.diary(alike), months),
    }
    paths = {name: cohort_path(cohort) for name, cohort in groups.items()}
    return OneSeed(contrast(**groups), paths, {name: cohort.people() for name, cohort in groups.items()})


def cohort_path(cohort: Cohort) -> Floats:
    """Return the mean Medicaid cost of each month around enrollment, USD."""
    return mean_of_known(cohort.use["medicaid_cents"]) / 100


def _simulate(scenario: Scenario, seed: int, start: Start, decisions: Decisions | None) -> tuple[World, Decisions]:
    """Simulate a world; return it, and the decisions of its organizations."""
    from sim.model import HealthSystem

    world = World(Panel())
    model = HealthSystem(scenario, seed, population=start, decisions=decisions)
    model.slots.keep_passed_over = True
    model.run(progress=lambda done: world.look(model))
    model.close()
    return world, model.decisions


def _others(panel: Panel, served: NDArray[np.uint64], starts: NDArray[np.int64]) -> Cohort:
    """Follow members who were never served, from the same months as the served."""
    keys = np.setdiff1d(panel.everybody(), served)[:MOST_OTHERS]
    return aligned(panel.diary(keys), starts[np.arange(len(keys)) % len(starts)])


def _frame(of_seeds: Sequence[dict[str, Figures]], people: dict[str, int]) -> Frame:
    """One row for each outcome and figure: mean over the seeds, 95% interval; no value where people are too few."""
    import pandas as pd

    rows = []
    for label in OUTCOMES:
        for name in Figures._fields:
            values = np.array([[[getattr(one[label], name)]] for one in of_seeds])
            got = mean_interval(values)
            followed = min(people[group] for group in COMPARED[name])
            numbers = [float(x[0, 0]) if followed >= FEWEST else np.nan for x in (got.estimate, got.low, got.high)]
            rows.append((label, name, *numbers, len(of_seeds), followed))
    return pd.DataFrame(rows, columns=["outcome", "figure", "estimate", "low", "high", "replicates", "people"])


def _print(
    console: Console, scenario: Scenario, mean: dict[str, Figures], table: Frame, people: dict[str, int]
) -> None:
    name = scenario.upstream.packages[0]
    shown = Table(
        title=f"{name}: what it seems to do, and what it does", title_justify="left", box=None, pad_edge=False
    )
    for heading in ("", "Before", "After", *COLUMNS.values()):
        shown.add_column(heading, justify="right" if heading else "left")
    for label, figures in mean.items():
        scale, digits = (100, 1) if label.endswith("share") else (1, 0)
        cells = [f"{scale * value:,.{digits}f}" for value in (figures.before, figures.after)]
        cells = cells if people["served"] >= FEWEST else ["too few", "too few"]
        cells += [_change(figures, table, label, column, scale) for column in COLUMNS]
        shown.add_row(label.replace(", share", ", %"), *cells)
    console.print(shown)
    seeds = len(scenario.seed_list)
    console.print(
        f"* per 1,000 member-months. Means over {seeds} seeds; ± half of a 95% interval; % of the year before. "
        f"Followed, all seeds together: {people['served']:,} served, {people['like']:,} like members, "
        f"{people['others']:,} others; with fewer than {FEWEST} there is no figure."
    )
    console.print(WHY)


def _change(figures: Figures, table: Frame, label: str, column: str, scale: float) -> str:
    row = table[(table["outcome"] == label) & (table["figure"] == column)].iloc[0]
    value = getattr(figures, column)
    if row["people"] < FEWEST:
        return "too few"
    if np.isnan(value):
        return "-"
    percent = f"\n({100 * value / figures.before:+.0f}%)" if figures.before else ""
    half = "" if np.isnan(row["high"]) else f"\n±{scale * (row['high'] - row['low']) / 2:,.1f}"
    return f"{scale * value:+,.1f}{half}{percent}" if value else "0"
