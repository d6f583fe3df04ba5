"""The verb ``report``: a study as one page that opens without a network, with its figures and tables beside it."""

from collections.abc import Sequence

from experiments.analysis.reading import Reading, asked_for
from experiments.report.build import build


def run(words: Sequence[str]) -> int:
    """Write ``report.html``, ``figures/`` and ``tables/`` into a study's folder; print where, and last the folder."""
    asked = asked_for(words)
    reading = Reading(asked.path, asked.overrides)
    outputs = build(reading)
    outputs.write()
    path = reading.study.path
    print(f"{len(outputs.figures)} figures in {path}/figures, {len(outputs.tables)} tables in {path}/tables")
    print(f"Open in a browser, or print: {path}/report.html")
    print(path)
    return 0
