"""``ccosim trial``: a randomized trial inside a world: what its estimators find, beside what is true."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.analysis.randomized_trial import FOLLOW, OUTCOMES, Trial, trial
from experiments.output.table_study import Made, mean_of_known, refuse_few, run_table_study
from experiments.terminal.progress import each_in_turn
from sim.engine.arrays import Frame
from sim.measures.contrast import FEWEST
from sim.measures.intervals import mean_interval
from sim.measures.randomized import NORMAL, Estimate
from sim.scenario import Scenario
from sim.scenario.overrides import read_overrides

KIND = "trial"
DEFAULTS = {
    **{"population": "classroom", "upstream.start": "12", "months": "24", "seeds": "10"},
    **{"upstream.funding": "outside", "parameters.upstream.places_scale": "20"},
}
EXAMPLE = {"upstream": "cash", "upstream.trial_eligible": "{min_ed_last_12m: 2}"}
"""What is tried if no program is named."""
ESTIMATORS = {"offered": "true_offered", "changes": "true_offered", "treated": "true_treated"}
"""What a paper would report, and what it means to find."""
COLUMNS = {
    "control": "Control",
    "offered": "Offered",
    "changes": "in changes",
    "true_offered": "True",
    "treated": "Treated",
    "true_treated": "True",
    "on_controls": "Controls",
    "on_others": "Others",
}
WHY = (
    f"Means over {FOLLOW} months after randomization. Offered: intention to treat, the difference in means, and in "
    "changes from the year before. Treated: the same over the difference in the share served (Wald). ± half of the 95% "
    "interval that a paper would report. True: the same people in the world without the program, with the same luck. "
    "Controls and Others (never randomized): what the program does to them, through waits, budgets and places."
)


def run(words: Sequence[str]) -> int:
    """Run a trial and the world without its program, and print the findings."""
    scenario = scenario_of(words)
    return run_table_study(scenario, KIND, lambda: _made(scenario))


def scenario_of(words: Sequence[str]) -> Scenario:
    """Return the scenario of a trial: of the only package on offer, if no other is named."""
    given = {override.key for override in read_overrides(words, [])}
    defaults = DEFAULTS | ({} if "upstream" in given else EXAMPLE)
    scenario = Scenario.compose([*(f"{key}={value}" for key, value in defaults.items() if key not in given), *words])
    if scenario.upstream.trial is None and len(scenario.upstream.packages) == 1:
        named = scenario.upstream.packages[0]
        return scenario_of([*words, f"upstream.trial={named}"])
    return scenario


def _made(scenario: Scenario) -> Made:
    found = [trial(scenario, seed) for seed in each_in_turn(scenario.seed_list)]
    people = {group: sum(getattr(one, group) for one in found) for group in ("treatment", "served", "control")}
    refuse_few(scenario, people, "randomized or served")
    table = frame(found)
    console = Console(highlight=False, file=io.StringIO(), record=True, width=Console().width)
    _print(console, scenario, table, people)
    return Made(console.export_text(), {f"{KIND}.csv": table.to_csv(index=False).encode()})


def frame(found: Sequence[Trial]) -> Frame:
    """One row for each outcome and figure, over the trials of all seeds.

    Of an estimator, ``low`` and ``high`` are the mean ends of the interval of one trial, ``spread`` is the standard
    deviation of its estimates, and ``covers`` the share of trials whose interval holds the truth. Of all others,
    they are the 95% interval of the mean over trials. Where trials are of too few people, there is no figure.
    """
    import pandas as pd

    enough = min(sum(one.treatment for one in found), sum(one.control for one in found)) >= FEWEST
    rows = []
    for outcome in OUTCOMES:
        each = [one.findings[outcome] for one in found]
        for figure in COLUMNS:
            values = [getattr(one, figure) for one in each]
            if figure in ESTIMATORS:
                truth = [getattr(one, ESTIMATORS[figure]) for one in each]
                numbers = _of_estimator(values, truth)
            else:
                got = mean_interval(np.array(values)[:, None])
                numbers = (float(got.estimate[0]), float(got.low[0]), float(got.high[0]), np.nan, np.nan)
            rows.append((outcome, figure, *(numbers if enough else [np.nan] * 5), len(found)))
    return pd.DataFrame(rows, columns=["outcome", "figure", "estimate", "low", "high", "spread", "covers", "trials"])


def _of_estimator(values: Sequence[Estimate], truth: Sequence[float]) -> tuple[float, float, float, float, float]:
    made = [np.isfinite(one.error) for one in values]
    if not any(made):
        return (np.nan,) * 5
    value, error = (float(mean_of_known([getattr(one, part) for one in values])) for part in Estimate._fields)
    known = np.array([one.value for one, there in zip(values, made, strict=True) if there])
    covers = [one.holds(true) for one, true, there in zip(values, truth, made, strict=True) if there]
    spread = float(known.std(ddof=1)) if len(known) > 1 else np.nan
    return value, value - NORMAL * error, value + NORMAL * error, spread, float(np.mean(covers))


def _print(console: Console, scenario: Scenario, table: Frame, people: dict[str, int]) -> None:
    name, trials = scenario.upstream.trial, len(scenario.seed_list)
    shown = Table(title=f"{name}: what a trial finds, and what is true", title_justify="left", box=None, pad_edge=False)
    for heading in ("", *COLUMNS.values()):
        shown.add_column(heading, justify="right" if heading else "left")
    for outcome in OUTCOMES:
        of_outcome = table[table["outcome"] == outcome].set_index("figure")
        shown.add_row(outcome, *(_cell(of_outcome.loc[figure], figure) for figure in COLUMNS))
    console.print(shown)
    offered = table[table["figure"] == "offered"].set_index("outcome")["covers"]
    held = "; ".join(f"{outcome.rstrip('*').lower()} {100 * share:.0f}%" for outcome, share in offered.items())
    console.print(
        f"* per 1,000 member-months. {trials} trials, one for each seed; together {people['treatment']:,} people in "
        f"treatment, of whom {people['served']:,} were served, and {people['control']:,} in control. Intervals of "
        f"intention to treat that hold the truth: {held}."
    )
    console.print(WHY)


def _cell(row: Frame, figure: str) -> str:
    value = float(row["estimate"])
    if np.isnan(value):
        return "-"
    signed = f"{value:,.1f}" if figure == "control" else f"{value:+,.1f}"
    half = (float(row["high"]) - value) if figure in ESTIMATORS else np.nan
    return signed if np.isnan(half) else f"{signed}\n±{half:,.1f}"
