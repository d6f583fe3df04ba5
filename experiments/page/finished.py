"""A finished study on the page: two of its arms, from its complete runs, or from the tables of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from experiments.analysis.reading import Reading
from experiments.page import brief
from experiments.page.parts import Part, Runs, courses, drawn, map_of, number, told
from experiments.page.sentences import answers
from experiments.terminal.tables import in_words, without_ranges_of_few
from sim.engine.text import did_you_mean, shown
from sim.live import FOUR
from sim.measures.intervals import Estimates
from sim.scenario import ScenarioError
from sim.study.manifest import COMPARISON


class Finished:
    """A study that is shown; the arms are chosen on the page."""

    def __init__(self, path: Path) -> None:
        self.reading = Reading(path)
        if len(self.reading.arms) < 2:
            raise ScenarioError([f"{path}: has one arm, and the page shows two beside each other"])
        self._runs: Runs | None = None

    def described(self) -> dict[str, Any]:
        """Return what the page needs before it shows the study: its title and arms."""
        reading = self.reading
        arms = [{"name": name, "label": in_words(name)} for name in reading.arms]
        return {"title": reading.title, "name": reading.study.path.name, "arms": arms}

    def shown(self, a: str, b: str) -> dict[str, Any]:
        """Return all that the page shows of two arms.

        Raises
        ------
        ScenarioError
            If there is no such arm.
        """
        for name in (a, b):
            if name not in self.reading.arms:
                raise ScenarioError([f"{shown(name)}: no such arm{did_you_mean(name, self.reading.arms)}"])
        whole = self.reading.study.kind == COMPARISON and not self.reading.guarded
        made = self._of_runs(a, b) if whole else self._of_tables(a, b)
        return {**made, **self._about(a, b), "lives": False}

    def map_of(self, measure: str) -> Part:
        """Return a measure as a map, of the two arms that were shown last."""
        if self._runs is None:
            raise ScenarioError(["this study has no measures by area to show: see its summary.csv"])
        return map_of(self._runs, measure)

    def _of_runs(self, a: str, b: str) -> dict[str, Any]:
        study, seeds = self.reading.study, tuple(self.reading.manifest["seed_list"])
        pairs = [(study.run(a, seed), study.run(b, seed)) for seed in seeds]
        self._runs = Runs(seeds, pairs, self.reading.months)
        return told(self._runs)

    def _of_tables(self, a: str, b: str) -> dict[str, Any]:
        """The four numbers alone: a sweep keeps totals, and with a user's own margins small numbers are not shown."""
        self._runs = None
        reading = self.reading
        if a != reading.arms[0]:
            raise ScenarioError([f"this study compares with {in_words(reading.arms[0])}: choose it as arm A"])
        summary = without_ranges_of_few(reading.study.summary())
        if "point" in summary:
            summary = summary[summary["point"] == reading.settings[0]]
        whole = summary[(summary["stratum"] == "all") & (summary["level"] == "all")]
        rows = {(row.measure, row.arm, row.contrast): row for row in whole.itertuples()}
        found = []
        for name in FOUR:
            gap = rows.get((name, b, a))
            if gap is not None:
                apart = Estimates(*(getattr(gap, key) for key in ("estimate", "low", "high", "mcse", "replicates")))
                found.append(
                    number(name, rows[name, a, ""].estimate, rows[name, b, ""].estimate, apart, reading.months)
                )
        parts = {} if reading.guarded else self._courses(a, b)
        return {"numbers": found, "parts": parts, "answers": answers(found, parts)}

    def _courses(self, a: str, b: str) -> dict[str, Part]:
        """The four measures by month at the first setting: means over draws, and the range of the draws behind."""
        reading = self.reading
        kept = reading.study.courses({(arm, draw) for arm in (a, b) for draw in range(reading.samples)})
        by_draw = {
            arm: [[kept[one] for one in sorted(kept) if one[:2] == (arm, draw)] for draw in range(reading.samples)]
            for arm in (a, b)
        }
        if reading.no_sample or not all(len(seeds) == reading.seeds for some in by_draw.values() for seeds in some):
            return {}  # points that were placed have no spread; runs of an earlier version keep no months
        of_a, of_b = (np.mean(by_draw[arm], axis=1) for arm in (a, b))  # [draw, month, measure]
        return courses(of_a, of_b, reading.months, drawn(reading.samples))

    def _about(self, a: str, b: str) -> dict[str, Any]:
        reading, manifest = self.reading, self.reading.manifest
        arms = reading.plain.get("arms") or {}
        apart = [
            f"{letter}: {in_words(name)} ({', '.join(arms.get(name, ()))})." for letter, name in (("A", a), ("B", b))
        ]
        over = "draws" if reading.samples > 1 else "seeds"
        count = reading.samples if reading.samples > 1 else reading.seeds
        status = {"state": "study", "month": reading.months, "months": reading.months, "seeds": count, "of": count}
        command = f"ccosim reproduce {reading.study.path.name}"
        limits = [f"Intervals are over {count} {over} of the study {reading.study.path.name}.", *brief.STANDING]
        return {"status": status, "digest": manifest["scenario_digest"], "command": command, "apart": apart,
                "notes": [], "limits": limits}  # fmt: skip
