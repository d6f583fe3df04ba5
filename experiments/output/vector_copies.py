"""The figures that a comparison was finished with once more, as PDF: a paper prints vectors.

The run itself writes PNG alone, since the fonts of a PDF take longer than its drawing.
"""

from __future__ import annotations

from dataclasses import replace

from experiments.analysis.reading import Reading
from experiments.figures import draw_answers, draw_figures
from experiments.figures.paths import MEASURES
from experiments.figures.style import About
from experiments.output import participants
from sim.study.manifest import COMPARISON

OF_RUNS = ("seeming", "means", "sharing")  # figures whose numbers are worked out from complete runs


def vector_copies(reading: Reading, about: About, finished: set[str], kind: str = "pdf") -> dict[str, bytes]:
    """Return the figures by file name; ``finished`` are the files that the study was finished with."""
    study = reading.study
    drawn = {name for name in finished if name.startswith("figures/")}
    if study.kind != COMPARISON or not drawn or any(name.endswith(".pdf") for name in drawn):
        return {}
    about = replace(about, title=str(reading.plain.get("title") or ""))  # as the run named it
    monthly = study.frame(stratum="all", measure=list(MEASURES))
    copies = draw_figures(study.summary(), monthly, about, kind)
    if any(f"figures/{name}.png" in drawn for name in OF_RUNS):
        comparison = reading.comparison()
        lists = participants.lists_by_arm(comparison)
        copies |= draw_answers(participants.tables(comparison), lists, about, kind)
    return copies
