"""Crude ratios by hand: two adults with a need and two without."""

import numpy as np
import pytest

from sim import schema
from sim.measures.associations import associations, how_common

pytestmark = pytest.mark.quick


def test_by_hand():
    rows = np.zeros(5, schema.MEMBER)
    rows["status"], rows["age_months"] = schema.ENROLLED, 400
    rows["age_months"][4] = 100  # a child does not count
    rows["needs"] = (1, 1, 0, 0, 1)
    rows["ed_year"] = (3, 1, 1, 1, 50)
    rows["spend_year"] = (300, 100, 100, 100, 9999)
    rows["diagnosed"] = 1
    rows["controlled"] = (0, 1, 0, 1, 0)
    found = associations(rows).loc["food"]
    assert found["adults"] == 2
    assert found["ed_visits"] == 2
    assert found["medicaid_cost"] == 2
    assert found["uncontrolled_diabetes"] == 1


def test_weights_and_how_common_by_hand():
    rows = np.zeros(4, schema.MEMBER)
    rows["status"], rows["age_months"] = schema.ENROLLED, 400
    rows["race"] = (schema.AIAN, schema.AIAN, schema.WHITE, schema.WHITE)
    rows["needs"] = (1, 0, 3, 0)
    rows["area"] = (0, 1, 0, 1)
    weights = np.array([3.0, 1.0])
    found = how_common(rows, weights)
    assert found["any"] == 75
    assert found["two"] == pytest.approx(100 * 3 / 8)
    assert found["aian_odds"] == 1
    rows["ed_year"] = (2, 1, 0, 1)
    assert associations(rows, weights).loc["food", "ed_visits"] == pytest.approx(1 / 1)
    assert associations(rows, weights).loc["food", "any_ed"] == 50
