"""Small terms of payment by hand: averages of a state, months of a year, whole cents, areas that began with others."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.payment.authorization import Authorization
from sim.payment.credibility import expected_pmpm
from sim.payment.fee_for_service import prepaid_part
from sim.payment.forms import (
    contract_duties,
    growth_target,
    hospital_global_budget,
    pay_for_performance,
    quality_pool,
    reinsurance,
)
from sim.payment.metric_sets import read_metric_set
from sim.payment.month import ATTACHED_MONTHS, MEMBER_MONTHS, Month
from sim.payment.parties import clinics_under
from sim.payment.prices import price_index, program_index
from sim.payment.tallies import QualityYear
from sim.schema import COUNTS, ENROLLED, MEMBER, METRICS, PRIMARY, SERVICES, SPECIALIST

pytestmark = pytest.mark.quick

WEIGHTS = np.array([4.0, 9.0])


def test_a_request_costs_clinicians_cents_of_their_revenue():
    """Of 30 specialist visits of 200 dollars a tenth is asked for at 12 dollars: 36 of 6,000 + 4,000 of primary care.

    A twentieth of 8 stays of 5,000 dollars is asked for as well, 4.80; half of the strength is used. Of what is denied,
    a fifth, half is appealed and .6 of that restored.
    """
    requested, price, mix = np.zeros((3, len(SERVICES)))
    price[:] = 100
    stay = SERVICES.index("inpatient")
    requested[[SPECIALIST, stay]], price[[SPECIALIST, stay]] = [0.1, 0.05], [200, 5000]
    mix[[PRIMARY, SPECIALIST, stay]] = 400_000, 600_000, 4_000_000
    known = {
        "authorization.requested": requested, "authorization.denied": 0.2, "authorization.appealed": 0.5,
        "authorization.restored": 0.6, "authorization.request_cost": 12.0, "levels.price": price,
    }  # fmt: skip
    terms = Authorization(SimpleNamespace(get=known.__getitem__, dollars=known.__getitem__))
    assert terms.hassle(np.array([0.5]), mix[None]) == pytest.approx(0.5 * (36 + 4.8) / 10_000)
    refused = terms.refused(np.array([0.5]))[0]
    assert refused[[SPECIALIST, stay, PRIMARY]] == pytest.approx([0.5 * 0.1 * 0.14, 0.5 * 0.05 * 0.14, 0])


def test_the_states_average_is_of_people_and_not_of_the_sample():
    """300 cents in 10 months of weight 4 and 100 in 10 of weight 9: 2,100 over 130. Others: 400 and 3,600 over 220."""
    found = expected_pmpm(np.array([[[300], [100]], [[100], [400]]]), np.array([[10, 10], [10, 20]]), WEIGHTS, 1e12)
    assert found[:, :, 0] == pytest.approx(np.array([[2100 / 130, 4000 / 220]] * 2))  # nobody is credible


def test_what_is_not_billed_is_rounded_to_the_nearest_cent():
    assert prepaid_part(np.array([[[104, 106]]]), np.array([[0.1, 0.1]])).tolist() == [[[10, 11]]]


def test_a_set_without_a_challenge_challenges_nobody(tmp_path):
    (tmp_path / "metrics").mkdir()
    text = f"gap: 0.1\nmedical_home: 0.6\nsteps: [[0.5, 1.0]]\nmeasures:\n  {METRICS[1]}: {{benchmark: 0.9}}\n"
    (tmp_path / "metrics" / "plain.yaml").write_text(text, encoding="utf-8")
    found = read_metric_set(tmp_path, "plain")
    assert not found.challenge.any()
    assert found.counted(0).nonzero()[0].tolist() == [1]


def test_a_value_of_a_start_is_of_the_areas_asked_for_alone():
    """Three areas began in month 5, of which the second is not asked about; the fourth began in month 8."""
    month = SimpleNamespace(starts=np.array([5, 5, 5, 8]))
    asked = np.array([True, False, True, True])
    found = Month.by_start(month, asked, lambda start: np.array([10.0, 20.0, 30.0, 40.0]) + start)
    assert found.tolist() == [15, 0, 35, 48]


def test_a_contract_year_ends_with_this_month_and_is_expected_at_full_size():
    asked = []
    experience = SimpleNamespace(
        year=lambda first: asked.append(first) or SimpleNamespace(months="of the year"),
        expected=lambda first, scope, weights, months: (first, scope, weights.tolist(), months),
    )
    month = SimpleNamespace(
        month=30, experience=experience, scope="scope", weights=WEIGHTS, registry=SimpleNamespace(get=lambda name: name)
    )
    assert (Month.months_of_contract_year(month), asked) == ("of the year", [19])
    assert Month.expected(month, 7) == (7, "scope", [4, 9], "payment.credible_months")


def test_what_an_area_cost_before_is_of_all_services_whatever_the_scope():
    """900 and 300 cents of two services for 60 months: 20 cents."""
    year = SimpleNamespace(cents=np.array([[[900, 300]]]), months=np.array([[60]]))
    month = SimpleNamespace(
        experience=SimpleNamespace(year=lambda first: year), scope=np.array([True, False]),
        runs=np.array([True]), starts=np.array([12]),
    )  # fmt: skip
    month.by_start = lambda areas, value: Month.by_start(month, areas, value)
    assert Month.base_pmpm(month).tolist() == [0.2]


def test_each_area_has_its_own_luck_with_the_clinics_under_contract():
    area, place = np.array([0, 0, 0, 1, 1, 1]), np.array([0.3, 0.1, 0.2, 0.3, 0.1, 0.2])
    found = clinics_under(area, place, 0.5, np.array([0.4, 0.6]))  # 1.9 and 2.1 of three
    assert found.tolist() == [False, True, False, False, True, True]


def test_programs_cost_more_once_a_year_and_care_in_every_month():
    assert [program_index(month, 0.1) for month in (-13, -1, 0, 11, 12, 23, 24)] == pytest.approx(
        [1, 1, 1, 1, 1.1, 1.1, 1.21]
    )
    assert price_index(18, 0.1, 0.2) == pytest.approx(1.32**1.5)


@pytest.mark.parametrize(("spent", "penalty"), [(6000, 0), (6100, 600)])
def test_the_state_is_allowed_what_costlier_members_cost(spent, penalty):
    """Members cost 10 and 30 cents a month, half of each at first, and three in four of the costly now: a quarter more.

    20 PMPM, two years of 10%, 1.25: 30.25. It spent 30 or 30.5 for 200 months; the penalty is 3 cents a month.
    """
    years = {
        20: SimpleNamespace(outlay=np.array([spent]), months=np.array([[50, 150]]), cents=None),
        -4: SimpleNamespace(
            outlay=np.array([4000]), months=np.array([[100, 100]]), cents=np.array([[[600, 400], [3000, 0]]])
        ),
    }
    known = {"trend": 0.1, "growth_test_points": 0.0, "growth_test_phase": 0, "growth_test_penalty": 0.03}
    moved = []
    month = SimpleNamespace(
        registry=SimpleNamespace(get=lambda name: known[name.partition(".")[2]]), month=31, starts=np.array([8]),
        ends=np.array([True]), weights=np.array([4.0]), experience=SimpleNamespace(year=years.__getitem__),
        payer=SimpleNamespace(transfer=lambda *words: moved.append(words)),
    )  # fmt: skip
    growth_target.settle(month)
    assert moved[0][2].tolist() == [penalty]


def kept(*held):
    """A month of two areas that keep what was withheld of them, by rate category."""
    moved = []
    return moved, SimpleNamespace(
        runs=np.ones(2, bool), weights=WEIGHTS, payer=SimpleNamespace(transfer=lambda *words: moved.append(words)),
        quality_year=SimpleNamespace(held=np.array(held), met=np.array([0.5, 0.25]), earned=np.array([0.7, 1.0])),
    )  # fmt: skip


def test_the_pool_of_who_leaves_goes_back_once_and_that_of_the_others_stays():
    moved, month = kept([10, 20], [300, 400])
    quality_pool.release(month, 1)
    assert [(one, other, cents.tolist(), purpose) for one, other, cents, purpose in moved] == [
        ("held", "state", [0, 700], "withhold")
    ]
    assert month.quality_year.held.tolist() == [[10, 20], [0, 0]]


def test_what_was_met_and_what_was_earned_are_kept_apart():
    found = quality_pool.records(kept([0], [0])[1])
    assert {name: millionths.tolist() for name, millionths in found.items()} == {
        "payment.measures_met": [500_000, 250_000],
        "payment.pool_earned": [700_000, 1_000_000],
    }


def test_each_year_is_judged_by_the_people_of_that_year(monkeypatch):
    """Chance is of those who were counted then: 80 and 60 people this year, 20 and 90 the year before."""
    seen = []
    monkeypatch.setattr(
        quality_pool, "full_size_shares", lambda rates, people, weights: seen.append((rates, people)) or rates
    )
    n = len(METRICS)
    tables = {3: (np.full((2, n), 0.6), [80, 60]), 2: (np.full((2, n), 0.5), [20, 90])}
    month = SimpleNamespace(
        month=47, weights=WEIGHTS,
        quality=SimpleNamespace(
            rates=lambda year: tables[year][0],
            denominators=lambda year: np.tile(np.array(tables[year][1])[:, None], n),
        ),
        metric_set=SimpleNamespace(
            benchmark=np.full(n, 0.55), ratchet=np.zeros(n), lower=np.zeros(n, bool), gap=0.1, floor=np.zeros(n),
            medical_home=0.6, counted=lambda year: np.full(n, year == 3),
        ),
    )  # fmt: skip
    verdict = quality_pool.judge(month)
    assert [(rates[0, 0], people[:, 0].tolist()) for rates, people in seen] == [(0.6, [80, 60]), (0.5, [20, 90])]
    assert verdict.met.all()
    assert verdict.counted.all()


def test_a_bonus_is_at_stake_where_contracts_run():
    month = SimpleNamespace(runs=np.array([True, False]), registry=SimpleNamespace(get=lambda name: 0.08))
    month.under = lambda share: Month.under(month, share)
    assert pay_for_performance.stakes(month)["bonus"].tolist() == [0.08, 0]


def test_reinsurance_is_of_the_state_at_full_size(monkeypatch):
    """A half of what is beyond 100 dollars: 60 in 20 months of weight 4, nothing in 30 months of weight 9.

    The state's 240 dollars over 350 months: a premium of 13.71 for the first, 20.57 for the second.
    """
    monkeypatch.setattr(reinsurance, "around_state", lambda pmpm, *_: pmpm)
    rows = np.zeros(2, MEMBER)
    rows["area"], rows["in_cco"], rows["status"], rows["spend_year"] = [0, 1], 1, ENROLLED, [22_000, 9_000]
    known = {"reinsurance_attachment": 100.0, "reinsurance_cap": 1000.0, "reinsurance_coinsurance": 0.5}
    moved = []
    month = SimpleNamespace(
        registry=SimpleNamespace(get=lambda name: known[name.partition(".")[2]]), runs=np.ones(2, bool), month=11,
        starts=np.zeros(2), members=rows, weights=WEIGHTS, months_of_year=lambda: np.array([[20], [30]]),
        payer=SimpleNamespace(both_ways=lambda *words: moved.append(words)),
    )  # fmt: skip
    reinsurance.pool(month)
    assert moved[0][2].tolist() == [round(6000 - 20 * 24000 / 350), -round(30 * 24000 / 350)]


def test_a_hospital_budget_follows_members_and_loses_what_moved_elsewhere():
    """Half of hospital revenue is fixed; the base year has 6 months.

    1,200, 2,400 and 600 cents in the first area, a tenth more, 4 months of members for 2 then, followed by half: times
    1.1 x root 2 / 12. Three tenths of today's 400 cents of each went elsewhere, of which two thirds are taken from the
    budget: 40 of the fixed half. In the second more went elsewhere than there is; the third has no contract.
    """
    hospital = [SERVICES.index(name) for name in ("emergency", "inpatient", "outpatient")]
    cents, claims = np.zeros((3, 1, len(SERVICES))), np.zeros((3, 1, len(SERVICES)))
    cents[0, 0, hospital], cents[1, 0, hospital], cents[2, 0, hospital] = [1200, 2400, 600], 60, 600
    claims[:, 0, hospital] = 400
    base = SimpleNamespace(cents=cents, months=np.array([[12], [12], [12]]), count=6)
    known = {
        "hospital_fixed_share": 0.5, "hospital_budget_growth": 0.1, "hospital_follows_members": 0.5,
        "hospital_market_shift": 2 / 3,
    }  # fmt: skip
    month = SimpleNamespace(
        registry=SimpleNamespace(get=lambda name: known[name.partition(".")[2]]), runs=np.array([True, True, False]),
        experience=SimpleNamespace(year=lambda first: base), starts=np.array([18, 18, 18]), year=np.zeros(3, int),
        months=lambda: np.array([[4], [2], [2]]), claims=lambda: claims,
        network=SimpleNamespace(elsewhere=np.full((3, len(SERVICES)), 0.3)),
    )  # fmt: skip
    month.under = lambda share: Month.under(month, share)
    month.by_start = lambda areas, value: Month.by_start(month, areas, value)
    grown = 1.1 * 2**0.5 / 12
    assert hospital_global_budget.due(month)[:, 0].tolist() == [
        [round(1200 * grown - 40), round(2400 * grown - 40), round(600 * grown - 40)],
        [0, 0, 0],
        [0, 0, 0],
    ]


def test_capitation_is_kept_back_alike_in_each_month_after_the_cure():
    """A tenth of 200 cents from the fourth month on, however long it lasts."""
    kept_back = contract_duties.held_back(np.full((4, 1), 200), np.array([-1, 3, 4, 9]), 3, 0.1)
    assert kept_back[:, 0].tolist() == [0, 0, 20, 20]


def test_each_area_attaches_its_own_members_and_a_share_is_that_of_each_service():
    counts = np.zeros((2, len(COUNTS)))
    counts[:, MEMBER_MONTHS], counts[:, ATTACHED_MONTHS] = [80, 50], [60, 10]
    month = SimpleNamespace(
        last=SimpleNamespace(counts=counts), months=lambda: np.array([[40], [20]]), runs=np.ones(2, bool)
    )
    assert Month.attributed(month)[:, 0].tolist() == [30, 4]
    found = Month.of_services(month, (PRIMARY, SPECIALIST), np.array([0.3, 0.5]))
    assert found[:, [PRIMARY, SPECIALIST]].tolist() == [[0.3, 0.3], [0.5, 0.5]]


def test_nothing_was_met_or_earned_before_the_first_december():
    year = QualityYear(2)
    assert (year.held.any(), year.met.tolist(), year.earned.tolist()) == (False, [0, 0], [0, 0])


def test_the_bonus_is_rounded_to_the_nearest_cent():
    assert pay_for_performance.bonus(np.array([1996, 1994]), 0.1, np.array([0.5, 0.5])).tolist() == [100, 100]
    assert pay_for_performance.bonus(np.array([1996]), 0.1, np.array([0.99])).tolist() == [198]  # 197.6
