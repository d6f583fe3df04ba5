"""The page that the sections of a report fill: what they read, and where their tables and figures go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from matplotlib.figure import Figure

from experiments.analysis.economics import Economics
from experiments.analysis.parameters_in_use import of_study
from experiments.analysis.reading import Reading
from experiments.analysis.uncertainty import Uncertainty
from experiments.figures.style import About
from experiments.output.outputs import Outputs
from experiments.report import html
from experiments.terminal.tables import FEW_DRAWS, FEWEST_DRAWS, NO_DRAWS, in_words, without_ranges_of_few
from sim.engine.arrays import Frame
from sim.engine.parameters import Parameter

MOST_COLUMNS = 9  # arms beside each other that a screen of 1,280 pixels holds


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
    def no_range(self) -> str:
        """Why differences have no range, in words to follow them; empty where draws or seeds give one."""
        if self.reading.no_sample:
            return NO_DRAWS
        few = self.draws and self.reading.samples * len(self.reading.models) < FEWEST_DRAWS
        return FEW_DRAWS if few else ""

    def summary(self) -> Frame:
        """Return ``summary.csv``, without a range of draws where they are too few."""
        summary = self.reading.study.summary()
        if self.reading.no_sample:  # a study of an earlier version may hold ranges
            return summary.assign(low=np.nan, high=np.nan, mcse=np.nan)
        return without_ranges_of_few(summary) if self.draws else summary

    def first_summary(self) -> tuple[Frame, str]:
        """Return the summary at the first setting of the levers and structures, and that setting in words."""
        summary, point = self.summary(), self.reading.settings[0]
        return (summary[summary["point"] == point] if "point" in summary else summary), point

    @property
    def about_first(self) -> About:
        """What a figure says about its numbers that is drawn from ``first_summary``."""
        return replace(self.outputs.about, setting=self.reading.settings[0])

    @property
    def spread(self) -> str:
        """What stands in brackets behind a difference; empty if nothing does."""
        if self.draws:
            return self.no_range or "in brackets the range that holds 95% of the draws"
        return "in brackets 95% intervals over seeds" if self.reading.seeds > 1 else "one seed, so no interval"

    def by_arm(
        self,
        caption: str,
        lines: Mapping[str, str],
        arms: Sequence[str],
        cells: Mapping[tuple[str, str], str],
        note: str,
    ) -> None:
        """Show a row for each line and a column for each arm, in blocks as wide as a screen, the baseline in each.

        Parameters
        ----------
        lines : from the key of a row to what it is called.
        cells : from (key of a row, arm) to what is shown there.
        """
        import pandas as pd

        base = [arm for arm in arms if arm == self.reading.arms[0]]
        others = [arm for arm in arms if arm not in base]
        wide = MOST_COLUMNS - len(base)
        for first in range(0, max(1, len(others)), wide):
            block = [*base, *others[first : first + wide]]
            rows = [{"line": line, **{arm: cells.get((key, arm), "–") for arm in block}} for key, line in lines.items()]
            columns = [html.Column("line", "Measure, unit"), *(html.Column(arm, in_words(arm), str) for arm in block)]
            last = first + wide >= len(others)
            more = (
                f", arms {first + 1} to {first + len(block) - len(base)} of {len(others)}" if len(others) > wide else ""
            )
            self.add(html.table(f"{caption}{more}", pd.DataFrame(rows), columns, note if last else ""))

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
