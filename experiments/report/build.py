"""Puts the page together, section by section."""

from __future__ import annotations

from experiments.analysis.reading import Reading
from experiments.output.outputs import Outputs
from experiments.report import (
    drivers,
    economics,
    equity,
    gains,
    html,
    limits,
    parameters,
    provenance,
    question,
    reading,
    results,
    uncertainty,
)
from experiments.report.page import Page

FILE = "report.html"
SECTIONS = {
    "question": question,
    "reading": reading,
    "results": results,
    "gains": gains,
    "uncertainty": uncertainty,
    "economics": economics,
    "equity": equity,
    "drivers": drivers,
    "limits": limits,
    "parameters": parameters,
    "provenance": provenance,
}


def build(study: Reading, *, slides: bool = False) -> Outputs:
    """The page, its figures and tables, not yet written; or the figures alone, as slides."""
    page = Page(study)
    page.outputs.slides = slides
    for anchor, section in SECTIONS.items():
        page.add(html.heading(2, section.TITLE, anchor))
        section.write(page)
    listing = html.contents([(anchor, section.TITLE) for anchor, section in SECTIONS.items()])
    top = [html.heading(1, study.title), html.paragraph(question.in_short(page)), listing]
    if not slides:
        page.outputs.copy_vectors()
    page.outputs.pages[FILE] = html.document(study.title, ["<header>", *top, "</header><main>", *page.body, "</main>"])
    return page.outputs
