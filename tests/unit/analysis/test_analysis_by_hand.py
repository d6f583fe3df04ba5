"""Analyses worked out by hand where draws, seeds, structures and rates are not the same number."""

import numpy as np
import pandas as pd
import pytest

from sim.analysis.economics.frontier import FRONTIER, STRONGLY, frontier
from sim.analysis.economics.luck import luck_of_means, without_luck
from sim.analysis.economics.net_benefit import curves
from sim.analysis.economics.perspectives import BY_NAME
from sim.analysis.economics.plane import cloud
from sim.analysis.economics.samples import Years, samples
from sim.analysis.economics.terms import Terms
from sim.analysis.sensitivity.flips import flips
from sim.analysis.sensitivity.global_indices import morris, sobol
from sim.analysis.sensitivity.prim import LEAST_MASS, Box, choose, trajectory
from sim.analysis.sensitivity.regression import partial_rank_correlations, tornado
from sim.analysis.splines import spline_basis
from sim.analysis.uncertainty.decomposition import Components, decompose
from sim.analysis.uncertainty.design_error import error_ratio
from sim.analysis.uncertainty.intervals import degrees_of_freedom
from sim.analysis.uncertainty.stopping import Enough, still_needed
from sim.engine.designs import LATIN_HYPERCUBE, SALTELLI

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


def test_a_box_covers_the_cases_inside_it_alone():
    """Twenty cases of 200 at one end and one at the other, which the first part to be peeled off takes away."""
    place = np.linspace(0, 1, 200)[:, None]
    cases = (place[:, 0] > 0.8999) | (place[:, 0] == 0)
    everything, *boxes = trajectory(place, cases)
    assert (cases.sum(), everything.coverage) == (21, 1)
    assert boxes[-1].density == 1
    for box in boxes:
        held = box.holds(place)
        assert (box.coverage, box.density) == (cases[held].sum() / 21, cases[held].mean())
        assert box.coverage < 1


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


def test_parts_that_are_not_known_are_no_part_of_the_whole():
    found = Components(1.0, UNKNOWN, 3.0, 0.4, 0.1, 1, 2, 2)
    assert found.total == pytest.approx(3.4)
    assert found.share("luck") == pytest.approx(0.4 / 3.4)
    assert np.isnan(found.share("structure"))
    little = Components(1.0, UNKNOWN, 0.3, 0.1, 0.0, 1, 2, 2)
    assert little.share("parameters") == pytest.approx(0.75)
    assert np.isnan(Components(1.0, UNKNOWN, 0.0, 0.0, 0.0, 1, 2, 2).share("parameters"))


def test_the_error_with_other_numbers_of_draws_and_seeds():
    """Parameters 6, luck 10 of which draws share 4; two structures. Five draws of four seeds: (6 + 6/4)/5/2 + 4/4.

    A design that halves what parameters and the luck of two seeds do, 9, leaves 4.5 - 3 of it: (1.5 + 1.5)/5/2 + 4/4.
    """
    found = Components(1.0, 0.5, 6.0, 10.0, 4.0, 2, 3, 2)
    assert found.error() ** 2 == pytest.approx((6 + 6 / 2) / 3 / 2 + 4 / 2)
    assert found.error(5, 4) ** 2 == pytest.approx(7.5 / 5 / 2 + 1)
    assert found.error(5) ** 2 == pytest.approx(9 / 5 / 2 + 2)
    assert found.drawn_by(0.5).error(5, 4) ** 2 == pytest.approx(3 / 5 / 2 + 1)
    mean = Components(1.0, UNKNOWN, 6.0, 10.0, 4.0, 1, 3, 2)
    crossed = Components(1.0, 0.5, 90.0, 90.0, 80.0, 2, 3, 2, mean)
    assert crossed.error(5, 4) ** 2 == pytest.approx(7.5 / 5 + 1)
    assert crossed.drawn_by(0.5).error(5, 4) ** 2 == pytest.approx(3 / 5 + 1)
    assert crossed.drawn_by(0.5).ratio == 0.5
    lucky = Components(1.0, UNKNOWN, 6.0, UNKNOWN, 0.0, 1, 3, 1)  # one seed: luck is inside parameters
    assert lucky.error() ** 2 == pytest.approx(6 / 3)
    only = Components(1.0, UNKNOWN, UNKNOWN, 10.0, 0.0, 1, 1, 5)  # one draw: seeds are all there is
    assert only.error() ** 2 == pytest.approx(10 / 5)
    assert only.error(1, 20) ** 2 == pytest.approx(10 / 20)


def test_the_mean_over_structures_that_share_draws_and_seeds_by_hand():
    """Draws by seeds 0 7, 2 11, 4 9 in one structure and 10 more in the other, but for 6 at the first run.

    Their mean is 3 more at the first run and 5 at the others: 3 12, 7 16, 9 14.
    """
    one = np.array([0.0, 7, 2, 11, 4, 9])
    value = np.concatenate([one, one + np.array([6, 10, 10, 10, 10, 10])])
    draw, seed = np.tile(np.repeat([0, 1, 2], 2), 2), np.tile([0, 1], 6)
    found = decompose(value, draw, seed, np.repeat([0, 1], 6))
    mean = decompose(np.array([3.0, 12, 7, 16, 9, 14]), draw[:6], seed[:6])
    assert found.averaged == mean
    assert (found.structures, found.draws, found.seeds, found.mean) == (2, 3, 2, mean.mean)
    assert mean.parameters == pytest.approx(16 / 3 - mean.luck / 2 + mean.shared / 2)
    # half the difference is 3, 5, 5, 5, 5, 5 on either side: of mean 14/3, whose error luck makes
    half = decompose(np.array([3.0, 5, 5, 5, 5, 5]), draw[:6], seed[:6])
    assert found.structure == pytest.approx((14 / 3) ** 2 - half.error() ** 2)
    parts = [decompose(value[:6], draw[:6], seed[:6]), decompose(value[6:], draw[:6], seed[:6])]
    assert found.luck == pytest.approx((parts[0].luck + parts[1].luck) / 2)
    assert found.shared == pytest.approx((parts[0].shared + parts[1].shared) / 2)


@pytest.mark.parametrize(("draws", "power", "left"), [(6, 2, 0), (5, 1, 0), (4, 1, 0), (3, 1, 1), (2, 1, 1)])
def test_two_draws_for_each_term_allow_a_parabola_or_a_line(draws, power, left):
    """One parameter: a parabola has three terms, a line two; with fewer draws the sample errs like a random one."""
    place = (np.arange(draws) + 0.5) / draws
    found = error_ratio(LATIN_HYPERCUBE, place[:, None], (place**power)[:, None])
    assert found.tolist() == [pytest.approx(left, abs=1e-12)]


def test_five_draws_allow_no_parabola():
    """Squares of -2 to 2 have no slope: a line leaves 14 of 14, over three degrees of freedom for four."""
    place = np.arange(-2.0, 3)[:, None]
    assert error_ratio(LATIN_HYPERCUBE, place, place**2).tolist() == [pytest.approx(4 / 3)]


@pytest.mark.parametrize(
    ("found", "freedom"),
    [
        (Components(0.0, UNKNOWN, 6.0, UNKNOWN, 0.0, 1, 2, 1), 1),
        (Components(0.0, UNKNOWN, 6.0, 9.0, 2.0, 1, 2, 2), 1),  # (6 + 3.5)/2 and 1: 5.75 ** 2 / (4.75 ** 2 + 1) is 1.4
    ],
)
def test_two_draws_have_one_degree_of_freedom(found, freedom):
    assert degrees_of_freedom(found) == freedom


def test_draws_of_several_structures_count_together_where_each_has_its_own():
    """Two structures of variance 4: for an error of .25 together 64 draws, 32 each; eight runs are there."""
    found = Components(10.0, 0.5, 4.0, 0.0, 0.0, 2, 4, 1)
    assert still_needed(found, 0.025) == Enough(32, 1, 64, 56)


def test_luck_that_seeds_share_is_no_matter_of_draws():
    """An error of .5: with one seed luck alone makes it; two leave .125 for 8 draws, 16 runs; three 1/6 for 6, 18."""
    found = Components(10.0, UNKNOWN, 1.0, 0.25, 0.25, 1, 2, 1)
    assert still_needed(found, 0.05) == Enough(8, 2, 16, 14)


@pytest.mark.parametrize(
    ("samples", "levels", "columns"), [(50, 50, 6), (20, 20, 4), (500, 500, 9), (60, 5, 6), (60, 4, 3), (60, 2, 1)]
)
def test_a_curve_has_a_knot_for_each_25_samples_up_to_five_and_a_switch_a_column_for_each_value(
    samples, levels, columns
):
    assert spline_basis(np.arange(float(samples)) % levels).shape == (samples, columns)


def test_the_box_is_chosen_by_the_harmonic_mean_of_coverage_and_density():
    """Means .45, .55 and .51; the product alone, .27, .30 and .33, would take the last."""
    free = np.full(1, np.inf)
    boxes = [Box(-free, free, *seen, 0.5) for seen in ((0.9, 0.3), (0.55, 0.55), (0.35, 0.95))]
    assert choose(boxes, np.zeros((2, 1)), np.array([True, False])) is boxes[1]
    assert choose([Box(-free, free, 0.0, 0.0, 0.5)], np.zeros((2, 1)), np.array([True, False])).density == 0


@pytest.mark.parametrize(("index", "block"), [(sobol, 4), (morris, 3)])
def test_a_design_has_two_blocks_of_rows_at_least_and_values_that_vary_however_little(index, block):
    """Two parameters: a block of a Saltelli design has two rows more than parameters, one of a Morris design one."""
    some = np.array([0.0, 0.1, 0.3, 0.2, 0.5, 0.1, 0.4, 0.6])
    for wrong in (some[:block], np.append(some[: 2 * block], [0.2])):
        with pytest.raises(ValueError, match=f"not a multiple of {block}"):
            index(wrong, 2, 0)
    with pytest.raises(ValueError, match="do not vary"):
        index(np.full(2 * block, 0.3), 2, 0)
    found = index(some[: 2 * block], 2, 0)
    assert len(getattr(found, "first", getattr(found, "mu", None))) == 2


def test_a_rank_correlation_without_others_to_take_out_by_hand():
    """Ranks 1 2 3 4 5 6 against 2 1 4 3 6 5: 1 - 6 x 6 / 210, and Fisher's z with an error of 1 over root 3."""
    ranks, other = np.arange(1.0, 7), np.array([2.0, 1, 4, 3, 6, 5])
    found = partial_rank_correlations((ranks**3)[:, None], np.exp(other))
    value = 1 - 36 / 210
    half = 1.959964 / 3**0.5
    assert found.value.tolist() == [pytest.approx(value)]
    assert found.low.tolist() == [pytest.approx(np.tanh(np.arctanh(value) - half), rel=1e-6)]
    assert found.high.tolist() == [pytest.approx(np.tanh(np.arctanh(value) + half), rel=1e-6)]


def test_each_other_parameter_costs_a_degree_of_freedom():
    """With a second parameter 6 samples have an error of 1 over root 2; 5 have one of 1, and 4 are too few."""
    parameters = np.array([[1.0, 4], [2, 1], [3, 5], [4, 2], [5, 3], [6, 6]])
    outcome = np.array([2.0, 1, 4, 3, 6, 5])
    for number, error in ((6, 0.5**0.5), (5, 1.0)):
        found = partial_rank_correlations(parameters[:number], outcome[:number])
        half = (np.arctanh(found.high) - np.arctanh(found.low)) / 2
        assert half == pytest.approx(1.959964 * error, rel=1e-5)
    with pytest.raises(ValueError, match="4 samples are too few for partial correlations of 2 parameters"):
        partial_rank_correlations(parameters[:4], outcome[:4])


def test_bars_are_between_the_ends_of_a_sample_of_20_or_more():
    """Along a line of slope -3 over 0, 1, ... 20: its ends are 1 and 19, and the bar is 54 wide."""
    place = np.arange(21.0)
    (bar,) = tornado(["one"], place[:, None], 100 - 3 * place)
    assert bar.at == (pytest.approx(1), pytest.approx(19))
    assert bar.outcome == (pytest.approx(97), pytest.approx(43))
    assert bar.swing == pytest.approx(54)
    assert len(tornado(["one"], place[1:, None], place[1:])) == 1
    assert tornado(["one"], place[2:, None], place[2:]) == []


def test_the_ellipse_lies_along_health_and_costs_as_the_samples_do():
    """Variances 4 (health) and 900 (costs), covariance 40, about means 3 and 50: 95% lie within sqrt(5.99) of them."""
    apart = np.linalg.cholesky(np.array([[4.0, 40], [40, 900]])) @ (np.array([[1, -1, 0, 0], [0, 0, 1, -1]]) * 1.5**0.5)
    found = cloud(3 + apart[0], 50 + apart[1], 0.95)
    assert found.effects.mean() == pytest.approx(3)
    assert found.costs.mean() == pytest.approx(50)
    off = found.ellipse - [3, 50]
    squared = np.einsum("pi,ij,pj->p", off, np.linalg.inv(np.array([[4.0, 40], [40, 900]])), off)
    assert squared == pytest.approx(np.full(len(off), -2 * np.log(0.05)))
    assert abs(off).max(axis=0) == pytest.approx([2 * 5.9915**0.5, 30 * 5.9915**0.5], rel=1e-3)


def test_samples_on_a_line_have_an_ellipse_without_width_and_two_have_none():
    found = cloud(np.array([1.0, 2.0, 3.0]), np.array([7.0, 7.0, 7.0]))
    assert found.ellipse[:, 1] == pytest.approx(7)
    assert np.ptp(found.ellipse[:, 0]) == pytest.approx(2 * 5.9915**0.5, rel=1e-3)
    slanted = cloud(np.array([1.0, 2.0, 3.0]), np.array([3.0, 6.0, 9.0])).ellipse
    assert slanted[:, 1] == pytest.approx(3 * slanted[:, 0], abs=1e-6)
    assert cloud(np.ones(2), np.ones(2)).ellipse.shape == (0, 2)


def test_less_health_at_no_cost_is_no_more_health_for_less():
    found = cloud(np.array([-1.0, 0.0, 2.0, 3.0]), np.array([0.0, 0.0, 0.0, 5.0])).quadrants
    assert list(found.values()) == [0.25, 0.25, 0.5, 0]


def test_a_strategy_says_what_it_costs_more_and_gives_more_than_the_next_cheaper_one():
    """300 dollars more for 2 QALYs, then 800 more for 4; one that costs 700 more and gives less is dominated."""
    names, costs, effects = ("dear", "base", "worse", "next"), (1200, 100, 1100, 400), (16.0, 10.0, 11.5, 12.0)
    found = {one.name: one for one in frontier(names, np.array(costs, float), np.array(effects))}
    assert list(found) == ["base", "next", "worse", "dear"]
    assert [(one.cost, one.effect) for one in found.values()] == [(100, 10), (400, 12), (1100, 11.5), (1200, 16)]
    assert [one.incremental_cost for one in (found["next"], found["dear"])] == [300, 800]
    assert [one.incremental_effect for one in (found["next"], found["dear"])] == [2, 4]
    assert [one.icer for one in (found["next"], found["dear"])] == [150, 200]
    for name in ("base", "worse"):
        one = found[name]
        assert np.isnan([one.incremental_cost, one.incremental_effect, one.icer]).all()
    assert [one.status for one in found.values()] == [FRONTIER, FRONTIER, STRONGLY, FRONTIER]


def test_draws_that_are_structures_alone_are_no_samples_of_parameters():
    """Costs of draw 0 are 1 and 2 by seed, of draw 1 they are 10 and 20."""
    rows = [
        ("usual", seed, draw, 0, amount, value * (1 if amount == "state" else 0))
        for (draw, seed), value in {(0, 3): 1.0, (0, 8): 2.0, (1, 3): 10.0, (1, 8): 20.0}.items()
        for amount in ("state", "qalys", "qalys_off_cover")
    ]
    frame = pd.DataFrame(rows, columns=["arm", "seed", "draw", "year", "amount", "value"])
    drawn, listed = (samples(Years(frame, "usual", drawn=one), BY_NAME["state"], Terms()) for one in (True, False))
    assert (drawn.draws.tolist(), drawn.costs.ravel().tolist(), drawn.of_parameters) == ([0, 1], [1.5, 15], True)
    assert (listed.draws.tolist(), listed.of_parameters) == ([3, 8, 3, 8], False)
    assert listed.costs.ravel().tolist() == [1, 2, 10, 20]


def test_luck_that_is_left_in_the_means_of_draws_by_hand():
    """Costs 0 7, 2 11 and 4 9 by draw and seed: what draws and seeds leave, 4 over 2, of which a mean of two has half.

    Effects are the same in thirds, and the other way round: so the two move against each other.
    """
    costs = np.array([0.0, 7, 2, 11, 4, 9])
    draw, seed = np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    found = luck_of_means(np.stack([costs, -costs / 3], axis=1), draw, seed)
    assert found == pytest.approx(np.array([[1, -1 / 3], [-1 / 3, 1 / 9]]))


def test_without_luck_the_spread_is_what_luck_leaves():
    """Variances 4 and 900 with a covariance of 40, of which luck makes 1 and 300 with one of 5; means stay."""
    spread, luck = np.array([[4.0, 40], [40, 900]]), np.array([[1.0, 5], [5, 300]])
    corners = np.array([[1, -1, 0, 0], [0, 0, 1, -1]]) * 1.5**0.5
    values = np.array([3.0, 50]) + (np.linalg.cholesky(spread) @ corners).T
    found = without_luck(values, luck)
    assert found.mean(axis=0) == pytest.approx([3, 50])
    assert np.cov(found.T) == pytest.approx(spread - luck)
    assert np.corrcoef(found[:, 0], values[:, 0])[0, 1] > 0.9  # the same samples, nearer to their mean


def test_curves_over_willingness_to_pay_by_hand():
    """Costs 0, 100 and 250; effects 0, 1 or 3 by sample, and 2. At 90.5 dollars the second is worth -9.5 or 171.5 and
    the third -69: the first is best in one sample, the second in the other and on average. At 200 it is 100 or 500
    against 150; where health is worth nothing the cheapest is best.
    """
    costs = np.array([[0.0, 100, 250], [0, 100, 250]])
    effects = np.array([[0.0, 1, 2], [0, 3, 2]])
    found = curves(costs, effects, np.array([90.5, 200.0, 0.0]))
    assert found.willingness.tolist() == [90.5, 200, 0]
    assert found.best.tolist() == [1, 1, 0]
    assert found.probability.tolist() == [[0.5, 0.5, 0], [0, 0.5, 0.5], [1, 0, 0]]
    assert found.frontier.tolist() == [0.5, 0.5, 1]
    second = 90.5 * 3 - 100
    assert found.loss[0] == pytest.approx([second / 2, 9.5 / 2, (69 + second + 69) / 2])
    assert found.loss[1] == pytest.approx([(150 + 500) / 2, 50 / 2, 350 / 2])
    assert found.evpi == pytest.approx([9.5 / 2, 25, 0])
