"""Search over portfolios: which divisions of a budget are not beaten on cost, health and equity at once?

    python -m experiments.portfolio_search population=classroom months=36 candidates=16 seeds=2

Each candidate is a division of the budget among the packages of the scenario (``upstream.allocation=shares``; it
matters where the budget is short, such as ``parameters.upstream.state_budget=2``): the corners, equal shares, and
points of a scrambled Sobol sequence (SciPy) spread over the simplex. Every candidate is lived with the same seeds as a
world without programmes. Reported for each: what payers spend (USD PMPM), QALYs per 1,000 member-years, the slope of
needs over race groups (nearer to 0 is more equal), all as paired differences, and whether it is on the frontier. Few
seeds leave noise in the frontier: more seeds, fewer points.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sim.compare import compare
from sim.scenario import Scenario, ScenarioError

DONE, BAD_INPUT = 0, 2
CANDIDATES = "candidates"
USUAL, MOST = 16, 1024
NONE = "none"
OBJECTIVES = {"pmpm_total": -1, "qalys_per_1000_my": 1, "needs_slope": 1}  # the sign that makes more better

Floats = NDArray[np.float64]


def run(words: Sequence[str]) -> int:
    """Live every candidate, print the frontier, and write ``portfolios.csv``.

    Raises
    ------
    ScenarioError
        With every fault of the overrides.
    """
    count, rest = _count(words)
    scenario = Scenario.compose(["upstream=portfolio", *rest] if not _names(rest, "upstream") else list(rest))
    packages = scenario.upstream.packages
    if len(packages) < 2 or scenario.arms:
        raise ScenarioError(["upstream.packages: a search needs at least two packages, and no arms"])
    shares = candidates(count, len(packages))
    table = lived(list(rest), scenario, shares)
    folder = Path(scenario.results_root) / (scenario.study or f"portfolios-{scenario.digest()[:8]}")
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "portfolios.csv", index=False)
    print(table[table["on_frontier"]].round(5).to_string(index=False))
    print(folder)
    return DONE


def candidates(count: int, packages: int) -> Floats:
    """Return shares of a budget, ``[candidate, package]``: corners, the middle, and Sobol points on the simplex."""
    fixed = np.vstack([np.eye(packages), np.full((1, packages), 1.0 / packages)])
    more = max(0, count - len(fixed))
    if not more:
        return fixed[:count]
    points = qmc.Sobol(packages, seed=0).random_base2(int(np.ceil(np.log2(more))))[:more]
    spread = -np.log(np.maximum(points, np.finfo(float).tiny))  # exponentials, divided by their sum, fill a simplex
    return np.vstack([fixed, spread / spread.sum(axis=1, keepdims=True)])


def lived(words: list[str], scenario: Scenario, shares: Floats) -> Any:
    """Return a table with a row for each candidate."""
    import pandas as pd

    from experiments.upstream_tables import equity_table

    arms = {NONE: ["upstream.packages=[]"]} | {f"p{i}": _division(share) for i, share in enumerate(shares)}
    every = words if _names(words, "upstream") else ["upstream=portfolio", *words]
    text = [f"arms.{name}=[{', '.join(map(repr, arm))}]" for name, arm in arms.items()]
    comparison = compare(Scenario.compose([*every, *text, f"baseline={NONE}"]))
    summary = comparison.summary()
    of_all = summary[(summary["contrast"] == NONE) & (summary["stratum"] == "all")]
    equity = equity_table(comparison)
    slope = equity[
        (equity["contrast"] == NONE)
        & (equity["stratum"] == "race")
        & (equity["measure"] == "needs_any_share")
        & (equity["index"] == "slope_index")
    ].set_index("arm")["estimate"]
    rows = []
    for i, share in enumerate(shares):
        mine = of_all[of_all["arm"] == f"p{i}"].set_index("measure")["estimate"]
        row = dict(zip(scenario.upstream.packages, share, strict=True))
        row |= {name: float(mine[name]) for name in ("pmpm_upstream", "pmpm_total", "qalys_per_1000_my")}
        rows.append(row | {"needs_slope": float(slope[f"p{i}"])})
    table = pd.DataFrame(rows)
    scores = np.column_stack([sign * table[name] for name, sign in OBJECTIVES.items()])
    table["on_frontier"] = on_frontier(scores)
    return table


def on_frontier(scores: Floats) -> NDArray[np.bool_]:
    """Return which rows no other row beats: at least as good in every column, and better in one."""
    beaten = [
        bool(((scores >= row).all(axis=1) & (scores > row).any(axis=1)).any()) for row in scores
    ]  # a handful of candidates: no need to be clever
    return ~np.array(beaten)


def _division(share: Floats) -> list[str]:
    numbers = ",".join(f"{part:.6f}" for part in share)
    return ["upstream.allocation=shares", f"upstream.shares=[{numbers}]"]


def _names(words: Sequence[str], key: str) -> bool:
    return any(word.partition("=")[0] == key for word in words)


def _count(words: Sequence[str]) -> tuple[int, list[str]]:
    """Take ``candidates=n`` out of the words."""
    rest = [word for word in words if not word.startswith(f"{CANDIDATES}=")]
    given = [word.partition("=")[2] for word in words if word.startswith(f"{CANDIDATES}=")]
    text = given[-1] if given else str(USUAL)
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise ScenarioError([f"{CANDIDATES}={text}: must be a whole number, 1 to {MOST}"])
    return int(text), rest


def main(words: Sequence[str]) -> int:
    """Run, with every fault in one message."""
    try:
        return run(words)
    except ScenarioError as fault:
        print("\n".join(fault.messages), file=sys.stderr)
        return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
