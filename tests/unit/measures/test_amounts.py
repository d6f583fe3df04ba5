"""Amounts by year are the same money and the same life as the measures of the whole run."""

from dataclasses import replace

import numpy as np
import pytest

from sim.measures.amounts import AMOUNT_NAMES, AMOUNTS, add_up
from sim.measures.terms import Sums
from sim.schema import COUNTS
from tests.support.synthetic_runs import synthetic_run

MONTHS = 26  # the third year is short
PER_MEMBER_MONTH = {
    "state": "pmpm_state",
    "federal": "pmpm_federal",
    "medicare": "pmpm_medicare",
    "third_party": "pmpm_third_party",
    "uncompensated": "pmpm_uncompensated",
    "outside": "pmpm_outside",
    "other_insurance": "pmpm_other_insurance",
    "cco_margin": "pmpm_cco_margin",
    "cco_kept": "pmpm_cco_kept",
    "providers": "pmpm_beyond_care",
    "care_used": "pmpm_care_used",
    "care_off_cover": "pmpm_care_off_cover",
    "care_programs": "pmpm_care_programs",
    "teams": "pmpm_teams",
    "medical": "pmpm_medical",
    "administration": "pmpm_administration",
    "programs": "pmpm_upstream",
}


@pytest.fixture(scope="module")
def result():
    return synthetic_run("global_budget_upstream", 3, MONTHS, members=2_000)


@pytest.fixture(scope="module")
def whole(result):
    return dict(zip(AMOUNT_NAMES, result.amounts().sum(axis=0), strict=True))


@pytest.mark.parametrize(("amount", "measure"), PER_MEMBER_MONTH.items())
def test_money_over_member_months_is_the_measure(result, whole, amount, measure):
    assert whole[amount] / (12 * whole["member_years"]) == pytest.approx(result.value(measure), rel=1e-12)


def test_life_over_time_is_the_measure(result, whole):
    assert 1000 * whole["qalys"] / whole["member_years"] == pytest.approx(result.value("qalys_per_1000_my"))
    everybody = 1000 * (whole["qalys"] + whole["qalys_off_cover"]) / whole["person_years"]
    assert everybody == pytest.approx(result.value("qalys_per_1000_py"))


def test_every_payer_is_there(result, whole):
    paid = sum(whole[payer] for payer in ("state", "federal", "medicare", "third_party", "outside"))
    assert paid / (12 * whole["member_years"]) == pytest.approx(result.value("pmpm_total"))


def test_other_sectors_pay_beside_the_ledger(result):
    cents = np.zeros((MONTHS, len(result.areas), 4), np.int64)
    cents[12, 2, 1] = 700
    kept = replace(result, places={"pocket_cents": cents})
    found = kept.amounts()[:, AMOUNT_NAMES.index("other_sectors")]
    assert found == pytest.approx([0, 7 * result.weights[2], 0])
    assert result.amounts()[:, AMOUNT_NAMES.index("other_sectors")].tolist() == [0, 0, 0]


def test_years_begin_with_the_run(result):
    years = result.years()
    assert sorted(years["year"].unique()) == [0, 1, 2]
    assert len(years) == 3 * len(AMOUNTS)
    months = result.amounts()[:, AMOUNT_NAMES.index("member_years")]
    assert months[2] / months[0] == pytest.approx(2 / 12)


def test_without_a_ledger_there_are_no_amounts():
    with pytest.raises(ValueError, match="ledger"):
        add_up(Sums(np.zeros((1, len(COUNTS))), 12))
