"""The dated worlds beside what is published of their year (conf/targets/worlds.csv): wanted and got.

``python -m experiments.calibration.worlds`` prints the table of docs/explanation/worlds.md; further words are overrides
of the scenario, such as ``population.sample=0.01``. Levels are those of the first year without policy or event.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from experiments.calibration.observed import Table, count, observe, weighted_cells
from experiments.calibration.targets import read_table
from sim import schema
from sim.model import begin
from sim.paths import conf_folder
from sim.population.build import unmet_margins
from sim.scenario import Scenario

CENTS, THOUSAND = 100.0, 1000.0


def main(argv: Sequence[str]) -> None:
    """Print one row for each figure of each world."""
    wanted = read_table(conf_folder() / "targets" / "worlds.csv")
    print("| world | figure | source | wanted | got | miss |\n|---|---|---|---|---|---|")
    for world in dict.fromkeys(row["world"] for row in wanted):
        scenario = Scenario.compose([f"population={world}", "events=[]", "months=12", *argv])
        got = figures(scenario)
        for row in (row for row in wanted if row["world"] == world):
            goal, found = float(row["wanted"]), got[row["measure"]]
            miss = f"{found / goal - 1:+.0%}" if goal else f"{found:+.0f}"
            print(f"| {world} | {row['label']} | {row['source']} | {goal:g} | {found:.1f} | {miss} |", flush=True)
        for note in unmet_margins(scenario.population, scenario.registry, conf_folder()):
            print(f"| {world} | {note} | | | | |", flush=True)


def figures(scenario: Scenario) -> dict[str, float]:
    """Return the figures of one world: of its start, and of its first year."""
    start = begin(scenario).population
    members = start.members[start.members["status"] == schema.ENROLLED]
    weight = start.weights[members["area"]]

    def share(who: Table, among: Table) -> float:
        return float(100 * (weight * who * among).sum() / (weight * among).sum())

    everybody, in_cco = np.ones(len(members)), members["in_cco"] > 0
    cells = weighted_cells(observe(scenario))
    months = float(count(cells, "member_months").sum())
    dollars = float(count(cells, "medicaid_cents").sum()) / months / CENTS
    return {
        "members": scenario.population.members / THOUSAND,
        "in_cco": share(in_cco, everybody),
        "dual": share(members["dual"] > 0, in_cco),
        "homes": share(start.clinics["tier"][members["clinic"]] > 0, in_cco),
        "capitation": dollars / (1 - float(scenario.registry.get("payment.load"))),
        "ed": THOUSAND * float(count(cells, "emergency_visits").sum()) / months,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
