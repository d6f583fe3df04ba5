"""The benchmark month is the same work in both versions, and its outcomes are those that other tools found."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from experiments.benchmarks.engine_month import EngineBenchmark, visits
from experiments.benchmarks.month_tables import SERVICES, products, the_work
from experiments.benchmarks.numpy_month import NumpyBenchmark

MONTHS = 24
CHECK_MEMBERS = 1_000_000  # `check` is about a million members
PUBLISHED_WIDTH = 4.0  # how many times wider than `check` a run of a million may scatter; smaller runs by 1/sqrt(n)


def assert_outcomes(found, members):
    widen = PUBLISHED_WIDTH * math.sqrt(CHECK_MEMBERS / members)
    outside = {}
    for name, (low, high) in the_work().check.items():
        middle, half = (low + high) / 2, (high - low) / 2
        if abs(found[name] - middle) > widen * half:
            outside[name] = (found[name], middle, widen * half)
    assert not outside


@pytest.mark.parametrize("version", [NumpyBenchmark, EngineBenchmark])
def test_outcomes_are_those_of_the_other_tools(version, seed):
    members = 50_000
    benchmark = version(members, seed)
    for _ in range(MONTHS):
        benchmark.step()
    assert_outcomes(benchmark.outcome.summary(), members)


@pytest.mark.slow
@pytest.mark.parametrize("version", [NumpyBenchmark, EngineBenchmark])
def test_a_million_members(version, seed):
    benchmark = version(CHECK_MEMBERS, seed)
    for _ in range(MONTHS):
        benchmark.step()
    assert_outcomes(benchmark.outcome.summary(), CHECK_MEMBERS)


def test_the_check_can_fail():
    wrong = {name: 1.1 * (low + high) / 2 for name, (low, high) in the_work().check.items()}
    with pytest.raises(AssertionError):
        assert_outcomes(wrong, 50_000)


def test_threads_change_nothing():
    one, two = EngineBenchmark(50_000), EngineBenchmark(50_000)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            assert one.step() == two.step(pool)
    assert (one.members == two.members).all()
    assert (one.outcome.provider_cents == two.outcome.provider_cents).all()


def test_cents_are_counted_twice_and_agree():
    benchmark = EngineBenchmark(5_000)
    for _ in range(3):
        benchmark.step()
    outcome = benchmark.outcome
    assert outcome.cents.sum() == outcome.provider_cents.sum() > 0


def test_products_over_a_mask():
    table = products([[2.0, 3.0], [5.0, 7.0]])
    assert table.tolist() == [[1, 1], [2, 5], [3, 7], [6, 35]]


@pytest.mark.parametrize("rate", [0.02, 0.4, 2.5])
def test_visits_are_poisson(rate):
    from scipy.stats import poisson

    draws = (np.arange(20_000) + 0.5) / 20_000
    counts = np.array([visits(u, rate, 1) for u in draws if u < rate] or [0])
    for count in range(1, 6):
        share = (counts == count).sum() / len(draws)
        assert share == pytest.approx(min(poisson.pmf(count, rate), 1.0), abs=2e-4)


def test_the_yaml_is_the_shared_one():
    work = the_work()
    assert len(SERVICES) == len(work.price_cents) == 6
    assert work.need_flip.shape == (16, 5, 2, 4)
    assert work.condition_flip.shape == (5, 16, 3, 6)
    assert (work.provider_start + work.provider_count).max() == work.providers == 200
