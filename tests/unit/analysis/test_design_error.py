"""What a design does to means over it: the error foretold is the error found, and points of a grid count unequally."""

import numpy as np
import pytest
from scipy.stats import qmc

from sim.analysis.uncertainty.decomposition import decompose
from sim.analysis.uncertainty.design_error import error_ratio
from sim.analysis.uncertainty.stopping import still_needed
from sim.engine.designs import GRID, MORRIS, SALTELLI, design, point_weights
from sim.runs.design import Design
from sim.runs.summary import estimates
from sim.scenario.points import NO_LEVERS

WORLDS = 200


def outcome(places):
    """Almost additive: one parameter bends, two have a small interaction."""
    x, y, z = places[:, 0], places[:, 1], places[:, 2]
    return 3 * x + np.exp(y) + 0.5 * x * z


def places_of(kind, seed, draws=64):
    if kind == SALTELLI:
        return design(SALTELLI, 3, 16, seed)
    if kind == "random":
        return np.random.default_rng(seed).random((draws, 3))
    sampler = qmc.LatinHypercube if kind == "latin_hypercube" else qmc.Sobol
    return sampler(3, rng=np.random.default_rng(seed)).random(draws)


def foretold(kind, places):
    """As ``summary.csv`` has it: one row, one measure, one seed."""
    found = estimates(outcome(places)[:, None, None, None], Design(NO_LEVERS, (), places, kind))
    return float(found.estimate[0, 0]), float(found.mcse[0, 0])


@pytest.mark.parametrize(("kind", "near"), [("random", 0.15), ("latin_hypercube", 0.25)])
def test_the_error_foretold_is_the_error_found(kind, near, seed):
    found = np.array([foretold(kind, places_of(kind, [seed, i])) for i in range(WORLDS)])
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=near)


@pytest.mark.parametrize("kind", ["sobol", SALTELLI])
def test_the_error_of_low_discrepancy_designs_is_an_upper_bound_below_that_of_random_draws(kind, seed):
    found = np.array([foretold(kind, places_of(kind, seed + i)) for i in range(50)])
    independent = outcome(places_of(kind, seed)).std(ddof=1) / np.sqrt(len(places_of(kind, seed)))
    assert found[:, 0].std() < found[:, 1].mean()
    if kind == "sobol":
        assert found[:, 1].mean() < independent / 5


def test_a_latin_hypercube_asks_for_few_runs(seed):
    """An additive outcome: the design has averaged out what parameters do, so that draws are enough."""
    places = places_of("latin_hypercube", seed, 100)
    rng = np.random.default_rng(seed)
    values = (places @ [8.0, 3.0, 1.0] - 5)[:, None] + rng.normal(0, 0.1, (100, 3))
    draw, run = (part.ravel() for part in np.indices(values.shape))
    random = decompose(values.ravel(), draw, run)
    drawn = random.drawn_by(float(error_ratio("latin_hypercube", places, values.mean(axis=1)[:, None])[0]))
    assert still_needed(random).further > 100
    assert still_needed(drawn).further == 0
    assert drawn.error() < random.error() / 5
    known = estimates(values[:, :, None, None], Design(NO_LEVERS, (), places, "latin_hypercube")).mcse[0, 0]
    assert known == pytest.approx(drawn.error())
    assert drawn.parameters == random.parameters  # how uncertain the parameters make it stays


def test_too_few_draws_leave_the_error_of_a_random_sample(seed):
    """13 parameters and 20 draws: a regression would follow noise; the error said is then an upper bound."""
    rng = np.random.default_rng(seed)
    places = qmc.LatinHypercube(13, rng=rng).random(20)
    assert error_ratio("latin_hypercube", places, places.sum(axis=1)[:, None])[0] == pytest.approx(1)


def test_points_of_a_grid_count_as_much_of_the_range_as_they_stand_for():
    axis = np.linspace(0, 1, 5)
    places = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    share = point_weights(GRID, places)
    assert share.sum() == pytest.approx(1)
    assert share[0] * 4 == pytest.approx(share[6])  # a corner, and a point inside
    value = (places**2).sum(axis=1)
    found = estimates(value[:, None, None, None], Design(NO_LEVERS, (), places, GRID))
    assert found.estimate[0, 0] == pytest.approx(2 / 3, abs=0.03)  # of all points alike 0.75
    assert abs(value.mean() - 2 / 3) > 0.08


@pytest.mark.parametrize("kind", [GRID, MORRIS])
def test_points_that_are_placed_have_no_range_and_no_error(kind):
    places = np.linspace(0, 1, 40)[:, None]
    found = estimates(places[:, :, None, None], Design(NO_LEVERS, (), places, kind))
    assert np.isnan([found.low, found.high, found.mcse]).all()
    assert found.replicates[0, 0] == 40
    drawn = estimates(places[:, :, None, None], Design(NO_LEVERS, (), places, "latin_hypercube"))
    assert not np.isnan([drawn.low, drawn.high, drawn.mcse]).any()
