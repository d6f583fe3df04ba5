"""Every parameter with its value, range, kind and source, and the sources themselves."""

from __future__ import annotations

from experiments.analysis.sources import evidence_rows, sources
from experiments.output.parameter_table import HEADER, short_row
from experiments.report import html
from experiments.report.page import Page

TITLE = "Parameters and sources"


def write(page: Page) -> None:
    """Two long tables, folded."""
    import pandas as pd

    drawn = set(page.reading.uncertain[0])
    frame = pd.DataFrame([dict(zip(HEADER, short_row(one), strict=True)) for one in page.parameters])
    frame["drawn"] = ["drawn" if any(_is_of(name, one.name) for name in drawn) else "" for one in page.parameters]
    titles = {"name": "Parameter", "value": "Value", "low": "Low", "high": "High", "unit": "Unit", "kind": "Kind",
              "drawn": "Varied", "evidence": "Sources", "note": "Note"}  # fmt: skip
    kinds = frame["kind"].value_counts().to_dict()
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    page.add(html.paragraph(f"{len(frame)} parameters: {counts}. Cell by cell: `ccosim parameters --csv`."))
    columns = [html.Column(key, title) for key, title in titles.items()]
    page.table("parameters", "Parameters", frame, columns, fold=f"All {len(frame)} parameters")
    used = sources(page.parameters, evidence_rows())
    listing = pd.DataFrame(used, columns=["id", "source", "url", "read", "parameters"])
    titles = {"id": "Id", "source": "Source", "url": "Link", "read": "Read", "parameters": "Used for"}
    note = '"Read: no": the figure was not verified in its source.'
    columns = [html.Column(key, title) for key, title in titles.items()]
    page.table("sources", "Sources", listing, columns, note, fold=f"All {len(listing)} sources")


def _is_of(path: str, name: str) -> bool:
    """Whether a path is that of the parameter, or of a cell of its table."""
    return path == name or path.startswith(f"{name}.")
