"""Fit the chance that an occasion brings care to the reported levels of quality measures, and show what came out.

``python -m experiments.calibration.fit_quality ROUNDS [overrides]`` runs the baseline's warm-up and a year, moves
``quality.given`` on the scale of log odds toward ``conf/targets/quality.csv``, and writes it back; ``ROUNDS`` 0 only
prints. Calibration levels from before the measures were incentivized are read; effects of CCOs never are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from experiments.calibration.targets import read_targets
from sim.measures.quality import in_all, share
from sim.model import HealthSystem
from sim.paths import conf_folder
from sim.scenario import Scenario
from sim.schema import METRICS, OUTCOMES

STEP = 1.3  # an occasion moves a year's rate less than itself: several occasions, and members without any
LEAST, MOST = 0.005, 0.98


def main(argv: Sequence[str]) -> None:
    """Fit for as many rounds as the first word says, then print the levels as a Markdown table."""
    rounds, overrides = int(argv[0]) if argv else 3, list(argv[1:])
    for _ in range(rounds):
        scenario = Scenario.compose(["months=12", *overrides])
        write(moved(dict(zip(METRICS, scenario.registry.get("quality.given"), strict=True)), observed(scenario)))
    seen = observed(Scenario.compose(["months=12", *overrides]))
    print("| measure | source | wanted | model | miss |\n|---|---|---|---|---|")
    for row in read_targets("quality"):
        wanted, model = float(row["value"]), 100 * seen[row["metric"], row["outcome"]]
        about = f"| {row['label']}, {row['outcome']} | {row['evidence']}"
        print(f"{about} | {wanted:g} | {model:.1f} | {model / wanted - 1:+.1%} |")


def observed(scenario: Scenario) -> Mapping[tuple[str, str], float]:
    """Rates of the state in the first year, by (measure, outcome)."""
    model = HealthSystem(scenario, 0)
    model.run()
    model.close()
    whole = in_all(model.result().weighted_quality()[0].sum(axis=0))
    return {
        (metric, outcome): float(share(whole, place)[i])
        for i, metric in enumerate(METRICS)
        for place, outcome in enumerate(OUTCOMES)
    }


def moved(given: Mapping[str, float], seen: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """The chances, moved toward the targets on the scale of log odds."""
    new = dict(given)
    for row in read_targets("quality"):
        metric, wanted = row["metric"], float(row["value"]) / 100
        now = seen[metric, row["outcome"]]
        odds = given[metric] / (1 - given[metric]) * np.exp(STEP * (_logit(wanted) - _logit(now)))
        new[metric] = float(np.clip(odds / (1 + odds), LEAST, MOST))
    return new


def write(given: Mapping[str, float]) -> None:
    """Put the table into ``conf/parameters/quality.yaml``, of which all else stays as it is."""
    path = conf_folder() / "parameters" / "quality.yaml"
    table = ", ".join(f"{metric}: {given[metric]:.4g}" for metric in METRICS)
    text = path.read_text(encoding="utf-8")
    fitted = re.sub(r"(\ngiven:\n  axes: \[metric\]\n  value: )\{.*\}", rf"\g<1>{{{table}}}", text, count=1)
    path.write_text(fitted, encoding="utf-8")


def _logit(share_of: float) -> float:
    return float(np.log(share_of / (1 - share_of)))


if __name__ == "__main__":
    main(sys.argv[1:])
