"""The verb ``report``: a study as one page that opens without a network, with its figures and tables beside it.

``stratum=rurality:rural`` writes the page of a group of members instead, ``layout=slide`` each figure as a slide.
"""

from collections.abc import Sequence

from experiments.analysis.reading import Reading, asked_for
from experiments.report import group
from experiments.report.build import build
from experiments.terminal.labels import counted
from sim.engine.text import did_you_mean, shown
from sim.scenario import ScenarioError

LAYOUTS = ("page", "slide")


def run(words: Sequence[str]) -> int:
    """Write the page, ``figures/`` and ``tables/`` into a study's folder; print where, and last the folder."""
    asked = asked_for(words, ("stratum", "layout"))
    layout = asked.options.get("layout", LAYOUTS[0])
    if layout not in LAYOUTS:
        near = did_you_mean(layout, LAYOUTS)
        raise ScenarioError([f"layout={shown(layout)}: must be one of {', '.join(LAYOUTS)}{near}"])
    reading, slides = Reading(asked.path, asked.overrides), layout == LAYOUTS[1]
    if "stratum" in asked.options:
        outputs = group.build(reading, asked.options["stratum"], slides=slides)
    else:
        outputs = build(reading, slides=slides)
    outputs.write()
    path = reading.study.path
    if slides:
        print(f"{len(outputs.figures)} slides, as PNG and PDF: {path}/figures/*-slide.*")
        print(path)
        return 0
    figures, tables = counted(len(outputs.figures), "figure"), counted(len(outputs.tables), "table")
    print(f"{figures} in {path}/figures, {tables} in {path}/tables")
    print(f"Open in a browser, or print: {path}/{next(iter(outputs.pages))}")
    print(path)
    return 0
