"""Do boards value, choose and pay as payment.md E11 says, and never more than there is?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sim.agents.cco.actions import ACTION_INDEX, ACTIONS, PAYMENTS, as_table, no_actions
from sim.agents.cco.board import Board, Money
from sim.agents.cco.choice import Bounds, Habits, Luck, cut_back, moved, pick, softmax
from sim.agents.cco.governance import PRIORITIES, Terms, draw_priorities, draw_term, served_by_actions
from sim.agents.cco.learning import cost_ratio, learned, noise_of
from sim.agents.cco.objective import Horizon, Outlook, Weights, reach, worth
from sim.agents.cco.reserves import Solvency, is_for_profit
from sim.axes import LEVERS as NAMES
from sim.payment.ledger import ACCOUNT_INDEX, ACCOUNTS, PROVIDERS
from sim.payment.payer import Payer
from sim.schema import SERVICES
from tests.support.stand_in_boards import at
from tests.support.stand_in_system import AREAS, REGISTRY, StandIn

N = len(NAMES)
CARE, RISK, PHI = ACTION_INDEX["care_management"], ACTION_INDEX["at_risk"], ACTION_INDEX["pass_through"]


def outlook(**changes):
    plain = dict.fromkeys(("saving", "lag", "qalys", "pool", "cost", "hospital", "priority"), np.zeros(N))
    return Outlook(**{**plain, "medical": 400.0, "pool_pmpm": 8.0, **changes})


MARGIN = Weights(margin=1, health_value=0, metric=0, hospital=0, community=0)


def test_every_action_is_described_and_has_its_index():
    assert tuple(ACTIONS) == NAMES == no_actions(1).dtype.names
    actions = no_actions(3)
    as_table(actions)[1, ACTION_INDEX["upstream"]] = 0.5
    assert actions.upstream.tolist() == [0, 0.5, 0]


def test_net_present_value_by_hand():
    """Three months, 1% discount a month, 10% churn: 400 USD x 2% saved at once, for 5 USD."""
    horizon = Horizon(months=3, discount=1 / 1.01, churn=0.1, rebase=0.0)
    d = 1 / 1.01
    steady = d + d**2 + d**3
    kept = (0.9 * d + 0.9**2 * d**2 + 0.9**3 * d**3) / steady
    value = worth(
        at(care_management=1), outlook(saving=at(care_management=0.02), cost=at(care_management=5)), MARGIN, horizon
    )
    assert value == pytest.approx(8 * kept - 5)


def test_a_lag_and_the_premium_slide_by_hand():
    """Two years without discount or churn; half is reached after six months; half of it is rebased after twelve."""
    horizon = Horizon(months=24, discount=1.0, churn=0.0, rebase=0.5)
    ramp = [1 - 0.5 ** (h / 6) for h in range(1, 25)]
    kept = (sum(ramp[:11]) + 0.5 * sum(ramp[11:23]) + 0.25 * ramp[23]) / 24
    lag = np.full(N, 6.0)
    value = worth(at(care_management=0.5), outlook(saving=at(care_management=0.02), lag=lag), MARGIN, horizon)
    assert value == pytest.approx(4 * kept)


def test_each_weight_counts_its_own():
    horizon = Horizon(months=12, discount=1.0, churn=0.0, rebase=0.0)
    strength = at(care_management=0.5)
    sight = outlook(
        saving=at(care_management=0.02),
        qalys=at(care_management=0.001),
        pool=at(care_management=0.25),
        cost=at(care_management=3),
        hospital=at(care_management=0.75),
        priority=at(care_management=1),
    )
    parts = {"margin": 4 - 1.5, "health_value": 0.0005, "metric": 1, "hospital": -3, "community": 0.5}
    for name, expected in parts.items():
        weights = Weights(**{**dict.fromkeys(parts, 0.0), name: 2.0})
        assert worth(strength, sight, weights, horizon) == pytest.approx(2 * expected)


def test_quality_money_that_is_passed_on_is_not_kept_by_hand():
    """A pool of 8 USD, half of it won anyway, .3 more by passing it on."""
    horizon = Horizon(months=12, discount=1.0, churn=0.0, rebase=0.0)
    sight = outlook(pool=at(quality_bonus=0.3), pool_anyway=0.5)
    money = Weights(margin=1, health_value=0, metric=1, hospital=0, community=0)
    values = [worth(at(quality_bonus=part), sight, money, horizon) for part in (0, 0.5, 1)]
    assert_allclose(values, [4, 8 * 0.65 * 0.5, 0], atol=1e-12)
    named = Weights(margin=0.5, health_value=0, metric=1.5, hospital=0, community=0)
    values = [worth(at(quality_bonus=part), sight, named, horizon) for part in (0, 0.5, 1)]
    assert_allclose(values, [1.5 * 4, 1.25 * 5.2, 6.4])
    sure = outlook(pool=at(quality_bonus=0.3), pool_anyway=0.9)
    assert worth(at(quality_bonus=1), sure, named, horizon) == pytest.approx(8)  # never more than all of it


def test_what_is_passed_on_is_a_share_whatever_the_most_of_the_action():
    horizon = Horizon(months=12, discount=1.0, churn=0.0, rebase=0.0)
    money = Weights(margin=1, health_value=0, metric=1, hospital=0, community=0)
    sight = {"saving": at(at_risk=0.03), "pool": at(quality_bonus=0.3)}
    half = outlook(**sight, most=np.where(np.isin(np.arange(N), [PHI, ACTION_INDEX["quality_bonus"]]), 0.5, 1.0))
    most = worth(at(at_risk=1, pass_through=1, quality_bonus=1), half, money, horizon)
    assert most == pytest.approx(400 * 0.03 * 0.5 * 0.5 + 8 * 0.3 * 0.5)
    plain = worth(at(at_risk=1, pass_through=0.5, quality_bonus=0), outlook(**sight), money, horizon)
    assert plain == pytest.approx(400 * 0.03 * 0.25)


def test_boards_that_want_money_pass_quality_money_on_only_while_it_wins_more():
    """What is won anyway is learned from the last year: whoever meets all measures gives nothing away."""
    pools = {"contracts": ("global_budget", "withhold", "quality_pool"), "levers": ("quality_bonus",)}
    money = {"ccos__health_value": 0, "ccos__community_weight": 0.0, "ccos__metric_weight": 1.0}
    sure = {"ccos__choice_spread": 0.0, "ccos__reconsider": 1.0}
    model = StandIn(**pools, **money, **sure)
    model.quality.level = np.ones_like(model.quality.level)
    model.month_by_month(12 + 12)
    assert (model.actions["quality_bonus"] == 0.5).all()  # .3 s (1 - s) is greatest at a half
    assert (model.agency.quality.earned > 0).all()
    model.month_by_month(9)
    assert not model.actions["quality_bonus"].any()


def test_a_contract_is_worth_most_to_margin_when_half_is_passed_on_and_nothing_to_hospitals():
    horizon = Horizon(months=12, discount=1.0, churn=0.0, rebase=0.0)
    sight = outlook(saving=at(at_risk=0.03), hospital=at(at_risk=1.0))
    values = [worth(at(at_risk=1, pass_through=phi), sight, MARGIN, horizon) for phi in (0, 0.25, 0.5, 0.75, 1)]
    assert_allclose(values, [0, 12 * 0.1875, 12 * 0.25, 12 * 0.1875, 0])
    owners = Weights(margin=1, health_value=0, metric=0, hospital=1, community=0)
    values = [worth(at(at_risk=1, pass_through=phi), sight, owners, horizon) for phi in (0, 0.25, 0.5, 0.75, 1)]
    assert np.argmax(values) == 0


def test_softmax_by_hand():
    assert_allclose(softmax(np.array([0.0, 1.0]), 1.0), [1 / (1 + np.e), np.e / (1 + np.e)])
    assert_allclose(softmax(np.array([0.0, 1.0]), 0.5), [1 / (1 + np.e**2), np.e**2 / (1 + np.e**2)])
    assert softmax(np.array([1.0, 3.0, 3.0]), 0.0).tolist() == [0, 1, 0]
    assert softmax(np.array([-1e9, 1e9]), 1e-9)[1] == pytest.approx(1)
    assert pick(np.array([0.25, 0.5, 0.25]), np.array([0.1, 0.3, 0.8, 1.0])).tolist() == [0, 1, 2, 2]


def test_shares_of_what_is_chosen_are_those_of_softmax():
    """Many CCOs with the same beliefs: a step up is worth 1, down -1, the spread is 1."""
    habits, bounds = Habits(step=0.25, spread=1.0, reconsider=1.0), Bounds(np.ones(1, bool), np.zeros(1))
    ends = [moved(np.array([0.5]), bounds, lambda s: 4 * s[:, 0], habits, Luck(3, area, 0))[0] for area in range(1500)]
    shares = [np.mean(np.array(ends) == end) for end in (0.25, 0.5, 0.75)]
    expected = np.exp([-1, 0, 1]) / np.exp([-1, 0, 1]).sum()
    assert np.abs(shares - expected).max() < 0.05


def test_a_lever_that_nobody_looks_at_stays():
    bounds = Bounds(np.ones(N, bool), np.zeros(N))
    before = np.linspace(0, 1, N)
    assert np.array_equal(moved(before, bounds, lambda s: s.sum(axis=1), Habits(0.25, 0.1, 0.0), Luck(1, 2, 3)), before)


def four(low, high):
    return st.lists(st.integers(low, high), min_size=4, max_size=4)


@settings(max_examples=100)
@given(four(0, 7), four(0, 40), four(-40, 40), st.integers(0, 90))
def test_funds_are_never_exceeded(strength, cost, value, funds):
    bounds = Bounds(np.ones(4, bool), np.zeros(4))
    strength, cost, value = np.array(strength) / 7, np.array(cost) / 4, np.array(value) / 4
    cut = cut_back(strength, bounds, lambda s: s @ value, cost, funds, 0.25)
    assert cost @ cut <= funds
    assert (cut <= strength).all()


def test_what_is_worth_least_for_its_cost_goes_first():
    bounds = Bounds(np.ones(3, bool), np.zeros(3))
    value, cost = np.array([4.0, 1.0, 9.0]), np.array([4.0, 2.0, 3.0])
    cut = cut_back(np.ones(3), bounds, lambda s: s @ value, cost, 7.5, 0.25)
    assert cut.tolist() == [1, 0.25, 1]
    fixed = Bounds(np.array([True, False, True]), np.zeros(3))
    assert cut_back(np.ones(3), fixed, lambda s: s @ value, cost, 7.5, 0.25)[1] == 1


def test_priorities_last_for_years_and_differ():
    terms = Terms.of(REGISTRY)
    drawn = np.array([draw_priorities(1, area, 0, terms) for area in range(300)])
    assert (drawn.sum(axis=1) == 3).all()
    assert (np.abs(drawn.mean(axis=0) - 3 / 7) < 0.1).all()
    assert {draw_term(1, area, 0, terms) for area in range(100)} == {36, 48, 60}
    assert served_by_actions(np.isin(PRIORITIES, ["food"])).tolist() == at(upstream=1).tolist()


def test_learning_by_hand():
    """One lever at work, belief 2% with variance 0.0004, noise the same: half of the surprise is believed."""
    beliefs, spread = learned(np.array([0.02, 0.5]), np.diag([4e-4, 0.0]), np.array([1.0, 1.0]), -0.56, 4e-4)
    assert_allclose(beliefs, [0.04, 0.5])  # expected -0.52, seen -0.56
    assert_allclose(spread, [[2e-4, 0], [0, 0]])
    assert noise_of(3, 9000) == pytest.approx(9 * 12 / 9000)


def test_a_board_learns_by_what_it_does_more_than_the_state():
    """In effect by 3/4 against 1/2: a quarter of a belief of 2% is expected, thrice that seen; half is noise."""
    board = Board(REGISTRY, StandIn().scenario)
    board.saving, board.in_effect = at(care_management=0.02), at(care_management=0.75)
    board.spread = np.diag(np.append(at(care_management=0.0064), 0))
    board.learn(at(care_management=0.5), -0.015, noise=4e-4, noise_before=0.0)
    assert_allclose(board.saving, at(care_management=0.04))  # 0.02 + 0.0064 / 4 x 0.01 / (0.0064 / 16 + 0.0004)


def test_beliefs_find_the_truth_where_there_is_enough_to_see():
    draw = np.random.default_rng(5)
    beliefs, spread = np.zeros(2), np.diag([0.01, 0.01])
    for _ in range(2000):
        x = draw.normal(size=2)
        beliefs, spread = learned(beliefs, spread, x, float(-x @ [0.05, -0.02] + draw.normal() * 0.1), 0.01)
    assert np.abs(beliefs - [0.05, -0.02]).max() < 0.01


def test_quarters_without_end_teach_no_more_than_one_base_year_allows():
    """A base year with log variance .01, a lever that is always at work: half of what is seen may be its luck."""
    board, always = Board(REGISTRY, StandIn().scenario), at(care_management=1)
    board.spread = np.diag(np.append(0.01 * always, 0))
    board.saving, board.in_effect = np.zeros(len(ACTIONS)), always
    for _ in range(1000):
        board.learn(0 * always, -0.1, noise=1e-6, noise_before=0.01)
    assert board.saving @ always == pytest.approx(0.05, abs=1e-3)
    assert board.base_luck == pytest.approx(0.05, abs=1e-3)
    assert always @ board.spread[:-1, :-1] @ always == pytest.approx(0.005, abs=1e-4)


def test_cost_ratio_is_own_cost_over_the_states_by_category():
    cents = np.array([[100.0, 400.0], [300.0, 400.0]])
    months = np.array([[1.0, 1.0], [1.0, 1.0]])
    assert_allclose(cost_ratio(cents, months, np.ones(2)), [500 / 600, 700 / 600])


def test_reserves_by_hand():
    terms = Solvency(
        opening=0.08,
        requirement=0.04,
        minimum=1000,
        multiple=3,
        dividend=0.5,
        exit_margin=0.05,
        exit_reserve=0.25,
        exit_after=3,
    )
    assert terms.floor(10_000_000, 20) == 400_000
    assert terms.floor(100_000, 20) == 1000 * 100 / 20
    assert terms.taken_out(1_300_000, 10_000_000, 20) == 50_000
    assert terms.taken_out(1_100_000, 10_000_000, 20) == 0
    assert terms.threatens(399_999, 0.01, 10_000_000, 20)
    assert terms.threatens(900_000, -0.06, 10_000_000, 20)
    assert not terms.threatens(400_000, -0.05, 10_000_000, 20)
    assert [terms.cannot_go_on(reserve, 10_000_000, 20) for reserve in (99_999, 100_000)] == [True, False]
    owned = np.mean([is_for_profit(0, area, 0.53) for area in range(2000)])
    assert owned == pytest.approx(0.53, abs=0.04)


EAGER = {"ccos__reconsider": 1.0, "ccos__opening_reserve": 0.3, "ccos__health_value": 50000}
ALL = {"levers": NAMES, "funding": "cco"}


def test_actions_open_as_contracts_are_declared_and_move_each_quarter():
    model = StandIn(**ALL, **EAGER).month_by_month(12)
    assert not as_table(model.actions).any()
    opening = Board(model.registry, model.scenario).opening
    model.one_month()
    assert (as_table(model.actions) == opening).all()
    model.month_by_month(2)
    assert (as_table(model.actions) == opening).all()
    model.one_month()
    assert (as_table(model.actions) != opening).any()
    assert len({row.tobytes() for row in as_table(model.actions)}) == AREAS


def test_without_actions_to_change_nothing_is_chosen_and_nothing_paid():
    frozen = StandIn(levers=(), **EAGER).month_by_month(36)
    unseen = StandIn(levers=NAMES, ccos__reconsider=0.0, ccos__opening_reserve=0.3).month_by_month(36)
    assert np.array_equal(frozen.flows, unseen.flows)
    assert np.array_equal(frozen.actions, unseen.actions)
    assert np.array_equal(frozen.areas, unseen.areas)


@pytest.mark.parametrize("lever", ["pass_through", "care_management", "utilization_management", "upstream"])
def test_only_actions_that_are_named_change(lever):
    model = StandIn(levers=(lever,), funding="cco", **EAGER).month_by_month(36)
    changed = (as_table(model.actions) != Board(model.registry, model.scenario).opening).any(axis=0)
    assert set(np.array(NAMES)[changed]) <= {lever}


def test_actions_are_paid_to_the_cent():
    model = StandIn(levers=("care_management", "interpreters"), **EAGER).month_by_month(36)
    price = (1 + model.registry.get("upstream.cost_growth")) ** 2  # of the third year, after twelve months of warm-up
    expected = dict.fromkeys(("primary", "outside"), 0)
    for _ in range(6):
        model.one_month()
        members = 8 * model.members_per_cell
        for name in ("care_management", "interpreters"):
            cost = price * model.registry.get("ccos.cost")[ACTION_INDEX[name]]
            expected[PAYMENTS[name].payee] += sum(round(cost * 100 * x * members) for x in model.actions[name])
    last = np.sum(model.flows[-6:], axis=0)[:, ACCOUNT_INDEX["cco"]]
    claims = sum(int(model.flows[m][:, ACCOUNT_INDEX["cco"], ACCOUNT_INDEX["specialist"]].sum()) for m in range(-6, 0))
    assert last[:, ACCOUNT_INDEX["primary"]].sum() == claims + expected["primary"]  # both services cost the same here
    assert expected["primary"] > 0


def test_what_actions_cost_stays_within_funds():
    for reserve in (0.0, 0.05, 0.3):
        model = StandIn(**ALL, **{**EAGER, "ccos__opening_reserve": reserve}).month_by_month(13)
        for _ in range(24):
            model.one_month()
            if model.agency.months_run[0] % 3 != 1:
                continue
            for cco in model.ccos:
                due = int(model.agency.revenue().due[cco.area].sum())
                money = cco._money(due)
                board, actions = cco.board, as_table(model.actions)[cco.area]
                cost = board.cost_of(money.revenue) @ (actions / board.most)
                least = board.cost_of(money.revenue) @ board.bounds.least  # the opening share of upstream
                assert cost <= max(money.funds, least) + 1e-9


@pytest.mark.parametrize("judged", [False, True])
def test_what_serves_no_member_is_bounded_only_where_a_loss_ratio_is_judged(judged):
    """Administration and the floor leave nothing beside each other."""
    contracts = ("global_budget", *(("medical_loss_ratio",) if judged else ()))
    tight = {"payment__loss_ratio_floor": 0.9, "ccos__administration": 0.1, "ccos__opening_reserve": 0.4}
    model = StandIn(contracts=contracts, levers=("utilization_management",), **{**EAGER, **tight}).month_by_month(24)
    assert model.actions["utilization_management"].any() == (not judged)


def test_reserves_balance_in_the_ledger_to_the_cent():
    model = StandIn(**ALL, **EAGER, ccos__for_profit=1.0, ccos__reserve_requirement=0.001, ccos__reserve_minimum=0)
    model.month_by_month(13)
    opening = [cco.reserve for cco in model.ccos]
    model.month_by_month(35)
    held = model.ledger.balances[:, ACCOUNT_INDEX["cco_reserve"]]
    assert [cco.reserve for cco in model.ccos] == (np.array(opening) + held).tolist()
    dividends = np.sum(model.flows, axis=0)[:, ACCOUNT_INDEX["cco_reserve"], ACCOUNT_INDEX["outside"]]
    assert dividends.sum() > 0
    assert not model.ledger.balances[:, ACCOUNT_INDEX["cco"]].any()


@pytest.mark.parametrize(("hospital_weight", "low", "high"), [(0.0, 0.4, 0.6), (1.0, 0.0, 0.0)])
def test_boards_for_which_hospitals_count_pass_nothing_through(hospital_weight, low, high):
    """Nobody says so: it is what such a board finds best."""
    weights = {"ccos__hospital_weight": hospital_weight, "ccos__health_value": 0, "ccos__community_weight": 0.0}
    levers = ("pass_through", "at_risk")
    model = StandIn(levers=levers, ccos__choice_spread=0.0, ccos__reconsider=1.0, **weights).month_by_month(12 + 30)
    passed_on = model.actions["pass_through"]
    assert (passed_on >= low).all()
    assert (passed_on <= high).all()


def test_a_cco_that_cannot_go_on_hands_its_area_to_the_state():
    poor = {"ccos__administration": 0.2, "ccos__opening_reserve": 0.01, "ccos__exit_after": 2, "levers": NAMES}
    model = StandIn(**poor).month_by_month(12 + 12)
    assert all(cco.threatens_exit and not cco.has_left for cco in model.ccos)
    model.month_by_month(12)
    assert all(cco.has_left and not cco.threatens_exit for cco in model.ccos)
    held = model.ledger.balances[:, ACCOUNT_INDEX["held"]].sum()
    model.month_by_month(6)
    flows = np.sum(model.flows[-6:], axis=0)
    assert held == 0
    assert not flows[:, ACCOUNT_INDEX["cco"]].any()
    assert not flows[:, :, ACCOUNT_INDEX["cco"]].any()
    assert flows[:, ACCOUNT_INDEX["state"], ACCOUNT_INDEX["specialist"]].all()
    assert not as_table(model.actions).any()
    again = StandIn(**poor)
    for part, state in zip(again.ccos, [cco.snapshot() for cco in model.ccos], strict=True):
        part.restore(state)
    again.month = model.month
    assert not again.agency.budget_runs.any()
    stays = StandIn(**{**poor, "ccos__exit_after": 100}).month_by_month(42)
    assert not any(cco.has_left for cco in stays.ccos)


@pytest.mark.parametrize("pool", [False, True])
def test_what_is_held_of_a_cco_that_leaves_within_a_year_is_settled(pool):
    """Contract years begin in July: when a CCO leaves at the end of June, half a year of withhold is held."""
    contracts = ("global_budget", "withhold", *(("quality_pool",) if pool else ()))
    poor = {"ccos__administration": 0.2, "ccos__opening_reserve": 0.01, "ccos__exit_after": 1, "levers": ()}
    model = StandIn(contracts=contracts, start=6, **poor).month_by_month(12 + 6 + 11)
    held = model.agency.quality.held.sum(axis=1)
    assert (held > 0).all()
    put_in = np.array([cco.reserve for cco in model.ccos]) - model.ledger.balances[:, ACCOUNT_INDEX["cco_reserve"]]
    model.one_month()
    assert all(cco.has_left for cco in model.ccos)
    flows, place = model.flows[-1], ACCOUNT_INDEX
    withheld = held + flows[:, place["state"], place["held"]]
    assert flows[:, place["held"], place["state" if pool else "cco"]].tolist() == withheld.tolist()
    assert not flows[:, place["held"], place["cco" if pool else "state"]].any()
    model.month_by_month(12)
    for account in ("cco", "held"):
        assert not model.ledger.balances[:, place[account]].any()
    assert [cco.reserve for cco in model.ccos] == (put_in + model.ledger.balances[:, place["cco_reserve"]]).tolist()


def test_the_match_of_a_withhold_that_comes_back_is_claimed_before_the_month_is_over():
    poor = {"ccos__administration": 0.2, "ccos__opening_reserve": 0.01, "ccos__exit_after": 1, "levers": ()}
    model = StandIn(start=6, **poor).month_by_month(12 + 18)
    assert all(cco.has_left for cco in model.ccos)
    assert not model.agency.payer.matched.any()


def test_what_is_held_of_a_cco_that_leaves_is_matched_when_it_is_released(monkeypatch):
    """Of the month's claims a part is what the state paid CCOs and providers, the rest what was held since January."""
    claimed, claim = [], Payer.claim_match

    def noted(payer, share):
        claimed.append(payer.matched.sum())
        claim(payer, share)

    monkeypatch.setattr(Payer, "claim_match", noted)
    poor = {"ccos__administration": 0.2, "ccos__opening_reserve": 0.01, "ccos__exit_after": 1, "levers": ()}
    model = StandIn(contracts=("global_budget", "withhold"), start=6, **poor).month_by_month(12 + 6 + 11)
    assert not any(cco.has_left for cco in model.ccos)
    claimed.clear()
    model.one_month()
    assert all(cco.has_left for cco in model.ccos)
    flows = dict(zip(ACCOUNTS, model.flows[-1].sum(axis=0), strict=True))
    released = flows["held"][ACCOUNT_INDEX["cco"]]
    assert released > 0
    assert sum(claimed) == released + sum(flows["state"][ACCOUNT_INDEX[name]] for name in ("cco", *PROVIDERS))


def test_a_loss_of_the_whole_state_is_no_luck_of_a_sample():
    """Every CCO loses alike: nothing is shrunk, whatever the weights."""
    model = StandIn(ccos__administration=0.2, weights=np.array([1.0, 300.0, 20.0]), levers=()).month_by_month(24)
    assert all(cco.last_margin < -0.05 for cco in model.ccos)
    assert_allclose([cco.settled_margin for cco in model.ccos], [cco.last_margin for cco in model.ccos], atol=1e-4)


def test_luck_of_one_cco_is_brought_down_to_full_size():
    model = StandIn(weights=np.full(AREAS, 100.0), levers=())
    live = model.live

    def unlucky():
        result = live()
        result.money[0] = result.money[0] * 11 // 10
        return result

    model.month_by_month(12)
    model.live = unlucky
    model.month_by_month(12)
    margins = np.array([cco.last_margin for cco in model.ccos])
    settled = np.array([cco.settled_margin for cco in model.ccos])
    mean = margins.mean()  # the areas are of one size
    assert_allclose(settled, mean + (margins - mean) / 10, atol=2e-3)
    assert margins[0] < -0.05 < settled[0]


def test_boards_stop_and_resume_to_the_cent():
    whole = StandIn(**ALL, **EAGER).month_by_month(30)
    again = StandIn(**ALL, **EAGER)
    kept = [part.snapshot() for part in (whole.agency, whole.providers, *whole.ccos)]
    for part, state in zip([again.agency, again.providers, *again.ccos], kept, strict=True):
        part.restore(state)
    again.month, again.last = whole.month, whole.last
    again.areas[...], again.clinics[...], again.actions[...] = whole.areas, whole.clinics, whole.actions
    whole.month_by_month(24)
    again.month_by_month(24)
    assert np.array_equal(whole.flows[30:], again.flows)
    assert np.array_equal(whole.actions, again.actions)


def test_planted_a_board_that_forgets_its_beliefs_is_found(monkeypatch):
    monkeypatch.setattr(Board, "REMEMBERED", tuple(name for name in Board.REMEMBERED if name != "priorities"))
    with pytest.raises(AssertionError):
        test_boards_stop_and_resume_to_the_cent()


def test_who_looks_further_values_slow_actions_more():
    def value(months, rebase):
        board = Board(REGISTRY.override({"ccos.horizon": months, "payment.rebasing_share": rebase}), StandIn().scenario)
        money = Money(revenue=430, medical=380, pool=9, funds=100, administrative=20)
        return worth(at(at_risk=1, pass_through=0.5), board.outlook(money), MARGIN, board.horizon)

    assert value(36, 0.0) > value(12, 0.0) > 0
    assert value(36, 0.0) > value(36, 0.5) > value(36, 1.0)


def test_dimensions_of_money():
    board = Board(REGISTRY, StandIn(**ALL).scenario)
    cost = board.cost_of(430)
    assert cost[ACTION_INDEX["upstream"]] == pytest.approx(0.05 * 430)
    assert cost[CARE] == REGISTRY.get("ccos.cost")[CARE]
    assert cost[RISK] == cost[PHI] == 0


SERVED = {"ccos__reconsider": 1.0, "ccos__opening_reserve": 0.5, "ccos__reserve_requirement": 0.0}
BELIEVED = {"ccos__believed_saving": 0.05, "ccos__belief_sd": 0.0, "ccos__choice_spread": 0.0}
FOR_MONEY = {"ccos__health_value": 0, "ccos__community_weight": 0.0, "ccos__metric_weight": 0.0}


def integrated(contracts=("global_budget",), without=()):
    """What boards that value money alone do after two years, by what is inside their budget."""
    scope = tuple(service for service in SERVICES if service not in without)
    world = {**SERVED, **BELIEVED, **FOR_MONEY, "ccos__hospital_weight": 0.0, "payment__rebasing_share": 0.0}
    levers = ("behavioral_integration", "oral_integration", "closed_loops")
    model = StandIn(contracts=contracts, scope=scope, levers=levers, **world).month_by_month(36)
    return {name: float(model.actions[name].min()) for name in levers}


def test_what_is_inside_the_budget_changes_what_a_board_does():
    """One budget integrates; without dental or behavioral care inside there is nobody to do it with."""
    assert all(share > 0.5 for share in integrated().values())
    no_teeth, no_minds = integrated(without=("dental",)), integrated(without=("behavioral",))
    assert no_teeth["oral_integration"] == 0 < no_teeth["behavioral_integration"]
    assert no_minds["behavioral_integration"] == 0 < no_minds["oral_integration"]


def test_separate_plans_gain_little_by_what_saves_in_the_others_budget():
    """The planted bug: without the form the same three services are one budget, and integration pays."""
    apart, together = integrated(("global_budget", "separate_plans")), integrated()
    assert apart["behavioral_integration"] == 0 < together["behavioral_integration"]
    assert apart["closed_loops"] > 0


def test_what_counts_of_a_saving_by_hand():
    """Of behavioral integration's saving a tenth falls on behavioral care; without hospitals .65 is left."""
    board = Board(REGISTRY, StandIn(levers=NAMES, funding="cco").scenario)
    k = ACTION_INDEX["behavioral_integration"]
    inside = np.ones(len(SERVICES), dtype=bool)
    for apart, left_out, part in ((False, (), 1.0), (True, (), 0.1), (False, ("inpatient",), 0.65)):
        board.look_at_scope(inside & ~np.isin(SERVICES, left_out), apart)
        assert board.counted[k] == pytest.approx(part)


def test_what_goes_first_is_worth_least_for_a_dollar_and_not_least_in_all():
    """6 USD of value for 8, and 5 for 1: of the first goes what is needed, by steps of a quarter."""
    bounds = Bounds(np.ones(2, bool), np.zeros(2))
    value, cost = np.array([6.0, 5.0]), np.array([8.0, 1.0])
    assert cut_back(np.ones(2), bounds, lambda s: s @ value, cost, 5.5, 0.25).tolist() == [0.5, 1]
    assert cut_back(np.ones(2), bounds, lambda s: s @ value, cost, 0.5, 0.25).tolist() == [0, 0.5]


def test_a_contract_reaches_as_far_as_it_is_at_risk_and_passed_through():
    reached = reach(at(at_risk=0.5, pass_through=0.8, care_management=0.3), np.full(N, 0.75))
    assert reached == pytest.approx(at(at_risk=0.5 * 0.8 * 0.75, pass_through=0.8, care_management=0.3))
