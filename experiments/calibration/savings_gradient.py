"""Compare `effort` with what Medicare's physician groups saved by years under contract, a fitting target (payment.md).

``python -m experiments.calibration.savings_gradient SEEDS [overrides]`` prints for the first three years of a one-sided
contract: what it saves (the same people with and without it); what an evaluator would add by following the list of
participants, whom high-cost clinicians leave, under a contract without any effect; and both together, which is the
naive estimate that was published (model.md 24). Nothing is moved: `effort.ease` was set by visits under capitation.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.participation import QUARTER, cost, gaps, lists_of
from sim.measures.result import RunResult
from sim.runs.comparison import simulate
from sim.scenario import Scenario

PUBLISHED = {"mssp_phys_2014": -1.6, "mssp_phys_2013": -3.5, "mssp_phys_2012": -4.9}
YEARS = len(PUBLISHED)
MEDICAL = MEASURES.index(BY_NAME["pmpm_medical"])
COMMON = ("population=oregon", "population.sample=0.04", "population.minimum_per_cco=1000", "warm_up=12", "months=48")
CONTRACT = ("payment=shared_savings", "payment.start=12")
NO_EFFECT = ("providers=reduced_form", "parameters.participants.joined=0.5", "providers.only=[pruning]")


def main(argv: Sequence[str]) -> None:
    """Print the table for so many seeds."""
    seeds, overrides = range(int(argv[0]) if argv else 6), [*COMMON, *argv[1:]]

    def runs(*words: str) -> list[RunResult]:
        return [simulate(Scenario.compose([*overrides, *words]), seed=seed) for seed in seeds]

    claims = runs("payment=fee_for_service", "providers=passive")
    saved = np.array([of_pair(*pair) for pair in zip(runs(*CONTRACT, "providers=effort"), claims, strict=True)])
    listed = np.array([by_list(run) for run in runs(*CONTRACT, *NO_EFFECT)])
    print("| years under contract | saved | seems saved by the list alone | both | published |\n|---|---|---|---|---|")
    for year, wanted in enumerate(PUBLISHED.values()):
        parts = " | ".join(shown(values[:, year]) for values in (saved, listed, saved + listed))
        print(f"| {year + 1} | {parts} | {wanted:.1f} |")


def of_pair(run: RunResult, without: RunResult) -> Floats:
    """Change of medical spending by year under contract, percent."""
    ours, theirs = (one.monthly()[:, 0, MEDICAL].reshape(-1, MONTHS_PER_YEAR).sum(axis=1)[1:] for one in (run, without))
    return np.asarray(100 * (ours / theirs - 1))


def by_list(run: RunResult) -> Floats:
    """Change that the list of each month shows against other clinicians, percent of cost before, by year."""
    lists = lists_of(run)
    if lists is None:
        raise SystemExit("no clinician takes part: nothing to compare")
    before = cost(lists, np.ones_like(lists.listed), slice(0, lists.start))
    quarters = gaps(lists, lists.listed)[lists.start // QUARTER :]
    return np.asarray(100 * quarters.reshape(YEARS, -1).mean(axis=1) / before)


def shown(values: Floats) -> str:
    """Mean over seeds, with its standard error."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():.1f} ({error:.1f})"


if __name__ == "__main__":
    main(sys.argv[1:])
