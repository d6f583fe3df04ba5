"""The verb ``report``: a study as one page that opens without a network, with its figures and tables beside it.

``stratum=rurality:rural`` writes the page of a group of members instead.
"""

from collections.abc import Sequence

from experiments.analysis.reading import Reading, asked_for
from experiments.report import group
from experiments.report.build import build


def run(words: Sequence[str]) -> int:
    """Write the page, ``figures/`` and ``tables/`` into a study's folder; print where, and last the folder."""
    asked = asked_for(words, ("stratum",))
    reading = Reading(asked.path, asked.overrides)
    outputs = group.build(reading, asked.options["stratum"]) if "stratum" in asked.options else build(reading)
    outputs.write()
    path = reading.study.path
    print(f"{len(outputs.figures)} figures in {path}/figures, {len(outputs.tables)} tables in {path}/tables")
    print(f"Open in a browser, or print: {path}/{next(iter(outputs.pages))}")
    print(path)
    return 0
