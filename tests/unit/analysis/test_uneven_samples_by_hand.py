"""Analyses of uneven samples by hand: draws with other numbers of seeds, confidence that is not the usual, switches."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import sobol as salib_sobol

from sim.analysis.economics import information
from sim.analysis.economics.equity import atkinson_equivalent
from sim.analysis.economics.frontier import EXTENDEDLY, FRONTIER, STRONGLY, frontier
from sim.analysis.economics.luck import luck_of_means
from sim.analysis.economics.net_benefit import curves
from sim.analysis.economics.perspectives import BY_NAME as PERSPECTIVES
from sim.analysis.economics.plane import ellipse
from sim.analysis.economics.samples import Years, samples
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
    terms = information._design(np.stack([on, on[::-1]], axis=1))
    assert terms.shape == (20, 4)  # one, two switches, their product
    assert terms[:, 3] == pytest.approx(-1)  # half a step above the mean in one is half a step below it in the other


def test_the_floor_is_of_samples_whose_parameters_are_dealt_out_anew_together(monkeypatch):
    """The second parameter is ten above the first in every sample, and stays so; each seed deals in its own way."""
    met = []
    monkeypatch.setattr(information, "evppi", lambda benefit, values: met.append(values.copy()) or 1.0)
    values = np.stack([np.arange(6.0), np.arange(10.0, 16.0)], axis=1)
    for seed in (0, 0, 1):
        information.noise_floor(np.zeros((6, 2)), values, seed)
    assert all((one[:, 1] - one[:, 0] == 10).all() for one in met)
    assert all(sorted(one[:, 0]) == list(range(6)) for one in met)
    first, again, other = (np.concatenate([one[:, 0] for one in met[20 * i : 20 * i + 20]]).tolist() for i in range(3))
    assert first == again != other
    assert len({tuple(one[:, 0]) for one in met[:20]}) > 10


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


def test_two_strategies_are_left_for_a_mix_one_after_the_other_and_equal_ratios_stay():
    """Ratios of 10, 40, 30 and 2.5: without the third, 10, 35 and 2.5; without the fourth, 10 and 40 / 3."""
    costs, effects = np.array([0.0, 10.0, 30.0, 45.0, 50.0]), np.array([0.0, 1.0, 1.5, 2.0, 4.0])
    found = {one.name: one for one in frontier("abcde", costs, effects)}
    assert [one.status for one in found.values()] == [FRONTIER, FRONTIER, EXTENDEDLY, EXTENDEDLY, FRONTIER]
    last = found["e"]
    assert (last.incremental_cost, last.incremental_effect, last.icer) == pytest.approx((40, 3, 40 / 3))
    on_a_line = frontier("abc", np.array([0.0, 10.0, 20.0]), np.array([0.0, 1.0, 2.0]))
    assert [one.status for one in on_a_line] == [FRONTIER] * 3
    as_dear = frontier("abc", np.array([5.0, 5.0, 1.0]), np.array([1.0, 2.0, 0.5]))
    assert [(one.name, one.status) for one in as_dear] == [("c", FRONTIER), ("b", FRONTIER), ("a", STRONGLY)]


def test_health_that_is_as_good_if_all_have_it_is_of_people_and_not_of_groups():
    """Three of four have 1 and one has 16: the geometric mean is 2; of order -1 it is 4 / (3 + 1 / 16)."""
    health, people = np.array([1.0, 16.0]), np.array([30.0, 10.0])
    assert atkinson_equivalent(health, people, 1.0) == pytest.approx(2)
    assert atkinson_equivalent(health, people, 2.0) == pytest.approx(4 / (3 + 1 / 16))
    with pytest.raises(ValueError, match="above zero"):
        atkinson_equivalent(np.array([0.0, 2.0]), people, 1.0)


def test_a_parameter_of_four_values_flips_between_two_of_them():
    """The second strategy loses 1 at 0, 1 and 2, and gains 5 at 10: best over all, not at three values."""
    values = np.tile([0.0, 1.0, 2.0, 10.0], 10)
    benefit = np.stack([np.full(40, 7.0), 7.0 + np.where(values > 5, 5.0, -1.0)], axis=1)
    (found,) = flips(["few"], values[:, None], ["usual", "other"], benefit)
    assert (found.at, found.best, found.share) == ((6.0,), ("usual", "other"), 0.75)


def test_each_seed_resamples_sobol_intervals_in_its_own_way(monkeypatch):
    met = []
    own = {name: [0.0] for name in ("S1", "S1_conf", "ST", "ST_conf")}
    monkeypatch.setattr(salib_sobol, "analyze", lambda *words, **named: met.append(named["seed"]) or own)
    for seed in (5, 6):
        sobol(np.arange(2.0 * rows(SALTELLI, 1, 1)), 1, seed)
    assert met == [5, 6]


@pytest.mark.parametrize(
    ("name", "cost"),
    [("state", 1), ("federal", 2), ("medicaid", 3), ("payers", 63), ("resources", 4032), ("societal", 4032 + 4096)],
)
def test_a_perspective_adds_up_its_own_amounts(name, cost):
    """Each amount is twice the one before, so that a sum says what it is of; what is held back counts 8192."""
    of_payers = ("state", "federal", "medicare", "third_party", "outside", "other_insurance")
    used = ("care_used", "care_off_cover", "administration", "programs", "care_programs", "teams")
    amounts = (*of_payers, *used, "other_sectors", "held", "qalys", "qalys_off_cover")
    table = pd.DataFrame(
        [("usual", 1, 0, 0, amount, 2.0**place) for place, amount in enumerate(amounts)],
        columns=["arm", "seed", "draw", "year", "amount", "value"],
    )
    years = Years(table, "usual")
    found = samples(years, PERSPECTIVES[name], Terms())
    assert found.costs.tolist() == [[cost]]
    assert found.effects.tolist() == [[2**14 + 2**15]]
    assert years.sum((("federal", 1), ("state", -1))).tolist() == [[[1.0]]]


def test_the_interval_of_a_rank_correlation_is_as_wide_as_the_confidence_that_was_asked_for():
    """Ranks 1 to 6 against 2 1 3 4 6 5: squares of what differs add up to 4, so 1 - 24 / 210; four degrees are left."""
    parameter, outcome = np.arange(6.0)[:, None], np.array([2.0, 1, 3, 4, 6, 5])
    for confidence, normal in ((0.5, 0.67449), (0.95, 1.95996)):
        found = partial_rank_correlations(parameter, outcome, confidence)
        z = np.arctanh(1 - 24 / 210)
        assert found.value == pytest.approx([1 - 24 / 210])
        assert found.low == pytest.approx([np.tanh(z - normal / np.sqrt(3))], abs=1e-5)
        assert found.high == pytest.approx([np.tanh(z + normal / np.sqrt(3))], abs=1e-5)


def test_seeds_that_each_draw_has_of_its_own_add_no_freedom():
    """Three draws of nine seeds each have two degrees: what seeds do to all draws is none of their error."""
    found = Components(10.0, UNKNOWN, parameters=4.0, luck=2.0, shared=0.0, structures=1, draws=3, seeds=9)
    assert degrees_of_freedom(found) == 2
