"""Puts the page together, section by section."""

from __future__ import annotations

from experiments.analysis.reading import Reading
from experiments.output.outputs import Outputs
from experiments.report import (
    drivers,
    economics,
    equity,
    html,
    limits,
    parameters,
    provenance,
    question,
    results,
    uncertainty,
)
from experiments.report.page import Page

FILE = "report.html"
SECTIONS = {
    "question": question,
    "results": results,
    "uncertainty": uncertainty,
    "economics": economics,
    "equity": equity,
    "drivers": drivers,
    "limits": limits,
    "parameters": parameters,
    "provenance": provenance,
}


def build(reading: Reading) -> Outputs:
    """The page, its figures and tables, not yet written."""
    page = Page(reading)
    for anchor, section in SECTIONS.items():
        page.add(html.heading(2, section.TITLE, anchor))
        section.write(page)
    listing = html.contents([(anchor, section.TITLE) for anchor, section in SECTIONS.items()])
    top = [html.heading(1, reading.title), html.paragraph(question.in_short(page)), listing]
    page.outputs.pages[FILE] = html.document(
        reading.title, ["<header>", *top, "</header><main>", *page.body, "</main>"]
    )
    return page.outputs
