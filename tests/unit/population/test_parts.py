"""The small pieces: raking, systematic sampling, smooth prevalence, clinics."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.population.conditions import by_year
from sim.population.raking import Target, gaps, rake
from sim.population.sampling import pick_cells, sample_sizes
from sim.population.supply import build_clinics


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(2, 6), st.integers(2, 6))
def test_raking_meets_its_margins_and_keeps_odds_ratios(seed, rows, columns):
    random = np.random.default_rng(seed)
    table = random.uniform(0.1, 1, (rows, columns))
    by_row, by_column = random.dirichlet(np.full(rows, 5.0)), random.dirichlet(np.full(columns, 5.0))
    row, column = (index.ravel() for index in np.indices(table.shape))
    targets = (Target(slice(None), row, by_row), Target(slice(None), column, by_column))
    met = rake(table.ravel(), targets)
    assert max(gaps(met, targets)) < 1e-5
    a, b = table, met.reshape(table.shape)
    before, after = (t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (a, b))
    assert after == pytest.approx(before, rel=1e-6)


def test_raking_within_a_part_leaves_the_rest_alone():
    table = np.array([1.0, 1.0, 1.0, 1.0])
    part = Target(np.array([0, 1]), np.array([0, 1]), np.array([0.9, 0.1]))
    np.testing.assert_allclose(rake(table, [part]), [0.45, 0.05, 0.25, 0.25])


def test_a_wrong_margin_is_seen():
    table = np.full(4, 0.25)
    right = Target(slice(None), np.array([0, 0, 1, 1]), np.array([0.5, 0.5]))
    wrong = Target(slice(None), np.array([0, 0, 1, 1]), np.array([0.6, 0.4]))
    assert gaps(table, [right, wrong]) == pytest.approx((0.0, 0.1))


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(1, 5000), st.floats(0.001, 0.999))
def test_systematic_sampling_is_within_one_of_what_is_expected(seed, count, start):
    share = np.random.default_rng(seed).dirichlet(np.full(40, 0.3))
    picked = np.bincount(pick_cells(share, count, start), minlength=40)
    assert picked.sum() == count
    assert np.abs(np.cumsum(picked) - np.cumsum(share) * count).max() <= 1 + 1e-9


def test_systematic_sampling_is_unbiased():
    share = np.array([0.03, 0.17, 0.8])
    mean = np.mean(
        [np.bincount(pick_cells(share, 7, s), minlength=3) for s in np.linspace(0.0005, 0.9995, 1000)], axis=0
    )
    np.testing.assert_allclose(mean, 7 * share, atol=0.01)


def test_sample_sizes():
    people = np.array([100_000.0, 20_000.0, 900.0])
    np.testing.assert_array_equal(sample_sizes(people, 0.05, 3000), [5000, 3000, 900])


def test_prevalence_is_smooth_and_keeps_the_means_of_the_bands():
    people = np.zeros(120)
    people[:95] = 1.0
    table = np.array([[0.01], [0.02], [0.1], [0.5], [0.7]])
    smooth = by_year(table, people)
    for band, (first, last) in enumerate(((0, 5), (5, 18), (18, 45), (45, 65), (65, 95))):
        assert smooth[first:last].mean() == pytest.approx(table[band, 0], rel=1e-3)
    assert np.abs(np.diff(smooth[:, 0])).max() < 0.04


def test_clinics_of_a_sample_give_as_much_per_member_as_those_of_the_state(registry):
    people = np.array([400_000.0, 15_000.0])
    whole = build_clinics(people, np.ones(2), 1, registry).rows
    part = build_clinics(people, np.array([20.0, 5.0]), 1, registry).rows
    for area in range(2):
        of_whole, of_part = (c["capacity"][c["area"] == area].sum() for c in (whole, part))
        assert of_whole / of_part == pytest.approx((20.0, 5.0)[area])
    assert (np.bincount(part["area"]) == (40, 2)).all()
