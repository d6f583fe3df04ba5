"""Sensitivity against functions whose answers are known: Ishigami's, linear ones, a planted box."""

import numpy as np
import pytest

from sim.analysis.sensitivity.flips import flips
from sim.analysis.sensitivity.global_indices import morris, sobol
from sim.analysis.sensitivity.prim import choose, density_by_chance, trajectory
from sim.analysis.sensitivity.regression import partial_rank_correlations, tornado
from sim.engine.designs import MORRIS, SALTELLI, design, rows

A, B = 7.0, 0.1


def ishigami(places):
    x, y, z = (2 * np.pi * places - np.pi).T
    return np.sin(x) + A * np.sin(y) ** 2 + B * z**4 * np.sin(x)


def known_indices():
    """Of Ishigami's function (Saltelli et al. 2008)."""
    first = 0.5 * (1 + B * np.pi**4 / 5) ** 2
    second = A**2 / 8
    both = 8 * B**2 * np.pi**8 / 225
    whole = first + second + both
    return np.array([first, second, 0.0]) / whole, np.array([first + both, second, both]) / whole


def test_sobol_indices_of_ishigami(seed):
    places = design(SALTELLI, 3, 1024, seed)
    assert len(places) == rows(SALTELLI, 3, 1024) == 5120
    found = sobol(ishigami(places), 3)
    first, total = known_indices()
    assert found.first == pytest.approx(first, abs=0.04)
    assert found.total == pytest.approx(total, abs=0.04)
    assert (abs(found.first - first) < 2.5 * found.first_half + 1e-6).all()


def test_rows_in_another_order_are_a_planted_bug(seed):
    places = design(SALTELLI, 3, 1024, seed)
    shuffled = np.random.default_rng(seed).permutation(ishigami(places))
    assert abs(sobol(shuffled, 3).first - known_indices()[0]).max() > 0.2


def test_elementary_effects_of_a_line(seed):
    places = design(MORRIS, 4, 10, seed)
    assert len(places) == rows(MORRIS, 4, 10)
    found = morris(places @ [3.0, -2.0, 0.0, 1.0], 4, seed)
    assert found.mu_star == pytest.approx([3, 2, 0, 1])
    assert found.mu == pytest.approx([3, -2, 0, 1])
    assert found.sigma == pytest.approx([0] * 4, abs=1e-9)
    curved = morris(ishigami(design(MORRIS, 3, 20, seed)), 3, seed)
    assert curved.sigma[1] > 0


def test_a_design_is_the_same_again_and_in_the_unit_cube():
    for kind in (SALTELLI, MORRIS):
        first, again, other = (design(kind, 5, 8, seed) for seed in (1, 1, 2))
        assert (first == again).all()
        assert (first != other).any()
        assert first.min() >= 0
        assert first.max() <= 1


@pytest.mark.parametrize("wrong", [("sobol", 3, 8), (SALTELLI, 3, 10), (SALTELLI, 0, 8), (MORRIS, 3, 1)])
def test_a_design_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="design"):
        design(*wrong, seed=0)


def test_values_of_another_design_are_refused():
    with pytest.raises(ValueError, match="no saltelli design"):
        sobol(np.arange(11.0), 3)
    with pytest.raises(ValueError, match="do not vary"):
        sobol(np.ones(10), 3)


def test_partial_rank_correlations_by_residuals(seed):
    rng = np.random.default_rng([seed, 1])
    x = rng.uniform(size=(400, 4))
    x[:, 1] = (x[:, 0] + x[:, 1]) / 2  # two go together, and only the first one acts
    outcome = np.exp(3 * x[:, 0]) - 2 * x[:, 2] + 0.2 * rng.normal(size=400)
    found = partial_rank_correlations(x, outcome)
    assert found.value[0] > 0.9
    assert found.value[2] < -0.3
    assert (found.low[[1, 3]] < 0.05).all()
    assert (found.high[[1, 3]] > -0.05).all()
    assert np.corrcoef(x[:, 1], outcome)[0, 1] > 0.5  # what a plain correlation would have said
    assert (found.low < found.value).all()
    with pytest.raises(ValueError, match="too few"):
        partial_rank_correlations(x[:6], outcome[:6])


def test_correlations_of_what_does_not_vary_are_zero():
    x = np.column_stack([np.ones(30), np.arange(30.0)])
    assert partial_rank_correlations(x, np.zeros(30)).value.tolist() == [0, 0]
    assert partial_rank_correlations(x, np.arange(30.0)).value[0] == 0


def test_intervals_of_correlations_cover(seed):
    rng = np.random.default_rng([seed, 2])
    held = 0
    for _ in range(300):
        x = rng.normal(size=(60, 3))
        found = partial_rank_correlations(x, rng.normal(size=60))
        held += int(found.low[0] <= 0 <= found.high[0])
    assert 0.91 <= held / 300 <= 0.985


def test_a_tornado_of_a_line(seed):
    x = np.random.default_rng([seed, 3]).uniform(size=(2000, 3))
    bars = tornado(["small", "large", "none"], x, x @ [1.0, -5.0, 0.0])
    assert [bar.parameter for bar in bars][:2] == ["large", "small"]
    assert bars[0].swing == pytest.approx(4.5, rel=0.05)
    assert bars[0].outcome[0] > bars[0].outcome[1]
    assert bars[0].at == pytest.approx((0.05, 0.95), abs=0.03)
    assert tornado(["a"], x[:5, :1], x[:5, 0]) == []


def test_a_parameter_flips_the_decision_where_it_should(seed):
    rng = np.random.default_rng([seed, 4])
    x = rng.uniform(0, 10, size=(1500, 3))
    luck = rng.normal(0, 50, size=1500)
    benefit = np.column_stack([luck, luck + x[:, 0] - 7 + 0.1 * rng.normal(size=1500), luck - 20])
    found = flips(["acts", "idle", "idle too"], x, ["usual", "new", "bad"], benefit)
    assert [one.parameter for one in found] == ["acts"]
    assert found[0].at == pytest.approx((7,), abs=0.15)
    assert found[0].best == ("usual", "new")
    assert found[0].share == pytest.approx(0.3, abs=0.05)


def test_a_switch_flips_the_decision():
    x = np.tile([0.0, 1.0], 30)[:, None]
    benefit = np.column_stack([np.zeros(60), np.where(x[:, 0] > 0, 1.0, -2.0)])
    (found,) = flips(["switch"], x, ["usual", "new"], benefit)
    assert found.best == ("usual", "new")
    assert found.at == (0.5,)
    assert found.share == 0.5


def test_a_planted_box_is_found(seed):
    rng = np.random.default_rng([seed, 5])
    x = rng.uniform(size=(3000, 6))
    cases = (x[:, 1] > 0.6) & (x[:, 4] < 0.35)
    box = choose(trajectory(x, cases), x, cases)
    assert box.restricted == [1, 4]
    assert box.low[1] == pytest.approx(0.6, abs=0.04)
    assert box.high[4] == pytest.approx(0.35, abs=0.04)
    assert box.coverage > 0.9
    assert box.density > 0.9
    assert box.mass == pytest.approx(0.14, abs=0.02)
    assert (box.holds(x) == ((x >= box.low) & (x <= box.high)).all(axis=1)).all()


def test_a_switch_bounds_a_box(seed):
    rng = np.random.default_rng([seed, 6])
    x = np.column_stack([rng.integers(0, 3, 600).astype(float), rng.uniform(size=600)])
    cases = x[:, 0] == 2
    box = choose(trajectory(x, cases), x, cases)
    assert box.restricted == [0]
    assert box.low[0] == 2
    assert (box.coverage, box.density) == (1, 1)


def test_without_cases_or_without_others_there_is_no_box():
    x = np.arange(10.0)[:, None]
    assert choose(trajectory(x, np.zeros(10, bool)), x, np.zeros(10, bool)) is None
    assert choose(trajectory(x, np.ones(10, bool)), x, np.ones(10, bool)) is None


def test_a_box_in_noise_is_no_denser_than_chance(seed):
    """40 draws in which nothing explains the cases: the search finds a dense box in them, and in shuffled ones."""
    rng = np.random.default_rng([seed, 7])
    below, densest = 0, []
    for i in range(4):
        x, cases = rng.uniform(size=(40, 8)), rng.uniform(size=40) < 0.4
        box = choose(trajectory(x, cases), x, cases)
        densest.append(box.density)
        below += int(box.density <= density_by_chance(x, cases, seed=i))
    assert np.mean(densest) > 0.55
    assert below >= 2
    x = rng.uniform(size=(100, 8))
    cases = (x[:, 2] > 0.6) & (x[:, 5] < 0.5)
    assert choose(trajectory(x, cases), x, cases).density > density_by_chance(x, cases) + 0.2
