"""What the page shows before any month: people counted by hand, and those with whom a run really begins."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.page.choices import default
from experiments.page.parts import area_of_county
from experiments.page.start import people_shown, start_of
from sim.model import begin
from sim.schema import AWAY, COPD, DIABETES, ENROLLED, FOOD, HOUSING, ISOLATION, OFF_COVER, STORED, VACANT


@pytest.fixture
def people():
    """Three members of whom each stands for 4, two who stand for 9, and three who are not on cover."""
    rows = [  # area, status, months of age, conditions, needs
        (0, ENROLLED, 215, 1 << DIABETES, 1 << FOOD),
        (0, ENROLLED, 216, 0, 0),
        (0, ENROLLED, 300, 0, 0),
        (1, ENROLLED, 900, 1 << COPD | 1 << DIABETES, 1 << HOUSING | 1 << ISOLATION),
        (1, ENROLLED, 600, 0, 0),
        (1, OFF_COVER, 600, 1 << COPD, 1 << FOOD),
        (1, AWAY, 600, 1 << COPD, 1 << FOOD),
        (0, VACANT, 0, 1 << COPD, 1 << FOOD),
    ]
    members = np.zeros(len(rows), STORED)
    for name, values in zip(("area", "status", "age_months", "present", "needs"), zip(*rows, strict=True), strict=True):
        members[name] = values
    areas = tuple(sorted(set(area_of_county().values())))
    return SimpleNamespace(members=members, weights=np.array([4.0, 9.0, *[1.0] * (len(areas) - 2)]), areas=areas)


@pytest.mark.quick
def test_the_start_counts_members_on_cover_with_what_each_stands_for(people):
    shown = people_shown(people, 24)
    assert shown["text"].startswith("5 synthetic members stand for the 30 people on cover, and 1 more for 9 who")
    assert "24 months without either policy" in shown["text"]
    rows = shown["parts"]["start:map"]["table"]["rows"]
    assert rows[:2] == [[people.areas[1], 18, 2], [people.areas[0], 12, 3]]
    assert all(row[1:] == [0, 0] for row in rows[2:])
    of = {(by, name): percent for by, name, percent in shown["parts"]["start:has"]["table"]["rows"]}
    expected = {
        ("Age", "0-17"): 4, ("Age", "18-44"): 8, ("Age", "45-64"): 9, ("Age", "65+"): 9,
        ("Condition", "Diabetes"): 13, ("Condition", "COPD"): 9, ("Condition", "Asthma"): 0,
        ("Social need", "Any"): 13, ("Social need", "Food"): 4, ("Social need", "Housing"): 9,
        ("Social need", "Isolation"): 9, ("Social need", "Homelessness"): 0,
    }  # fmt: skip
    for what, members in expected.items():
        assert of[what] == pytest.approx(100 * members / 30), what


def test_the_start_is_that_of_the_run():
    """Without the months before it, a run begins with the very people that are shown."""
    scenario = replace(default(), seed=3).scenario()
    found = begin(scenario.arm("b").model_copy(update={"warm_up": 0}), 3).population
    on = found.members[found.members["status"] == ENROLLED]
    sampled = dict(zip(found.areas, np.bincount(on["area"]).tolist(), strict=True))
    parts = start_of(scenario, 3)["parts"]
    assert {row[0]: row[2] for row in parts["start:map"]["table"]["rows"]} == sampled
    food = found.weights[on["area"]][on["needs"] >> FOOD & 1 == 1].sum() / found.weights[on["area"]].sum()
    (shown,) = (row[2] for row in parts["start:has"]["table"]["rows"] if row[1] == "Food")
    assert shown == pytest.approx(100 * food)
