"""The published sources behind parameters: rows of ``conf/evidence/evidence.csv``."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping

from sim.engine.parameters import Parameter
from sim.paths import conf_folder

Evidence = Mapping[str, Mapping[str, str]]


def evidence_rows() -> Evidence:
    """Return the rows of the evidence table by id."""
    with (conf_folder() / "evidence" / "evidence.csv").open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def users(parameters: Iterable[Parameter]) -> dict[str, list[str]]:
    """Return the names of the parameters that rest on each evidence id, in the order of the ids."""
    found: dict[str, list[str]] = defaultdict(list)
    for parameter in parameters:
        for one in parameter.evidence:
            found[one].append(parameter.name)
    return dict(sorted(found.items()))


def sources(parameters: Iterable[Parameter], evidence: Evidence) -> list[tuple[str, ...]]:
    """Return id, source, link, whether it was read, and the parameters that rest on it: one row for each id."""
    rows: list[tuple[str, ...]] = []
    for one, names in users(parameters).items():
        row = evidence.get(one, {})
        rows.append((one, row.get("source", ""), row.get("url", ""), row.get("checked", ""), " ".join(names)))
    return rows
