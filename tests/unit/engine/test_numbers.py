"""Tables that turn a uniform into a number: against the distributions that they stand for."""

import numpy as np
import pytest
from scipy import stats

from sim.engine import numbers

pytestmark = pytest.mark.quick
CLOSE = 4e-5  # the error of the table of exponentials


def plain(rule):
    """A rule as plain Python; those that it calls stay as they are."""
    return getattr(rule, "py_func", rule)


def test_the_exponential_between_and_beyond_its_grid():
    table = numbers.exponential_table()
    assert table[0] == pytest.approx(np.exp(-16))
    assert table[16 * 64] == 1.0
    assert table[-1] == pytest.approx(np.exp(8 + 1 / 64))
    for x in (-15.99, -3.3, -0.004, 0.0, 0.7, 7.999, 8.0):
        assert plain(numbers.exponential)(x, table) == pytest.approx(np.exp(x), rel=4e-5)
    assert plain(numbers.exponential)(-40.0, table) == table[0]
    assert plain(numbers.exponential)(40.0, table) == pytest.approx(np.exp(8))
    assert plain(numbers.logistic)(1.5, table) == pytest.approx(1 / (1 + np.exp(-1.5)), rel=1e-4)


@pytest.mark.parametrize("rate", [0.02, 0.7, 3.0, 12.0])
def test_poisson_counts_have_their_chances_and_small_draws_mean_many(rate):
    table = numbers.exponential_table()
    for n in range(12):
        above = stats.poisson.sf(n, rate)  # the chance of more than n
        if 1e-4 < above < 1 - 1e-4:
            assert plain(numbers.poisson)(rate, above + CLOSE, table) <= n
            assert plain(numbers.poisson)(rate, above - CLOSE, table) >= n + 1
    assert plain(numbers.poisson)(rate, 0.999999, table) == 0


def test_a_very_high_rate_is_held():
    table = numbers.exponential_table()
    assert plain(numbers.poisson)(900.0, 0.5, table) == plain(numbers.poisson)(15.0, 0.5, table) == 15


def test_a_geometric_number_of_days():
    """Of a mean of 4 days a quarter ends after each day: 1 in 4 after one, 7 in 16 after two."""
    days = numbers.geometric_table(4.0, 1600)
    assert [(days <= n).sum() for n in (0, 1, 2, 3)] == pytest.approx([0, 400, 700, 925], abs=1)
    assert days.mean() == pytest.approx(4, rel=0.01)
    assert (np.diff(days) >= 0).all()
    assert list(numbers.geometric_table(1.0, 3)) == [1, 1, 1]
    assert list(numbers.geometric_table(3.0, 4)) == [1, 2, 3, 6]  # a third ends each day: 1/8, 3/8, 5/8 and 7/8 of all


def test_normal_numbers_are_means_of_equal_slices():
    table = numbers.normal_table()
    assert table.mean() == pytest.approx(0, abs=1e-12)
    assert table.var() == pytest.approx(1)
    assert table == pytest.approx(stats.norm.ppf((np.arange(2048) + 0.5) / 2048), abs=0.08)
    assert plain(numbers.normal)(0.0, table) == table[0]
    assert plain(numbers.normal)(0.9999, table) == table[2047]
    assert plain(numbers.normal)(0.5, table) == table[1024] > 0


@pytest.mark.parametrize(
    ("n", "share", "u", "part"), [(7, 0.5, 0.49, 3), (7, 0.5, 0.5, 4), (7, 1.0, 0.9, 7), (7, 0.0, 0.99, 0)]
)
def test_a_part_of_a_count(n, share, u, part):
    assert plain(numbers.part_of)(n, share, u) == part
