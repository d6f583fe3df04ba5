"""Analyses of uneven samples by hand: draws with other numbers of seeds, confidence that is not the usual, switches."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from SALib.analyze import sobol as salib_sobol

from sim.analysis.economics import information
from sim.analysis.economics.luck import luck_of_means
from sim.analysis.economics.net_benefit import curves
from sim.analysis.economics.plane import ellipse
from sim.analysis.economics.terms import Terms
from sim.analysis.sensitivity import prim
from sim.analysis.sensitivity.flips import flips
from sim.analysis.sensitivity.global_indices import morris, sobol
from sim.analysis.sensitivity.regression import partial_rank_correlations
from sim.analysis.uncertainty.decomposition import Components, decompose
from sim.analysis.uncertainty.intervals import degrees_of_freedom, monte_carlo_interval
from sim.analysis.uncertainty.stopping import Enough, still_needed
from sim.engine.designs import MORRIS, SALTELLI, design, rows

pytestmark = pytest.mark.quick

UNKNOWN = float("nan")
CROSSED = Components(10.0, UNKNOWN, parameters=4.0, luck=2.0, shared=1.0, structures=2, draws=5, seeds=3)
ONE_DRAW = Components(10.0, UNKNOWN, parameters=UNKNOWN, luck=2.0, shared=0.0, structures=2, draws=1, seeds=5)


def test_the_acceptability_frontier_follows_the_best_by_expectation_though_another_is_best_more_often():
    """The second is better by 1 in two samples of three, and worse by 5 in one: the first is best by expectation."""
    found = curves(np.zeros((3, 2)), np.array([[0.0, 1.0], [0.0, 1.0], [0.0, -5.0]]), np.array([1.0]))
    assert found.best.tolist() == [0]
    assert found.frontier == pytest.approx([1 / 3])


@pytest.mark.parametrize("confidence", [0.5, 0.9])
def test_an_ellipse_holds_the_part_that_was_asked_for(confidence):
    """Variances of 2/3 and 8/3, no covariance: its half axes are the roots of these and of -2 ln(1 - confidence)."""
    found = ellipse(np.array([-1.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, -2.0, 2.0]), confidence)
    reach = -2 * np.log(1 - confidence)
    assert found.max(axis=0) == pytest.approx([np.sqrt(reach * 2 / 3), np.sqrt(reach * 8 / 3)])


def test_luck_and_means_of_draws_with_two_seeds_and_with_one():
    """1 and 3 of one draw have a variance of 2; half of it is in its mean, all of it in that of one seed alone."""
    values, draw, seed = np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1]), np.array([1, 2, 3])
    assert luck_of_means(values[:, None], draw, seed) == pytest.approx(np.array([[2 * (1 / 2 + 1) / 2]]))
    found = decompose(values, draw, seed)
    assert (found.mean, found.luck) == pytest.approx((3.5, 2))
    assert found.parameters == pytest.approx(4.5 - 1.5)


def test_what_it_is_worth_to_know_a_switch():
    """The second strategy gains 3 where the switch is on, loses 1 where it is off: 1.5 if known, 1 if not."""
    on = np.tile([0.0, 1.0], 10)
    benefit = np.stack([np.zeros(20), np.where(on > 0, 3.0, -1.0)], axis=1)
    assert information.evppi(benefit, on) == pytest.approx(0.5)
    assert information._design(np.stack([on, on[::-1]], axis=1)).shape == (20, 4)  # one, two switches, their product


def test_the_floor_of_what_noise_is_worth_is_a_mean_of_twenty(monkeypatch):
    worth = iter(range(1, 21))
    monkeypatch.setattr(information, "evppi", lambda benefit, parameters: float(next(worth)))
    assert information.noise_floor(np.zeros((4, 2)), np.zeros(4)) == 10.5


def test_terms_are_those_declared_under_their_names():
    own = {f"economics.{name}": 2000.0 + place for place, name in enumerate(Terms.__dataclass_fields__)}
    found = Terms.of(SimpleNamespace(get=own.__getitem__))
    assert found == Terms(2000.0, 2001.0, 2002, 2003.0, 2004.0, 2005.0)


def test_a_switch_flips_a_decision_half_way():
    on = np.tile([0.0, 1.0, 1.0], 10)
    benefit = np.stack([np.ones(30), np.where(on > 0, 4.0, -1.0)], axis=1)
    (found,) = flips(["switch"], on[:, None], ["usual", "new"], benefit)
    assert (found.at, found.best) == ((0.5,), ("usual", "new"))
    assert found.share == pytest.approx(1 / 3)


def test_a_box_is_held_against_the_densest_of_nineteen_by_chance(monkeypatch):
    densities = iter([*[0.3] * 18, 0.8])
    monkeypatch.setattr(prim, "trajectory", lambda parameters, cases: [])
    monkeypatch.setattr(prim, "choose", lambda *words: SimpleNamespace(density=next(densities)))
    assert prim.density_by_chance(np.zeros((4, 1)), np.array([1, 0, 0, 0], bool)) == 0.8


def test_a_rank_correlation_takes_the_other_parameter_out_of_each():
    """By the formula of three variables: (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2) (1 - r_yz^2))."""
    ranks = np.array([[1.0, 2, 4, 3, 6, 5], [3.0, 1, 2, 6, 5, 4], [2.0, 1, 3, 5, 6, 4]])
    r = np.corrcoef(ranks)
    expected = [
        (r[i, 2] - r[0, 1] * r[j, 2]) / np.sqrt((1 - r[0, 1] ** 2) * (1 - r[j, 2] ** 2)) for i, j in ((0, 1), (1, 0))
    ]
    found = partial_rank_correlations(ranks[:2].T, np.exp(ranks[2]))
    assert found.value == pytest.approx(expected)


def test_elementary_effects_are_of_the_design_of_that_seed():
    """A line of slope -3 in the first of two parameters: an effect of 3, a mean of -3, no spread; none of the other."""
    places = design(MORRIS, 2, 4, 5)
    found = morris(10 - 3 * places[:, 0], 2, 5)
    assert found.mu_star == pytest.approx([3, 0])
    assert found.mu == pytest.approx([-3, 0])
    assert found.sigma == pytest.approx([0, 0], abs=1e-9)


def test_sobol_indices_stand_beside_their_own_intervals(monkeypatch):
    own = {"S1": [0.1], "S1_conf": [0.2], "ST": [0.3], "ST_conf": [0.4]}
    monkeypatch.setattr(salib_sobol, "analyze", lambda *words, **named: own)
    found = sobol(np.arange(2.0 * rows(SALTELLI, 1, 1)), 1)
    assert [part.tolist() for part in (found.first, found.first_half, found.total, found.total_half)] == [
        [0.1], [0.2], [0.3], [0.4],
    ]  # fmt: skip


def test_freedom_is_of_the_draws_of_each_structure_and_of_seeds_that_all_share():
    """Error: (4 + 1/3) / 10 by 8 degrees, and 1/3 by two: 7.4. One draw of five seeds in two structures has eight."""
    assert degrees_of_freedom(CROSSED) == 7
    assert degrees_of_freedom(ONE_DRAW) == 8
    assert degrees_of_freedom(replace(ONE_DRAW, averaged=CROSSED)) == 7


def test_an_interval_is_as_wide_as_the_confidence_that_was_asked_for():
    """The nine-tenths quantile of t with seven degrees is 1.4149, and the error the root of .7667."""
    assert monte_carlo_interval(CROSSED, 0.8) == pytest.approx((10 - 1.2389, 10 + 1.2389), abs=1e-4)


@pytest.mark.parametrize("mean", [10.0, -10.0])
def test_of_studies_as_cheap_the_one_with_fewest_seeds_is_enough_for_a_loss_as_for_a_gain(mean):
    """Luck of 8 for an error of 1: eight draws of one seed, four of two, or two of four; four were done."""
    found = Components(mean, UNKNOWN, parameters=0.0, luck=8.0, shared=0.0, structures=1, draws=4, seeds=1)
    assert still_needed(found, precision=0.1) == Enough(8, 1, 8, 4)
