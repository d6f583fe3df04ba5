"""Contracts over two years by hand: what each month, December and year's end pays, where every member costs the same.

Three areas, 50 CCO members and 10 of the open card in each of eight rate categories; each of nine services costs 50 USD
a month for each, and prices do not grow. So a CCO's members cost 9 x 5000 x 8 x 50 = 18 million cents a month.
"""

import numpy as np
import pytest

from sim.agents.cco.actions import ACTION_INDEX
from sim.payment.ledger import ACCOUNT_INDEX, PURPOSES
from sim.schema import EMERGENCY, ENROLLED, INPATIENT, LOWER_IS_BETTER, MEMBER, METRICS, OUTPATIENT
from tests.support.stand_in_system import AREAS, StandIn

pytestmark = pytest.mark.quick

CELLS, MEMBERS, CENTS = 8, 50, 5000
MONTH = 9 * CENTS * CELLS * MEMBERS  # of an area's CCO members
OPEN_CARD = MONTH // 5
YEAR = slice(12, 24), slice(24, 36)
BUDGET = ("global_budget",)


def still(*contracts, **changes):
    plain = {"weights": np.ones(AREAS), "providers__share_at_risk": 0, "payment__rebasing_past_cap": 1.0}
    model = StandIn(contracts=contracts, **(plain | changes))
    model.providers.growth = (0.0, 0.0)
    return model


def flow(model, payer, payee, months=slice(None)):
    """Cents by area."""
    return np.sum(model.flows[months], axis=0)[:, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]].tolist()


def paid_as(model, purpose, months=slice(None)):
    return np.sum(model.purposes[months], axis=0)[:, PURPOSES.index(purpose)].tolist()


def due_of(rate):
    """Capitation of an area and month: rounded in each of eight cells."""
    return CELLS * round(rate * MEMBERS)


FIRST = 45_000 * 1.034 / 0.89
SECOND = 0.5 * FIRST * 1.034 + 0.5 * 45_000 * 1.054**2 / 0.89


def test_capitation_of_two_years():
    model = still(*BUDGET).month_by_month(36)
    for months, rate in zip(YEAR, (FIRST, SECOND), strict=True):
        assert flow(model, "state", "cco", months) == [12 * due_of(rate)] * AREAS
        assert flow(model, "state", "primary", months) == [12 * OPEN_CARD // 9] * AREAS
        assert flow(model, "cco", "primary", months) == [12 * MONTH // 9] * AREAS


def test_rates_that_stay_inside_the_cap_rise_by_it():
    model = still(*BUDGET, payment__rebasing_past_cap=0.0).month_by_month(36)
    assert flow(model, "state", "cco", YEAR[1]) == [12 * due_of(FIRST * 1.034)] * AREAS


def test_each_cent_of_capitation_is_matched_once_when_it_is_paid():
    """A tenth of it is withheld and comes back in December; the federal government pays .75 of all."""
    model = still("global_budget", "withhold", payment__withhold_share=0.1, payment__federal_share=0.75)
    model.month_by_month(36)
    cell = round(FIRST * MEMBERS)
    held = CELLS * round(cell / 10)
    care = 0.75 * (OPEN_CARD + CELLS * cell - held)
    costs = 0.5 * round(0.05 * OPEN_CARD)  # of handling claims
    for month in range(12, 23):
        assert flow(model, "federal", "state", slice(month, month + 1)) == [round(care) + round(costs)] * AREAS
    december = round(care + 0.75 * 12 * held) + round(costs)
    assert flow(model, "federal", "state", slice(23, 24)) == [december] * AREAS
    assert flow(model, "held", "cco", YEAR[0]) == [12 * held] * AREAS
    assert flow(model, "held", "cco", slice(24, 35)) == [0] * AREAS
    assert not model.ledger.balances[:, ACCOUNT_INDEX["held"]].any()


def pooled(levels, **changes):
    """Two years of a pool that has to be earned; ``levels`` are the rates of all measures in the good direction."""
    model = still("global_budget", "withhold", "quality_pool", payment__withhold_share=0.1, **changes)
    lower = model.scenario.metric_set.lower
    for area, level in enumerate(levels):
        model.quality.level[area] = np.where(lower, 1 - level, level)
    return model.month_by_month(36)


def test_a_pool_goes_to_who_earned_it_and_what_is_left_to_who_met_the_challenge():
    model = pooled([1.0, 0.0, 0.0])
    for months, rate in zip(YEAR, (FIRST, SECOND), strict=True):
        held = 12 * CELLS * round(round(rate * MEMBERS) / 10)
        assert flow(model, "state", "held", months) == [held] * AREAS
        assert paid_as(model, "quality_pool", months) == [held, 0, 0]
        assert paid_as(model, "challenge_pool", months) == [2 * held, 0, 0]
        december = slice(months.stop - 1, months.stop)
        assert flow(model, "held", "cco", december) == [3 * held, 0, 0]
    assert model.agency.quality.earned.tolist() == [1, 0, 0]


def test_a_pool_that_nobody_earns_goes_back_to_the_state():
    model = pooled([0.0, 0.0, 0.0])
    for months in YEAR:
        assert flow(model, "held", "state", months) == flow(model, "state", "held", months)
        assert flow(model, "held", "cco", months) == [0] * AREAS


def test_two_who_earn_all_share_the_challenge_pool_by_their_members():
    model = pooled([1.0, 1.0, 0.0], weights=np.array([3.0, 1.0, 4.0]))
    held = 12 * CELLS * round(round(FIRST * MEMBERS) / 10)
    assert paid_as(model, "quality_pool", YEAR[0]) == [held, held, 0]
    # 4 held of the state's money are left: three quarters of it for 3 x 400 members, a quarter for 400
    assert paid_as(model, "challenge_pool", YEAR[0]) == [held, held, 0]


def test_the_challenge_pool_is_matched_when_it_is_paid():
    """A tenth was withheld from three: in December the first gets its own and that of the others, .75 of it federal."""
    model = pooled([1.0, 0.0, 0.0], payment__federal_share=0.75)
    cell = round(FIRST * MEMBERS)
    held = CELLS * round(cell / 10)
    usual = 0.75 * (OPEN_CARD + CELLS * cell - held) + 0.5 * round(0.05 * OPEN_CARD)  # care, and handling of claims
    december = flow(model, "federal", "state", slice(23, 24))
    assert december == pytest.approx([usual + 0.75 * 3 * 12 * held, usual, usual], abs=4)  # whole cents in each cell


def test_the_challenge_pool_is_shared_by_those_whose_contracts_run():
    """CCO 2 meets all measures too, but begins a year later."""
    model = pooled([1.0, 0.0, 1.0], starts={"CCO 2": 12})
    held = 12 * CELLS * round(round(FIRST * MEMBERS) / 10)
    assert paid_as(model, "challenge_pool", YEAR[0]) == [held, 0, 0]
    assert paid_as(model, "challenge_pool", YEAR[1])[2] > 0


def test_reinsurance_pays_dollars_above_dollars():
    """Attachment 30,000 USD, cap 100,000, 80%: of a year of 50,000 come back 16,000, of one of 200,000 come 56,000."""
    model = still(
        *BUDGET,
        "reinsurance",
        payment__reinsurance_attachment=30_000,
        payment__reinsurance_cap=100_000,
        payment__reinsurance_coinsurance=0.8,
    )
    model.members = np.zeros(5, dtype=MEMBER)
    model.members["status"], model.members["in_cco"] = ENROLLED, [1, 1, 1, 1, 0]
    model.members["area"] = [0, 1, 1, 2, 2]
    model.members["spend_year"] = [5_000_000, 20_000_000, 2_999_900, 3_000_000, 20_000_000]
    model.month_by_month(36)
    premium = (1_600_000 + 5_600_000) / 3  # of areas with as many members each
    net = [round(seen - premium) for seen in (1_600_000, 5_600_000, 0)]
    for december in (slice(23, 24), slice(35, 36)):
        gained = np.subtract(flow(model, "state", "cco", december), flow(model, "cco", "state", december))
        assert (gained - due_of(FIRST if december.start < 24 else SECOND)).tolist() == net
    assert paid_as(model, "reinsurance", slice(24, 35)) == [0] * AREAS


HOSPITAL = {
    "payment__hospital_fixed_share": 1.0,
    "payment__hospital_budget_growth": 0.1,
    "payment__hospital_follows_members": 0.0,
}


def test_a_hospital_budget_grows_from_its_first_year_on():
    model = still("hospital_global_budget", **HOSPITAL).month_by_month(36)
    base = CENTS * MEMBERS  # a cell and service
    for months, grown in zip(YEAR, (1.1, 1.21), strict=True):
        assert paid_as(model, "hospital_budget", months) == [12 * 3 * CELLS * round(base * grown)] * AREAS
    services = np.array([EMERGENCY, INPATIENT, OUTPATIENT])
    assert (model.agency.prepaid[:, services] == 1).all()
    others = 12 * (MONTH + OPEN_CARD) - 12 * 3 * MONTH // 9  # claims that are still billed
    assert paid_as(model, "claims", YEAR[0]) == [others + 12 * 7 * 9 * 16] * AREAS  # with 7 cents of Medicare each


def test_a_hospital_budget_follows_members_as_far_as_it_is_told():
    model = still("hospital_global_budget", **(HOSPITAL | {"payment__hospital_follows_members": 1.0})).month_by_month(
        12
    )
    model.members_per_cell = 100
    model.one_month()
    assert paid_as(model, "hospital_budget", slice(12, 13)) == [3 * CELLS * round(2 * CENTS * MEMBERS * 1.1)] * AREAS


def test_capitation_of_primary_care_grows_from_its_first_year_on():
    """All of it is capitated; half of the members have a usual clinic, and the rate is twice the cost of each."""
    model = still(
        "primary_care_capitation", payment__primary_capitation_share=1.0, payment__primary_capitation_growth=0.1
    ).month_by_month(36)
    for months, grown in zip(YEAR, (1.1, 1.21), strict=True):
        paid = 12 * CELLS * round(2 * CENTS * grown * MEMBERS / 2)
        assert paid_as(model, "primary_capitation", months) == [paid] * AREAS


@pytest.mark.parametrize(("growth", "fails"), [(0.04, [True, True]), (0.03, [False, False])])
def test_the_growth_test_asks_for_two_points_below_the_trend_every_year(growth, fails):
    """The state may grow by 5.4% - 2 a year; claims grow by 4% or 3% in the first month of each year."""
    all_at_once = {"payment__growth_test_phase": 0, "payment__growth_test_penalty": 10.0}
    model = still("growth_test", "global_budget", scope=(), **all_at_once).month_by_month(12)
    for year, months in enumerate(YEAR):
        model.cents = CENTS * (1 + growth) ** (year + 1)
        model.month_by_month(12)
        of_ccos = 12 * CELLS * MEMBERS
        assert flow(model, "state", "federal", months) == [1000 * of_ccos * fails[year]] * AREAS
        assert paid_as(model, "growth_test", slice(months.start, months.stop - 1)) == [0] * AREAS


SHARING = {
    "payment__sharing_savings": 0.5,
    "payment__sharing_losses": 0.4,
    "payment__sharing_minimum": 0.02,
    "payment__sharing_corridor": 0.0,
    "payment__sharing_cap": 0.1,
    "payment__losses_from_year": 1,
}


@pytest.mark.parametrize(
    ("contract", "cut", "savings", "losses"),
    [
        ("shared_savings", 0.9, (1.054 - 0.9, 1.054**2 - 0.9), (0, 0)),
        ("shared_savings", 1.04, (0, 1.054**2 - 1.04), (0, 0)),  # 1.4% is too little, 7.1% is not
        ("shared_savings", 1.3, (0, 0), (0, 0)),
        ("shared_risk", 1.3, (0, 0), (0, 1.3 - 1.054**2)),  # losses are shared from the second year on
        ("shared_risk", 0.9, (1.054 - 0.9, 1.054**2 - 0.9), (0, 0)),
    ],
)
def test_shared_savings_and_losses_of_two_years(contract, cut, savings, losses):
    """Claims fall at once to ``cut`` of the base year's, and stay; the benchmark grows by the trend of 5.4%."""
    model = still(contract, **SHARING).month_by_month(12)
    model.cents = CENTS * cut
    model.month_by_month(24)
    for months, saved, lost, years in zip(YEAR, savings, losses, (1, 2), strict=True):
        cap = 0.1 * 1.054**years
        assert paid_as(model, "shared_savings", months) == pytest.approx(
            [12 * MONTH * min(cap, 0.5 * saved)] * 3, rel=1e-6
        )
        assert paid_as(model, "shared_losses", months) == pytest.approx(
            [12 * MONTH * min(cap, 0.4 * lost)] * 3, rel=1e-6
        )
        assert paid_as(model, "shared_savings", slice(months.start, months.stop - 1)) == [0] * AREAS


def test_a_cco_that_spends_too_little_on_care_gives_the_rest_back_and_the_state_its_match():
    """Care at half of what the rate was set for; in each year all but 85% less care goes back."""
    without, under = (
        still(*contracts, payment__loss_ratio_floor=0.85, payment__federal_share=0.75).month_by_month(12)
        for contracts in (BUDGET, (*BUDGET, "medical_loss_ratio"))
    )
    for model in (without, under):
        model.cents = CENTS / 2
        model.month_by_month(24)
    care = 12 * MONTH // 2
    first = round(0.85 * 12 * due_of(FIRST)) - care
    assert flow(under, "cco", "state", YEAR[0]) == pytest.approx([first] * AREAS, abs=1)
    assert flow(under, "cco", "state", slice(12, 23)) == [0] * AREAS
    less = np.subtract(flow(without, "federal", "state", YEAR[0]), flow(under, "federal", "state", YEAR[0]))
    given_back = flow(under, "state", "federal", YEAR[0])
    assert less + given_back == pytest.approx([0.75 * first] * AREAS, abs=10)


def test_what_is_withheld_and_earned_back_is_revenue_of_the_loss_ratio():
    """A tenth comes back in December: 85% of all of it must go to care, not 85% of nine tenths."""
    model = still(
        *BUDGET, "withhold", "medical_loss_ratio", payment__withhold_share=0.1, payment__loss_ratio_floor=0.85
    )
    model.month_by_month(12)
    model.cents = CENTS / 2
    model.month_by_month(12)
    given_back = round(0.85 * 12 * due_of(FIRST)) - 12 * MONTH // 2
    assert flow(model, "cco", "state", YEAR[0]) == pytest.approx([given_back] * AREAS, abs=1)


OWNED = {
    "ccos__for_profit": 1.0,
    "ccos__opening_reserve": 0.5,
    "ccos__reserve_requirement": 0.05,
    "ccos__reserve_minimum": 0,
    "ccos__reserve_ceiling": 2.0,
    "ccos__dividend": 0.5,
    "ccos__administration": 0.05,
}


def test_owners_take_half_of_what_lies_above_the_ceiling_each_year():
    model = still(*BUDGET, **OWNED).month_by_month(36)
    standing = 0.5 * 12 * due_of(FIRST)
    for months, rate in zip(YEAR, (FIRST, SECOND), strict=True):
        revenue = 12 * due_of(rate)
        standing += revenue - 12 * round(0.05 * due_of(rate)) - 12 * MONTH
        dividend = round(0.5 * (standing - 2 * 0.05 * revenue))
        assert paid_as(model, "dividends", months) == pytest.approx([dividend] * AREAS, abs=2)
        standing -= dividend
    assert [cco.standing for cco in model.ccos] == pytest.approx([standing] * AREAS, abs=3)
    assert [cco.reserve for cco in model.ccos] == pytest.approx([standing] * AREAS, abs=3)


def test_a_cco_leaves_after_two_years_below_the_requirement_in_a_row_and_a_good_year_forgives():
    poor = {"ccos__opening_reserve": 0.0, "ccos__reserve_minimum": 0, "ccos__exit_after": 2, "payment__cap_give": 0}
    model = still(*BUDGET, **poor).month_by_month(12)
    seen = []
    for costs in (1.5, 0.2, 1.9, 1.9):
        model.cents = CENTS * costs
        model.month_by_month(12)
        seen.append((model.ccos[0].years_below, model.ccos[0].has_left))
    assert seen == [(1, False), (0, False), (1, False), (2, True)]
    assert flow(model, "state", "cco", slice(59, 60))[0] > 0
    model.one_month()
    assert flow(model, "state", "cco", slice(60, 61)) == [0] * AREAS
    assert flow(model, "cco", "primary", slice(60, 61)) == [0] * AREAS


def test_what_a_grant_pays_is_not_matched():
    """A program of 1,000 cents, of which a grant pays 600: the state pays 400, and 60% of these come back to it."""
    model = still(funding="capture", payment__upstream_match=0.6, program=np.array([1000, 500, 0]))
    model.funds.seed[:] = 600
    model.funds.settle()
    flows = model.ledger.flows
    for payer, payee, cents in (
        ("outside", "community", [600, 500, 0]),
        ("state", "community", [400, 0, 0]),
        ("federal", "state", [240, 0, 0]),
    ):
        assert flows[:, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]].tolist() == cents


@pytest.mark.parametrize("year", [1, 2])
def test_savings_that_are_captured_follow_a_yearly_trend(year):
    """Costs fell to a quarter; half of what was saved against the base year and its trend is reinvested."""
    model = still(*BUDGET, funding="capture", upstream__capture_share=0.5, upstream__seed_fund=0, payment__trend=0.05)
    model.slots.start, model.slots.members_at_start = 0, np.zeros(AREAS, dtype=np.int64)
    model.month_by_month(12)
    model.cents = CENTS / 4
    model.month_by_month(12 * year)
    assert model.funds.budget().tolist() == [int(0.5 * MONTH * (1.05**year - 0.25))] * AREAS


def test_what_a_cco_gives_to_its_community_is_gone_from_its_reserves_and_from_what_stands():
    gift = np.array([1000, 0, 400])
    kind, plain = (still(*BUDGET, funding="share", program=given).month_by_month(24) for given in (gift, 0 * gift))
    assert paid_as(kind, "reinvestment") == (24 * gift).tolist()
    for name, months in (("reserve", 12), ("standing", 12)):
        left = [getattr(one, name) - getattr(other, name) for one, other in zip(plain.ccos, kind.ccos, strict=True)]
        assert left == pytest.approx((months * gift).tolist())


def test_a_board_decides_once_a_quarter_and_an_action_takes_effect_by_its_lag():
    eager = {"ccos__choice_spread": 0, "ccos__reconsider": 1.0, "ccos__believed_lag": dict.fromkeys(ACTION_INDEX, 2)}
    model = still(*BUDGET, levers=("care_management",), **eager).month_by_month(12)
    board, seen = model.ccos[0].board, []
    board.saving = np.full_like(board.saving, 0.2)
    for _ in range(8):
        model.one_month()
        seen.append(float(model.actions["care_management"][0]))
    assert seen[:3] == [0, 0, 0]
    assert len(set(seen[3:6])) == len(set(seen[6:8])) == 1
    where, gain, reached = ACTION_INDEX["care_management"], 1 - 2 ** (-1 / 2), 0.0
    strength = np.array(seen) / board.most[where]
    for month in range(8):
        reached += gain * (strength[month] - reached)
    assert board.in_effect[where] == pytest.approx(reached)
    assert reached > 0


def test_a_hospital_budget_of_a_short_base_year():
    """Three months of the base year were simulated: a month's budget is a third of what they cost, not a twelfth."""
    model = still("hospital_global_budget", **(HOSPITAL | {"payment__hospital_follows_members": 1.0}))
    model.month = -3
    model.month_by_month(4)
    assert paid_as(model, "hospital_budget", slice(3, 4)) == [3 * CELLS * round(CENTS * MEMBERS * 1.1)] * AREAS


def test_a_performance_bonus_counts_the_claims_since_the_contract_began():
    """A tenth of the claims of members of CCOs for all measures met; CCO 1 begins in July, so on half a year."""
    model = still("pay_for_performance", starts={"CCO 1": 6}, payment__performance_bonus=0.1)
    model.quality.level[:] = [0.0 if name in LOWER_IS_BETTER else 1.0 for name in METRICS]
    model.month_by_month(24)
    assert paid_as(model, "performance_bonus", slice(12, 23)) == [0] * AREAS
    assert paid_as(model, "performance_bonus", slice(23, 24)) == [12 * MONTH // 10, 6 * MONTH // 10, 12 * MONTH // 10]
