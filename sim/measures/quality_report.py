"""Quality measures of a study as a table: by arm, year, and level of each stratum, with gaps between groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from sim.engine.arrays import Floats, Frame
from sim.measures.quality import DEFINITIONS, GIVEN, PEOPLE, RECORDED, Definition, in_all
from sim.measures.result import RunResult
from sim.measures.strata import ALL, AREA, LEVELS
from sim.schema import METRICS

COLUMNS = ("arm", "year", "stratum", "level", "measure", "people", "given", "recorded", "gap", "unit")
REFERENCE = {"race": "white", "rurality": "urban", "language": "english", "disability": "no"}

Row = tuple[str, int, str, str, str, float, float, float, float, str]


def quality_table(runs: Iterable[RunResult]) -> Frame:
    """Return one row for each arm, year, level and measure with anybody in the denominator, pooled over the seeds.

    ``people``: members or events of the state in the denominator, a mean over seeds; ``given``, ``recorded``: rates in
    ``unit``; ``gap``: recorded rate less that of white, urban or English-speaking members, empty for other strata.
    """
    import pandas as pd

    by_arm: dict[str, list[RunResult]] = {}
    for run in runs:
        by_arm.setdefault(run.arm, []).append(run)
    rows = [row for arm, of_arm in by_arm.items() for row in _rows_of_arm(arm, of_arm)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows_of_arm(arm: str, runs: list[RunResult]) -> Iterator[Row]:
    pooled = np.mean([run.weighted_quality() for run in runs], axis=0)  # [year, area, level, metric, outcome]
    for year, counts in enumerate(pooled):
        levels = _levels(counts, runs[0].areas)
        for (stratum, level), of_level in levels.items():
            reference = levels.get((stratum, REFERENCE.get(stratum, "")))
            for definition in DEFINITIONS:
                place = METRICS.index(definition.name)
                if of_level[place, PEOPLE] > 0:
                    given, recorded = (_rate(of_level, place, part, definition) for part in (GIVEN, RECORDED))
                    gap = np.nan if reference is None else recorded - _rate(reference, place, RECORDED, definition)
                    name, people = f"quality_{definition.name}", of_level[place, PEOPLE]
                    yield arm, year, stratum, level, name, people, given, recorded, gap, definition.unit


def _levels(counts: Floats, areas: tuple[str, ...]) -> Mapping[tuple[str, str], Floats]:
    """The state, each area, and each level of each stratum: ``[metric, outcome]``."""
    by_area, by_level = in_all(counts), counts.sum(axis=0)
    found = {(ALL, ALL): by_area.sum(axis=0)}
    found |= {(AREA, area): by_area[i] for i, area in enumerate(areas)}
    return found | {level: by_level[i] for i, level in enumerate(LEVELS)}


def _rate(counts: Floats, place: int, outcome: int, definition: Definition) -> float:
    people = counts[place, PEOPLE]
    return float(definition.per * counts[place, outcome] / people) if people > 0 else np.nan
