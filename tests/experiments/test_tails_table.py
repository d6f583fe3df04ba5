"""The table of tails: each figure as its source computed it, by hand; and what the fit reads and writes."""

import numpy as np
import pytest

from experiments.calibration import fit_tails, tails
from experiments.calibration.over_seeds import table
from experiments.calibration.super_users import meets
from experiments.calibration.targets import read_targets
from experiments.validation.package_trials import claims
from sim import schema
from sim.axes import parameters_of
from sim.paths import conf_folder


def test_the_size_from_two_shares_is_that_of_the_texas_adults():
    """dist_nb_k_tx: 69 percent have no visit and 8.5 percent three or more; a binomial of size 0.34 has both."""
    weight = np.ones(2000)
    visits = np.repeat([0, 1, 3], [1380, 450, 170])
    assert tails.size_of_shares(visits == 0, visits >= 3, weight) == pytest.approx(0.34, abs=0.01)


def test_the_size_from_mean_and_zeros_is_that_of_the_survey():
    """dist_nb_k_meps_ed: mean 0.328, and 80.5 percent without a visit, give 0.28."""
    events = np.repeat([0.0, 0.328 / 0.195], [805, 195])
    assert tails.size_of_mean(events, np.ones(1000)) == pytest.approx(0.28, abs=0.01)


def test_equal_people_have_no_size():
    assert np.isnan(tails.size_of_mean(np.ones(10), np.ones(10)))


def test_the_spread_is_that_of_mean_and_median():
    """Users spend 1, 2 and 9: mean 4, median 2, so sigma squared is 2 ln 2; who spends nothing does not count."""
    spend, everybody = np.array([9.0, 0.0, 1.0, 2.0]), np.ones(4, bool)
    assert tails.spread(spend, np.ones(4), everybody) == pytest.approx(np.sqrt(2 * np.log(2)))


def test_the_top_counts_people_by_weight():
    spend = np.array([5.0, 9.0, 1.0, 7.0])
    assert tails.top(spend, np.array([1.0, 1.0, 5.0, 1.0]), 0.25).tolist() == [False, True, False, True]


def test_two_stays_are_enough_with_serious_mental_illness():
    years = np.zeros(3, [("stays_year", "i2"), ("diagnosed", "i4")])
    years["stays_year"] = (2, 2, 3)
    years["diagnosed"] = (0, 1 << schema.SERIOUS_MENTAL_ILLNESS, 0)
    assert meets(years).tolist() == [False, True, True]


def test_the_table_shows_the_seed_that_is_farthest_off():
    rows = [{"number": "1", "target": "x", "label": "Something", "unit": "percent", "evidence": "e", "value": "10"}]
    last = list(table(rows, [{"x": 9.0}, {"x": 14.0}, {"x": 10.0}], seeds=(4, 5, 6)))[-1]
    assert last == "| 1 | Something, percent | e | 10 | 11.00 | +10.0% | 14.00 (seed 5) |"


def test_judged_rows_are_never_fitted():
    judged = {row["target"] for row in read_targets("tails") if row["use"] != "fitted"}
    assert {"top_1_again", "top_10_three_years", "top_5_disabled"} < judged
    assert not judged & {name for name, _, _ in fit_tails.goals()}


def test_the_fit_starts_from_the_declared_numbers_and_stays_in_their_ranges():
    registry = parameters_of(conf_folder())
    space = fit_tails.Space(registry)
    for name, value in space.values(space.start).items():
        assert value == pytest.approx(fit_tails.cell(registry, name)[0], rel=0.01)
    for end in (0.0, 1.0):
        values = space.values(np.full(len(space.start), end))
        for name in fit_tails.SHAPES:
            _, low, high = fit_tails.cell(registry, name)
            assert low * 0.99 <= values[name] <= high * 1.01


def test_the_fit_writes_one_number_and_leaves_the_file(tmp_path, monkeypatch):
    file = tmp_path / "parameters" / "care.yaml"
    file.parent.mkdir()
    file.write_text("loading:\n  value: {primary: 0.2, inpatient: 0.05}\n  low: 0.0\nexit: {value: 0.1, low: 0.05}\n")
    monkeypatch.setattr(fit_tails, "conf_folder", lambda: tmp_path)
    fit_tails.put("care.loading.inpatient", 0.4)
    fit_tails.put("care.exit", 0.15)
    assert file.read_text() == (
        "loading:\n  value: {primary: 0.2, inpatient: 0.4}\n  low: 0.0\nexit: {value: 0.15, low: 0.05}\n"
    )


def test_every_stated_window_has_its_trial():
    """Rides and rent support state no effect on visits or stays as a mean over a window."""
    assert {one.package.name for one in claims()} == {
        "asthma_visits",
        "cash",
        "chw",
        "groceries",
        "high_risk_case_management",
        "meals",
        "navigation",
        "respite",
        "supportive_housing",
    }
