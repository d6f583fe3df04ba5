"""A measure is what its definition says: worked by hand on a handful of members."""

import numpy as np
import pytest

from sim.agents.cco.actions import PAYMENTS
from sim.measures.measures import BY_NAME, HEADLINE, MEASURES, evaluate
from sim.measures.terms import Care, Count, Flow, Purpose, Sums, Teams
from sim.payment.ledger import ACCOUNT_INDEX, ACCOUNTS, PURPOSES, Ledger
from sim.schema import COUNT_INDEX, COUNTS, LOWER_IS_BETTER, METRICS, OUTCOMES

pytestmark = pytest.mark.quick


def sums(counts=None, flows=(), months=1):
    """Sums with a few numbers set and zeros elsewhere."""
    row = np.zeros(len(COUNTS))
    for name, value in (counts or {}).items():
        row[COUNT_INDEX[name]] = value
    book = np.zeros((len(ACCOUNTS), len(ACCOUNTS)))
    for payer, payee, cents in flows:
        book[ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]] += cents
    return Sums(row, months, book, ACCOUNTS)


def value(name, *args, **kwargs):
    return float(BY_NAME[name].value(sums(*args, **kwargs)))


def test_rates_are_per_1000_member_months():
    assert value("ed_visits_per_1000_mm", {"member_months": 400, "emergency_visits": 22}) == 55.0


def test_readmissions_are_a_share_of_discharges_at_risk():
    assert value("readmission_30d", {"member_months": 9, "index_stays": 40, "readmissions": 6}) == 0.15


def test_unmet_need_adds_the_four_services_that_people_wait_for():
    counts = {"member_months": 100, "primary_asked": 30, "primary_unmet": 6, "dental_asked": 10, "dental_unmet": 4}
    assert value("unmet_need_share", counts) == pytest.approx(10 / 40)


def test_qalys_are_per_1000_member_years():
    assert value("qalys_per_1000_my", {"member_months": 12, "qaly_millionths": 800_000}) == pytest.approx(800)


def test_the_states_own_money_is_net_of_the_federal_share():
    flows = [("federal", "state", 700), ("state", "hospital", 1000)]
    assert value("pmpm_state", {"member_months": 3}, flows) == pytest.approx(1.00)
    assert value("pmpm_federal", {"member_months": 7}, flows) == pytest.approx(1.00)


def test_total_counts_each_dollar_once_under_a_global_budget():
    flows = [
        ("federal", "state", 700),
        ("state", "cco", 1000),
        ("cco", "hospital", 800),
        ("cco", "outside", 80),
        ("cco", "cco_reserve", 120),
        ("medicare", "hospital", 50),
        ("uncompensated", "hospital", 30),
    ]
    assert value("pmpm_total", {"member_months": 1}, flows) == pytest.approx(10.50)


def test_total_holds_programs_whoever_funds_them():
    for funder in ("state", "outside"):
        assert value("pmpm_total", {"member_months": 1}, [(funder, "community", 350)]) == pytest.approx(3.50)


def test_what_a_lever_costs_is_counted_once():
    book = Ledger(1)
    for payment in PAYMENTS.values():
        book.transfer(0, "cco", payment.payee, 100, payment.purpose)
    one_month = np.zeros((1, len(COUNTS)))
    one_month[:, COUNT_INDEX["member_months"]] = 1
    paid = Sums(one_month, 1, book.flows, ACCOUNTS, paid=book.purposes, purposes=PURPOSES)
    counted = sum(BY_NAME[f"pmpm_{name}"].value(paid) for name in ("administration", "care_programs"))
    assert counted == pytest.approx(len(PAYMENTS))


def test_a_pool_won_with_the_challenge_pool_is_above_one_and_says_so():
    book = Ledger(1)
    for payer, payee, cents, purpose in (
        ("state", "held", 100, "withhold"),
        ("held", "cco", 100, "quality_pool"),
        ("held", "cco", 69, "challenge_pool"),
    ):
        book.transfer(0, payer, payee, cents, purpose)
    measure, month = BY_NAME["quality_pool_share"], np.ones((1, len(COUNTS)))
    won = measure.value(Sums(month, 1, book.flows, ACCOUNTS, paid=book.purposes, purposes=PURPOSES))
    assert won == pytest.approx(1.69)
    assert measure.unit == "share of what was withheld"  # no plain share, which tables show in percent
    assert "above 1 with the challenge pool" in measure.definition


def test_margin_leaves_out_what_is_put_into_reserves():
    flows = [
        ("state", "cco", 1000),
        ("cco", "hospital", 800),
        ("cco", "outside", 80),
        ("cco", "community", 20),
        ("cco", "cco_reserve", 100),
    ]
    assert value("cco_margin_share", {"member_months": 1}, flows) == pytest.approx(0.10)
    drawn = [*flows, ("cco_reserve", "cco", 500)]
    assert value("cco_margin_share", {"member_months": 1}, drawn) == pytest.approx(0.10)


def test_margin_is_undefined_where_nobody_pays_capitation():
    assert np.isnan(value("cco_margin_share", {"member_months": 1}, [("state", "hospital", 500)]))


def test_what_is_undefined_is_no_number():
    assert np.isnan(value("ed_visits_per_1000_mm"))


def test_the_ledger_says_nothing_of_race():
    known = BY_NAME["pmpm_medicaid"].value(Sums(np.full(len(COUNTS), 2.0), 1))
    unknown = BY_NAME["pmpm_state"].value(Sums(np.full(len(COUNTS), 2.0), 1))
    assert known == pytest.approx(0.01)
    assert np.isnan(unknown)


def test_spending_by_service_adds_the_payers():
    assert value("pmpm_inpatient", {"member_months": 2, "inpatient_cents": 1000, "dental_cents": 50}) == 5.00


def test_members_are_the_average_of_the_months():
    assert value("members", {"member_months": 240}, months=12) == 20


def test_declarations_are_whole():
    assert len(BY_NAME) == len(MEASURES)
    assert set(HEADLINE) <= set(BY_NAME)
    for measure in MEASURES:
        assert all((measure.label, measure.unit, measure.definition))
        for term in measure.numerator + measure.denominator:
            names = {
                Count: lambda t: {t.name} <= set(COUNTS),
                Flow: lambda t: {t.payer, t.payee} <= {*ACCOUNTS, "*"},
                Purpose: lambda t: t.name in PURPOSES,
                Care: lambda t: t.metric in METRICS and t.outcome in OUTCOMES,
                Teams: lambda t: abs(t.sign) == 1,
            }
            assert names[type(term)](term), f"{measure.name} adds up {term}, which nobody counts"


def test_every_measure_has_a_value_for_a_plausible_month():
    book = np.full((len(ACCOUNTS), len(ACCOUNTS)), 3.0)
    judged = np.ones((2, len(METRICS), len(OUTCOMES)))
    book, paid = np.stack([book] * 2), (np.full((2, len(PURPOSES)), 3.0), PURPOSES)
    values = evaluate(Sums(np.full((2, len(COUNTS)), 5.0), 1, book, ACCOUNTS, judged, *paid))
    assert values.shape == (2, len(MEASURES))
    assert np.isfinite(values).all()


def test_years_of_life_and_the_cohort_of_month_0_by_hand():
    """Six months: 60 member-months with 4 QALYs, 20 months off cover with 1; 2 deaths."""
    counts = {
        "member_months": 60, "off_cover_months": 20, "qaly_millionths": 4_000_000, "deaths": 2,
        "qaly_millionths_off_cover": 1_000_000, "cohort_members": 8, "cohort_qaly_millionths": 3_000_000,
        "cohort_deaths": 1, "cohort_cents": 50_000,
        "exits": 3, "returns": 6, "births": 9, "served_months": 12, "known_need_months": 15, "any_need_months": 30,
    }  # fmt: skip
    by_hand = {
        "qalys_per_1000_my": 1000 * 4 / (60 / 12),
        "qalys_per_1000_py": 1000 * 5 / (80 / 12),
        "qalys_a_year": 5 / (6 / 12),
        "people": 80 / 6,
        "members": 60 / 6,
        "deaths_per_1000_my": 1000 * 2 / (60 / 12),
        "cohort_qalys_per_1000": 1000 * 3 / 8,
        "cohort_deaths_per_1000": 1000 / 8,
        "cohort_cost_per_member": 500 / 8,
        "exits_per_1000_mm": 50,
        "returns_per_1000_mm": 100,
        "births_per_1000_mm": 150,
        "needs_any_share": 0.5,
    }
    found = {name: value(name, counts, months=6) for name in by_hand}
    assert found == pytest.approx(by_hand)


def test_which_way_is_better_by_kind_of_measure():
    """More cost, illness, need, loss and death are worse; more health, wanted care, cover and help are better."""
    better = {
        "primary_care_visits_per_1000_mm", "preventive_visits_per_1000_mm", "attached_share", "satisfied_share",
        "needs_known_share", "needs_met_share", "qalys_per_1000_my", "qalys_per_1000_py", "qalys_a_year",
        "cohort_qalys_per_1000",
    }  # fmt: skip
    worse_parts = (
        "ed_visits",
        "_stays",
        "_days",
        "_lost_",
        "_induced_",
        "_withheld_",
        "unmet_",
        "_need_share",
        "deaths",
    )
    worse = {
        "pmpm_total", "pmpm_state", "pmpm_federal", "pmpm_medicare", "pmpm_medicaid", "pmpm_medical", "readmission_30d",
        "needs_any_share", "cohort_cost_per_member", "called_observation", "exits_per_1000_mm",
        "duplicate_tests_per_1000_mm", "conflicting_treatments_per_1000_mm", "medication_errors_per_1000_mm",
    }  # fmt: skip
    for measure in MEASURES:
        if measure.name.startswith("quality_"):
            metric = measure.name.removeprefix("quality_").removesuffix("_given")
            assert measure.higher_is_better == (metric not in LOWER_IS_BETTER), measure.name
        elif measure.name in better:
            assert measure.higher_is_better, measure.name
        elif measure.name in worse or measure.name.startswith("ed_") or any(x in measure.name for x in worse_parts):
            assert measure.higher_is_better is False, measure.name
        else:
            assert not measure.higher_is_better, f"{measure.name}: say here why more of it is better"
