"""Analyses worked out by hand where draws, seeds, structures and rates are not the same number."""

import numpy as np
import pandas as pd
import pytest

from sim.analysis.economics.perspectives import BY_NAME
from sim.analysis.economics.plane import cloud
from sim.analysis.economics.samples import Years, samples
from sim.analysis.economics.terms import Terms
from sim.analysis.sensitivity.flips import flips
from sim.analysis.sensitivity.prim import LEAST_MASS, Box, choose, trajectory
from sim.analysis.uncertainty.decomposition import Components, decompose
from sim.analysis.uncertainty.design_error import error_ratio
from sim.analysis.uncertainty.intervals import degrees_of_freedom
from sim.analysis.uncertainty.stopping import Enough, still_needed
from sim.engine.designs import SALTELLI

pytestmark = pytest.mark.quick

UNKNOWN = float("nan")


def test_costs_and_health_lose_by_rates_of_their_own_and_samples_are_the_seeds():
    """Two years of 3 dollars and 2 QALYs: 3 + 2 at 50% a year, 2 + 1 at 100% a year."""
    rows = [
        ("usual", seed, 0, year, amount, value)
        for seed in (3, 8)
        for year in (0, 1)
        for amount, value in (("state", 3.0), ("qalys", 1.5), ("qalys_off_cover", 0.5))
    ]
    years = Years(pd.DataFrame(rows, columns=["arm", "seed", "draw", "year", "amount", "value"]), "usual")
    found = samples(years, BY_NAME["state"], Terms(0.5, 1.0, general_inflation=0.0))
    assert found.costs.tolist() == [[pytest.approx(5)]] * 2
    assert found.effects.tolist() == [[pytest.approx(3)]] * 2
    assert found.draws.tolist() == [3, 8]


def test_no_change_of_health_is_no_more_health():
    found = cloud(np.array([0.0, 0.0, 1.0, -1.0, 2.0]), np.array([-1.0, 2.0, 0.0, -3.0, 4.0])).quadrants
    assert found == {
        "more health, less cost": 0.2,
        "more health, more cost": 0.2,
        "no more health, less cost": 0.4,
        "no more health, more cost": 0.2,
    }


def test_draws_that_share_their_seeds_by_hand():
    """Three draws by two seeds, 0 7, 2 11 and 4 9: means of draws 3.5, 6.5, 6.5, of seeds 2 and 9, rest 4 over 2."""
    value, draw, seed = np.array([0.0, 7, 2, 11, 4, 9]), np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    found = decompose(value, draw, seed)
    assert found.parameters == pytest.approx(3 - 2 / 2)
    assert found.shared == pytest.approx(24.5 - 2 / 3)
    assert found.luck == pytest.approx(24.5 - 2 / 3 + 2)


def test_draws_with_unequal_numbers_of_seeds_by_hand():
    """One run of 10; 0, 3 and 3 of mean 2: luck 6 over 2; means 32 apart, less luck by the mean of 1 and a third."""
    found = decompose(np.array([10.0, 0, 3, 3]), np.array([0, 1, 1, 1]), np.array([0, 1, 2, 3]))
    assert found.luck == pytest.approx(3)
    assert found.parameters == pytest.approx(32 - 3 * 2 / 3)


def test_structures_with_draws_of_their_own_by_hand():
    """Means 2 and 7, each known to a variance of 1: 6.25 apart, of which luck made .5; their mean varies by .5."""
    one = np.array([0.5, 1.5, 2.5, 3.5])
    value, draw, seed = np.concatenate([one, one + 5]), np.repeat([0, 1, 2, 3], 2), np.arange(8)
    found = decompose(value, draw, seed, np.repeat([0, 1], 4))
    assert found.structure == pytest.approx(6.25 - 0.5)
    assert found.error() ** 2 == pytest.approx(0.5)


def test_runs_still_needed_are_of_all_structures_and_of_their_mean():
    """Their mean varies by 1 from draw to draw, each of two by 4; for an error of .25 it takes 16 draws."""
    mean = Components(10.0, UNKNOWN, 1.0, 0.0, 0.0, 1, 4, 1)
    found = Components(10.0, 0.5, 4.0, 0.0, 0.0, 2, 4, 1, mean)
    assert still_needed(found, 0.025) == Enough(16, 1, 32, 24)


@pytest.mark.parametrize(
    ("absolute", "enough"), [(None, Enough(4, 1, 4, 2)), (0.1, Enough(4, 1, 4, 2)), (1.0, Enough(2, 1, 2, 0))]
)
def test_the_wider_of_two_wanted_errors_is_enough(absolute, enough):
    """Two draws of variance 1 know their mean to .71; 5% of it is .5, for which it takes four."""
    assert still_needed(Components(10.0, UNKNOWN, 1.0, 0.0, 0.0, 1, 2, 1), 0.05, absolute) == enough


@pytest.mark.parametrize(
    ("found", "freedom"),
    [
        (Components(0.0, 1.0, 6.0, UNKNOWN, 0.0, 2, 3, 1), 4),  # two structures of three draws each
        (Components(0.0, UNKNOWN, 6.0, 6.0, 6.0, 1, 3, 3), 4),  # 6/3 by draws and 6/3 by seeds: 16 / (4/2 + 4/2)
    ],
)
def test_degrees_of_freedom_by_hand(found, freedom):
    assert degrees_of_freedom(found) == freedom


def test_rows_of_a_saltelli_design_err_as_its_blocks():
    """One parameter, so blocks of three: means 2 and 6 vary by 8, as 24 for each row; the rows themselves by 5.6."""
    found = error_ratio(SALTELLI, np.zeros((6, 1)), np.array([1.0, 2, 3, 5, 6, 7])[:, None])
    assert found.tolist() == [pytest.approx(24 / 5.6)]


def test_a_box_says_what_it_holds_and_is_never_smaller_than_the_least():
    """Four cases of 200 at one end: no box is as small as they are."""
    place = np.linspace(0, 1, 200)[:, None]
    cases = place[:, 0] > 0.9799
    path = trajectory(place, cases)
    assert cases.sum() == 4
    assert len(path) > 10
    for box in path:
        held = box.holds(place)
        assert box.mass == held.mean()
        assert box.density == cases[held].mean()
        assert box.coverage == cases[held].sum() / 4
        assert box.mass >= LEAST_MASS


def test_the_restriction_that_matters_least_is_dropped_first():
    """Without the first the density falls from .9 to .899, without the second to .891, without both to .82."""
    places, cases = [], []
    for inside, number, of_these in (((1, 1), 1000, 900), ((0, 1), 10, 8), ((1, 0), 100, 80), ((0, 0), 100, 0)):
        places += [inside] * number
        cases += [True] * of_these + [False] * (number - of_these)
    places, cases = np.array(places, float), np.array(cases)
    box = Box(np.array([0.5, 0.5]), np.array([np.inf, np.inf]), 900 / 988, 0.9, 1000 / 1210)
    assert choose([box], places, cases).restricted == [1]


def test_the_share_that_a_parameter_flips_is_of_samples_where_another_is_best_than_overall():
    """The second is worth -5, 10 more in a fifth of samples and 6 more in two fifths where a switch is off."""
    many, off = np.tile([1.0, 0, 0, 0, 0], 20), np.repeat([1.0, 0], [40, 60])
    benefit = np.stack([np.zeros(100), -5 + 10 * many + 6 * off], axis=1)
    first, second = flips(["many", "on"], np.stack([many, 1 - off], axis=1), ["base", "second"], benefit)
    assert (first.parameter, first.best, first.share) == ("on", ("second", "base"), 0.4)
    assert (second.parameter, second.best, second.share) == ("many", ("base", "second"), 0.2)
