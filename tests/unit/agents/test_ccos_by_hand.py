"""What one CCO knows, has and wants, by hand: areas of unequal size, prices above 1, contracts from different months.

Three areas with 50, 80 and 20 CCO members in each of eight rate categories, each of whom costs 45,000 cents a month;
a member of the first stands for 4 people, of the second for 9, of the third for 25.
"""

from dataclasses import replace

import numpy as np
import pytest

from sim.agents.cco import board as of_board
from sim.agents.cco import reserves
from sim.agents.cco.actions import ACTION_INDEX
from sim.agents.cco.board import UPSTREAM, Money, opening_actions
from sim.agents.cco.choice import Luck
from sim.agents.cco.governance import PRIORITIES
from sim.agents.providers.providers import Providers
from sim.axes import LEVERS as NAMES
from sim.axes import MEANS
from sim.engine.draws import ONCE
from sim.payment.ledger import ACCOUNT_INDEX
from tests.support.stand_in_boards import a_board, at
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

N = len(NAMES)
PEOPLE = np.array([50, 80, 20])
FIRST = 45_000 * 1.034 / 0.89  # the first year's capitation
BONUS, CARE, RISK, PASSED = (
    ACTION_INDEX[name] for name in ("quality_bonus", "care_management", "at_risk", "pass_through")
)


def unequal(*contracts, **changes):
    plain = {"weights": np.array([4.0, 9.0, 25.0]), "providers__share_at_risk": 0}
    model = StandIn(contracts=contracts, members=PEOPLE.reshape(3, 1, 1), **(plain | changes))
    model.providers.growth = (0.0, 0.0)
    return model


def flows(model, payer, payee, month=-1):
    return model.flows[month][:, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]].tolist()


def due(area, rate=FIRST):
    return 8 * round(rate * int(PEOPLE[area]))


def test_ccos_whose_contracts_begin_in_different_months_are_paid_from_their_own_on():
    """The first from month 0, the second from month 5, the third from month 14; in month 12 the first begins anew."""
    model = unequal("global_budget", starts={"CCO 1": 5, "CCO 2": 14}, payment__rebasing_share=0).month_by_month(12)
    seen = [flows(model.month_by_month(1), "state", "cco") for _ in range(18)]
    second = FIRST * 1.034
    for month, paid in enumerate(seen):
        assert paid == [
            due(0, FIRST if month < 12 else second),
            due(1, FIRST if month < 17 else second) * (month >= 5),
            due(2) * (month >= 14),
        ]


def test_risk_that_rises_in_one_area_is_taken_back_from_all_people_alike(monkeypatch):
    """The first area's score rises by half. It has 200 of 1420 people: all rates are scaled by 1420 / 1520."""
    terms = {"payment__risk_adjustment": 1.0, "payment__rebasing_share": 0.0}
    model = unequal("global_budget", "risk_adjustment", **terms).month_by_month(24)
    assert model.agency.rates.risk == pytest.approx(np.ones(3))
    monkeypatch.setattr(Providers, "coding", np.log([1.5, 1.0, 1.0]))
    model.agency.set_rates()
    assert model.agency.rates.risk == pytest.approx(np.array([1.5, 1.0, 1.0]) * 1420 / 1520)


@pytest.mark.parametrize("month", [0, 4, 5, 13, 14])
def test_care_is_paid_by_ccos_where_their_contract_runs_and_by_the_state_elsewhere(month):
    model = unequal("global_budget", starts={"CCO 1": 5, "CCO 2": 14}).month_by_month(13 + month)
    runs = np.array([True, month >= 5, month >= 14])
    of_members, open_card = 8 * PEOPLE * 5000, 8 * (PEOPLE // 5) * 5000
    assert flows(model, "cco", "specialist") == (of_members * runs).tolist()
    assert flows(model, "state", "specialist") == (of_members * ~runs + open_card).tolist()


def test_a_board_opens_with_the_contract_as_it_is_declared_and_no_programs():
    opening = {"providers__pass_through": 0.4, "providers__share_at_risk": 0.3, "ccos__upstream_share": 0.02}
    registry = StandIn(**opening).registry
    assert opening_actions(registry).tolist() == at(pass_through=0.4, at_risk=0.3, upstream=0.02).tolist()


@pytest.mark.parametrize(
    ("funding", "packages", "levers", "pays", "may"),
    [
        ("cco", ("groceries",), ("upstream",), True, True),
        ("cco", (), ("upstream",), False, False),
        ("state", ("groceries",), ("upstream",), False, False),
        ("cco", ("groceries",), (), True, False),
    ],
)
def test_a_board_decides_on_upstream_programs_only_where_it_pays_for_some(funding, packages, levers, pays, may):
    board = a_board(levers, funding=funding, packages=packages, ccos__upstream_share=0.01)
    assert board.pays_upstream == pays
    assert bool(board.bounds.may_change[UPSTREAM]) == may
    assert board.bounds.least[UPSTREAM] == pytest.approx(0.01 / REGISTRY.get("ccos.most")[UPSTREAM])
    assert board.cost_of(300.0)[UPSTREAM] == pytest.approx(pays * REGISTRY.get("ccos.most")[UPSTREAM] * 300)


def test_how_sure_a_board_is_at_first():
    """An action that is thought to win nothing of the pool is known to; what is won without any is as unsure."""
    board = a_board(ccos__pool_belief_sd=0.3)
    sure = np.diag(board.pool_spread)
    assert sure[[BONUS, CARE, -1]] == pytest.approx([0.09, 0.09, 0.09])
    assert sure[[RISK, PASSED, UPSTREAM]].tolist() == [0, 0, 0]
    assert board.spread[-1, -1] == 0
    assert np.diag(board.spread)[CARE] == pytest.approx(REGISTRY.get("ccos.belief_sd")[CARE] ** 2)


def test_health_that_an_action_is_thought_to_bring_is_declared_for_a_thousand_in_a_year():
    assert a_board().qalys == pytest.approx(REGISTRY.get("ccos.believed_qalys") / 12_000)


def test_an_equity_target_counts_as_far_as_it_is_set():
    """Where the community names no priority, what serves equity counts by the target, .25, and all else not at all."""
    board = a_board(ccos__equity_target=0.25)
    board.priorities[:] = False
    priority = board.outlook(Money(revenue=300, medical=250, pool=10, funds=1e9, administrative=1e9)).priority
    assert sorted(set(priority)) == [0, 0.25]
    assert priority[[ACTION_INDEX[name] for name in ("measure_work", "interpreters")]].tolist() == [0.25, 0.25]
    assert priority[CARE] == 0


def test_priorities_stay_for_their_term_and_are_drawn_again_in_the_month_that_it_ends(monkeypatch):
    monkeypatch.setattr(of_board, "draw_term", lambda seed, area, month, terms: 24)
    monkeypatch.setattr(
        of_board, "draw_priorities", lambda seed, area, month, terms: np.arange(len(PRIORITIES)) == month % 7
    )
    board, drawn = a_board(), []
    for month in (3, 4, 26, 27, 50, 51):
        board.renew_priorities(Luck(0, 0, month))
        drawn.append(int(np.flatnonzero(board.priorities)[0]))
    assert drawn == [3, 3, 3, 27 % 7, 27 % 7, 51 % 7]
    assert board.term_ends == 75


def test_what_a_board_expects_of_its_actions_in_dollars_of_the_year():
    board = a_board(("care_management", "quality_bonus"))
    board.price = 1.5
    first = REGISTRY.get("ccos.cost")[CARE]
    board.counted = np.full(N, 0.4)
    board.in_effect = at(quality_bonus=0.5, care_management=1.0)
    board.pool = at(quality_bonus=0.3, care_management=0.05)
    money = Money(revenue=400, medical=350, pool=8, funds=10, administrative=3, won=0.6)
    sight = board.outlook(money)
    assert sight.cost[CARE] == pytest.approx(1.5 * first)
    assert sight.saving[CARE] == pytest.approx(0.4 * 0.01)
    assert sight.pool_anyway == pytest.approx(0.6 - 0.5 * 0.3 - 0.05)
    assert (sight.medical, sight.pool_pmpm) == (350, 8)
    assert board.outlook(replace(money, won=0.1)).pool_anyway == 0


def test_an_action_is_measured_against_its_most_and_comes_into_effect_by_its_half_life():
    """After two half-lives three quarters; a contract only as far as it is passed through; without a lag at once."""
    board = a_board(ccos__believed_lag=dict.fromkeys(NAMES, 2) | {"quality_bonus": 0})
    board.most = np.full(N, 0.5)
    actions = at(care_management=0.4, at_risk=0.5, pass_through=0.25, quality_bonus=0.1)
    for _ in range(4):
        board.pass_month(actions)
    # strengths: .8 of the most, 1 and .5; the contract reaches 1 x .5 x .5
    expected = at(care_management=0.8 * 0.75, at_risk=0.25 * 0.75, pass_through=0.5 * 0.75, quality_bonus=0.2)
    assert board.in_effect == pytest.approx(expected)


def test_what_the_contract_asks_for_is_a_part_of_the_most_and_binds_only_what_may_change():
    board = a_board(("care_management", "interpreters"))
    board.most = np.full(N, 0.5)
    board.oblige(at(care_management=0.2, interpreters=0.9, closed_loops=0.3))
    assert board.duty.tolist() == at(care_management=0.4, interpreters=1.0).tolist()


def test_a_board_keeps_to_its_funds_in_prices_of_the_year():
    """Twice the price, half the strength: 3 USD pay for all of an action of 3 USD, and for half of one of 6."""
    for price, strength in ((1.0, 1.0), (2.0, 0.5)):
        board = a_board(("care_management",), ccos__reconsider=0)
        board.most, board.first_cost, board.price = np.full(N, 0.8), at(care_management=3.0), price
        money = Money(revenue=400, medical=350, pool=0, funds=3, administrative=99, for_duties=0)
        after = board.moved(at(care_management=0.8), money, Luck(0, 0, 3))
        assert after[CARE] == pytest.approx(0.8 * strength)


def test_only_administrative_actions_are_kept_to_administrative_money():
    """2 USD pay for half of utilization management at 4; care management at 3 is a service, and stays."""
    board = a_board(("care_management", "utilization_management"), ccos__reconsider=0, ccos__step=0.25)
    board.most, board.first_cost = np.full(N, 0.8), at(care_management=3.0, utilization_management=4.0)
    money = Money(revenue=400, medical=350, pool=0, funds=99, administrative=2, for_duties=0)
    after = board.moved(at(care_management=0.8, utilization_management=0.8), money, Luck(0, 0, 3))
    assert after == pytest.approx(at(care_management=0.8, utilization_management=0.4))


def test_duties_are_paid_from_reserves_as_long_as_there_are_any():
    for for_duties, strength in ((np.inf, 0.75), (0.0, 0.25)):
        board = a_board(("care_management",), ccos__reconsider=0)
        board.most, board.first_cost = np.full(N, 0.8), at(care_management=4.0)
        board.duty = at(care_management=0.75)
        money = Money(revenue=400, medical=350, pool=0, funds=1, administrative=99, for_duties=for_duties)
        after = board.moved(at(care_management=0.16), money, Luck(0, 0, 3))
        assert after[CARE] == pytest.approx(0.8 * strength)


def test_the_first_comparison_brings_the_luck_of_the_base_year():
    """Care management is in effect by .6, in the state by .2: cost is 1% lower, and chance is large."""
    board = a_board()
    board.saving, board.base_luck = at(care_management=0.05), 0.0
    board.spread = np.diag(np.append(at(care_management=0.01), 0.0))
    board.in_effect = at(care_management=0.6)
    board.learn(at(care_management=0.2), -0.01, 0.0100, 0.0044)
    # variance of what is seen: .4 x .4 x .01 + .0044 + .01 = .016; expected -.02, seen -.01
    assert board.saving[CARE] == pytest.approx(0.05 - 0.01 * 0.4 * 0.01 / 0.016)
    assert board.base_luck == pytest.approx(-0.0044 * 0.01 / 0.016)
    assert board.spread[-1, -1] == pytest.approx(0.0044 - 0.0044**2 / 0.016)


def test_what_the_pool_pays_is_learned_and_an_action_never_loses_money():
    board = a_board(ccos__pool_noise=0.3)
    board.pool, board.pool_anyway = at(quality_bonus=0.02), 0.5
    board.pool_spread = np.diag(np.append(at(quality_bonus=0.04), 0.01))
    board.learn_pool(at(quality_bonus=0.5), 0.29)
    # variance: .25 x .04 + .01 + .09 = .11; expected .51, seen .29
    assert board.pool_anyway == pytest.approx(0.5 - 0.01 * 0.22 / 0.11)
    assert board.pool[BONUS] == 0  # .02 - .5 x .04 x .22 / .11 would be -.02


def test_the_money_of_a_cco_by_hand():
    """A fifth of a year's revenue in reserve; a margin of 6% is left without programs, as these cost nothing yet."""
    model = unequal(
        "global_budget",
        "withhold",
        "quality_pool",
        "medical_loss_ratio",
        payment__withhold_share=0.04,
        payment__loss_ratio_floor=0.85,
        ccos__administration=0.05,
        ccos__opening_reserve=0.2,
        ccos__reserve_requirement=0.08,
        ccos__reserve_minimum=0,
        ccos__horizon=36,
    ).month_by_month(13)
    cco, month = model.ccos[1], due(1)
    model.agency.quality.earned[:] = [0.1, 0.7, 0.3]
    cco.standing, cco.last_programs, cco.settled_margin = 0.2 * 12 * month, 0.01, 0.06
    money, members = cco._money(month), 8 * 80
    each = month / members / 100
    assert money.revenue == pytest.approx(each)
    assert money.medical == pytest.approx(0.89 * each)
    assert money.pool == pytest.approx(0.04 * each)
    assert money.won == 0.7
    assert money.administrative == pytest.approx((1 - 0.85 - 0.05) * each)
    assert money.funds == pytest.approx((0.06 + 0.01 + (0.2 - 0.08) * 12 / 36) * each)
    assert money.for_duties == np.inf
    cco.standing = 0.0
    assert cco._money(month).for_duties == 0
    assert cco._money(month).funds == pytest.approx(0.07 * each)
    cco.settled_margin = -0.5
    assert cco._money(month).funds == 0


def test_without_pool_and_loss_ratio_neither_counts():
    model = unequal("global_budget", "withhold", payment__withhold_share=0.04).month_by_month(13)
    money = model.ccos[1]._money(due(1))
    assert money.pool == 0
    assert money.administrative == np.inf


def test_the_least_reserve_of_a_sample_is_that_of_its_people():
    """900,000 USD for each CCO: 22.5 million cents of a sample that stands for 4 times as many, 3.6 of 25 times."""
    poor = {"ccos__reserve_requirement": 0, "ccos__reserve_minimum": 900_000, "ccos__horizon": 10}
    model = unequal("global_budget", **poor).month_by_month(13)
    for area, floor in ((0, 22_500_000), (1, 10_000_000), (2, 3_600_000)):
        cco = model.ccos[area]
        cco.standing, cco.settled_margin, cco.last_programs = floor + 5_000_000, 0.0, 0.0
        assert cco._money(due(area)).funds == pytest.approx(500_000 / (8 * PEOPLE[area] * 100))


def test_owners_are_drawn_for_each_area_once(monkeypatch):
    def drawn(seed, areas, when, which):
        assert (seed, when, which) == (7, ONCE, reserves.OWNERSHIP)
        return np.array([0.1, 0.6, 0.4])[areas.astype(int)]

    monkeypatch.setattr(reserves, "uniforms", drawn)
    assert [reserves.is_for_profit(7, area, 0.5) for area in range(3)] == [True, False, True]


def test_programs_cost_what_is_done_of_them_in_prices_of_the_year():
    """Half of the most, three quarters of the measures' money used, at 1.2 times the first price."""
    model = unequal("global_budget", levers=("care_management", "measure_work")).month_by_month(13)
    cco = model.ccos[2]
    first, most = REGISTRY.get("ccos.cost"), REGISTRY.get("ccos.most")
    work = ACTION_INDEX["measure_work"]
    cco.board.price, cco.measures.used = 1.2, 0.75
    cco.actions[:] = 0
    cco.actions[[CARE, work]] = 0.5 * most[CARE], most[work]
    costs = {name: cents[2] for name, cents in model.bills.care_costs().items()}
    assert costs["care_management"] == round(1.2 * first[CARE] * 0.5 * 100 * 160)
    assert costs["measure_work"] == round(1.2 * first[work] * 0.75 * 100 * 160)
    assert sum(costs.values()) == costs["care_management"] + costs["measure_work"]


def test_what_programs_cost_is_a_share_of_the_revenue_of_their_own_year():
    """40 of 1,000 in the first year, 30 of 2,000 in the second, nothing of 500 in the third."""
    cco = unequal("global_budget").ccos[1]
    for programs, revenue, share in ((40, 1_000, 0.04), (30, 2_000, 0.015), (0, 500, 0.0)):
        cco.year_programs += programs
        cco.year_revenue += revenue
        cco._close_year()
        assert (cco.last_programs, cco.closed) == (share, revenue)


def test_years_close_for_each_cco_by_its_own_calendar():
    """The second begins in month 5: its first year closes after month 16, and its margin is of twelve months."""
    model = unequal(
        "global_budget",
        starts={"CCO 1": 5, "CCO 2": 14},
        ccos__administration=0.05,
        ccos__opening_reserve=0.3,
        ccos__reserve_minimum=0,
        payment__rebasing_share=0,
        ccos__for_profit=0.0,
    ).month_by_month(12 + 16)
    assert model.ccos[1].year_revenue == 11 * due(1)
    assert [cco.reserve for cco in model.ccos][1] == round(0.3 * 12 * due(1))
    model.one_month()
    result = 12 * (due(1) - round(0.05 * due(1)) - 8 * 80 * 45_000)
    assert model.ccos[1].last_margin == pytest.approx(result / (12 * due(1)), abs=1e-6)
    assert model.ccos[1].reserve == pytest.approx(round(0.3 * 12 * due(1)) + result, abs=12)
    assert (model.ccos[1].year_revenue, model.ccos[1].year_result) == (0, 0)
    assert model.ccos[0].year_revenue == 5 * due(0, FIRST * 1.034)
    assert model.ccos[2].year_revenue == 3 * due(2)


def test_a_cco_compares_its_quarter_with_the_state_by_people_and_against_the_year_before_its_own_start():
    """From month 3 on the third area costs 30% more; a member of it stands for 25 people."""
    model = unequal("global_budget", start=3, levers=("care_management",), ccos__reconsider=0, ccos__cost_cv=3.0)
    model.month_by_month(15)
    model.cents = np.array([[5000], [5000], [6500]])
    model.month_by_month(3)
    for cco, reached in zip(model.ccos, (0.2, 0.6, 1.0), strict=True):
        cco.board.in_effect = at(care_management=reached)
    heard = []
    for cco in model.ccos:
        cco.board.learn = lambda *said: heard.append(said)
        cco._learn()
    people = np.array([50 * 4, 80 * 9, 20 * 25])
    state = (people @ [1.0, 1.0, 1.3]) / people.sum()
    for (others, ratio, noise, before), area, cost in zip(heard, (0, 1, 2), (1.0, 1.0, 1.3), strict=True):
        assert others[CARE] == pytest.approx(people @ [0.2, 0.6, 1.0] / people.sum())
        assert ratio == pytest.approx(np.log(cost / state))
        assert noise == pytest.approx(9 * 12 / (3 * 8 * PEOPLE[area]))
        assert before == pytest.approx(9 / (8 * PEOPLE[area]))


def test_what_work_on_measures_has_brought_fades_where_the_budget_has_ended():
    """The state pays claims here. A CCO that worked for a measure before stops: half is felt a lag later."""
    cco = unequal(measure_work__lag=dict.fromkeys(MEANS, 3)).ccos[1]
    cco.measures.in_effect[:] = 0.8
    felt = []
    for _ in range(3):
        cco.settle()
        felt.append(cco.measures.in_effect[0, 0])
    assert felt == pytest.approx([0.8 / 2 ** (1 / 3), 0.8 / 2 ** (2 / 3), 0.4])
