"""``ccosim cite``: the published sources behind a scenario's numbers, and how many numbers have none."""

import csv as csv_format
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from experiments.analysis.numbers import of_scenario
from experiments.terminal.columns import print_columns, print_csv
from sim.engine.parameters import Parameter
from sim.paths import conf_folder
from sim.scenario import Scenario

HEADER = ("evidence", "source", "url", "read", "parameters")


def run(words: Sequence[str], csv: bool = False) -> int:
    """List the sources of the numbers of a scenario, of all its arms and of the packages that they offer."""
    scenario = Scenario.compose(words)
    used = of_scenario(scenario)
    rows = sources(used, evidence_rows(conf_folder() / "evidence" / "evidence.csv"))
    if csv:
        print_csv(HEADER, rows)
        return 0
    print_columns(HEADER, rows)
    kinds: dict[str, int] = defaultdict(int)
    for parameter in used:
        kinds[parameter.kind] += 1
    print(f"\n{len(used)} parameters: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    print(f"{kinds['assumption']} are assumptions without a source: ccosim parameters assumption")
    print('"read: no" means that the figure was not verified in its source: do not cite it before you have.')
    return 0


def evidence_rows(table: Path) -> dict[str, dict[str, str]]:
    """Return the rows of the evidence table by id."""
    if not table.exists():
        return {}
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row for row in csv_format.DictReader(lines)}


def sources(used: Sequence[Parameter], evidence: dict[str, dict[str, str]]) -> list[tuple[str, ...]]:
    """Return one row for each evidence id that a parameter names, in the order of the ids."""
    users: dict[str, list[str]] = defaultdict(list)
    for parameter in used:
        for one in parameter.evidence:
            users[one].append(parameter.name)
    rows = []
    for one, names in sorted(users.items()):
        row = evidence.get(one, {})
        rows.append((one, row.get("source", ""), row.get("url", ""), row.get("checked", ""), " ".join(names)))
    return rows
