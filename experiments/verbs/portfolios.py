"""``ccosim portfolios``: which divisions of a budget are unbeaten on cost, health and equity at once?

A candidate is a division of the budget among the packages of the scenario (``upstream.allocation=shares``). Divisions
matter where the budget is short: unless the words say otherwise the state has 2 USD PMPM. First the corners, equal
shares and a scrambled Sobol sequence over the simplex are simulated; from there SciPy's differential evolution looks
for better ones, once for each of the three objectives alone and once for all three (the worst of the three, each in
units of its spread over the first candidates). Every candidate faces the same people with the same luck as a world
without programs, so that the search is deterministic.

The best of many noisy figures is partly the luckiest. So the frontier is simulated again with seeds that the
search never saw; ``confirmed`` says whether it is still unbeaten among those, and the figures to read are those.
Objectives: what payers spend (USD PMPM), QALYs a year of everybody, the slope of needs over race groups (nearer to 0
is more equal), all as paired differences from no programs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import differential_evolution
from scipy.stats import qmc

from experiments.output.table_study import Made, run_table_study
from experiments.terminal.labels import counted
from experiments.terminal.progress import Watch
from sim.engine.arrays import Floats, Frame
from sim.runs.comparison import compare
from sim.scenario import Scenario, ScenarioError

USUAL = {"candidates": 16, "rounds": 2}
MOST = {"candidates": 256, "rounds": 50}
BUDGET, SHORT = "parameters.upstream.state_budget", "2"
NONE, FILE = "none", "portfolios"
OBJECTIVES = {"pmpm_total": -1, "qalys_a_year": 1, "needs_slope": 1}  # the sign that makes more better
AIMS = {
    "cost": (1.0, 0.0, 0.0),
    "health": (0.0, 1.0, 0.0),
    "equity": (0.0, 0.0, 1.0),
    "all_three": (1.0, 1.0, 1.0),
}
LEAST = 1e-9  # coordinates of a division stay above it


@dataclass
class Search:
    """The candidates simulated so far, each once, with their outcomes.

    Attributes
    ----------
    words : overrides of every arm.
    scenario : composed of them.
    found : one row for each division: who asked for it, shares, outcomes.
    """

    words: list[str]
    scenario: Scenario
    found: dict[tuple[float, ...], dict[str, Any]] = field(default_factory=dict)

    def score(self, shares: Floats, asked_by: str) -> Floats:
        """Return the scores of divisions, ``[candidate, objective]``, more is better; simulate new ones."""
        keys = [tuple(row) for row in np.round(shares, 6).tolist()]
        new = [key for key in dict.fromkeys(keys) if key not in self.found]
        if new:
            rows = outcomes(self.words, self.scenario, np.array(new))
            self.found |= {key: {"asked_by": asked_by, **row} for key, row in zip(new, rows, strict=True)}
        return scores([self.found[key] for key in keys])


def run(words: Sequence[str]) -> int:
    """Search, print the frontier, and write ``portfolios.csv`` and its figure."""
    (count, rounds), rest = _counts(words)
    rest = rest if _names(rest, BUDGET) else [*rest, f"{BUDGET}={SHORT}"]
    rest = rest if _names(rest, "upstream") else ["upstream=portfolio", *rest]
    scenario = Scenario.compose(rest)
    if len(scenario.upstream.packages) < 2 or scenario.arms:
        raise ScenarioError(["upstream.packages: a search needs at least two packages, and no arms"])

    def make() -> Made:
        table = searched(Search(rest, scenario), count, rounds)
        from experiments.figures.table_studies import about_of, draw_portfolios, files_of

        figure = files_of(FILE, draw_portfolios(table, about_of(scenario)), scenario)
        return Made(in_words(table), {f"{FILE}.csv": table.to_csv(index=False).encode(), **figure})

    return run_table_study(scenario, FILE, make, candidates=count, rounds=rounds, objectives=OBJECTIVES, aims=AIMS)


def in_words(table: Frame) -> str:
    """Return how many divisions are unbeaten, and those that are so with new seeds too."""
    front = table[table["confirmed"]].to_string(index=False, float_format="{:.3g}".format)
    return f"{len(table)} divisions simulated; {int(table['on_frontier'].sum())} unbeaten; with new seeds too:\n{front}"


def searched(search: Search, count: int, rounds: int) -> Frame:
    """Return a table of all divisions simulated: outcomes, whether on the frontier, and the same with new seeds."""
    import pandas as pd

    packages = len(search.scenario.upstream.packages)
    first = candidates(count, packages)
    spread = search.score(first, "spread")
    for aim, weights in AIMS.items() if rounds else ():
        improve(search, first, spread, rounds, aim, np.array(weights))
    table = pd.DataFrame(list(search.found.values()))
    table["on_frontier"] = on_frontier(scores(list(search.found.values())))
    return confirmed(search, table)


def improve(search: Search, first: Floats, spread: Floats, rounds: int, aim: str, weights: Floats) -> None:
    """Let differential evolution look for divisions that are better by one aim, from the first candidates."""
    best, size = spread.max(axis=0), np.maximum(np.ptp(spread, axis=0), np.finfo(float).eps)

    def regret(points: Floats) -> Floats:
        """The worst of the objectives that count, in units of their spread; points come as ``[package, candidate]``."""
        lacks = (best - search.score(divisions(points.T), aim)) / size
        return np.asarray(np.where(weights > 0, lacks, -np.inf).max(axis=1))

    differential_evolution(
        regret,
        bounds=[(LEAST, 1.0 - LEAST)] * first.shape[1],
        init=np.clip(np.exp(-first), LEAST, 1.0 - LEAST),  # ``divisions`` of it are the first candidates again
        maxiter=rounds,
        vectorized=True,
        updating="deferred",
        polish=False,
        tol=0,
        seed=0,
    )


def divisions(points: Floats) -> Floats:
    """Return shares of a budget from points of a cube: uniform points become uniform on the simplex."""
    spread = -np.log(points)
    return np.asarray(spread / spread.sum(axis=1, keepdims=True))


def candidates(count: int, packages: int) -> Floats:
    """Return shares of a budget, ``[candidate, package]``: corners, the middle, and Sobol points on the simplex."""
    fixed = np.vstack([np.eye(packages), np.full((1, packages), 1.0 / packages)])
    more = max(0, count - len(fixed))
    if not more:
        return fixed[:count]
    points = qmc.Sobol(packages, seed=0).random_base2(int(np.ceil(np.log2(more))))[:more]
    return np.vstack([fixed, divisions(np.maximum(points, np.finfo(float).tiny))])


def confirmed(search: Search, table: Frame) -> Frame:
    """Simulate the frontier with as many new seeds; add those figures, and which divisions are still unbeaten."""
    seeds = search.scenario.seed_list
    new = [max(seeds) + 1 + i for i in range(len(seeds))]
    words = [word for word in search.words if word.partition("=")[0] != "seeds"]
    packages = list(search.scenario.upstream.packages)
    front = table.index[table["on_frontier"]]
    again = outcomes([*words, f"seeds={new}"], search.scenario, table.loc[front, packages].to_numpy())
    for name in OBJECTIVES:
        table.loc[front, f"new_{name}"] = [row[name] for row in again]
    table["confirmed"] = False
    table.loc[front, "confirmed"] = on_frontier(scores(again))
    return table


def outcomes(words: list[str], scenario: Scenario, shares: Floats) -> list[dict[str, float]]:
    """Simulate divisions beside a world without programs; return shares and paired differences of each."""
    from experiments.output.upstream_tables import equity_table

    arms = {NONE: ["upstream.packages=[]"]} | {f"p{i}": _division(share) for i, share in enumerate(shares)}
    text = [f"arms.{name}=[{', '.join(map(repr, arm))}]" for name, arm in arms.items()]
    study = Scenario.compose([*words, *text, f"baseline={NONE}"])
    say = Console(stderr=True, highlight=False)
    say.print(f"{counted(len(shares), 'division')} of the budget, and a world without programs:")
    with Watch(say, len(study.arms) * len(study.seed_list), study.months) as watch:
        comparison = compare(study, progress=watch.month_done)
    summary = comparison.summary()
    of_all = summary[(summary["contrast"] == NONE) & (summary["stratum"] == "all")]
    equity = equity_table(comparison)
    asked = {"contrast": NONE, "stratum": "race", "measure": "needs_any_share", "index": "slope_index"}
    slope = equity[(equity[list(asked)] == list(asked.values())).all(axis=1)].set_index("arm")["estimate"]
    rows = []
    for i, share in enumerate(shares):
        mine = of_all[of_all["arm"] == f"p{i}"].set_index("measure")["estimate"]
        row = dict(zip(scenario.upstream.packages, share.tolist(), strict=True))
        row |= {name: float(mine[name]) for name in ("pmpm_upstream", "pmpm_total", "qalys_a_year")}
        rows.append(row | {"needs_slope": float(slope[f"p{i}"])})
    return rows


def scores(rows: Sequence[Mapping[str, Any]]) -> Floats:
    """Return ``[row, objective]``, more is better."""
    return np.array([[sign * row[name] for name, sign in OBJECTIVES.items()] for row in rows])


def on_frontier(values: Floats) -> NDArray[np.bool_]:
    """Return which rows no other row beats: at least as good in every column, and better in one."""
    beaten = [
        bool(((values >= row).all(axis=1) & (values > row).any(axis=1)).any()) for row in values
    ]  # some hundreds of candidates: no need to be clever
    return ~np.array(beaten)


def _division(share: Floats) -> list[str]:
    numbers = ",".join(f"{part:.6f}" for part in share)
    return ["upstream.allocation=shares", f"upstream.shares=[{numbers}]"]


def _names(words: Sequence[str], key: str) -> bool:
    return any(word.partition("=")[0] == key for word in words)


def _counts(words: Sequence[str]) -> tuple[list[int], list[str]]:
    """Take ``candidates=n`` and ``rounds=n`` out of the words."""
    rest = [word for word in words if word.partition("=")[0] not in USUAL]
    numbers, faults = [], []
    for name, usual in USUAL.items():
        text = next((w.partition("=")[2] for w in reversed(words) if w.startswith(f"{name}=")), str(usual))
        least = 0 if name == "rounds" else 5
        if not text.isdecimal() or not least <= int(text) <= MOST[name]:
            faults.append(f"{name}={text}: must be a whole number, {least} to {MOST[name]}")
        else:
            numbers.append(int(text))
    if faults:
        raise ScenarioError(faults)
    return numbers, rest
