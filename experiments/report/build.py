"""Puts the page together, section by section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from experiments.analysis.economics import Economics
from experiments.analysis.reading import Reading
from experiments.analysis.uncertainty import Uncertainty
from experiments.output.outputs import Outputs
from experiments.report import html
from sim.engine.parameters import Parameter

PAGE = "report.html"


class Report:
    """What the sections share: the study, its economics, and where figures and tables go."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.outputs = Outputs(reading)
        self.economics = Economics(reading)
        self.body: list[str] = []

    @cached_property
    def uncertainty(self) -> Uncertainty:
        return Uncertainty(self.reading, self.economics)

    @cached_property
    def parameters(self) -> list[Parameter]:
        """Every number that the study could read."""
        from experiments.report.numbers import parameters_of

        return parameters_of(self.reading)

    @property
    def compares(self) -> bool:
        return len(self.reading.strategies) > 1

    @property
    def draws(self) -> bool:
        """Whether samples are draws of the parameters, so that uncertainty is more than luck."""
        return self.reading.samples > 1

    def add(self, *parts: str) -> None:
        self.body.extend(parts)

    def table(
        self,
        name: str,
        caption: str,
        frame: Any,
        columns: Sequence[html.Column],
        note: str = "",
        *,
        fold: str = "",
        short: Any = None,
    ) -> None:
        """Show a table, and keep it as CSV; ``fold`` hides it until asked for, ``short`` is shown in its place."""
        self.outputs.tables[name] = frame
        seen = frame if short is None else short
        shown = html.table(caption, seen, columns, f"{note} File: tables/{name}.csv.".strip())
        self.add(html.folded(fold, shown) if fold else shown)

    def figure(
        self, name: str, caption: str, alt: str, draw: Callable[..., Any], *content: Any, **options: Any
    ) -> None:
        """Draw a figure, show it, and keep it as PNG and PDF."""
        png = self.outputs.draw(name, draw, *content, **options)
        self.add(html.picture(png, alt, f"{caption} Files: figures/{name}.png, figures/{name}.pdf."))


def build(reading: Reading) -> Outputs:
    """The page, its figures and tables, not yet written."""
    from experiments.report import (
        drivers,
        economics,
        equity,
        limits,
        numbers,
        provenance,
        question,
        results,
        uncertainty,
    )

    report = Report(reading)
    sections = (question, results, uncertainty, economics, equity, drivers, limits, numbers, provenance)
    for section in sections:
        anchor = section.__name__.rpartition(".")[2]
        report.add(html.heading(2, section.TITLE, anchor))
        section.write(report)
    listing = html.contents([(one.__name__.rpartition(".")[2], one.TITLE) for one in sections])
    top = [html.heading(1, reading.title), html.paragraph(question.in_short(report)), listing]
    report.outputs.pages[PAGE] = html.page(
        reading.title, ["<header>", *top, "</header><main>", *report.body, "</main>"]
    )
    return report.outputs
