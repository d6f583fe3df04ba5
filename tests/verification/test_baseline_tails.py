"""Are the tails of the baseline world within the intervals of their evidence? The rows that are fitted."""

import pytest

from experiments.calibration.tails import tails
from experiments.calibration.targets import read_targets

FITTED = [row for row in read_targets("tails") if row["use"] == "fitted"]
# Rows that are missed, and why; docs/explanation/channels-of-care.md says more.
FOR_LIFE = "emergency frailty is drawn once for life"
ADDED = "conditions add up instead of multiplying, so stays fall less often on the same people"
AMOUNTS = "amounts spread too evenly by age"
KNOWN_MISSES = {
    "ed_frequent_again": FOR_LIFE,
    "ed_frequent_three_years": FOR_LIFE,
    "size_adults": "on the edge (.28 to .40): visits that barriers bring are spread more evenly than others",
    "size_homeless": "what people without a home have in common is large beside what sets them apart",
    "super_users_after_1_year": ADDED,
    "super_users_after_2_years": ADDED,
    "spread_0_4": AMOUNTS,
    "spread_5_17": AMOUNTS,
    "spread_18_44": AMOUNTS,
    "spread_dual_65": AMOUNTS,
}


@pytest.fixture(scope="module")
def found(baseline):
    return tails(baseline)


@pytest.mark.parametrize("row", FITTED, ids=lambda row: row["target"])
def test_tail_is_within_its_interval(found, row):
    value = found[row["target"]]
    if row["target"] in KNOWN_MISSES:
        pytest.xfail(f"{KNOWN_MISSES[row['target']]}: {value:.2f}")
    assert float(row["low"]) <= value <= float(row["high"])


def test_every_row_is_measured(found):
    assert {row["target"] for row in read_targets("tails")} == set(found)
