"""What CCOs keep, look up and pay where two rules meet: another year, another start, another payer, by hand.

Three areas with 50, 80 and 20 CCO members in each of eight rate categories; a member of the first stands for 4 people,
of the second for 9, of the third for 25.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.cco import cco as of_cco
from sim.agents.cco import governance
from sim.agents.cco.actions import ACTION_INDEX, no_actions, record
from sim.agents.cco.measure_work import Odds
from sim.axes import LEVERS as NAMES
from sim.cco_actions import CCO_ACTIONS
from sim.payment.ledger import ACCOUNT_INDEX
from sim.schema import BEHAVIORAL, DENTAL, METRICS, PRIMARY, SERVICES
from tests.support.stand_in_boards import a_board, at
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

N, EMERGENCY = len(NAMES), SERVICES.index("emergency")
PEOPLE = np.array([50, 80, 20])
CARE, MENTAL, ORAL, WORK = (
    ACTION_INDEX[name] for name in ("care_management", "behavioral_integration", "oral_integration", "measure_work")
)


def unequal(*contracts, **changes):
    plain = {"weights": np.array([4.0, 9.0, 25.0]), "providers__share_at_risk": 0}
    model = StandIn(contracts=contracts, members=PEOPLE.reshape(3, 1, 1), **(plain | changes))
    model.providers.growth = (0.0, 0.0)
    return model


def test_an_action_can_be_taken_and_be_a_duty_only_where_the_budget_pays_who_carries_it_out():
    """Mental health is outside the budget at first and inside later; what is named stays named all the while."""
    board = a_board(("care_management", "behavioral_integration", "oral_integration"))
    board.most = np.full(N, 0.5)
    inside = np.ones(len(SERVICES), dtype=bool)
    inside[BEHAVIORAL] = False
    asked = at(care_management=0.2, behavioral_integration=0.2, oral_integration=0.1)
    for mental in (False, True):
        inside[BEHAVIORAL] = mental
        board.look_at_scope(inside, apart=False)
        board.oblige(asked)
        assert board.bounds.may_change[[CARE, MENTAL, ORAL]].tolist() == [True, mental, True]
        assert board.duty[[CARE, MENTAL, ORAL]] == pytest.approx([0.4, 0.4 * mental, 0.2])


def test_an_organization_of_one_service_sees_the_savings_on_its_own_services_alone():
    """Of what integrated mental care saves .5 falls on primary, .3 on mental and .2 on dental care."""
    board = a_board(("behavioral_integration",))
    board.falls = np.zeros((N, len(SERVICES)))
    board.falls[MENTAL, [PRIMARY, BEHAVIORAL, DENTAL]] = 0.5, 0.3, 0.2
    inside = np.ones(len(SERVICES), dtype=bool)
    inside[DENTAL] = False
    for apart, counted in ((False, 0.8), (True, 0.3)):
        board.look_at_scope(inside, apart)
        assert board.counted[MENTAL] == pytest.approx(counted)


def test_the_luck_of_the_base_year_is_doubted_less_with_each_quarter():
    """Nothing that was done differs: each quarter, of variance .01, tells of the base year alone, of .0044 at first."""
    board = a_board()
    for quarters in (1, 2, 3):
        board.learn(board.in_effect, -0.01, 0.01, 0.0044)
        assert board.spread[-1, -1] == pytest.approx(1 / (1 / 0.0044 + quarters / 0.01))
    assert board.base_luck == pytest.approx(0.01 * (3 / 0.01) / (1 / 0.0044 + 3 / 0.01))


def test_a_restored_board_has_read_what_it_read():
    """A study of care management is out before month 0; who goes on from a snapshot does not read it again."""
    saving, sd, year = (np.zeros(N) for _ in range(3))
    saving[CARE], sd[CARE] = 0.002, 0.004
    board, again = a_board(), a_board()
    for one in (board, again):
        one.published = type(one.published)(saving, sd, year, first_year=1.0, weight=0.5)
    board.read(0)
    kept = board.saving.copy()
    again.restore(board.snapshot())
    assert again.saving[CARE] != REGISTRY.get("ccos.believed_saving")[CARE]
    for one in (board, again):
        one.read(3)
        assert one.saving == pytest.approx(kept)


def test_what_a_cco_has_become_is_restored():
    """Recruits, a year's sums and margins, and whom a target names; no value is that of a new CCO."""
    cco, again = unequal("global_budget").ccos[1], unequal("global_budget").ccos[1]
    numbers = {
        name: place + 2 for place, name in enumerate(cco.REMEMBERED) if isinstance(getattr(cco, name), int | float)
    }
    numbers |= {"has_left": False, "threatens_exit": True}
    for name, value in numbers.items():
        setattr(cco, name, value)
    cco.board.behind, cco.board.term_ends = 4, 77
    cco.measures.gap[:], cco.measures.group_share[:], cco.measures.aimed_at[:] = 0.25, 0.5, 3
    again.restore(cco.snapshot())
    assert {name: getattr(again, name) for name in numbers} == numbers
    assert {"concordant", "last_programs", "last_margin", "year_programs", "years_below"} <= set(numbers)
    assert (again.board.behind, again.board.term_ends) == (4, 77)
    assert (again.measures.gap[0], again.measures.group_share[0], again.measures.aimed_at[0]) == (0.25, 0.5, 3)


def test_a_budget_opens_with_the_duty_of_its_first_quarter_as_a_share():
    """The most of integration is .5; its duty, .1 at first and .4 after 12 months, is .175 in the third month."""
    model = unequal(
        *("global_budget", "contract_duties"),
        levers=("behavioral_integration",),
        ccos__most__behavioral_integration=0.5,
        payment__duty_first__behavioral_integration=0.1,
        payment__duty_floor__behavioral_integration=0.4,
        payment__duty_by__behavioral_integration=12,
    ).month_by_month(13)
    assert model.actions["behavioral_integration"] == pytest.approx([0.1 + 0.3 * 3 / 12] * 3)


class Yearly:
    """Rates and people of each year and area, each with a number of its own."""

    def rates(self, year):
        return np.full((3, len(METRICS)), 0.1 + 0.2 * year) + np.array([[0.0], [0.01], [0.02]])

    def denominators(self, year):
        return np.full((3, len(METRICS)), 100 * (year + 1))


def test_work_is_planned_from_last_years_rates_and_this_years_events_in_prices_of_the_first_year(monkeypatch):
    """Month 18 is half way through year 1; the second CCO has 640 members for 9 people each, and a price of 1.25.

    Emergency care of each is 50 USD a month for nine months, and 80 in the last three: 690 a year.
    """
    model = unequal("global_budget", "withhold", "quality_pool", payment__withhold_share=0.04, starts={"CCO 1": 2})
    model.month_by_month(12 + 15)
    costs = np.full((3, len(SERVICES)), 5000)
    costs[:, EMERGENCY] = 8000
    model.cents = costs
    model.month_by_month(3)
    assert model.month == 18
    cco, asked, planned = model.ccos[1], [], []
    model.quality = Yearly()
    monkeypatch.setattr(cco, "_see_gaps", lambda: None)
    monkeypatch.setattr(of_cco, "Odds", lambda *given, **named: asked.append((given, named)) or "odds")
    monkeypatch.setattr(cco.measures, "seen_so_far", lambda members, area: ("seen", area))
    monkeypatch.setattr(cco.measures, "plan", lambda *given: planned.append(given))
    cco.board.price, cco.board.first_cost, cco.board.most = 1.25, at(measure_work=2.0), at(measure_work=0.8)
    cco._plan_measures(0.4, 1_000_000)
    (((_, year, before, people), named),) = asked
    assert (year, before[0], people[0]) == (1, pytest.approx(0.11), 100 * 9)
    assert named["events"][0] == pytest.approx(0.31)
    assert (named["part"], named["so_far"]) == (0.5, ("seen", 1))
    assert named["emergency_usd"] == pytest.approx((9 * 50 + 3 * 80) / 1.25)
    ((budget, counted, odds, pool, homes),) = planned
    assert budget == pytest.approx(2.0 * 0.4 / 0.8 * 12 * 640 * 9)
    assert (counted[0], odds, homes) == (900, "odds", 0)
    assert pool == pytest.approx(12 * 10_000 * 0.04 * 9 / 1.25)


def test_gaps_are_those_of_the_last_whole_year(monkeypatch):
    model = unequal("global_budget", ccos__equity_target=0.5)
    model.month, model.quality = 25, SimpleNamespace(counts=lambda year: seen.append(year) or np.zeros((3, 99)))
    seen: list[int] = []
    none = of_cco.worst_off(np.zeros((3, 7, len(METRICS), 3), np.int64), 0, 1)
    monkeypatch.setattr(of_cco, "worst_off", lambda counts, area, few: none)
    model.ccos[1]._see_gaps()
    assert seen == [1]


def test_the_luck_of_a_sample_is_that_of_the_areas_whose_year_closes():
    """The first CCO's year goes on. Of 100 x 9 and 60 x 25 the mean margin is .05; a fifth of the rest is not luck."""
    model = unequal("global_budget")
    for cco, closed, margin in zip(model.ccos, (0, 100, 60), (0.9, 0.1, 0.02), strict=True):
        cco.closed, cco.last_margin = closed, margin
    mean = (900 * 0.1 + 1500 * 0.02) / 2400
    assert model.ccos[1]._without_luck_of_sample() == pytest.approx(mean + (0.1 - mean) / 3)
    assert model.ccos[2]._without_luck_of_sample() == pytest.approx(mean + (0.02 - mean) / 5)


def test_a_board_learns_of_the_pool_after_december_from_those_who_had_a_budget():
    """In month 24 the second contract has run for 19 months, the third not yet. A board that decides each quarter hears
    of it in the first three months of a year, whichever it decides in; from month 27 on there is no news."""
    pool = ("global_budget", "withhold", "quality_pool")
    model = unequal(*pool, starts={"CCO 1": 5, "CCO 2": 30}).month_by_month(12)
    model.agency.quality.earned[:] = [0.2, 0.7, 0.9]
    for cco, reached in zip(model.ccos, (0.1, 0.3, 0.5), strict=True):
        cco.board.in_effect = at(care_management=reached)
    heard = []
    model.ccos[1].board.learn_pool = lambda effect, earned: heard.append((model.month, effect[CARE], earned))
    for model.month in (14, 24, 26, 27, 29):
        model.ccos[1]._learn_pool()
    assert heard == [(24, 0.1, 0.2), (24, 0.3, 0.7), (26, 0.1, 0.2), (26, 0.3, 0.7)]


def test_what_stands_grows_by_the_margin_without_the_luck_of_the_sample(monkeypatch):
    """A margin of .5 in the sample is one of .03 of all people; of the 1,300 that stand owners take 10% above 800."""
    cco = unequal("global_budget", ccos__reserve_minimum=0).ccos[1]
    monkeypatch.setattr(cco, "_without_luck_of_sample", lambda: 0.03)
    cco.solvency = SimpleNamespace(
        taken_out=lambda reserve, *_: round(0.1 * (reserve - 800)),
        threatens=lambda reserve, margin, *_: (reserve, margin) == (pytest.approx(1250), 0.03),
        cannot_go_on=lambda reserve, *_: reserve == pytest.approx(1250),
        exit_after=9,
    )
    cco.closed, cco.last_margin, cco.standing, cco.reserve, cco.for_profit = 10_000, 0.5, 1000.0, 5000, True
    cco.years_below = 3
    cco.judge()
    assert (cco.settled_margin, cco.standing, cco.reserve) == (0.03, pytest.approx(1250), 4950)
    assert (cco.threatens_exit, cco.years_below) == (True, 4)
    cco.closed = 0
    cco.judge()
    assert cco.standing == pytest.approx(1250)  # in a month in which no year closes nothing is judged


def test_draws_of_a_term_are_an_areas_own(monkeypatch):
    heard = []
    monkeypatch.setattr(
        governance, "uniforms", lambda seed, keys, month, which: heard.append((seed, *keys, month)) or np.array([0.5])
    )
    assert governance.draw_term(5, 3, 29, governance.Terms(3, 2, 4)) == 36
    assert heard == [(5, 3, 29)]


def test_every_action_is_recorded_in_millionths():
    actions = no_actions(2)
    for place, name in enumerate(NAMES):
        actions[name] = [0.01 * place, 0.5]
    found = record(actions)
    assert {name: found[f"levers.{name}"].tolist() for name in NAMES} == {
        name: [10_000 * place, 500_000] for place, name in enumerate(NAMES)
    }


@pytest.mark.parametrize(
    ("gate", "rate", "through"), [(0.0, 0.3, 1), (0.6, np.nan, 0), (0.6, 0.6, 0.5), (0.0, np.nan, 1)]
)
def test_the_chance_of_the_gate_where_there_is_none_or_nothing_is_known(gate, rate, through):
    odds = Odds.__new__(Odds)
    odds.gate, odds.lower, odds.avoidable = gate, np.zeros(len(METRICS), bool), 0.0
    odds.forecast, odds.sd = np.full(len(METRICS), rate), np.full(len(METRICS), 0.1)
    assert odds._through() == pytest.approx(through)


@pytest.mark.parametrize(("funding", "programs"), [("cco", 700), ("state", 0), ("outside", 0)])
def test_programs_that_others_pay_are_no_cost_of_a_cco(funding, programs):
    """The second area's programs cost 700, 200 of it for the area; the state claims .6 of what it pays itself."""
    model = unequal("global_budget", funding=funding, payment__upstream_match=0.6).month_by_month(12)
    model.program = np.array([10, 700, 30])
    model.slots.area_cents = lambda: np.array([0, 200, 0])
    model.bills.pay()
    assert [cco.year_programs for cco in model.ccos] == [programs // 70, programs, programs * 3 // 70]
    flows = model.ledger.flows[1]
    assert flows[ACCOUNT_INDEX[funding], ACCOUNT_INDEX["community"]] == 700
    assert flows[ACCOUNT_INDEX["federal"], ACCOUNT_INDEX["state"]] == (420 if funding == "state" else 0)


def test_a_cco_that_gives_up_ends_its_work_on_measures_and_its_programs():
    model = unequal("global_budget").month_by_month(13)
    cco = model.ccos[1]
    cco.measures.work[:], cco.upstream_budget = 0.5, 900
    cco.actions[:] = 0.3
    cco._wind_up()
    assert not cco.measures.work.any()
    assert cco.upstream_budget == 0
    assert model.actions["care_management"][1] == 0


@pytest.mark.parametrize(
    ("runs", "going_on", "ends"), [(True, (), True), (True, ("global_budget",), False), (False, (), False)]
)
def test_a_budget_is_wound_up_once_where_no_contract_pays_it_any_more(runs, going_on, ends):
    """A CCO that never had a budget, or goes on with one, keeps what it does."""
    model = unequal("global_budget", starts={} if runs else {"CCO 1": 99}).month_by_month(14)
    model.ccos[1].measures.work[:] = 0.5
    model.ccos[1].end_budget(going_on)
    assert bool(model.ccos[1].measures.work.any()) != ends


def test_what_each_action_serves_who_carries_it_out_and_who_is_paid():
    """Contracts and programs cost what they pay; all else is paid to who carries it out, or to others."""
    declared = {
        action.name: (
            action.paid and (action.paid.payee, action.paid.purpose),
            action.carried_by,
            set(action.serves),
            action.administrative,
        )
        for action in CCO_ACTIONS
    }
    care = "care_management"
    assert declared == {
        "pass_through": (None, "primary", set(), False),
        "capitated": (None, "primary", set(), False),
        "at_risk": (None, "primary", set(), False),
        "quality_bonus": (None, "primary", set(), False),
        "care_management": (("primary", care), "primary", {"chronic_disease"}, False),
        "behavioral_integration": (("primary", care), "behavioral", {"behavioral"}, False),
        "oral_integration": (("dental", care), "dental", {"oral"}, False),
        "shared_records": (("outside", care), "primary", set(), False),
        "closed_loops": (("primary", care), "primary", set(), False),
        "interpreters": (("outside", care), "primary", {"language"}, False),
        "utilization_management": (("outside", "administration"), "primary", set(), True),
        "upstream": (None, "primary", {"food", "housing", "health_workers"}, False),
        "measure_work": (("primary", care), "primary", set(), False),
        "concordance": (("primary", care), "primary", set(), False),
    }


def test_a_duty_that_is_not_met_is_known_to_the_state_after_a_stop():
    one, again = unequal("global_budget", "contract_duties"), unequal("global_budget", "contract_duties")
    one.agency.duties.since[:] = [3, -1, 7]
    again.agency.restore(one.agency.snapshot())
    assert again.agency.duties.since.tolist() == [3, -1, 7]
