"""Where the numbers come from: versions, digests, times, and how to get them again."""

from __future__ import annotations

import json

from experiments.output.outputs import checksums_of
from experiments.report import html
from experiments.report.page import Page

TITLE = "Provenance"
FIELDS = (
    "ccosim_version", "git_commit", "git_dirty", "scenario_digest", "data_digest", "result_digest", "kind", "seed_list",
    "draws", "member_months", "threads", "seconds", "peak_memory_bytes", "python", "packages", "started", "finished",
    "status",
)  # fmt: skip


def write(page: Page) -> None:
    """The manifest, the scenario, and the checksums of the study's files."""
    import pandas as pd

    manifest = page.reading.manifest
    rows = [{"name": name, "value": _text(manifest[name])} for name in FIELDS if manifest.get(name) is not None]
    columns = [html.Column("name", "What"), html.Column("value", "Value")]
    page.table("manifest", "Manifest", pd.DataFrame(rows), columns)
    whole = (
        "The whole scenario is in study.yaml of this folder. The same scenario and seeds give the same result digest "
    )
    page.add(html.paragraph(f"{whole}on any number of threads."))
    found = {name: sha for name, sha in checksums_of(page.reading.study.path).items() if name[:5] != "runs/"}
    if found:
        listing = pd.DataFrame({"file": list(found), "sha256": list(found.values())})
        columns = [html.Column("file", "File"), html.Column("sha256", "SHA-256")]
        page.table("files", "Files of the study", listing, columns, fold="Checksums of the study's files")
    page.add(html.paragraph("Cite ccosim as CITATION.cff says, and the sources listed above.", "note"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
