"""The page that the sections of a report fill: what they read, and where their tables and figures go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from matplotlib.figure import Figure

from experiments.analysis.economics import Economics
from experiments.analysis.parameters_in_use import of_study
from experiments.analysis.reading import Reading
from experiments.analysis.uncertainty import Uncertainty
from experiments.output.outputs import Outputs
from experiments.report import html
from experiments.terminal.tables import FEWEST_DRAWS, without_ranges_of_few
from sim.engine.arrays import Frame
from sim.engine.parameters import Parameter


class Page:
    """The study and its analyses, which every section reads, and what the sections have written so far."""

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
        return of_study(self.reading)

    @property
    def compares(self) -> bool:
        return len(self.reading.strategies) > 1

    @property
    def draws(self) -> bool:
        """Whether samples are draws of the parameters, so that uncertainty is more than luck."""
        return self.reading.samples > 1

    @property
    def few_draws(self) -> bool:
        """Whether there are draws, and too few of them for a range that holds 95%."""
        return self.draws and self.reading.samples * len(self.reading.models) < FEWEST_DRAWS

    def summary(self) -> Frame:
        """Return ``summary.csv``, without a range of draws where they are too few."""
        summary = self.reading.study.summary()
        return without_ranges_of_few(summary) if self.draws else summary

    def add(self, *parts: str) -> None:
        self.body.extend(parts)

    def table(
        self,
        name: str,
        caption: str,
        frame: Frame,
        columns: Sequence[html.Column],
        note: str = "",
        *,
        fold: str = "",
        short: Frame | None = None,
    ) -> None:
        """Show a table and save it as CSV; ``fold`` is the title under which it opens, ``short`` is shown instead."""
        self.outputs.tables[name] = frame
        seen = frame if short is None else short
        shown = html.table(caption, seen, columns, f"{note} File: tables/{name}.csv.".strip())
        self.add(html.folded(fold, shown) if fold else shown)

    def figure(
        self, name: str, caption: str, alt: str, draw: Callable[..., Figure], *content: object, **options: object
    ) -> None:
        """Draw a figure, show it, and save it as PNG and PDF."""
        png = self.outputs.draw(name, draw, *content, **options)
        self.add(html.picture(png, alt, f"{caption} Files: figures/{name}.png, figures/{name}.pdf."))
