"""Public reporting urges those who are behind, in proportion, in the right direction; unpublished it does nothing."""

import numpy as np
import pytest

from sim.agents.providers.reputation import urge
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
