"""Public reporting urges those who are behind, in proportion, in the right direction; unpublished it does nothing."""

import numpy as np
import pytest

from sim.agents.providers.reputation import looked_at, urge
from sim.schema import METRICS

pytestmark = pytest.mark.quick

WELL, POOR = METRICS.index("well_child"), METRICS.index("hba1c_poor_control")


def rates(**of_metric):
    table = np.full((2, len(METRICS)), np.nan)
    for metric, values in of_metric.items():
        table[:, METRICS.index(metric)] = values
    return table


def test_who_is_behind_is_urged_in_proportion():
    found = urge(rates(well_child=(0.5, 0.2)), published=0.5, reputation=0.1)
    behind = np.log(4) / 2  # of the mean of log odds 0 and -log 4
    assert found[1, WELL] == pytest.approx(0.5 * 0.1 * behind)
    assert found[0, WELL] == 0


def test_where_lower_is_better_the_higher_rate_is_behind():
    found = urge(rates(hba1c_poor_control=(0.5, 0.2)), published=1, reputation=0.1)
    assert found[0, POOR] > 0 == found[1, POOR]


def test_nothing_published_or_nobody_counted_urges_nobody():
    assert not urge(rates(well_child=(0.5, 0.2)), published=0, reputation=0.3).any()
    assert not urge(rates(), published=1, reputation=0.3).any()


def test_members_who_look_leave_where_rates_are_behind_and_stay_where_they_are_ahead():
    """One measure of log odds 0 and -log 4: half of log 4 ahead and behind; a measure without people says nothing."""
    found = looked_at(rates(well_child=(0.5, 0.2)), published=0.5, choice=0.2)
    assert found == pytest.approx([-0.1 * np.log(4) / 2, 0.1 * np.log(4) / 2])
    assert not looked_at(rates(well_child=(0.5, 0.2)), published=1, choice=0.0).any()
    assert not looked_at(rates(), published=1, choice=0.3).any()
