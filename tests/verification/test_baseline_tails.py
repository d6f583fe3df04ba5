"""Are the tails of the baseline world within the intervals of their evidence? The rows that are fitted."""

import pytest

from experiments.calibration.tails import tails
from experiments.calibration.targets import read_targets

FITTED = [row for row in read_targets("tails") if row["use"] == "fitted"]
# Rows that are missed, and why; docs/explanation/channels-of-care.md says more.
TRADE = "what comes and goes gives turnover, and makes some years extreme"
KNOWN_MISSES = {
    "ed_frequent_again": TRADE,
    "ed_ten_or_more_visits": TRADE,
    "size_homeless": "San Francisco's figure; another source has far fewer without a visit",
    "spread_18_44": "on the edge (1.74 to 1.80): the share of the top 5 percent pulls the other way",
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
