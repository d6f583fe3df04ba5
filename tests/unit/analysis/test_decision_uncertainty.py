"""Acceptability, EVPI and EVPPI against the closed forms of a normal-normal toy, and against planted bugs."""

import numpy as np
import pytest
from scipy.stats import norm

from sim.analysis.economics.information import evppi, noise_floor
from sim.analysis.economics.luck import luck_of_means, without_luck
from sim.analysis.economics.net_benefit import curves, evpi, expected_loss, net_benefit, probability_best
from sim.analysis.splines import spline_basis

SAMPLES = 20_000
GAIN, EXTRA = 0.10, 6_000.0  # QALYs and dollars that the second strategy brings
SD_GAIN, SD_COST = 0.08, 2_500.0
WILLINGNESS = np.array([0.0, 25_000, 50_000, 60_000, 100_000, 200_000])


@pytest.fixture(scope="module")
def toy(seed):
    """Two strategies whose increments are normal, with luck that both share."""
    rng = np.random.default_rng([seed, 5])
    gain, extra = rng.normal(GAIN, SD_GAIN, SAMPLES), rng.normal(EXTRA, SD_COST, SAMPLES)
    luck, ill = rng.normal(50_000, 9_000, SAMPLES), rng.normal(8, 1, SAMPLES)
    return np.stack([luck, luck + extra], 1), np.stack([ill, ill + gain], 1), gain, extra


def normal(willingness):
    mean = willingness * GAIN - EXTRA
    return mean, np.hypot(willingness * SD_GAIN, SD_COST)


def value_of_information(mean, sd):
    """E[max(0, X)] - max(0, E[X]) for a normal X."""
    return sd * norm.pdf(mean / sd) - abs(mean) * norm.cdf(-abs(mean) / sd)


def test_acceptability_is_the_closed_form(toy):
    found = curves(toy[0], toy[1], WILLINGNESS)
    mean, sd = normal(WILLINGNESS)
    exact = norm.cdf(mean / sd)
    error = np.sqrt(exact * (1 - exact) / SAMPLES)
    assert (abs(found.probability[:, 1] - exact) < 4.9 * error + 1e-9).all()
    assert found.probability.sum(axis=1) == pytest.approx(1)
    assert found.best.tolist() == (mean > 0).astype(int).tolist() or abs(mean).min() < 100
    assert found.frontier == pytest.approx(found.probability[np.arange(6), found.best])


def test_evpi_is_the_closed_form(toy):
    found = curves(toy[0], toy[1], WILLINGNESS)
    for w, value in zip(WILLINGNESS, found.evpi, strict=True):
        mean, sd = normal(w)
        assert value == pytest.approx(value_of_information(mean, sd), abs=4.9 * sd / np.sqrt(SAMPLES))


def test_the_least_expected_loss_is_evpi(toy):
    benefit = net_benefit(toy[0], toy[1], 60_000)
    assert evpi(benefit) == pytest.approx(benefit.max(axis=1).mean() - benefit.mean(axis=0).max())
    assert expected_loss(benefit).argmin() == benefit.mean(axis=0).argmax()


@pytest.mark.parametrize("willingness", [50_000, 60_000, 100_000])
def test_evppi_is_the_closed_form(toy, willingness):
    costs, effects, gain, extra = toy
    benefit = net_benefit(costs, effects, willingness)
    mean, sd = normal(willingness)
    near = 4.9 * sd / np.sqrt(SAMPLES)
    assert evppi(benefit, gain) == pytest.approx(value_of_information(mean, willingness * SD_GAIN), abs=near)
    assert evppi(benefit, extra) == pytest.approx(value_of_information(mean, SD_COST), abs=near)
    both = evppi(benefit, np.stack([gain, extra], 1))
    assert both == pytest.approx(value_of_information(mean, sd), abs=near)
    assert both <= evpi(benefit) + 1e-9


def test_a_parameter_that_does_nothing_is_worth_the_noise_floor(toy, seed):
    costs, effects, gain, _ = toy
    benefit = net_benefit(costs[:500], effects[:500], 60_000)
    nothing = np.random.default_rng([seed, 6]).normal(size=500)
    floor = noise_floor(benefit, nothing)
    assert evppi(benefit, nothing) < 4 * floor
    assert evppi(benefit, gain[:500]) > 5 * floor


def test_evppi_follows_a_curve():
    """A U-shaped effect has no slope: a straight line would say that it is worth nothing."""
    x = np.linspace(-1, 1, 4_000)
    benefit = np.stack([np.zeros_like(x), 3 * x**2 - 1], 1)
    exact = np.maximum(0, 3 * x**2 - 1).mean() - max(0.0, float((3 * x**2 - 1).mean()))
    assert evppi(benefit, x) == pytest.approx(exact, rel=0.01)


def test_a_switch_has_a_column_for_each_level_but_one():
    assert spline_basis(np.array([0.0, 1, 2, 1])).tolist() == [[0, 0], [1, 0], [0, 1], [1, 0]]


def test_a_planted_bug_shows(toy):
    """Choosing with the mean of each strategy alone, as if samples did not go together, is far from the closed form."""
    costs, effects, *_ = toy
    wrong = net_benefit(costs, np.roll(effects, 1, axis=0) * [[1, 0]] + effects * [[0, 1]], 60_000)
    mean, sd = normal(60_000)
    assert evpi(wrong) > 5 * value_of_information(mean, sd)
    assert abs(probability_best(wrong)[1] - norm.cdf(normal(100_000)[0] / normal(100_000)[1])) > 0.05


@pytest.mark.parametrize("seeds", [2, 5])
def test_the_luck_of_seeds_is_no_value_of_information(seeds, seed):
    """Two new strategies over 200 draws, with as much luck in a run as parameters make, and luck that seeds share."""
    rng = np.random.default_rng([seed, 7])
    raw, ours, best = [], [], []
    for _ in range(40):
        gain, extra = rng.normal(0.3, 1.0, 200), rng.normal(0.1, 1.0, 200)  # thousands of QALYs, millions of dollars
        shape = (200, seeds, 2)
        own, shared = rng.normal(0, 1.5, shape), rng.normal(0, 0.05, shape[1:])
        runs = (np.stack([gain, extra], 1)[:, None] + own + shared).reshape(-1, 2) * [1e3, 1e6]
        draw, run = (part.ravel() for part in np.indices(shape[:2]))
        means = runs.reshape(*shape).mean(axis=1)
        shrunk = without_luck(means, luck_of_means(runs, draw, run))
        assert shrunk.mean(axis=0) == pytest.approx(means.mean(axis=0))
        for found, values in ((raw, means), (ours, shrunk)):
            benefit = np.stack([np.zeros(200), 1e3 * values[:, 0] - values[:, 1]], 1)
            found.append(evpi(benefit))
        best.append(probability_best(benefit)[1])
    truth = 1e6 * value_of_information(0.2, np.sqrt(2))
    assert np.mean(ours) == pytest.approx(truth, rel=0.1)
    assert np.mean(raw) > 1.15 * truth
    assert np.mean(best) == pytest.approx(norm.cdf(0.2 / np.sqrt(2)), abs=0.02)


def test_one_seed_a_draw_cannot_tell_luck():
    draws, none = np.arange(5), np.zeros(5, np.int64)
    assert luck_of_means(np.arange(10.0).reshape(5, 2), draws, none) is None


def test_the_luck_of_a_mean_falls_with_the_seeds_of_each_draw():
    """Two seeds about 2 and four about 3: squares 2 + 20 with 4 degrees of freedom, over 2 and over 4 on average."""
    values = np.array([[1.0], [3.0], [0.0], [2.0], [4.0], [6.0]])
    found = luck_of_means(values, np.array([0, 0, 1, 1, 1, 1]), np.array([0, 1, 0, 1, 2, 3]))
    assert found == pytest.approx(22 / 4 * (1 / 2 + 1 / 4) / 2)


def test_draws_that_are_luck_alone_do_not_differ():
    """More luck than spread leaves nothing, and no number that is not one."""
    values = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    assert without_luck(values, np.eye(2) * 9).tolist() == [[2, 5]] * 3
