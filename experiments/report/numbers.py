"""Every parameter with its value, range, kind and source, and the sources themselves."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.analysis.numbers import is_read
from experiments.analysis.reading import Reading
from experiments.report import html
from experiments.report.build import Report
from experiments.verbs.cite import evidence_rows, sources
from experiments.verbs.parameters import HEADER, short_row
from sim.engine.parameters import Parameter
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError

TITLE = "Parameters and sources"


def parameters_of(reading: Reading) -> list[Parameter]:
    """Every number that the study could read, with the study's values."""
    packages = set(_packages(reading))
    return [one for one in reading.registry if is_read(one.name, packages)]


def _packages(reading: Reading) -> Iterator[str]:
    """Packages of the scenario and of its arms; an arm of options that are gone names none."""
    yield from (reading.plain.get("upstream") or {}).get("packages") or ()
    for words in (reading.plain.get("arms") or {}).values():
        own = [word for word in words if word.startswith("upstream")]
        try:
            yield from Scenario.compose(own).upstream.packages if own else ()
        except ScenarioError:
            continue


def write(report: Report) -> None:
    """Two long tables, folded."""
    import pandas as pd

    drawn = set(report.reading.uncertain[0])
    frame = pd.DataFrame([dict(zip(HEADER, short_row(one), strict=True)) for one in report.parameters])
    frame["drawn"] = ["drawn" if any(name.startswith(one.name) for name in drawn) else "" for one in report.parameters]
    titles = {"name": "Parameter", "value": "Value", "low": "Low", "high": "High", "unit": "Unit", "kind": "Kind",
              "drawn": "Varied", "evidence": "Sources", "note": "Note"}  # fmt: skip
    kinds = frame["kind"].value_counts().to_dict()
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    report.add(html.paragraph(f"{len(frame)} parameters: {counts}. Cell by cell: `ccosim parameters --csv`."))
    columns = [html.Column(key, title) for key, title in titles.items()]
    report.table("parameters", "Parameters", frame, columns, fold=f"All {len(frame)} parameters")
    used = sources(report.parameters, evidence_rows(conf_folder() / "evidence" / "evidence.csv"))
    listing = pd.DataFrame(used, columns=["id", "source", "url", "read", "parameters"])
    titles = {"id": "Id", "source": "Source", "url": "Link", "read": "Read", "parameters": "Used for"}
    note = '"Read: no": the figure was not verified in its source.'
    columns = [html.Column(key, title) for key, title in titles.items()]
    report.table("sources", "Sources", listing, columns, note, fold=f"All {len(listing)} sources")
