"""A measure is what its definition says: worked by hand on a handful of members."""

import numpy as np
import pytest

from sim.agents.cco.actions import PAYMENTS
from sim.measures.measures import BY_NAME, HEADLINE, MEASURES, evaluate
from sim.measures.terms import Care, Count, Flow, Purpose, Sums, Teams
from sim.payment.ledger import ACCOUNT_INDEX, ACCOUNTS, PURPOSES, Ledger
from sim.schema import COUNT_INDEX, COUNTS, METRICS, OUTCOMES

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
