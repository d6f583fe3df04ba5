"""What one measure more is worth to a board that sees the steps of the pool, by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.cco.measure_work import Odds
from sim.agents.cco.pool_steps import prizes
from sim.paths import conf_folder
from sim.payment.forms.quality_pool import earned_share
from sim.payment.metric_sets import read_metric_set
from sim.schema import MEDICAL_HOME, METRICS

pytestmark = pytest.mark.quick

TWO = ((1.0, 1.0), (0.5, 0.4))  # one measure of two pays .4, both pay all
OREGON = read_metric_set(conf_folder(), "oregon_2013")


@pytest.mark.parametrize(
    ("chances", "steps", "through", "each", "gate"),
    [
        ([1.0, 0.0], TWO, 1.0, [0.4, 0.6], 0.0),  # the first is the first step; the second the next, which is far
        ([0.5, 0.5], TWO, 1.0, [0.5, 0.5], 0.15),  # .5 x .4 + .5 x .6; both with .25, and then .6 more
        (
            [0.5, 0.5],
            TWO,
            0.5,
            [0.35, 0.35],
            0.15,
        ),  # the second step is worth .3 where the gate is passed half the time
        (
            [1.0, 1.0, 0.5, 0.5],
            ((0.5, 1.0),),
            1.0,
            [0.25, 0.25, 0.0, 0.0],
            1.0,
        ),  # two are enough: the others win nothing
        ([], TWO, 1.0, [], 0.0),
    ],
)
def test_what_one_measure_more_is_worth(chances, steps, through, each, gate):
    found, of_gate = prizes(chances, steps, through)
    assert_allclose(found, each, atol=1e-12)
    assert of_gate == pytest.approx(gate)


def test_oregons_steps():
    """Of 16 measures, with the gate and without; and the one example that was seen, 11 of 18."""
    met = np.arange(17) / 16
    expected = [0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.5, 0.5, 0.6, 0.6, 0.7, 0.8, 1, 1, 1, 1, 1]
    assert earned_share(met, OREGON.steps, np.ones(17, dtype=bool)).tolist() == expected
    without = [*expected[:12], *[0.9] * 5]
    assert earned_share(met, OREGON.steps, np.zeros(17, dtype=bool)).tolist() == without
    assert earned_share(np.array([11 / 18]), OREGON.steps, np.array([True])).tolist() == [0.7]


def seen(sees, **chosen):
    """The odds of a board whose every other measure of ten is met for sure (nine of them) or for sure not."""
    counted = np.flatnonzero(OREGON.counted(0))
    before = np.full(len(METRICS), np.nan)
    for place, metric in enumerate(counted):
        good = place < chosen["sure"]
        before[metric] = float(good != OREGON.lower[metric])
    before[MEDICAL_HOME] = chosen.get("homes", 1.0)
    unknown = np.full(len(METRICS), np.nan)
    doubt = np.full(len(METRICS), 0.001)
    people = np.full(len(METRICS), 1e6)
    odds = Odds(OREGON, 0, before, people, so_far=unknown, events=unknown, part=0.0, doubt=doubt, sees_steps=sees)
    return odds, counted


def test_a_board_prices_by_steps_as_far_as_it_sees_them():
    """Ten measures count; homes are met, and so are the first six: the next step (.68) pays .8 instead of .7."""
    (blind, counted), (sharp, _), (half, _) = (seen(sees, sure=6) for sees in (0.0, 1.0, 0.5))
    last = counted[7]
    assert blind.prize[last] == pytest.approx(1 / len(counted))
    assert sharp.prize[last] == pytest.approx(0.2)  # from seven of ten, .8, to eight, all
    assert half.prize[last] == pytest.approx((0.2 + 1 / len(counted)) / 2)


def test_a_measure_beyond_the_last_step_is_worth_nothing_to_a_board_that_sees_it():
    (blind, counted), (sharp, _) = (seen(sees, sure=9) for sees in (0.0, 1.0))
    assert blind.prize[counted[0]] > 0
    assert sharp.prize[counted[0]] == pytest.approx(0, abs=1e-9)


def test_the_gate_is_worth_a_tenth_of_the_pool_where_twelve_are_met():
    for sure, worth in ((9, 0.1), (3, 0.0)):
        odds, _ = seen(1.0, sure=sure, homes=0.3)
        assert odds.gate_prize == pytest.approx(worth, abs=1e-9)
