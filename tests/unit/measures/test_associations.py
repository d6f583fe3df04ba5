"""Crude ratios by hand: two adults with a need and two without."""

import numpy as np
import pytest

from sim import schema
from sim.measures.associations import associations

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
