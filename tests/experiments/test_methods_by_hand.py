"""What methods and benchmarks report, by hand: pairs, samples, coverage and rounds of unequal lengths."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.benchmarks import rounds
from experiments.benchmarks.rounds import Contestant, ratio
from experiments.methods import coverage, pairing, sample_size
from experiments.methods.pairing import BASELINE, CONTROLLED, NAMED, SAME_PEOPLE, SEED_NUMBER
from experiments.methods.sample_size import LARGEST, SAMPLES
from sim.measures.measures import BY_NAME

pytestmark = pytest.mark.quick


def of_all_measures(*values):
    """``[pair, measure]``: the values times 1, 2, 3, ... by measure."""
    return np.array(values, float)[:, None] * np.arange(1, len(NAMED) + 1)


def test_a_row_of_pairs_by_hand():
    """Base 10, 20, 30 and arm 12, 23, 31: differences 2, 3 and 1, of mean 2 and variance 1; apart 100 + 91.

    With the same number of the seed alone 40, 10, 40 less the base vary by 30, -10, 10: 400. The same people: 4, 4, 7.
    """
    values = {
        BASELINE: of_all_measures(10, 20, 30),
        CONTROLLED: of_all_measures(12, 23, 31),
        "global_budget_and_upstream": of_all_measures(10, 20, 30),
        SEED_NUMBER: of_all_measures(40, 10, 40),
        SAME_PEOPLE: of_all_measures(14, 24, 37),
    }
    rows = {(row.contrast, row.measure): row for row in pairing.pairing(values)}
    assert set(rows) == {(arm, name) for arm in (CONTROLLED, "global_budget_and_upstream") for name in NAMED}
    for place, name in enumerate(NAMED):
        row, size = rows[CONTROLLED, name], place + 1
        assert (row.unit, row.pairs) == (BY_NAME[name].unit, 3)
        assert (row.baseline, row.effect) == (20 * size, 2 * size)
        assert row.effect_percent == pytest.approx(10)
        assert row.effect_se == pytest.approx(size / 3**0.5)
        assert row.sd_paired == pytest.approx(size)
        assert row.sd_independent == pytest.approx(size * (100 + 91) ** 0.5)
        assert row.ratio == pytest.approx(100 + 91)
        assert row.ratio_seed_number == pytest.approx((100 + 91) / 400)
        assert row.ratio_same_people == pytest.approx((100 + 91) / 3)
    assert rows["global_budget_and_upstream", NAMED[0]].ratio == np.inf
    assert rows["global_budget_and_upstream", NAMED[0]].ratio_same_people == pytest.approx((100 + 91) / 3)


def test_numbers_of_a_table_have_six_digits(tmp_path):
    values = {name: of_all_measures(1, 2, 3.1234567) for name in (BASELINE, CONTROLLED, SEED_NUMBER, SAME_PEOPLE)}
    pairing.write(pairing.pairing(values)[:1], tmp_path / "new" / "pairs.csv")
    with (tmp_path / "new" / "pairs.csv").open(encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["baseline"], row["pairs"], row["effect"], row["ratio"]) == ("2.04115", "3", "0", "inf")


def test_a_sample_is_apart_from_the_largest_by_welchs_interval():
    """Means 90 and 100, variances 4 and 16 over 2 and 4 seeds: an error of sqrt(2 + 4), and 4.1 degrees of freedom."""
    few, many = of_all_measures(88.585786, 91.414214), of_all_measures(96, 104, 96.535898, 103.464102)
    rows = sample_size.rows_of({("on", SAMPLES[0]): few, ("on", LARGEST): many})
    small = [row for row in rows if row.sample == SAMPLES[0]]
    assert [row.measure for row in small] == list(NAMED)
    variances = few.var(axis=0, ddof=1)[0] / 2, many.var(axis=0, ddof=1)[0] / 4
    freedom = sum(variances) ** 2 / (variances[0] ** 2 / 1 + variances[1] ** 2 / 3)
    from scipy.stats import t

    half = t.ppf(0.975, freedom) * sum(variances) ** 0.5
    for place, row in enumerate(small):
        assert (row.behavior, row.seeds, row.unit) == ("on", 2, BY_NAME[row.measure].unit)
        assert row.mean == pytest.approx(90 * (place + 1))
        assert row.difference_percent == pytest.approx(-10)
        assert row.half_percent == pytest.approx(half)


def test_each_behavior_has_a_smallest_sample_of_its_own():
    def rows(behavior, **percent):
        return [
            SimpleNamespace(behavior=behavior, sample=sample, difference_percent=off)
            for sample, off in zip(SAMPLES, percent.values(), strict=True)
        ]

    both = [*rows("off", a=2.0, b=0, c=0, d=0), *rows("on", a=0, b=-2.1, c=2.0, d=0)]
    assert sample_size.smallest(both, "off") == SAMPLES[0]
    assert sample_size.smallest(both, "on") == SAMPLES[2]


def test_a_sample_has_two_seeds_at_least():
    of = [job for job in sample_size.jobs(200_000, 1_000_000) if job[0] == "on"]
    assert [sum(sample == one for _, one, _ in of) for sample in SAMPLES] == [20, 10, 4, 2]
    assert [seed for _, _, seed in of] == list(range(36))
    assert sum(one == LARGEST for _, one, _ in sample_size.jobs(1, 1_000_000)) == 4  # of two behaviors


def test_an_interval_that_ends_at_the_truth_holds_it():
    ends = iter([(0.0, 1.0), (1.0, 9.0), (0.0, 0.9), (1.1, 2.0), (0.5, 1.5)])
    assert coverage.coverage(lambda _: next(ends), sets=5) == 0.6
    said = [coverage.label(share) for share in (0.929, 0.93, 0.95, 0.97, 0.971)]
    assert said == ["too narrow", "95%", "95%", "95%", "wide"]
    assert "| one | 92.9% | too narrow |\n| other | 97.1% | wide |" in coverage.page({"one": 0.929, "other": 0.971})


def contestant(name, seconds, member_months):
    return Contestant(name, 1, 100, 7, lambda: 0, list(seconds), list(member_months))


def test_times_are_of_a_member_month_and_the_middle_of_the_rounds():
    """2, 3 and 5 microseconds a member-month against 1, 6 and 2: 2, 0.5 and 2.5 in the same rounds."""
    one = contestant("one", (2e-4, 6e-4, 5e-4), (100, 200, 100))
    other = contestant("other", (1e-4, 3e-4, 1e-4), (100, 50, 50))
    assert one.nanoseconds == pytest.approx(3000)
    assert one.per_second == pytest.approx(1e9 / 3000)
    assert ratio(one, other) == pytest.approx(2)
    assert ratio(other, one) == pytest.approx(0.5)


def test_months_before_the_clock_starts_do_not_count_and_contestants_take_turns(monkeypatch):
    told, clock = [], iter(range(100))
    monkeypatch.setattr(rounds.time, "perf_counter", lambda: next(clock))
    both = [Contestant(name, 1, 1, 1, lambda name=name: told.append(name) or 5) for name in "ab"]
    rounds.race(both, 3, lambda: told.append("-"))
    assert "".join(told) == "aa" + "bb" + "ab-ab-ab-"
    assert both[0].member_months == [5, 5, 5]
    assert both[0].seconds == [1, 1, 1]
