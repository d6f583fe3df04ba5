"""Intervals: by hand, and by their coverage of a truth that is known. Planted bugs must show."""

import math

import numpy as np
import pytest

from sim.measures.intervals import mean_interval, paired_interval, t_quantile

DATA_SETS = 200
REPLICATES = 10
TRUTH = -1.5
LUCK, NOISE = 8.0, 1.0  # luck is shared by the arms of a seed, noise is not


@pytest.mark.quick
def test_a_paired_interval_by_hand():
    arm, baseline = np.array([10.0, 14.0, 9.0, 13.0]), np.array([12.0, 15.0, 12.0, 15.0])
    found = paired_interval(arm, baseline)
    # differences -2 -1 -3 -2: mean -2, variance 2/3, of the mean 1/6; t with 3 degrees of freedom is 3.18245
    assert found.estimate == pytest.approx(-2.0)
    assert found.mcse == pytest.approx(math.sqrt(1 / 6))
    assert found.low == pytest.approx(-2 - 3.182446305 * math.sqrt(1 / 6))
    assert found.high == pytest.approx(-2 + 3.182446305 * math.sqrt(1 / 6))
    assert found.replicates == 4


@pytest.mark.quick
def test_the_variance_of_a_paired_difference_is_the_identity(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 30))
    b += 0.8 * a
    identity = a.var(ddof=1) + b.var(ddof=1) - 2 * np.cov(a, b)[0, 1]
    assert paired_interval(a, b).mcse == pytest.approx(math.sqrt(identity / 30))


@pytest.mark.quick
def test_replicates_still_needed_by_hand():
    found = mean_interval(np.array([[1.0, 9.0], [1.0, 11.0]]))
    # second column: mean 10, mcse 1; wanted 0.5, so 4 times 2 replicates, 6 more
    assert found.still_needed().tolist() == [0.0, 6.0]
    none_at_all = mean_interval(np.array([[-1.0, 0.0], [1.0, 0.0]])).still_needed()
    assert none_at_all.tolist() == [math.inf, 0.0]


@pytest.mark.quick
def test_that_many_replicates_are_enough(seed):
    draws = np.random.default_rng(seed).normal(2.0, 1.0, size=100_000)
    first = mean_interval(draws[:50])
    wanted = 50 + int(first.still_needed())
    assert mean_interval(draws[:wanted]).mcse / 2.0 == pytest.approx(0.05, rel=0.35)


@pytest.mark.quick
def test_one_replicate_has_no_interval():
    found = mean_interval(np.array([[3.0]]))
    assert found.estimate.tolist() == [3.0]
    assert np.isnan([found.low, found.high, found.mcse, found.still_needed()]).all()


@pytest.mark.quick
def test_an_undefined_replicate_is_left_out():
    found = mean_interval(np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]]))
    assert found.replicates.tolist() == [2, 0]
    assert found.estimate[0] == 2.0
    assert np.isnan(found.estimate[1])


@pytest.mark.quick
@pytest.mark.parametrize(("freedom", "expected"), [(1, 12.7062), (9, 2.26216), (29, 2.04523)])
def test_quantiles_of_students_t(freedom, expected):
    assert t_quantile(freedom, 0.975) == pytest.approx(expected, rel=1e-5)


def coverage(interval, seed):
    """Share of synthetic data sets whose interval holds the truth."""
    rng = np.random.default_rng([seed, 20])
    luck = rng.normal(scale=LUCK, size=(REPLICATES, DATA_SETS))
    baseline = 50 + luck + rng.normal(scale=NOISE, size=luck.shape)
    arm = 50 + TRUTH + luck + rng.normal(scale=NOISE, size=luck.shape)
    low, high = interval(arm, baseline)
    return float(np.mean((low <= TRUTH) & (high >= TRUTH)))


def ours(arm, baseline):
    found = paired_interval(arm, baseline)
    return found.low, found.high


def as_if_unpaired(arm, baseline):
    difference = arm.mean(axis=0) - baseline.mean(axis=0)
    error = np.sqrt((arm.var(axis=0, ddof=1) + baseline.var(axis=0, ddof=1)) / len(arm))
    return difference - 2.262 * error, difference + 2.262 * error


def normal_instead_of_t(arm, baseline):
    differences = arm - baseline
    error = differences.std(axis=0) / np.sqrt(len(arm) - 1) / np.sqrt(2)
    return differences.mean(axis=0) - 1.96 * error, differences.mean(axis=0) + 1.96 * error


def test_nominal_95_percent_covers_the_truth(seed):
    assert 0.90 <= coverage(ours, seed) <= 0.99


@pytest.mark.parametrize("bug", [as_if_unpaired, normal_instead_of_t])
def test_a_planted_bug_shows_in_the_coverage(bug, seed):
    assert not 0.90 <= coverage(bug, seed) <= 0.99
