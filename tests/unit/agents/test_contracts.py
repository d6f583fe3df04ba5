"""Contracts at work: state, CCOs, providers and ledger are real, members are plain arithmetic."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.responses.hospital import Hospital
from sim.payment.fee_for_service import OPEN_CARD
from sim.payment.form import FORMS
from sim.payment.forms.quality_pool import won_all
from sim.payment.incentives import no_incentives
from sim.payment.ledger import ACCOUNT_INDEX, PROVIDERS, PURPOSES
from sim.schema import DENTAL, INPATIENT, MEDICAID, METRICS, OUTPATIENT, PRIMARY, SERVICES
from tests.support.provider_views import market
from tests.support.stand_in_system import AREAS, StandIn

PER_YEAR = 12
LOWER = np.isin(METRICS, ["hba1c_poor_control", "emergency_visits", "readmission"])


def paid(model, payer, payee, months=slice(None)):
    return np.sum(model.flows[months], axis=0)[:, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]]


def purpose(model, name, months=slice(None)):
    return np.sum(model.purposes[months], axis=0)[:, PURPOSES.index(name)]


def shape_of(incentives):
    return {name: value.tolist() for name, value in vars(incentives).items()}


def test_claims_put_nothing_at_stake():
    model = StandIn(contracts=()).month_by_month(13)
    assert shape_of(model.agency.incentives()) == shape_of(no_incentives(AREAS))


def test_members_under_a_contract_are_those_of_the_cco_from_its_first_month_on():
    """Five of six members are the CCO's; where a category has three or four, none is on the open card."""
    model = StandIn(contracts=("global_budget",), start=3, members=np.array([3.0, 50, 4]).reshape(3, 1, 1))
    assert not model.month_by_month(12 + 2).agency.incentives().members.any()
    assert_allclose(model.month_by_month(2).agency.incentives().members, [1, 5 / 6, 1])


def test_what_a_cco_denies_is_felt_as_far_as_members_are_its_own():
    """Five of six members are the CCO's here; the open card pays as before."""
    model = StandIn(providers__cap_into_prices=0.0, authorization__requested=0.0).month_by_month(13)
    model.actions["utilization_management"] = 0.05
    denied = 0.05 / (1 - model.registry.get("payment.denied_today"))
    assert_allclose(model.agency.incentives().fee, 1 - denied * 5 / 6)
    of_open_card, of_cco = model.agency.stakes.fees().transpose(1, 0, 2)
    assert (of_open_card == 1).all()
    assert_allclose(of_cco, 1 - denied)


def test_what_the_cap_takes_off_a_ccos_prices_is_felt_as_a_cut_fee():
    model = StandIn(providers__cap_into_prices=0.5).month_by_month(13)
    cut = 1 - (1.034 / 1.054) ** 0.5  # half of the gap
    assert_allclose(model.agency.incentives().fee, 1 - cut * 5 / 6)
    assert (model.agency.stakes.fees() == 1).all()  # what Medicaid's schedule pays is as before


def test_diagnoses_pay_clinicians_as_far_as_a_cco_passes_it_through():
    model = StandIn(contracts=("global_budget", "risk_adjustment")).month_by_month(13)
    for passed in (0.0, 0.5, 1.0):
        model.actions["pass_through"] = passed
        assert (model.agency.incentives().coded == passed).all()
        assert (model.agency.incentives().risk_adjusted == 1).all()


ALONE = [name for name, form in FORMS.items() if not form.has_scope and not form.needs]


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("response", ["effort", "reduced_form", "savings_trend"])
def test_a_scope_changes_nothing_where_no_contract_covers_services(name, response):
    with_scope, without = (
        StandIn(contracts=(name,), response=response, scope=scope).month_by_month(27) for scope in (SERVICES, ())
    )
    assert np.array_equal(with_scope.flows, without.flows)


def test_areas_begin_when_they_are_told():
    model = StandIn(starts={"CCO 1": 6}).month_by_month(12 + 6)
    assert (paid(model, "state", "cco", slice(12, 18)) > 0).tolist() == [True, False, True]
    model.one_month()
    assert (paid(model, "state", "cco", slice(18, 19)) > 0).all()
    assert model.agency.calendar.year(model.month).tolist() == [0, 0, 0]
    assert model.agency.months_run.tolist() == [7, 1, 7]


def test_an_area_that_begins_later_gets_the_rate_of_its_own_base_year():
    late = StandIn(starts={"CCO 1": 12}, providers__cap_into_prices=0.0).month_by_month(25)
    together = StandIn(start=12, providers__cap_into_prices=0.0).month_by_month(25)
    assert_allclose(late.agency.rates.table[1], together.agency.rates.table[1], rtol=1e-9)


def test_a_service_enters_the_budget_in_its_month():
    scope = {**dict.fromkeys(SERVICES, 0), "dental": 5}
    model = StandIn(scope=scope).month_by_month(17)
    assert not model.agency.rates.table[..., DENTAL].any()
    assert not paid(model, "cco", "dental").any()
    model.one_month()
    assert model.agency.rates.table[..., DENTAL].all()
    assert (paid(model, "cco", "dental", slice(17, 18)) > 0).all()
    months = model.last.money[:, 1, :, DENTAL, MEDICAID].sum(axis=1)
    assert paid(model, "cco", "dental", slice(17, 18)).tolist() == months.tolist()


def test_the_state_pays_coordination_fees_and_a_budget_takes_them_over():
    state = StandIn(contracts=("care_coordination_fee",)).month_by_month(13)
    attributed = 0.5 * 50 * 8
    assert purpose(state, "coordination_fee").tolist() == [round(468 * attributed)] * AREAS
    assert not paid(state, "cco", "primary").any()
    cco = StandIn(contracts=("global_budget", "care_coordination_fee")).month_by_month(13)
    assert purpose(cco, "coordination_fee").tolist() == purpose(state, "coordination_fee").tolist()
    claims = cco.last.money[:, 1, :, PRIMARY, MEDICAID].sum(axis=1)
    kappa = cco.actions["capitated"]
    assert (paid(cco, "cco", "primary") >= np.floor(claims * (1 - kappa)) + 468 * attributed).all()


@pytest.mark.parametrize("kappa", [0.0, 0.25, 1.0])
def test_capitated_claims_are_not_billed_twice(kappa):
    model = StandIn(contracts=("primary_care_capitation",), payment__primary_capitation_share=kappa).month_by_month(13)
    of_cco = model.last.money[:, 1, :, PRIMARY, MEDICAID]
    billed = model.last.money[:, 0, :, PRIMARY, MEDICAID].sum(axis=1) + (of_cco - np.rint(kappa * of_cco)).sum(axis=1)
    capitation = purpose(model, "primary_capitation")
    assert paid(model, "state", "primary", slice(12, 13)).tolist() == (billed + capitation).tolist()
    assert_allclose(model.agency.incentives().capitated, kappa)
    if kappa:  # base year's price, a half year older, with the rate's growth
        assert_allclose(capitation / (kappa * of_cco.sum(axis=1)), 1, atol=0.02)


def test_hospitals_earn_their_budget_whatever_they_do():
    usual, fewer = (StandIn(contracts=("hospital_global_budget",)).month_by_month(12) for _ in range(2))
    live = fewer.live

    def half():
        result = live()
        result.money[..., INPATIENT, :] //= 2
        return result

    fewer.live = half
    for model in (usual, fewer):
        model.month_by_month(6)
    assert purpose(usual, "hospital_budget").tolist() == purpose(fewer, "hospital_budget").tolist()
    volume = [model.last.money[:, 1, :, 5:8, MEDICAID].sum(axis=(1, 2)) for model in (usual, fewer)]
    budget = purpose(fewer, "hospital_budget", slice(-1, None))
    price, price_then = (model.agency.record()["payment.hospital_price"] for model in (fewer, usual))
    assert price.tolist() == np.rint(1_000_000 * budget / volume[1]).tolist()
    assert (price > price_then).all()


@pytest.mark.parametrize(("shift", "fixed"), [(0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (0.5, 0.6)])
def test_planned_care_that_goes_elsewhere_is_billed_there_and_budgets_lose_what_the_shift_takes(shift, fixed):
    """A tenth of stays and outpatient care, as far as budgets pay for it: claims rise, budgets fall by ``shift``."""
    terms = {"payment__hospital_market_shift": shift, "payment__hospital_fixed_share": fixed}
    usual, gone = (StandIn(contracts=("hospital_global_budget",), **terms).month_by_month(12) for _ in range(2))
    answer = Hospital(replace(market(), areas=AREAS, rural=np.ones(AREAS)))
    answer.now[:, -1] = 0.1
    answer.decide = lambda seen: None
    gone.providers.answers["hospital"] = answer
    for model in (usual, gone):
        model.month_by_month(3)
    now = slice(-1, None)
    away = np.rint(gone.last.money[:, 1, :, (INPATIENT, OUTPATIENT), MEDICAID].sum(axis=(0, 2)) * 0.1 * fixed)
    claims = purpose(gone, "claims", now) - purpose(usual, "claims", now)
    budget = purpose(gone, "hospital_budget", now) - purpose(usual, "hospital_budget", now)
    assert_allclose(claims, away, atol=32)  # whole cents in each cell
    assert_allclose(budget, -shift * away, atol=32)
    assert away.min() > 10_000


def test_the_last_price_of_hospitals_stays_once_every_cco_has_given_up():
    poor = {"ccos__administration": 0.2, "ccos__opening_reserve": 0.01, "ccos__exit_after": 1}
    contracts = ("global_budget", "hospital_global_budget")
    model, again = (StandIn(contracts=contracts, start=6, **poor) for _ in range(2))
    prices = {}
    while model.month < 20:
        model.one_month()
        prices[model.month] = model.agency.record()["payment.hospital_price"].tolist()
    assert all(cco.has_left for cco in model.ccos)
    assert prices[6] == [1_000_000] * len(model.ccos)  # claims are paid until the contracts begin
    assert 1_000_000 not in prices[18]  # the contracts end with their first year
    assert prices[20] == prices[19] == prices[18]
    again.agency.restore(model.agency.snapshot())
    assert again.agency.record()["payment.hospital_price"].tolist() == prices[20]


def cheaper(model, months, factor):
    """Members of the last area cost so much of what they did."""
    live = model.live

    def changed():
        result = live()
        result.money[-1] = result.money[-1] * factor
        return result

    model.live = changed
    return model.month_by_month(months)


def test_shared_savings_are_paid_to_providers_when_the_year_ends():
    model = cheaper(StandIn(contracts=("shared_savings",), weights=np.ones(AREAS)).month_by_month(12), 12, 0.8)
    assert not purpose(model, "shared_savings", slice(0, 23)).any()
    saved = purpose(model, "shared_savings")
    assert saved[2] > 0
    assert not purpose(model, "shared_losses").any()
    assert model.agency.incentives().at_risk.sum(axis=1).tolist() == pytest.approx([0.25] * AREAS)


def at_risk(*contracts, **terms):
    """Sum over kinds of providers, in the first area."""
    return StandIn(contracts=contracts, **terms).month_by_month(13).agency.incentives().at_risk[0].sum()


def test_what_is_at_risk_follows_the_share_of_losses():
    shares = [at_risk("shared_risk", payment__sharing_losses=losses) for losses in (0.0, 0.5, 1.0)]
    assert shares == pytest.approx([0.25, 0.5, 0.75])
    assert at_risk("shared_savings", payment__sharing_losses=1.0) == pytest.approx(0.25)


def test_a_contract_on_total_cost_within_a_budget_is_what_is_settled_and_what_is_felt():
    """A CCO would share 0.6 both ways: a one-sided contract takes the losses out, in money and in mind."""
    own = {"providers__pass_through": 1.0, "providers__share_at_risk": 0.6, "weights": np.ones(AREAS)}
    assert at_risk("global_budget", **own) == pytest.approx(0.6)
    assert at_risk("global_budget", "shared_savings", **own) == pytest.approx(0.3)
    assert at_risk("global_budget", "shared_risk", **own) == pytest.approx(0.6)
    contracts = ("global_budget", "shared_savings")
    costly = cheaper(StandIn(contracts=contracts, **own).month_by_month(12), 12, 1.2)
    assert not purpose(costly, "shared_losses").any()
    cheap = cheaper(StandIn(contracts=contracts, **own).month_by_month(12), 12, 0.8)
    by_cco, by_state = (paid(cheap, payer, "primary", slice(23, 24)) for payer in ("cco", "state"))
    claims = cheap.last.money[:, :, :, PRIMARY, MEDICAID].sum(axis=2)
    assert by_state.tolist() == claims[:, 0].tolist()
    shared = purpose(cheap, "shared_savings")[2]
    assert by_cco[2] - claims[2, 1] == pytest.approx(shared * cheap.agency.month_view().split()[0], abs=1)
    assert shared > 0


def test_shared_risk_takes_losses_back():
    costly = cheaper(StandIn(contracts=("shared_risk",), weights=np.ones(AREAS)).month_by_month(12), 12, 1.2)
    assert purpose(costly, "shared_losses")[2] > 0
    accounts = [ACCOUNT_INDEX[name] for name in PROVIDERS]
    to_state = np.sum(costly.flows, axis=0)[:, accounts, ACCOUNT_INDEX["state"]]
    assert to_state.sum(axis=1).tolist() == purpose(costly, "shared_losses").tolist()
    assert (to_state[2] > 0).tolist() == [True, True, True, False, False, True]  # those who bear the risk


def test_a_cco_that_spends_little_on_care_gives_the_rest_back():
    contracts = ("global_budget", "medical_loss_ratio")
    model = cheaper(StandIn(contracts=contracts, weights=np.ones(AREAS)).month_by_month(12), 12, 0.6)
    rebate = purpose(model, "rebate")
    assert rebate[2] > 0 == rebate[0]
    assert paid(model, "cco", "state").tolist() == rebate.tolist()
    care = paid(model, "cco", "primary", slice(12, 24)) * 0
    for name in PROVIDERS:
        care = care + paid(model, "cco", name, slice(12, 24)) - paid(model, name, "cco", slice(12, 24))
    revenue = paid(model, "state", "cco", slice(12, 24))
    assert rebate[2] <= 0.85 * revenue[2] - (care[2] - purpose(model, "shared_savings")[2]) + 1


def captured(**choices):
    """A world whose programs are paid from captured savings, after a grant of 1 USD in each area."""
    model = StandIn(funding="capture", weights=np.ones(AREAS), **choices)
    model.funds.seed[:] = 100
    return model


def test_the_state_claims_the_match_of_programs_that_its_savings_pay():
    model = captured(contracts=(), program=np.array([60, 0, 300])).month_by_month(1)
    usual = StandIn(contracts=()).month_by_month(1)
    assert paid(model, "outside", "community").tolist() == [60, 0, 100]
    assert paid(model, "state", "community").tolist() == [0, 0, 200]
    assert (paid(model, "federal", "state") - paid(usual, "federal", "state")).tolist() == [0, 0, 100]


def test_programs_that_a_ccos_savings_pay_count_as_care():
    contracts, cost = ("global_budget", "medical_loss_ratio"), np.array([0, 0, 1000])
    rebates = []
    for program in (0 * cost, cost):
        model = captured(contracts=contracts, program=program)
        model.funds.seed[:] = 0
        cheaper(model.month_by_month(12), 12, 0.6)
        assert paid(model, "cco", "community", slice(12, 24)).tolist() == (12 * program).tolist()
        rebates.append(purpose(model, "rebate")[2])
    assert rebates[0] - rebates[1] == pytest.approx(12 * 1000, abs=1)


def test_the_state_pays_a_penalty_unless_its_costs_slow():
    contracts = ("global_budget", "growth_test")
    slow, soft = (StandIn(contracts=contracts, payment__cap_give=give) for give in (0.0, 1.0))
    for model in (slow, soft):
        model.month_by_month(96)
    assert not purpose(slow, "growth_test").any()
    assert (purpose(soft, "growth_test") > 0).all()
    fast = soft
    assert paid(fast, "state", "federal").tolist() == purpose(fast, "growth_test").tolist()


@pytest.mark.parametrize(
    ("contracts", "back"),
    [
        (("shared_savings", "growth_test"), ()),
        (("pay_for_performance", "growth_test"), ()),
        (("global_budget", "medical_loss_ratio", "growth_test"), ("cco",)),
        (("global_budget", "withhold", "quality_pool", "growth_test"), ("held",)),
    ],
)
def test_the_growth_test_sees_what_was_settled(contracts, back):
    """What the state spent in a year is what left it for care, whatever it is called, less what came back."""
    model = StandIn(contracts=contracts, weights=np.ones(AREAS), members=500)
    level = np.where(LOWER, 1.0, 0.0) if back else np.where(LOWER, 0.0, 1.0)  # no area earns a pool, all a bonus
    model.quality.level = np.broadcast_to(level, model.quality.level.shape)
    model.month_by_month(12)
    live, open_card = model.live, []

    def watched():
        result = live()
        open_card.append(result.money[:, OPEN_CARD, :, :, MEDICAID].sum(axis=(1, 2)).astype(float))
        return result

    model.live = watched
    cheaper(model, 12, 0.6)
    year = np.sum(model.flows[12:24], axis=0)
    state, accounts = ACCOUNT_INDEX["state"], [ACCOUNT_INDEX[name] for name in ("cco", "held", *PROVIDERS)]
    spent = year[:, state, accounts].sum(axis=1) - year[:, accounts, state].sum(axis=1)
    due = 12 * 500 * model.agency.rates.table.sum(axis=(1, 2)) * ("global_budget" in contracts)
    others = np.sum(open_card, axis=0)  # open-card members are no part of it
    others[-1] *= 0.6
    assert_allclose(model.agency.experience.year(0).outlay, spent - others - 0.11 * due, atol=12 * 80)
    settled = purpose(model, "shared_savings") + purpose(model, "performance_bonus") + purpose(model, "rebate")
    came_back = sum(year[:, ACCOUNT_INDEX[name], state] for name in back)
    assert (settled if not back else came_back)[2] > 0


def test_quality_money_that_is_passed_on_eats_no_saving():
    contracts = ("global_budget", "withhold", "quality_pool")
    shared = []
    for passed_on in (0.0, 1.0):
        model = StandIn(contracts=contracts, weights=np.ones(AREAS), levers=())
        model.quality.level = np.broadcast_to(np.where(LOWER, 0.0, 1.0), model.quality.level.shape)
        model.month_by_month(13)
        model.actions["quality_bonus"] = passed_on
        cheaper(model, 11, 0.9)
        assert (purpose(model, "quality_bonus") > 0).all() == (passed_on > 0)
        shared.append((purpose(model, "shared_savings") - purpose(model, "shared_losses")).tolist())
    assert shared[0] == shared[1]
    assert shared[0][2] > 0


def pool(level, **changes):
    model = StandIn(contracts=("global_budget", "withhold", "quality_pool"), **changes)
    model.quality.level = np.broadcast_to(np.asarray(level, dtype=float), model.quality.level.shape)
    return model.month_by_month(24)


def test_who_meets_every_measure_earns_the_whole_pool():
    model = pool(np.where(LOWER, 0.0, 1.0))
    withheld = purpose(model, "withhold", slice(12, 24))
    assert purpose(model, "quality_pool").tolist() == withheld.tolist()
    assert (model.agency.quality.met == 1).all()
    assert not model.ledger.balances[:, ACCOUNT_INDEX["held"]].any()


def test_where_no_measure_is_asked_for_nothing_is_kept():
    model = StandIn(contracts=("global_budget", "withhold", "quality_pool"))
    asked = model.scenario.metric_set
    model.scenario.metric_set = replace(asked, last=np.full_like(asked.last, -1))
    model.quality.level = np.broadcast_to(np.where(LOWER, 1.0, 0.0), model.quality.level.shape)
    model.month_by_month(24)
    assert purpose(model, "quality_pool").tolist() == purpose(model, "withhold", slice(12, 24)).tolist()


def test_a_pool_that_has_not_begun_was_not_won():
    model = StandIn(contracts=("global_budget", "withhold", "quality_pool"), starts={"CCO 1": 13})
    model.quality.level = np.broadcast_to(np.where(LOWER, 0.0, 1.0), model.quality.level.shape)
    model.month_by_month(24)
    assert won_all(model.agency.month_view()).tolist() == [True, False, True]


def test_who_meets_none_earns_nothing_and_the_state_keeps_it():
    model = pool(np.where(LOWER, 1.0, 0.0))
    assert not purpose(model, "quality_pool").any()
    assert paid(model, "held", "state").tolist() == paid(model, "state", "held").tolist()
    assert not model.ledger.balances[:, ACCOUNT_INDEX["held"]].any()


def test_what_others_did_not_earn_is_the_challenge_pool_of_those_who_did():
    best, worst = np.where(LOWER, 0.0, 1.0), np.where(LOWER, 1.0, 0.0)
    model = pool(np.stack([best, best, worst]), weights=np.array([10.0, 20.0, 40.0]))
    prize = purpose(model, "challenge_pool")
    left = paid(model, "state", "held") - purpose(model, "quality_pool")
    assert (prize > 0).tolist() == [True, True, False]
    assert left.tolist()[:2] == [0, 0]
    assert abs(model.weights @ (left - prize)) <= model.weights.sum()  # the state's whole pool, but for rounding
    assert_allclose(prize[0], prize[1], atol=1)  # as many members for each sampled one


def test_clinicians_get_their_part_of_the_quality_money():
    model = StandIn(contracts=("global_budget", "withhold", "quality_pool")).month_by_month(13)
    model.quality.level[:] = np.where(LOWER, 0.0, 1.0)
    model.actions["quality_bonus"] = 0.4
    model.month_by_month(11)
    earned = purpose(model, "quality_pool") + purpose(model, "challenge_pool")
    assert_allclose(purpose(model, "quality_bonus"), 0.4 * earned, atol=1)


def test_a_bonus_without_a_budget_comes_from_the_state():
    model = StandIn(contracts=("pay_for_performance",))
    model.quality.level[:] = np.where(LOWER, 0.0, 1.0)
    model.month_by_month(24)
    assert (purpose(model, "performance_bonus") > 0).all()
    total = purpose(model, "claims", slice(12, 24))
    assert (purpose(model, "performance_bonus") < 0.02 * total).all()
    assert not paid(model, "cco", "primary").any()


def test_other_fees_and_denials_reach_prices_and_incentives():
    model = StandIn(contracts=("fee_schedule",), payment__fee_ratio__primary=1.2, payment__denied=0.087)
    model.month_by_month(13)
    better = 0.913 / 0.826
    assert_allclose(model.areas["fee"][:, :, PRIMARY], 1.2 * better)
    assert_allclose(model.areas["fee"][:, :, DENTAL], better)
    assert_allclose(model.agency.incentives().fee[:, PRIMARY], 1.2 * better)


def test_utilization_management_denies_for_the_ccos_members_alone():
    model = StandIn(authorization__requested=0.0).month_by_month(13)
    model.actions["utilization_management"] = 0.1
    model.agency.set_rates()
    assert (model.areas["fee"][:, 0] == 1).all()
    assert_allclose(model.areas["fee"][:, 1], 0.726 / 0.826)


def test_hospital_and_primary_money_are_matched_like_claims():
    claims = StandIn(contracts=()).month_by_month(13)
    form = StandIn(contracts=("hospital_global_budget",)).month_by_month(13)
    care = [sum(paid(model, "state", name, slice(12, 13)).sum() for name in PROVIDERS) for model in (claims, form)]
    match = [
        paid(model, "federal", "state", slice(12, 13)).sum()
        - 0.5 * paid(model, "state", "outside", slice(12, 13)).sum()
        for model in (claims, form)
    ]
    assert_allclose(match[1] / care[1], match[0] / care[0], rtol=1e-4)
