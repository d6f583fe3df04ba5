"""Distributions over a range, and the range of each cell: worked out by hand."""

import numpy as np
import pytest
from scipy import stats

from sim.scenario.uncertain import quantile, uncertainties_of

pytestmark = pytest.mark.quick

LOW, MODE, HIGH = 2.0, 3.0, 8.0
Z = 1.959963984540054


def at(distribution, place):
    return float(quantile(distribution, *(np.array([x]) for x in (place, LOW, MODE, HIGH)))[0])


@pytest.mark.parametrize(
    ("distribution", "quarter", "half"),
    [
        ("uniform", 3.5, 5.0),
        ("loguniform", 2 * 4**0.25, 4.0),
        ("triangular", 8 - np.sqrt(0.75 * 6 * 5), 8 - np.sqrt(0.5 * 6 * 5)),  # 1 in 6 lies below the mode
        ("normal", None, 5.0),
        ("lognormal", None, 4.0),
    ],
)
def test_where_a_quarter_and_a_half_lie(distribution, quarter, half):
    assert at(distribution, 0.5) == pytest.approx(half)
    if quarter is not None:
        assert at(distribution, 0.25) == pytest.approx(quarter)
    assert at(distribution, 0.0) == pytest.approx(LOW)
    assert at(distribution, 1.0) == pytest.approx(HIGH)


def test_a_triangle_rises_up_to_its_mode():
    assert at("triangular", 1 / 6) == pytest.approx(MODE)
    assert at("triangular", 1 / 24) == pytest.approx(2.5)  # a quarter of the part below the mode


def test_pert_is_a_beta_with_four_times_the_weight_on_its_mode():
    """Alpha is 1 + 4 x (3 - 2) / 6, beta 1 + 4 x (8 - 3) / 6."""
    beta = stats.beta(1 + 4 / 6, 1 + 20 / 6)
    for place in (0.1, 0.5, 0.9):
        assert at("pert", place) == pytest.approx(LOW + 6 * beta.ppf(place))
    mean = np.mean([at("pert", (n + 0.5) / 400) for n in range(400)])
    assert mean == pytest.approx((LOW + 4 * MODE + HIGH) / 6, rel=1e-3)


def test_of_a_normal_95_percent_lie_between_the_ends_where_it_is_cut():
    whole = stats.norm(5, 3 / Z)
    for place in (0.1, 0.3, 0.8):
        assert at("normal", place) == pytest.approx(whole.ppf(0.025 + place * 0.95))
        assert at("lognormal", place) == pytest.approx(
            np.exp(stats.norm(np.log(4), np.log(2) / Z).ppf(0.025 + place * 0.95))
        )


def test_no_range_is_one_value():
    for distribution in ("uniform", "triangular", "pert", "normal"):
        assert quantile(distribution, np.array([0.3]), *(np.array([2.0]) for _ in range(3))) == [2.0]


def test_a_range_of_ones_own_lies_in_the_declared_one(registry):
    """The most likely value moves to the nearer end, if it lies outside."""
    name = next(
        one.name for one in registry if one.role == "uncertainty" and one.value.size == 1 and one.low < one.high
    )
    parameter = registry[name]
    low, mode, high = (float(x) for x in (parameter.low, parameter.value, parameter.high))
    faults = []
    (found,) = uncertainties_of({name: {"low": mode, "high": high, "distribution": "uniform"}}, registry, (), faults)
    assert (float(found.low[0]), float(found.high[0]), found.distribution) == (mode, high, "uniform")
    assert found.values(0.25)[0] == pytest.approx(mode + (high - mode) / 4)
    (shifted,) = uncertainties_of({name: {"high": low + (mode - low) / 2}}, registry, (), faults)
    assert shifted.mode[0] == shifted.high[0] == pytest.approx(low + (mode - low) / 2)
    assert not faults
    wrong = ({"low": low - 1}, {"high": high + 1}, {"low": high, "high": low}, {"low": True}, {"high": float("nan")})
    for number, given in enumerate(wrong, 1):
        assert uncertainties_of({name: given}, registry, (), faults) == []
        assert len(faults) == number


def test_a_pattern_takes_what_is_uncertain_has_a_range_and_is_not_set(registry):
    family = {one.name for one in registry if one.name.startswith("needs.")}
    ranged = {n for n in family if registry[n].role == "uncertainty" and (registry[n].low < registry[n].high).any()}
    assert 2 < len(ranged) < len(family)
    faults = []
    taken, own = sorted(ranged)[:2]
    found = uncertainties_of({own: {"distribution": "uniform"}, "needs.*": "declared"}, registry, (taken,), faults)
    assert not faults
    assert {one.name for one in found} == ranged - {taken}
    assert next(one for one in found if one.name == own).distribution == "uniform"
    later = uncertainties_of({"needs.*": "declared", own: {"distribution": "uniform"}}, registry, (), faults)
    assert next(one for one in later if one.name == own).distribution == "uniform"
    assert uncertainties_of({taken: "declared"}, registry, (taken,), faults) == []
    assert len(faults) == 1


@pytest.fixture(scope="module")
def registry():
    from sim.axes import parameters_of
    from sim.paths import conf_folder

    return parameters_of(conf_folder())
