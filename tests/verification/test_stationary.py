"""Does month 1 look like month 60 when nothing changes? Use is stationary, and cost per event grows."""

import numpy as np
import pytest

from sim import schema

DRIFT = {"primary_visits": 0.05, "specialist_visits": 0.05, "behavioral_visits": 0.05, "dental_visits": 0.05}
DRIFT |= {"pharmacy_visits": 0.05, "outpatient_visits": 0.06, "ancillary_visits": 0.05, "emergency_visits": 0.06}
DRIFT |= {"inpatient_visits": 0.06, "any_need_months": 0.05, "food_need_months": 0.05, "attached_months": 0.08}
DRIFT |= {"qaly_millionths": 0.02, "exits": 0.05, "returns": 0.08, "entries": 0.12}
GROWTH = 1.026 * 1.027  # prices and intensity, a year


def yearly(baseline) -> np.ndarray:
    """Counts per member-month of each year: (year, count)."""
    by_month = np.einsum("mac,a->mc", baseline.result.counts.astype(float), baseline.result.weights)
    years = by_month.reshape(-1, 12, by_month.shape[1]).sum(axis=1)
    return years / years[:, :1]


@pytest.mark.parametrize("name", DRIFT)
def test_use_needs_and_moves_are_stationary(baseline, name):
    rates = yearly(baseline)[:, schema.COUNT_INDEX[name]]
    assert abs(rates[5] / rates[0] - 1) <= DRIFT[name], rates


def test_membership_stays(baseline):
    members = np.einsum("ma,a->m", baseline.result.counts[:, :, 0].astype(float), baseline.result.weights)
    assert abs(members[59] / members[0] - 1) <= 0.04


def test_cost_per_event_grows_by_price_and_intensity(baseline):
    cost = yearly(baseline)[:, schema.COUNT_INDEX["medicaid_cents"]]
    growth = (cost[5] / cost[0]) ** (1 / 5)
    assert growth == pytest.approx(GROWTH, abs=0.012)


TOGETHER = [
    (schema.DEPRESSION, schema.SUBSTANCE_USE),
    (schema.SERIOUS_MENTAL_ILLNESS, schema.SUBSTANCE_USE),
    (schema.DEPRESSION, schema.SERIOUS_MENTAL_ILLNESS),
]


def correlation(year, one, other, deal=None):
    """Correlation of two conditions among adults under 65; ``deal`` the second anew to plant independence."""
    adults = year[(year["age_months"] >= schema.EIGHTEEN_YEARS) & (year["age_months"] < schema.SIXTY_FIVE_YEARS)]
    first, second = adults["present"] >> one & 1, adults["present"] >> other & 1
    return np.corrcoef(first, second if deal is None else deal.permutation(second))[0, 1]


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_mental_illness_and_substance_use_go_on_going_together(baseline, one, other):
    first, last = correlation(baseline.years[0], one, other), correlation(baseline.years[-1], one, other)
    assert first > 0.2
    assert abs(last - first) <= 0.04


def test_planted_conditions_that_forget_each_other_are_found(baseline):
    last = correlation(baseline.years[-1], *TOGETHER[0], deal=np.random.default_rng(0))
    assert abs(last - correlation(baseline.years[0], *TOGETHER[0])) > 0.04


@pytest.mark.parametrize("condition", range(len(schema.CONDITIONS)), ids=schema.CONDITIONS)
def test_prevalence_is_stationary(baseline, condition):
    present = np.einsum("ma,a->m", baseline.result.registers[:, :, condition, 0].astype(float), baseline.result.weights)
    members = np.einsum("ma,a->m", baseline.result.counts[:, :, 0].astype(float), baseline.result.weights)
    share = present / members
    assert abs(share[59] / share[0] - 1) <= 0.15, share[[0, 59]]
