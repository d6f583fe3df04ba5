"""``ccosim cite``: one published source in full, or all sources behind a scenario's parameters."""

from collections import Counter
from collections.abc import Sequence

from experiments.analysis.parameters_in_use import of_scenario
from experiments.analysis.sources import Evidence, evidence_rows, sources, users
from experiments.terminal.columns import print_columns, print_csv
from sim.engine.text import nearest, shown
from sim.scenario import Scenario, ScenarioError

HEADER = ("evidence", "source", "url", "read", "parameters")


def run(words: Sequence[str], csv: bool = False) -> int:
    """Show the sources with these ids; without an id, list the sources of a scenario, its arms and their packages."""
    ids = [word for word in words if "=" not in word]
    evidence = evidence_rows()
    if faults := [_unknown(one, evidence) for one in ids if one not in evidence]:
        raise ScenarioError(faults)
    scenario = Scenario.compose([word for word in words if "=" in word])
    if ids:
        _show(ids, evidence, scenario, csv)
    else:
        _list(scenario, evidence, csv)
    return 0


def _unknown(one: str, evidence: Evidence) -> str:
    near = ", ".join(nearest(one, evidence, 3))
    return f"{shown(one)}: no such source (nearest: {near}), `ccosim cite` lists the ids"


def _show(ids: Sequence[str], evidence: Evidence, scenario: Scenario, csv: bool) -> None:
    """Print every field of each source, and the parameters that rest on it."""
    used = users(scenario.registry)
    rows = [{**evidence[one], "parameters": " ".join(used.get(one, ["none"]))} for one in ids]
    if csv:
        print_csv(list(rows[0]), [list(row.values()) for row in rows])
        return
    for row in rows:
        print_columns(("field", "text"), [(name, text) for name, text in row.items() if text])
        print()
    print('"checked: no" means that the figure was not verified in its source: verify it before you cite it.')


def _list(scenario: Scenario, evidence: Evidence, csv: bool) -> None:
    """Print one row for each source, and how many parameters have none."""
    used = of_scenario(scenario)
    rows = sources(used, evidence)
    if csv:
        print_csv(HEADER, rows)
        return
    print_columns(HEADER, rows)
    kinds = Counter(parameter.kind for parameter in used)
    print(f"\n{len(used)} parameters: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    print(f"{kinds['assumption']} are assumptions without a source: ccosim parameters assumption")
    print('"read: no" means that the figure was not verified in its source: verify it before you cite it.')
    print("ccosim cite ID shows one source in full.")
