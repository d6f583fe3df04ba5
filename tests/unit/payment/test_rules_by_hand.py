"""Rules of a month by hand, for areas that differ in members, months and starts."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.payment.contract_calendar import AFTER_ALL
from sim.payment.experience import MemberCost
from sim.payment.forms import hospital_global_budget, pay_for_performance, primary_care_capitation, reinsurance
from sim.payment.forms.fee_schedule import paid_ratio
from sim.payment.forms.medical_loss_ratio import loss_ratio
from sim.payment.forms.risk_adjustment import relative_risk
from sim.payment.month import ATTACHED_MONTHS, MEMBER_MONTHS, Month
from sim.schema import COUNTS, ENROLLED, MEMBER, OFF_COVER, PRIMARY, SERVICES

pytestmark = pytest.mark.quick


def test_rates_move_by_what_a_score_rose_since_the_start_within_the_total():
    """A score rose by a fifth and one not at all; half of it counts: 1.1 and 1 of 300 and 100, scaled back to 400."""
    found = relative_risk(np.array([1.5, 2.0]), np.array([1.25, 2.0]), np.array([300.0, 100.0]), 0.5)
    assert found == pytest.approx([1.1 * 400 / 430, 400 / 430])


def test_reinsurance_is_of_members_of_ccos_whose_contract_ran_all_year():
    """Half of what lies between 1,000 and 3,000 dollars; a premium of 4.375 for each of 100 and 300 months.

    Who lost cover, who is in no CCO and the area that began in May count for nothing.
    """
    rows = np.zeros(5, MEMBER)
    rows["area"], rows["in_cco"], rows["status"] = [0, 0, 0, 1, 2], [1, 1, 0, 1, 1], ENROLLED
    rows["status"][1] = OFF_COVER
    rows["spend_year"] = [250_000, 250_000, 250_000, 500_000, 500_000]
    moved = []
    numbers = {"reinsurance_attachment": 1000.0, "reinsurance_cap": 3000.0, "reinsurance_coinsurance": 0.5}
    month = SimpleNamespace(
        registry=SimpleNamespace(get=lambda name: numbers[name.partition(".")[2]]), runs=np.ones(3, bool), month=23,
        starts=np.array([12, 0, 16]), members=rows, weights=np.ones(3),
        months_of_year=lambda: np.array([[60, 40], [100, 200], [25, 25]]),
        payer=SimpleNamespace(both_ways=lambda *words: moved.append(words)),
    )  # fmt: skip
    reinsurance.pool(month)
    ((payer, payee, cents, purpose),) = moved
    assert (payer, payee, purpose) == ("state", "cco", "reinsurance")
    assert cents.tolist() == [75_000 - 43_750, 100_000 - 131_250, 0]


def test_members_with_a_clinic_are_a_share_of_all_members_of_their_area():
    """60 of 80 member-months are attached, in a CCO or not: three quarters of the 30 and 10 of CCO members."""
    counts = np.zeros((1, len(COUNTS)))
    counts[0, MEMBER_MONTHS], counts[0, ATTACHED_MONTHS] = 80, 60
    seen = SimpleNamespace(last=SimpleNamespace(counts=counts), months=lambda: np.array([[30, 10]]))
    assert Month.attributed(seen).tolist() == [[22.5, 7.5]]


def test_the_year_so_far_is_eleven_months_before_and_this_one():
    asked = []

    def since(first, last):
        asked.append((first, last))
        return SimpleNamespace(months=np.array([[100, 10]]))

    month = SimpleNamespace(experience=SimpleNamespace(since=since), month=23, months=lambda: np.array([[9, 1]]))
    assert Month.months_of_year(month).tolist() == [[109, 11]]
    assert asked == [(12, 22)]


def by_start(month):
    month.by_start = lambda areas, value: Month.by_start(month, areas, value)
    return month


def a_base_year(start, cents, months, attributed):
    """Experience of one year before a start: cents by area of primary care and of all else."""
    of_services = np.zeros((2, 1, len(SERVICES)), np.int64)
    of_services[:, 0, PRIMARY], of_services[:, 0, PRIMARY + 1] = cents
    year = MemberCost(of_services, np.array(months)[:, None], np.array(attributed)[:, None], np.zeros(2, np.int64), 12)

    def asked(first):
        assert first == start - 12
        return year

    return SimpleNamespace(year=asked)


def test_what_members_cost_before_the_start_is_in_dollars_and_of_areas_that_run():
    """90,000 and 30,000 cents of all care for 60 months: 20 dollars; the other area has not begun."""
    month = SimpleNamespace(
        experience=a_base_year(24, ([90_000, 7], [30_000, 7]), [60, 9], [30.0, 9.0]),
        runs=np.array([True, False]), starts=np.array([24, 99]),
    )  # fmt: skip
    assert Month.base_pmpm(by_start(month)).tolist() == [20, 0]


@pytest.mark.parametrize(("kappa", "second"), [(0.5, 242), (0.25, 121), (0.0, 0)])
def test_primary_care_is_capitated_at_what_attached_members_cost_and_grows_from_the_first_year(kappa, second):
    """1,200 cents for 30 attached months are 40, 44 in the first year; half of it is paid. In the other area 50 are
    60.5 in the second year.
    """
    paid = []
    prepaid = np.zeros((2, len(SERVICES)))
    prepaid[:, PRIMARY] = 0.5, kappa
    month = SimpleNamespace(
        experience=a_base_year(24, ([1_200, 3_000], [0, 0]), [60, 90], [30.0, 60.0]), prepaid=prepaid,
        registry=SimpleNamespace(get=lambda name: 0.1), runs=np.ones(2, bool), starts=np.array([24, 24]),
        year=np.array([0, 1]), attributed=lambda: np.array([[10.0, 2.0], [8.0, 0.0]]),
        months=lambda: np.array([[14, 5], [11, 3]]),
        pay_for=lambda *words: paid.append(words),
    )  # fmt: skip
    primary_care_capitation.pay(by_start(month))
    ((service, payee, cents, purpose),) = paid
    assert (service, payee, purpose) == (PRIMARY, "primary", "primary_capitation")
    assert cents.tolist() == [[220, 44], [second, 0]]  # 60.5 x 8 months


def test_what_is_denied_lowers_the_fee_against_todays_denials_and_never_below_nothing():
    """A quarter more, of which 28% is denied where 10% is today; more denied than there is pays nothing."""
    assert paid_ratio(np.array([1.25, 0.8, 1.25]), np.array([0.28, 0.1, 1.4]), 0.1) == pytest.approx([1, 0.8, 0])


@pytest.mark.parametrize(
    ("runs", "left", "kept"),
    [([0, 1], [1, 0], [1_000_000, 750_000]), ([0, 0], [0, 0], [1_000_000] * 2), ([0, 0], [1, 0], None)],
)
def test_the_price_of_a_hospital_unit_is_kept_while_a_contract_runs_anywhere(runs, left, kept, monkeypatch):
    """300 for what would have cost 400, in each service; 1 by claims. Where all have left the last price stays."""
    monkeypatch.setattr(
        hospital_global_budget, "due", lambda month: np.full((2, 1, len(hospital_global_budget.HOSPITAL)), 300)
    )
    claims = np.zeros((2, 1, len(SERVICES)), np.int64)
    claims[:, :, list(hospital_global_budget.HOSPITAL)] = 800
    prepaid = np.zeros((2, len(SERVICES)))
    prepaid[:, list(hospital_global_budget.HOSPITAL)] = 0.5 * np.array(runs)[:, None]
    month = SimpleNamespace(
        runs=np.array(runs, bool), starts=np.where(left, AFTER_ALL, 3), claims=lambda: claims, prepaid=prepaid
    )
    found = hospital_global_budget.records(month)
    assert {name: cents.tolist() for name, cents in found.items()} == ({"payment.hospital_price": kept} if kept else {})


def test_without_revenue_no_part_of_it_is_kept():
    assert loss_ratio(np.array([90.0, 5.0, 0.0]), np.array([100.0, 0.0, 0.5])) == pytest.approx([0.9, 1, 0])


def test_a_bonus_is_of_the_year_since_a_contract_began_and_december_keeps_what_was_met(monkeypatch):
    """Three areas met .5, .8 and .4 of the measures; a tenth of claims. The first began in month 12 and has a year's
    claims, 300 a month; the second began in month 20 and has four months of them; the third has no contract.
    """
    monkeypatch.setattr(pay_for_performance.quality_pool, "judge", lambda month: SimpleNamespace(share=met))
    met, kept, paid, asked = np.array([0.5, 0.8, 0.4]), SimpleNamespace(met=None), [], []

    def since(first, last):
        asked.append((first, last))
        cents = np.zeros((3, 2, len(SERVICES)), np.int64)
        cents[:, 0, PRIMARY], cents[:, 1, PRIMARY + 1] = 100 * (last - first + 1), 200 * (last - first + 1)
        return SimpleNamespace(cents=cents)

    month = SimpleNamespace(
        month=23, quality_year=kept, experience=SimpleNamespace(since=since), budget=np.array([True, False, False]),
        registry=SimpleNamespace(get=lambda name: {"payment.performance_bonus": 0.1}[name]),
        runs=np.array([True, True, False]), starts=np.array([12, 20, 99]),
        months_of_year=lambda: np.array([[3, 1], [1, 1], [5, 5]]),
        payer=SimpleNamespace(pay=lambda *words: paid.append(words)),
    )  # fmt: skip
    pay_for_performance.pay(by_start(month))
    assert asked == [(12, 23), (20, 23)]
    assert kept.met is met
    ((payee, cents, by_cco, purpose),) = paid
    assert (payee, purpose) == ("primary", "performance_bonus")
    assert by_cco is month.budget
    assert cents.tolist() == [[135, 45], [48, 48], [0, 0]]  # a tenth of half of 3,600, and of .8 of 1,200


def test_primary_care_without_attached_members_has_no_rate():
    found = primary_care_capitation.capitation_rate(np.array([90, 90]), np.array([3.0, 0.0]), 0.1, np.array([1, 1]))
    assert found == pytest.approx([33, 0])
