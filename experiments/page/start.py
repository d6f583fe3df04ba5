"""What the page shows while the first month is being compiled: the people of the first seed, before any month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.page.lives import AGES, ANYBODY
from experiments.page.parts import Part, area_of_county
from experiments.terminal.tables import in_words
from sim.engine.arrays import Flags
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.pictures import Share, count_map, shares
from sim.pictures.svg import PERCENT
from sim.population.build import build_population
from sim.schema import CONDITIONS, ENROLLED, NEEDS, OFF_COVER
from sim.start import before_policy

if TYPE_CHECKING:
    from sim.population.build import Population
    from sim.scenario import Scenario


def start_of(scenario: Scenario, seed: int) -> dict[str, Any]:
    """Return the start of a run of both arms: its people as they are made, in a sentence and in pictures."""
    before = before_policy(scenario.arm("a"))
    people = build_population(before.population, before.registry, seed, conf=before.folder)
    return people_shown(people, before.warm_up)


def people_shown(people: Population, warm_up: int) -> dict[str, Any]:
    """Return people in a sentence and in pictures, before so many months without policy."""
    return {"text": _in_words(people, warm_up), "parts": {"start:map": _map(people), "start:has": _has(people)}}


def _in_words(people: Population, warm_up: int) -> str:
    on, off = (people.members[people.members["status"] == status] for status in (ENROLLED, OFF_COVER))
    stand_for = [f"{people.weights[some['area']].sum():,.0f}" for some in (on, off)]
    return (
        f"{len(on):,} synthetic members stand for the {stand_for[0]} people on cover, and {len(off):,} more for "
        f"{stand_for[1]} who have lost it. Both policies begin with the same people. They first live {warm_up} months "
        "without either policy. Results take this place when month 1 is simulated."
    )


def _map(people: Population) -> Part:
    """Members by CCO area, as a map and a table."""
    on = people.members[people.members["status"] == ENROLLED]
    sampled = np.bincount(on["area"], minlength=len(people.areas))
    members = dict(zip(people.areas, (sampled * people.weights).tolist(), strict=True))
    rows = [[area, round(members[area]), int(n)] for area, n in zip(people.areas, sampled, strict=True)]
    label = "Members by CCO area, before any month"
    table = {"caption": label, "columns": ["CCO area", "Members", "Sampled members"],
             "rows": sorted(rows, key=lambda row: -row[1])}  # fmt: skip
    note = "A county in which several CCOs work has the color of the largest of them; the table has each."
    return {"svg": count_map(members, label, area_of_county()), "table": table, "note": note}


def _has(people: Population) -> Part:
    """How many members are of an age, and have a condition or a need, as bars and a table."""
    on = people.members[people.members["status"] == ENROLLED]
    weights = people.weights[on["area"]]
    years = on["age_months"] // MONTHS_PER_YEAR

    def share(section: str, label: str, who: Flags) -> Share:
        return Share(section, label, PERCENT * float(weights[who].sum() / weights.sum()))

    found = [
        *(share("Age", name, (years >= low) & (years < high)) for name, (low, high) in AGES.items() if name != ANYBODY),
        *(share("Condition", in_words(name), on["present"] >> bit & 1 == 1) for bit, name in enumerate(CONDITIONS)),
        share("Social need", "Any", on["needs"] != 0),
        *(share("Social need", in_words(name), on["needs"] >> bit & 1 == 1) for bit, name in enumerate(NEEDS)),
    ]
    label = "Age, conditions and needs, before any month"
    table = {"caption": f"{label}, % of members", "columns": ["By", "Group", "%"], "rows": [[*one] for one in found]}
    note = "Conditions count whether or not a clinician knows of them."
    return {"svg": shares(found, label, "% of members"), "table": table, "note": note}
