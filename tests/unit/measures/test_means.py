"""Are members counted by how many material needs they are prone to?"""

import numpy as np
import pytest

from sim.measures.strata import MATERIAL_NEEDS, MEMBERS, PRIMARY_VISITS, material_needs, primary_care_by_material_needs
from sim.schema import ENROLLED, FOOD, HOUSING, MEMBER, OFF_COVER, SAFETY, TRANSPORT, UTILITIES

pytestmark = pytest.mark.quick


def test_only_food_housing_transport_and_utilities_count():
    masks = np.array([0, 1 << SAFETY, 1 << FOOD, 1 << HOUSING | 1 << UTILITIES, 127])
    assert material_needs(masks).tolist() == [0, 0, 1, 2, 4]


def test_members_on_cover_and_their_visits_by_area_and_group():
    rows = np.zeros(4, dtype=MEMBER)
    rows["status"] = ENROLLED, ENROLLED, ENROLLED, OFF_COVER
    rows["area"] = 0, 1, 1, 1
    rows["prone"] = 0, 1 << TRANSPORT, 1 << FOOD, 1 << FOOD
    rows["primary_year"] = 3, 4, 5, 6
    found = primary_care_by_material_needs(rows, areas=2)
    assert found[MEMBERS].shape == (2, len(MATERIAL_NEEDS))
    assert found[MEMBERS].tolist() == [[1, 0, 0, 0, 0], [0, 2, 0, 0, 0]]
    assert found[PRIMARY_VISITS].tolist() == [[3, 0, 0, 0, 0], [0, 9, 0, 0, 0]]
    halves = primary_care_by_material_needs(rows, 2, lambda table, work: [work(table[:2]), work(table[2:])])
    assert all(np.array_equal(halves[name], found[name]) for name in (MEMBERS, PRIMARY_VISITS))
