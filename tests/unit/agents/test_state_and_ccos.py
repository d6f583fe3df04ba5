"""The state and the CCOs move the money that the contracts say, to the cent."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sim.agents.state.rates import RULES
from sim.payment.form import FORMS
from sim.payment.ledger import ACCOUNT_INDEX, PROVIDERS, PURPOSES
from sim.schema import DENTAL, INPATIENT, MEDICAID, PRIMARY, SERVICES, UNCOMPENSATED
from tests.support.stand_in_system import AREAS, StandIn
from tests.support.witness import FROM_PROVIDERS, TO_PROVIDERS

GROWTH = 1.026 * 1.027


def paid(model, payer, payee, months=slice(None)):
    return int(np.sum(model.flows[months], axis=0)[:, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]].sum())


def earned(model, account, months=slice(None)):
    flows = np.sum(model.flows[months], axis=0).sum(axis=0)
    return int(flows[:, ACCOUNT_INDEX[account]].sum() - flows[ACCOUNT_INDEX[account]].sum())


def test_the_first_rate_by_hand():
    model = StandIn().month_by_month(13)
    warm_up = np.mean([GROWTH ** (m / 12) for m in range(-12, 0)])
    cost = 9 * 5000 * warm_up
    assert_allclose(model.agency.rates.table.sum(axis=2), cost * 1.034 / 0.89, rtol=1e-4)


def test_the_second_rate_rebases_on_the_base_year_and_the_third_on_the_first():
    model = StandIn(providers__cap_into_prices=0.0, payment__rebasing_past_cap=1.0).month_by_month(37)
    year = [9 * 5000 * np.mean([GROWTH ** ((12 * y + m) / 12) for m in range(12)]) for y in range(-1, 1)]
    first = year[0] * 1.034 / 0.89
    second = 0.5 * first * 1.034 + 0.5 * year[0] * 1.054**2 / 0.89
    third = 0.5 * second * 1.034 + 0.5 * year[1] * 1.054**2 / 0.89
    assert_allclose(model.agency.rates.table.sum(axis=2), third, rtol=2e-4)


def test_rates_that_are_rebased_stay_inside_the_cap_and_the_run_says_what_bound_them():
    """Cost rises by 5.4 percent and rates by 3.4; where cost rises by 2, rates follow it half of the way."""
    capped = StandIn(providers__cap_into_prices=0.0).month_by_month(49)
    past = StandIn(providers__cap_into_prices=0.0, payment__rebasing_past_cap=1.0).month_by_month(49)
    falling = {"spending__price_growth": 0.01, "spending__intensity_growth": 0.01, "payment__trend": 0.036}
    saved = StandIn(providers__cap_into_prices=0.0, **falling).month_by_month(49)
    loss = StandIn(providers__cap_into_prices=0.0, payment__cap_give=0.5).month_by_month(49)
    first = StandIn(providers__cap_into_prices=0.0).month_by_month(13)
    rate, start = (model.agency.record()["payment.capitation"] for model in (capped, first))
    assert_allclose(rate / start, 1.034**3, rtol=1e-6)
    assert (past.agency.record()["payment.capitation"] > rate).all()
    for model, rule in ((capped, "cap"), (past, "past_cap"), (saved, "experience"), (loss, "loss")):
        assert {RULES[int(code)] for code in model.agency.record()["payment.rate_rule"]} == {rule}


def test_rates_change_once_a_year():
    model, seen = StandIn().month_by_month(12), []
    for _ in range(24):
        model.one_month()
        seen.append(model.agency.rates.table.sum(axis=2)[0, 0])
    assert len(set(seen)) == 2
    assert seen[0] == seen[11] != seen[12]


def test_rates_follow_categories_and_areas():
    model = StandIn(payment__credible_months=5000)
    live = model.live

    def unequal():
        result = live()
        result.money[:, :, 3] *= 4
        result.money[2] *= 2
        return result

    model.live = unequal
    model.month_by_month(13)
    rates = model.agency.rates.table.sum(axis=2)
    assert_allclose(rates[:, 3] / rates[:, 0], 4, rtol=1e-3)
    assert 1.2 < rates[2, 0] / rates[0, 0] < 2  # believed in part
    assert_allclose(rates[0], rates[1])


def test_capitation_is_rate_times_member_months_less_withhold():
    model = StandIn().month_by_month(13)
    due = np.rint(model.agency.rates.table.sum(axis=2) * 50)
    assert paid(model, "state", "cco", slice(12, 13)) == due.sum() - np.rint(due * 0.02).sum()
    assert paid(model, "state", "held", slice(12, 13)) == np.rint(due * 0.02).sum()


def test_without_a_quality_pool_the_withhold_comes_back_in_december():
    model = StandIn().month_by_month(24)
    due = np.rint(model.agency.rates.table.sum(axis=2) * 50).sum()
    assert paid(model, "state", "cco", slice(12, 24)) + paid(model, "held", "cco", slice(12, 24)) == 12 * due
    assert not model.agency.quality.held.any()
    assert not model.ledger.balances[:, ACCOUNT_INDEX["held"]].any()


def test_what_is_withheld_when_a_run_ends_is_still_there():
    model = StandIn().month_by_month(18)
    assert paid(model, "state", "held", slice(12, 18)) == model.agency.quality.held.sum() > 0
    assert model.ledger.balances[:, ACCOUNT_INDEX["held"]].tolist() == model.agency.quality.held.sum(axis=1).tolist()


def test_federal_match_by_hand():
    model = StandIn(contracts=()).month_by_month(1)
    share = model.registry.get("payment.federal_share")
    claims = model.last.money[..., MEDICAID].sum(axis=(1, 3))
    care = np.rint(claims @ share).sum()
    administration = np.rint(claims.sum(axis=1) * 0.05)
    assert paid(model, "federal", "state") == care + np.rint(administration * 0.5).sum()
    assert paid(model, "state", "outside") == administration.sum()
    assert set(share) == {0.673, 0.9}


def test_under_fee_for_service_no_money_touches_a_cco():
    model = StandIn(contracts=(), program=np.array([10, 20, 30])).month_by_month(30)
    flows = np.sum(model.flows, axis=0)[:, ACCOUNT_INDEX["cco"]]
    assert not flows.any()
    assert paid(model, "state", "community") == 30 * 60
    assert all(cco.upstream_budget == 0 for cco in model.ccos)


def test_before_its_start_a_budget_changes_nothing():
    later = StandIn(start=18, response="savings_trend").month_by_month(30)
    never = StandIn(contracts=()).month_by_month(30)
    assert np.array_equal(later.flows, never.flows)
    assert np.array_equal(later.areas, never.areas)


def test_open_card_members_and_services_outside_the_scope_stay_with_the_state():
    scope = tuple(s for s in SERVICES if s != "dental")
    model = StandIn(scope=scope).month_by_month(13)
    money = model.last.money[..., MEDICAID]
    assert paid(model, "cco", "dental", slice(12, 13)) == 0
    assert paid(model, "state", "dental", slice(12, 13)) == money[..., DENTAL].sum()
    assert paid(model, "cco", "primary", slice(12, 13)) == money[:, 1, :, PRIMARY].sum()
    assert paid(model, "state", "primary", slice(12, 13)) == money[:, 0, :, PRIMARY].sum()


def test_the_surplus_goes_to_reserves_when_the_year_ends():
    model = StandIn().month_by_month(24)
    assert not model.ledger.balances[:, ACCOUNT_INDEX["cco"]].any()
    margin = earned(model, "cco_reserve")
    assert margin != 0
    revenue = paid(model, "state", "cco") + paid(model, "held", "cco")
    costs = sum(paid(model, "cco", name) - paid(model, name, "cco") for name in (*PROVIDERS, "outside"))
    assert margin == revenue - costs
    assert_allclose([cco.last_margin for cco in model.ccos], margin / revenue, rtol=1e-6)


def test_a_loss_is_made_good_from_reserves():
    model = StandIn(ccos__administration=0.2).month_by_month(24)
    assert earned(model, "cco_reserve") < 0
    assert all(cco.last_margin < 0 for cco in model.ccos)
    assert not model.ledger.balances[:, ACCOUNT_INDEX["cco"]].any()


def test_reserves_open_at_the_declared_share_of_a_year():
    model = StandIn(ccos__reserve_minimum=0).month_by_month(13)
    due = np.rint(model.agency.rates.table.sum(axis=2) * 50).sum(axis=1)
    assert [cco.reserve for cco in model.ccos] == np.rint(12 * due * 0.08).astype(int).tolist()


def test_a_small_cco_opens_with_the_same_multiple_of_what_is_required():
    """USD 2.5 million is required, more than 4 percent of a year; twice that, of people who stand for 20 each."""
    model = StandIn().month_by_month(13)
    assert [cco.reserve for cco in model.ccos] == [2 * 2_500_000 * 100 // 20] * AREAS
    assert not any(cco.threatens_exit for cco in model.ccos)


def test_a_cco_that_funds_upstream_pays_from_its_margin():
    gift = np.array([100, 0, 40])
    plain = StandIn().month_by_month(24)
    kind = StandIn(funding="cco", program=gift).month_by_month(24)
    assert paid(kind, "cco", "community", slice(12, 24)) == 12 * gift.sum()
    saved = [p.reserve - k.reserve for p, k in zip(plain.ccos, kind.ccos, strict=True)]
    assert saved == (12 * gift).tolist()
    assert kind.ccos[0].upstream_budget == round(0.006 * np.rint(kind.agency.rates.table.sum(axis=2)[0] * 50).sum())


def test_outside_funders_pay_for_themselves():
    model = StandIn(funding="outside", program=np.array([5, 5, 5])).month_by_month(2)
    assert paid(model, "outside", "community") == 30


def test_a_soft_cap_gives_way_under_loss():
    hard = StandIn(ccos__administration=0.2).month_by_month(25)
    soft = StandIn(ccos__administration=0.2, payment__cap_give=1.0).month_by_month(25)
    assert (soft.agency.rates.table > hard.agency.rates.table).all()


def test_a_cap_that_comes_down_is_the_trend_in_the_first_year_of_contracts_and_says_so():
    model, rates, rules = StandIn(payment__cap_phase=2, payment__rebasing_share=0.0).month_by_month(12), [], []
    for _ in range(4):
        model.month_by_month(1)
        rates.append(model.agency.rates.table.sum())
        rules.append(RULES[model.agency.rates.rule[0]])
        model.month_by_month(11)
    at_once = StandIn(payment__rebasing_share=0.0).month_by_month(13)
    assert_allclose(rates[0] / at_once.agency.rates.table.sum(), 1.054 / 1.034)
    assert_allclose([after / before for before, after in pairwise(rates)], [1.044, 1.034, 1.034])
    assert rules == ["trend", "cap", "cap", "cap"]


def test_a_soft_cap_gives_the_loss_without_the_luck_of_the_sample():
    """An area lost 4 percent, of which 3.6 are the luck of a sample of 1 in 100."""
    model = StandIn(payment__cap_give=1.0).month_by_month(24)
    for cco, settled in zip(model.ccos, (-0.004, 0.002, 0.002), strict=True):
        cco.last_margin, cco.settled_margin = 10 * settled, settled
    before = model.agency.rates.table.sum(axis=(1, 2))
    model.month_by_month(1)
    assert_allclose(model.agency.rates.table.sum(axis=(1, 2)) / before, [1.038, 1.034, 1.034])


def test_prices_are_the_same_in_every_arm_unless_the_cap_is_passed_on():
    budget = StandIn(providers__cap_into_prices=0.0).month_by_month(24)
    claims = StandIn(contracts=()).month_by_month(24)
    assert np.array_equal(budget.areas["price_index"], claims.areas["price_index"])
    squeezed = StandIn(providers__cap_into_prices=0.5).month_by_month(24)
    assert np.array_equal(squeezed.areas["price_index"], claims.areas["price_index"])
    assert_allclose(squeezed.areas["cco_price"], (1.034 / 1.054) ** 0.5)  # half of the gap, for CCO members alone
    assert (claims.areas["cco_price"] == 1).all()


@pytest.mark.parametrize(("rebased", "years"), [(0.0, 3), (0.5, 1), (1.0, 0)])
def test_the_cap_squeezes_prices_only_for_what_the_rate_does_not_rebase(rebased, years):
    past, inside = (
        StandIn(payment__rebasing_share=rebased, payment__rebasing_past_cap=part).month_by_month(12 + 25)
        for part in (1.0, 0.0)
    )
    assert_allclose(past.agency.rates.squeeze, years * np.log(1.034 / 1.054), atol=4e-4)
    assert_allclose(inside.agency.rates.squeeze, 3 * np.log(1.034 / 1.054), atol=4e-4)


def test_a_soft_cap_that_gives_more_than_the_trend_squeezes_nobody():
    model = StandIn(ccos__administration=0.2, payment__cap_give=1.0).month_by_month(25)
    assert all(cco.last_margin < 2 * np.log(1.034 / 1.054) for cco in model.ccos)
    assert (model.agency.rates.squeeze == 0).all()


def test_a_global_budget_without_experience_says_what_it_needs():
    model = StandIn()
    model.month = 0
    with pytest.raises(ValueError, match="warm-up"):
        model.one_month()


def test_stop_and_resume_is_the_same_to_the_cent():
    whole = StandIn(response="savings_trend", reduced_form__trend_lag=0, funding="cco")
    whole.providers.set_capacity(whole.asks, whole.clinic_asks)
    whole.month_by_month(20)
    parts = [whole.agency, whole.providers, *whole.ccos]
    kept = [part.snapshot() for part in parts]
    again = StandIn(response="savings_trend", reduced_form__trend_lag=0, funding="cco")
    for part, state in zip([again.agency, again.providers, *again.ccos], kept, strict=True):
        part.restore(state)
    again.month, again.last = whole.month, whole.last
    again.areas[...], again.clinics[...], again.actions[...] = whole.areas, whole.clinics, whole.actions
    whole.month_by_month(20)
    again.month_by_month(20)
    assert np.array_equal(whole.flows[20:], again.flows)
    assert np.array_equal(whole.areas, again.areas)


@pytest.mark.parametrize("start", [0, 5])
def test_a_warm_up_under_another_form_and_scope_serves_every_arm(start):
    shared = StandIn(contracts=(), scope=(), start=0).month_by_month(12)
    arm, own = (StandIn(start=start, scope=("primary", "dental")) for _ in range(2))
    arm.agency.restore(shared.agency.snapshot())
    arm.providers.restore(shared.providers.snapshot())
    arm.month, arm.last = shared.month, shared.last
    arm.month_by_month(12)
    own.month_by_month(24)
    assert own.agency.rates.table.any()
    assert np.array_equal(arm.agency.rates.table, own.agency.rates.table)
    assert np.array_equal(arm.flows, own.flows[12:])


EVERY_FORM = tuple(name for name in FORMS if name not in ("shared_savings", "pay_for_performance"))
CLAIMS_AND_MORE = ("shared_savings", "care_coordination_fee", "primary_care_capitation", "pay_for_performance")


def paid_to_providers(purposes):
    """What a month's purposes brought providers, by area (care programs are off here)."""
    of = {name: purposes[:, i] for i, name in enumerate(PURPOSES)}
    return sum(of[name] for name in ("claims", *TO_PROVIDERS)) - sum(of[name] for name in FROM_PROVIDERS)


@settings(max_examples=20)
@given(
    st.sampled_from([(), ("global_budget",), ("global_budget", "withhold"), EVERY_FORM, CLAIMS_AND_MORE]),
    st.integers(0, 14),
    st.sampled_from(["none", "effort", "reduced_form", "savings_trend"]),
    st.sampled_from(["state", "cco", "outside"]),
    st.sets(st.sampled_from(SERVICES)),
    st.lists(st.integers(0, 10**6), min_size=AREAS, max_size=AREAS),
    st.integers(0, 100).map(lambda n: n / 1000),
    st.integers(0, 100).map(lambda n: n / 100),
)
def test_the_ledger_balances_in_every_mix(contracts, start, response, funding, scope, program, withhold, rebasing):
    model = StandIn(
        contracts=contracts,
        start=start,
        response=response,
        funding=funding,
        scope=tuple(scope),
        program=np.array(program),
        payment__withhold_share=withhold,
        payment__rebasing_share=rebasing,
    )
    model.providers.set_capacity(model.asks, model.clinic_asks)
    received = np.zeros(AREAS, dtype=np.int64)
    for _ in range(25):  # close_month raises if a cent is missing
        model.one_month()
        received += paid_to_providers(model.purposes[-1])
        billed = model.last.money[..., :UNCOMPENSATED].sum(axis=(1, 2, 3, 4))  # the rest is the providers' loss
        assert (model.purposes[-1][:, PURPOSES.index("claims")] <= billed).all()
    accounts = [ACCOUNT_INDEX[name] for name in PROVIDERS]
    assert np.array_equal(model.ledger.balances[:, accounts].sum(axis=1), received)
    assert not model.ledger.balances.sum(axis=1).any()


def test_inpatient_is_where_the_hospital_earns():
    model = StandIn(contracts=()).month_by_month(1)
    hospital = paid(model, "state", "hospital")
    assert hospital == model.last.money[..., INPATIENT:, MEDICAID].sum() + model.last.money[..., 5, MEDICAID].sum()
