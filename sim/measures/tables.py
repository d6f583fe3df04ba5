"""Tables of results beside the measures: what limited each package, whom packages reached, and quality by group.

A package is limited by slots, workers, money or demand. Members who engaged and have no slot wait (queue): for a slot
that does not exist (``no_place``), or for one that exists but is not funded (``no_money``). In an area with unfunded
slots, money is the limit; where all slots are taken, slots are, or the workers who serve them. For the state, the limit
is the one behind which more people wait; where no one waits, demand is the limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from sim.engine.arrays import Floats, Frame, Ints
from sim.measures.quality import DEFINITIONS, GIVEN, PEOPLE, RECORDED, Definition, in_all
from sim.measures.result import RunResult
from sim.measures.strata import ALL, AREA, LEVELS, N_RACES, STEPS, THOUSANDTHS
from sim.schema import METRICS

DEMAND, PLACES, WORKFORCE, BUDGET = "demand", "places", "workforce", "budget"
SHOWN = ("places", "served", "started", "queue", "no_place", "no_money")
QUALITY_COLUMNS = ("arm", "year", "stratum", "level", "measure", "people", "given", "recorded", "gap", "unit")
REFERENCE = {"race": "white", "rurality": "urban", "language": "english", "disability": "no"}
Row = tuple[str, int, str, str, str, float, float, float, float, str]


def supply_frame(result: RunResult, packages: tuple[str, ...], workers: tuple[bool, ...]) -> Frame:
    """Return a row for each package and month: people, USD, and what limited the package in the state.

    ``packages``: names in the order of their bits; ``workers``: whether workers serve each package's slots.
    """
    import pandas as pd

    people = {name: _state(result, name) for name in SHOWN}
    dollars = _state(result, "cents") / 100
    money_binds = result.places["no_money"] > 0
    for_place, for_money = (_sum(result, result.places["queue"] * (money_binds == binds)) for binds in (False, True))
    rows = []
    for k, package in enumerate(packages):
        for month in range(result.months):
            numbers = {name: people[name][month, k] for name in SHOWN}
            kind = WORKFORCE if workers[k] else PLACES
            row = {"package": package, "month": month, **numbers, "usd": dollars[month, k]}
            rows.append(row | {"bound_by": bound_by(for_place[month, k], for_money[month, k], kind)})
    return pd.DataFrame(rows)


def bound_by(for_place: float, for_money: float, kind: str) -> str:
    """Return what limited a package, from who waits for a slot and who for money; ``kind``: slots or workers."""
    if for_place + for_money == 0:
        return DEMAND
    return BUDGET if for_money > for_place else kind


def reach_frame(result: RunResult, packages: tuple[str, ...]) -> Frame:
    """Return a row for each package, group and step: person-months over the run, and the share of the step before.

    From ``eligible`` to ``engaged`` a step counts members who are not served, in each month. ``usd`` is what the
    package cost, divided among groups by their person-months served: a package costs the same for everybody.
    """
    import pandas as pd

    sums = {step: result.places[f"reached.{step}"].sum(axis=0) / THOUSANDTHS for step in STEPS}
    dollars = _state(result, "cents").sum(axis=0) / 100
    rows = []
    for k, package in enumerate(packages):
        served = sums["served"][k, :N_RACES].sum()
        for g, (stratum, level) in enumerate(LEVELS):
            before = np.nan
            for step in STEPS:
                people = float(sums[step][k, g])
                share = people / before if step not in ("eligible", "served") and before else np.nan
                usd = dollars[k] * people / served if step == "served" and served else np.nan
                rows.append((package, stratum, level, step, people, share, usd))
                before = people
    columns = ["package", "stratum", "level", "step", "person_months", "share_of_step_before", "usd"]
    return pd.DataFrame(rows, columns=columns)


def _state(result: RunResult, name: str) -> Floats:
    """Sum over areas, in people: ``[month, package]``."""
    return _sum(result, result.places[name])


def _sum(result: RunResult, of_areas: Ints) -> Floats:
    return np.asarray((of_areas * result.weights[None, :, None]).sum(axis=1))


def quality_table(runs: Iterable[RunResult]) -> Frame:
    """Return one row for each arm, year, level and measure with a denominator above 0, pooled over the seeds.

    ``people``: members or events in the denominator, a mean over seeds; ``given``, ``recorded``: rates in
    ``unit``; ``gap``: recorded rate less that of white, urban or English-speaking members, empty for other strata.
    """
    import pandas as pd

    by_arm: dict[str, list[RunResult]] = {}
    for run in runs:
        by_arm.setdefault(run.arm, []).append(run)
    rows = [row for arm, of_arm in by_arm.items() for row in _rows_of_arm(arm, of_arm)]
    return pd.DataFrame(rows, columns=list(QUALITY_COLUMNS))


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
