"""Each form of payment worked by hand, and what chance alone pays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sim.payment.fee_for_service import prepaid_part
from sim.payment.forms.care_coordination_fee import fee_due
from sim.payment.forms.contract_duties import Floors, floors, held_back
from sim.payment.forms.fee_schedule import paid_ratio
from sim.payment.forms.growth_target import allowed_pmpm, mix_ratio, penalty, weighted_pmpm
from sim.payment.forms.hospital_global_budget import monthly_budget, price_index
from sim.payment.forms.medical_loss_ratio import loss_ratio, rebate
from sim.payment.forms.pay_for_performance import bonus
from sim.payment.forms.primary_care_capitation import capitation_paid, capitation_rate, team_surplus
from sim.payment.forms.reinsurance import premiums, recoveries
from sim.payment.forms.risk_adjustment import relative_risk, risk_score
from sim.payment.forms.shared_savings import SharingTerms, agreed, pays_to_take_part, shared, weighed
from sim.payment.shrinkage import around_state, full_size_shares

pytestmark = pytest.mark.quick

ONE_SIDED = SharingTerms(savings=0.5, losses=0.0, minimum=0.02, corridor=0.0, cap=0.1)
TWO_SIDED = SharingTerms(savings=0.5, losses=0.4, minimum=0.0, corridor=0.01, cap=0.1)


def share(cost, terms, benchmark=1000.0):
    return float(shared(np.array([benchmark]), np.array([cost]), terms)[0])


def test_coordination_fee_by_hand():
    assert fee_due(468.0, np.array([[80.0, 40.0]])).tolist() == [[37440, 18720]]


def test_primary_capitation_pays_at_the_base_years_use_what_claims_paid():
    claims, attributed = np.array([120_000]), np.array([60.0])
    rate = capitation_rate(claims, attributed, growth=0.0, years=np.array([1]))
    assert rate.tolist() == [2000.0]
    kappa = np.array([0.25])
    paid = capitation_paid(rate, kappa, np.array([[60.0]])).sum()
    not_billed = prepaid_part(np.full((1, 1, 1), 120_000), kappa[:, None]).sum()
    assert paid == not_billed == 30_000


def test_more_visits_bring_only_the_part_that_is_not_capitated_and_a_longer_panel_the_whole_rate():
    rate, kappa = np.array([2000.0]), np.array([0.25])
    more = np.full((1, 1, 1), 132_000)
    assert 132_000 - prepaid_part(more, kappa[:, None]).sum() == 99_000  # 90,000 before
    assert capitation_paid(rate, kappa, np.array([[66.0]])).sum() == 33_000


def test_the_rate_grows_by_the_year():
    assert_allclose(capitation_rate(np.array([100]), np.array([1.0]), 0.1, np.array([2])), 121)


def test_basus_line_crosses_at_a_quarter():
    """payment.md E4: 78.3 thousand by visits, 35.9 and 1.695 a point as a team."""
    assert team_surplus(0.24, 78.288, 35.890, 1.695) < 0 < team_surplus(0.26, 78.288, 35.890, 1.695)
    assert_allclose((78.288 - 35.890) / 1.695, 25.0, atol=0.02)  # in points of the capitated share


def test_one_sided_sharing_by_hand():
    assert share(900, ONE_SIDED) == 50  # half of 100
    assert share(985, ONE_SIDED) == 0  # a saving of 1.5% does not reach the minimum
    assert share(980, ONE_SIDED) == 10  # once reached, shared from the first dollar
    assert share(1100, ONE_SIDED) == 0
    assert share(500, ONE_SIDED) == 100  # capped at a tenth


def test_two_sided_sharing_by_hand():
    assert share(900, TWO_SIDED) == 45  # half of what lies beyond the corridor of 10
    assert share(1100, TWO_SIDED) == -36
    assert share(1005, TWO_SIDED) == 0
    assert share(2000, TWO_SIDED) == -100


def test_what_a_ccos_own_agreement_adds_to_a_contract():
    savings, losses = agreed(np.array([0.2, 0.6]), 0.5, 0.3)
    assert savings.tolist() == [0.5, 0.6]
    assert losses.tolist() == [0.3, 0.6]
    assert agreed(np.array([0.2, 0.6]), 0.5, 0.0)[1].tolist() == [0.0, 0.0]  # one-sided stays one-sided


def test_a_share_of_both_weighs_more_than_a_share_of_savings_alone():
    half, none = np.array([0.5]), np.array([0.0])
    assert weighed(half, none, 0.5).tolist() == [0.25]
    assert weighed(half, half, 0.5).tolist() == weighed(half, half, 0.3).tolist() == [0.5]
    assert_allclose(weighed(half, np.array([0.3]), 0.5), 0.4)  # the mean of both


@given(st.floats(1, 1e9), st.floats(0, 2e9))
def test_nobody_shares_more_than_the_cap_and_never_in_the_wrong_direction(benchmark, cost):
    paid = share(cost, TWO_SIDED, benchmark)
    assert abs(paid) <= 0.1 * benchmark * (1 + 1e-12)
    assert paid * (benchmark - cost) >= 0


@pytest.mark.parametrize(("members", "minimum", "gain"), [(5_000, 0.0, 2.26), (5_000, 0.02, 2.1), (100_000, 0.0, 0.50)])
def test_what_an_aco_without_effect_is_paid_by_luck(members, minimum, gain):
    """payment.md, analytic check 1: sd / sqrt(2 pi) before sharing, sd = 4 / sqrt(N) of the benchmark."""
    z = np.linspace(-8, 8, 160_001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    whole = SharingTerms(savings=1.0, losses=0.0, minimum=minimum, corridor=0.0, cap=1.0)
    paid = shared(np.ones_like(z), 1 + 4 / np.sqrt(members) * z, whole)
    assert_allclose(100 * (paid @ density), gain, atol=0.03)


def test_two_sided_sharing_is_fair_to_an_aco_without_effect():
    z = np.linspace(-6, 6, 100_001)
    fair = SharingTerms(savings=0.5, losses=0.5, minimum=0.0, corridor=0.0, cap=1.0)
    assert_allclose(shared(np.ones_like(z), 1 + 0.05 * z, fair) @ np.exp(-(z**2) / 2), 0, atol=1e-8)


def test_a_rebate_by_hand():
    revenue = np.array([1000.0, 1000.0, 0.0])
    ratio = loss_ratio(np.array([800.0, 900.0, 0.0]), revenue)
    assert_allclose(rebate(ratio, revenue, 0.85), [50, 0, 0])


def test_reinsurance_by_hand_and_nothing_for_the_state():
    cost = np.array([50, 150, 400, 1000])
    seen = recoveries(cost, np.array([0, 0, 1, 1]), 2, (100, 500, 0.8))
    assert_allclose(seen, [40, 240 + 320])
    months, weights = np.array([24, 24]), np.array([1.0, 3.0])
    assert_allclose(weights @ (seen - premiums(seen, months, weights)), 0, atol=1e-9)


def test_the_price_of_hospital_care_is_budget_over_volume():
    """payment.md, analytic check 3: less care at the same budget is dearer care, exactly."""
    budget = monthly_budget(np.array([[600.0, 400.0]]), 0.0, np.array([0]), np.array([1.0]), 1.0)
    assert budget.sum() == 1000
    assert price_index(np.array([1000]), np.array([800])).tolist() == [1.25]
    assert np.isnan(price_index(np.array([1000]), np.array([0]))).all()


def test_a_hospital_budget_follows_members_as_far_as_it_is_told():
    base, members = np.array([[1000.0]]), np.array([1.21])
    for follow, due in ((0.0, 1000), (0.5, 1100), (1.0, 1210)):
        assert_allclose(monthly_budget(base, 0.0, np.array([3]), members, follow), due)
    assert_allclose(monthly_budget(base, 0.1, np.array([2]), members, 0.0), 1210)


def test_a_performance_bonus_by_hand():
    assert bonus(np.array([10_000, 10_000]), 0.02, np.array([1.0, 0.25])).tolist() == [200, 50]


def test_the_growth_test_by_hand():
    allowed = allowed_pmpm(400.0, trend=0.054, points=0.02, years=2)
    assert_allclose(allowed, 400 * 1.034**2)
    assert penalty(allowed + 1, allowed, 1410.0, np.array([10, 0])).tolist() == [14_100, 0]
    assert not penalty(allowed, allowed, 1410.0, np.array([10])).any()
    assert weighted_pmpm(np.array([100, 300]), np.array([1, 1]), np.array([3.0, 1.0])) == 150


def test_the_growth_test_begins_softly_by_hand():
    """The trend in the first year, a point less in the second, two from the third."""
    assert_allclose(allowed_pmpm(400.0, 0.054, 0.02, years=4, phase=2), 400 * 1.054 * 1.044 * 1.034**2)


def test_the_mix_of_members_is_no_growth_by_hand():
    """Children cost 100, disabled members 1,000: a tenth more disabled members make nobody's care dearer."""
    cents, months = np.array([9_000.0, 10_000.0]), np.array([90.0, 10.0])
    assert_allclose(mix_ratio(cents, months, np.array([80.0, 20.0])), 28 / 19)
    assert mix_ratio(cents, months, 3 * months) == 1
    new = np.array([100.0, 300, 0]), np.array([10.0, 10, 0])  # a category that nobody was in costs nothing known
    assert_allclose(mix_ratio(*new, np.array([5.0, 15, 20])), (50 + 450) / 40 / 20)


def test_a_share_of_savings_below_the_fixed_cost_is_not_worth_taking_part():
    pays = [bool(pays_to_take_part(share, 400.0, believed=0.05, cost=4.0)) for share in (0.0, 0.19, 0.2, 0.5)]
    assert pays == [False, False, True, True]


def test_floors_of_contract_duties_by_hand():
    """The first rises from .2 to .5 in ten months, the second is due from the start."""
    first, last, by = np.array([0.2, 0.0]), np.array([0.5, 0.3]), np.array([10.0, 0.0])
    found = floors(Floors(first, last, by), np.array([0, 5, 10, 99]))
    assert_allclose(found, [[0.2, 0.3], [0.35, 0.3], [0.5, 0.3], [0.5, 0.3]])
    kept = held_back(np.array([[1000, 10], [1000, 10]]), np.array([15, 16]), cure=15, share=0.02)
    assert kept.tolist() == [[0, 0], [20, 0]]


def test_the_fee_schedule_by_hand():
    assert_allclose(paid_ratio(np.array([1.0, 1.2]), 0.174, 0.174), [1.0, 1.2])
    assert_allclose(paid_ratio(np.array([1.0]), 0.274, 0.174), 0.726 / 0.826)


def test_risk_adjustment_by_hand():
    score = risk_score(np.array([[10, 0], [10, 10]]), np.array([100, 100]), np.array([0.5, 1.0]))
    assert_allclose(score, [1.05, 1.15])


def test_coding_more_everywhere_earns_nothing_and_coding_more_alone_does():
    base, revenue = np.array([1.1, 1.1]), np.array([100.0, 300.0])
    assert_allclose(relative_risk(1.1 * base, base, revenue, 1.0), 1)
    alone = relative_risk(base * [1.1, 1.0], base, revenue, 1.0)
    assert alone[0] > 1 > alone[1]
    assert_allclose(revenue @ alone, 400)
    assert_allclose(relative_risk(base * [1.1, 1.0], base, revenue, 0.0), 1)


def test_what_moves_every_area_is_kept_and_what_moves_one_is_shrunk():
    size, weights, judged = np.ones(4), np.full(4, 16.0), np.ones(4, dtype=bool)
    assert_allclose(around_state(np.full(4, -0.1), size, weights, judged), -0.1)
    assert_allclose(around_state(np.array([-0.1, 0.1, 0, 0]), size, weights, judged), [-0.025, 0.025, 0, 0])


def test_areas_that_are_not_judged_neither_count_nor_change():
    judged = np.array([True, True, False])
    seen = around_state(np.array([0.2, -0.2, 9.0]), np.ones(3), np.full(3, 4.0), judged)
    assert_allclose(seen, [0.1, -0.1, 9.0])


def test_shares_keep_real_differences_and_lose_the_luck_of_the_sample():
    rng, weight, people, areas = np.random.default_rng(3), 16.0, 50, 4000
    real = rng.normal(0.5, 0.1, areas)
    sampled = rng.binomial(people, real) / people
    shrunk = full_size_shares(sampled[:, None], np.full((areas, 1), float(people)), np.full(areas, weight))[:, 0]
    full = rng.binomial(int(people * weight), real) / (people * weight)
    assert sampled.std() > 1.15 * full.std()
    assert abs(shrunk.std() / full.std() - 1) < 0.04


def test_a_share_of_nobody_is_not_known():
    shares = full_size_shares(np.array([[0.5], [0.0]]), np.array([[10.0], [0.0]]), np.ones(2))
    assert shares[0, 0] == 0.5
    assert np.isnan(shares[1, 0])


def test_the_mean_of_the_state_is_by_people_and_luck_goes_by_the_root_of_the_weight():
    """2 x 4 and 3 x 16 people: the mean of .1 and .3 is (.8 + 14.4) / 56; a half and a quarter of each rest is left."""
    size, weights = np.array([2.0, 3.0, 9.0]), np.array([4.0, 16.0, 1.0])
    seen = around_state(np.array([0.1, 0.3, 7.0]), size, weights, np.array([True, True, False]))
    mean = 15.2 / 56
    assert_allclose(seen, [mean + (0.1 - mean) / 2, mean + (0.3 - mean) / 4, 7.0])
