"""The quality pool by hand: targets, measures met, payout steps, the gate, the challenge pool."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sim.paths import conf_folder
from sim.payment.forms import quality_pool
from sim.payment.forms.quality_pool import (
    MEDICAL_HOME,
    Verdict,
    challenge_shares,
    earned_share,
    improvement_target,
    measures_met,
    paid_out,
    ratcheted,
)
from sim.payment.metric_sets import MetricSet, MetricSetError, read_metric_set
from sim.schema import METRICS

pytestmark = pytest.mark.quick

UP, DOWN = np.array([False]), np.array([True])
STEPS = ((0.75, 1.0), (0.61, 0.7), (0.5, 0.5))


def target(baseline, benchmark, floor=0.03, lower=UP):
    return float(improvement_target(np.array([[baseline]]), np.array([benchmark]), 0.1, np.array([floor]), lower)[0, 0])


def test_targets_by_hand():
    assert_allclose(target(0.20, 0.60), 0.24)  # a tenth of the gap
    assert_allclose(target(0.50, 0.60), 0.53)  # the floor
    assert_allclose(target(0.59, 0.60), 0.60)  # never beyond the benchmark
    assert_allclose(target(0.70, 0.60), 0.70)  # who is beyond it has no gap
    assert_allclose(target(0.15, 0.10, lower=DOWN), 0.12)
    assert_allclose(target(0.101, 0.10, lower=DOWN), 0.10)


RATES = st.integers(0, 10_000).map(lambda k: k / 10_000)
ROUNDING = 1e-15  # a target where lower is better is worked out as one less its mirror


@given(RATES, RATES, st.booleans())
def test_a_target_lies_between_baseline_and_benchmark(baseline, benchmark, lower):
    found = target(baseline, benchmark, lower=np.array([lower]))
    beyond = baseline <= benchmark if lower else baseline >= benchmark
    low, high = sorted((baseline, benchmark))
    assert found == baseline if beyond else low - ROUNDING <= found <= high + ROUNDING


def met(rate, benchmark, own, lower=UP):
    return bool(measures_met(np.array([[rate]]), np.array([benchmark]), np.array([[own]]), lower)[0, 0])


def test_benchmark_or_target_either_will_do():
    assert met(0.60, 0.6, 0.9)
    assert met(0.24, 0.6, 0.24)
    assert not met(0.23, 0.6, 0.24)
    assert met(0.12, 0.10, 0.12, DOWN)
    assert not met(0.13, 0.10, 0.12, DOWN)
    assert met(0.6, 0.6, np.nan)
    assert not met(0.5, 0.6, np.nan)
    assert not met(np.nan, 0.6, 0.2)


def test_payout_steps_and_the_gate():
    share = np.array([1.0, 0.75, 0.74, 0.61, 0.5, 0.49])
    assert earned_share(share, STEPS, np.ones(6, dtype=bool)).tolist() == [1, 1, 0.7, 0.7, 0.5, 0]
    assert earned_share(share, STEPS, np.zeros(6, dtype=bool)).tolist() == [0.7, 0.7, 0.7, 0.7, 0.5, 0]


def test_the_challenge_pool_follows_measures_and_members():
    won = np.array([[True, True], [True, False], [False, False]])
    assert_allclose(challenge_shares(won, np.array([100.0, 200.0, 900.0])), [0.5, 0.5, 0])
    assert not challenge_shares(np.zeros((3, 2), dtype=bool), np.ones(3)).any()


def test_what_is_paid_is_whole_cents_of_what_was_held():
    assert paid_out(np.array([[101, 50], [7, 0]]), np.array([0.7, 0.0])).tolist() == [[71, 35], [0, 0]]


def test_benchmarks_ratchet_in_the_good_direction():
    moved = ratcheted(np.array([0.5, 0.1]), np.array([0.03, 0.06]), 2, np.array([False, True]))
    assert_allclose(moved, [0.56, 0.0])


def test_measures_carry_money_in_their_years():
    expected = read_metric_set(conf_folder(), "oregon_2013")
    sealants, screening = METRICS.index("sealants"), METRICS.index("depression_screening")
    assert not expected.counted(1)[sealants]
    assert expected.counted(2)[sealants]
    assert expected.counted(0)[screening]
    assert not expected.counted(5)[METRICS.index("language_access")]
    assert expected.lower[METRICS.index("emergency_visits")]


def faults_of(folder, text):
    (folder / "metrics").mkdir()
    (folder / "metrics" / "mine.yaml").write_text(text)
    with pytest.raises(MetricSetError) as caught:
        read_metric_set(folder, "mine")
    return caught.value.messages


def test_faults_of_a_metric_set_are_named_all_at_once(tmp_path):
    text = (
        "gap: 2\nmedical_home: 0.6\nsteps: [[0.75, 1]]\nsteps_paid: 1\n"
        "measures: {sealant: {benchmark: 0.2}, well_child: {floor: 0.03}, readmission: {benchmark: 0.1, florr: 1}}\n"
    )
    said = "\n".join(faults_of(tmp_path, text))
    for part in ("gap=2", "steps_paid", "nearest: sealants", "well_child: needs a benchmark", "readmission.florr"):
        assert part in said


@pytest.mark.parametrize(
    ("measure", "steps", "parts"),
    [
        ("benchmark: 25", "[[1, 1]]", ("sealants.benchmark=25", "share", "visits per member-month", "from 0 to 1")),
        ("benchmark: high", "[[1, 1]]", ("sealants.benchmark='high'", "from 0 to 1")),
        ("benchmark: 0.2, floor: 3", "[[1, 1]]", ("sealants.floor=3", "from 0 to 1")),
        ("benchmark: 0.2, from: 3, until: 1", "[[1, 1]]", ("sealants.until=1", "at least from=3")),
        ("benchmark: 0.2, from: 1.5, until: 1", "[[1, 1]]", ("sealants.from=1.5", "whole number")),
        ("benchmark: 0.2, lower: yes please", "[[1, 1]]", ("sealants.lower='yes please'", "true or false")),
        ("benchmark: 0.2", "[[0.5, 1], [1, 0.5]]", ("steps=[[0.5, 1], [1, 0.5]]", "must not pay less")),
        ("benchmark: 0.2", "[[0.5, 1], [0.5, 0.7]]", ("steps", "twice")),
        ("benchmark: 0.2", "[[1, 1]]\nchallenge: 3", ("challenge=3", "a list of its measures")),
        ("benchmark: 0.2", "[[75, 1]]", ("steps=[[75, 1]]", "from 0 to 1")),
    ],
)
def test_nonsense_in_a_metric_set_is_said_once(measure, steps, parts, tmp_path):
    text = f"gap: 0.1\nmedical_home: 0.6\nsteps: {steps}\nmeasures: {{sealants: {{{measure}}}}}\n"
    (message,) = faults_of(tmp_path, text)
    assert all(part in message for part in ("metrics/mine.yaml", *parts)), message


@pytest.mark.parametrize("file", sorted((conf_folder() / "metrics").glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_metric_sets_hold_no_nonsense(file):
    assert read_metric_set(conf_folder(), file.stem).counted(0).any()


def test_a_share_is_of_the_measures_that_count_though_it_be_one():
    met = np.array([[True, True, False], [False, True, True]])
    for counted, share in (
        ([1, 0, 0], [1, 0]),
        ([1, 0, 1], [0.5, 0.5]),
        ([1, 1, 1], [2 / 3, 2 / 3]),
        ([0, 0, 0], [0, 0]),
    ):
        assert Verdict(met, np.array(counted, bool), np.ones(2, bool)).share.tolist() == pytest.approx(share)


def shares_known(rates, people, weights):
    return np.where(people > 0, rates, np.nan)


def test_december_judges_the_year_against_the_year_before_by_the_measures_of_that_year(monkeypatch):
    """In the third year a benchmark of .68 has moved to .70; a fifth of the gap of .3, .06, is asked for, as the floor
    of .05 is less. Where lower is better a fifth of .2 is less than the floor: .45 is asked for. A measure that begins
    in the fourth year and one that nobody knows do not count.
    """
    monkeypatch.setattr(quality_pool, "full_size_shares", shares_known)
    up, down, later, unknown = [i for i in range(len(METRICS)) if i != MEDICAL_HOME][:4]
    n = len(METRICS)

    def column(empty, **of):
        values = np.full(n, empty, dtype=float)
        for name, value in of.items():
            values[{"up": up, "down": down, "later": later, "unknown": unknown}[name]] = value
        return values

    expected = MetricSet(
        gap=0.2, medical_home=0.6, steps=((0.5, 1.0),),
        benchmark=column(np.nan, up=0.68, down=0.3, later=0.1, unknown=0.1),
        floor=column(0, up=0.05, down=0.05), ratchet=column(0, up=0.01), lower=column(0, down=1).astype(bool),
        first=column(10**6, up=2, down=0, later=3, unknown=0).astype(int), last=column(10**6, down=2).astype(int),
        challenge=np.zeros(n, bool),
    )  # fmt: skip
    rates = {year: np.full((3, n), 0.9) for year in range(5)}
    rates[1][:, up], rates[1][:, down] = 0.4, 0.5
    rates[2][:, up], rates[2][:, down] = [0.461, 0.459, 0.701], [0.449, 0.451, 0.299]
    known = np.arange(n)[None] != [[unknown]] * 3
    rates[2][:, MEDICAL_HOME] = [0.6, 0.59, 0.9]
    month = SimpleNamespace(
        month=35, metric_set=expected, weights=np.ones(3),
        quality=SimpleNamespace(rates=lambda year: rates[year], denominators=lambda year: known * 9),
    )  # fmt: skip
    found = quality_pool.judge(month)
    assert found.met[:, [up, down]].tolist() == [[True, True], [False, False], [True, True]]
    assert found.counted[[up, down, later]].tolist() == [True, True, False]
    assert found.gate.tolist() == [True, False, True]


def test_who_won_all_reached_the_highest_step():
    month = SimpleNamespace(
        quality_year=SimpleNamespace(earned=np.array([0.5, 0.8, 0.0])),
        metric_set=SimpleNamespace(steps=((0.75, 0.8), (0.5, 0.5))),
    )
    assert quality_pool.won_all(month).tolist() == [False, True, False]


def test_what_quality_money_is_within_reach():
    """Of 4% that are withheld CCOs pass on a quarter or a half; who won all last year sees three tenths less of it."""
    month = SimpleNamespace(
        quality_year=SimpleNamespace(earned=np.array([0.5, 0.8])),
        metric_set=SimpleNamespace(steps=((0.75, 0.8), (0.5, 0.5))),
        registry=SimpleNamespace(get={"providers.sees_steps": 0.3, "payment.withhold_share": 0.04}.__getitem__),
        under=lambda share: share * np.ones(2),
        actions={"quality_bonus": np.array([0.25, 0.5])},
    )
    assert quality_pool.stakes(month)["bonus"] == pytest.approx([0.01, 0.02 * 0.7])
