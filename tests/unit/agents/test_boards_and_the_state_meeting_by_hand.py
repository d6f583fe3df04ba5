"""What a CCO sets aside, gives up and received, where money has two sources or work has ended, by hand.

Three areas with 50, 80 and 20 CCO members in each of eight rate categories.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.cco import cco as of_cco
from sim.agents.cco.actions import ACTION_INDEX
from sim.agents.cco.cco import CONCORDANCE, UPSTREAM
from sim.agents.cco.choice import Bounds, cut_back
from sim.agents.cco.measure_work import MeasureWork
from sim.payment.ledger import ACCOUNT_INDEX, PURPOSE_INDEX
from sim.schema import EMERGENCY, ENROLLED, MEMBER, METRICS, SERVICES
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

PEOPLE = np.array([50, 80, 20])
CCO, CARE = ACCOUNT_INDEX["cco"], ACTION_INDEX["care_management"]


def unequal(*contracts, months=13, **changes):
    plain = {"weights": np.array([4.0, 9.0, 25.0]), "providers__share_at_risk": 0}
    model = StandIn(contracts=contracts, members=PEOPLE.reshape(3, 1, 1), **(plain | changes))
    model.providers.growth = (0.0, 0.0)
    return model.month_by_month(months)


def test_money_for_programs_is_a_share_of_revenue_whatever_programs_cost():
    """A hundredth of what the state pays, in a year in which programs cost a quarter more than at first."""
    model = unequal("global_budget", funding="cco", upstream__cost_growth=0.05, months=12 + 13)
    cco = model.ccos[1]
    cco.actions[UPSTREAM] = 0.01
    due = int(model.agency.revenue().due[1].sum())
    cco.decide()
    assert cco.board.price == pytest.approx(1.05 ** (13 / 12), rel=0.01)
    assert cco.upstream_budget == round(0.01 * due)


def test_a_board_that_does_no_work_on_measures_any_more_has_none_in_place():
    model = unequal("global_budget", "withhold", "quality_pool")
    work = model.ccos[1].measures
    work.work[:], work.used = 0.5, 0.7
    model.ccos[1]._plan_measures(0.0, 1000)
    assert (work.work.any(), work.used) == (False, 0)


def test_emergency_visits_cost_a_cco_nothing_where_its_budget_does_not_pay_them():
    """50 USD a member and month: 600 a year."""
    for scope, usd in ((SERVICES, 600.0), (tuple(name for name in SERVICES if name != "emergency"), 0.0)):
        model = unequal("global_budget", scope=scope)
        model.month = 0
        assert model.ccos[1].agency.inside[1, EMERGENCY] == (usd > 0)
        assert model.ccos[1]._emergency_usd() == pytest.approx(usd)


def test_what_a_cco_received_is_from_the_state_the_federal_government_and_what_was_held_less_what_it_paid_back():
    model = unequal("global_budget")
    flows = np.zeros_like(model.ledger.flows)
    for payer, payee, cents in (
        ("state", "cco", 100), ("federal", "cco", 7), ("held", "cco", 5), ("cco", "state", 10), ("cco", "held", 2),
        ("cco", "primary", 60), ("cco_reserve", "cco", 30),
    ):  # fmt: skip
        flows[1, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]] = cents
    model.ccos[1].model = SimpleNamespace(ledger=SimpleNamespace(flows=flows))
    assert model.ccos[1]._received() == 100


@pytest.mark.parametrize(
    ("funding", "payer", "for_members", "for_areas"),
    [
        ("cco", "cco", "flexible_services", "community_benefit"),
        ("state", "state", "waiver_benefits", "waiver_benefits"),
        ("outside", "outside", "grants", "grants"),
    ],
)
def test_money_for_whole_areas_is_paid_as_such(funding, payer, for_members, for_areas):
    """Of 900 cents of programs 200 are for the whole area; the state is matched six tenths of all of it."""
    model = unequal("global_budget", funding=funding, payment__upstream_match=0.6)
    model.ledger.close_month()
    model.slots.costs_cents = lambda: np.array([0, 900, 0])
    model.slots.area_cents = lambda: np.array([0, 200, 0])
    model.bills.pay()
    purposes, flows = model.ledger.purposes[1], model.ledger.flows[1]
    paid = {name: int(purposes[PURPOSE_INDEX[name]]) for name in {for_members, for_areas}}
    assert paid == ({for_members: 700, for_areas: 200} if for_members != for_areas else {for_members: 900})
    assert flows[ACCOUNT_INDEX[payer], ACCOUNT_INDEX["community"]] == 900
    assert flows[ACCOUNT_INDEX["federal"], ACCOUNT_INDEX["state"]] == (540 if funding == "state" else 0)


def test_programs_that_the_state_pays_go_on_where_no_budget_runs():
    model = unequal("global_budget", starts={"CCO 1": 99}, funding="state")
    model.ledger.close_month()
    model.program = np.array([300, 500, 0])
    model.bills.pay()
    assert model.ledger.flows[1, ACCOUNT_INDEX["state"], ACCOUNT_INDEX["community"]] == 500


def test_what_a_cco_was_paid_this_month_goes_to_its_reserve_when_it_winds_up():
    model = unequal("global_budget")
    model.ledger.close_month()
    cco = model.ccos[1]
    before, balance = cco.reserve, int(model.ledger.balances[1, CCO])
    model.ledger.transfer(1, "state", "cco", 450, "capitation")
    cco._wind_up()
    assert cco.reserve - before == balance + 450


def test_a_board_learns_before_it_chooses(monkeypatch):
    """Each quarter: from the quarter, from studies and from the pool; then come priorities and duties, and actions.

    Duties are those of the end of the quarter that begins: of month 14 of a contract that began in month 2; what
    studies say is read by the month of the run.
    """
    model, order = unequal("global_budget", "withhold", "quality_pool", starts={"CCO 1": 2}, months=12 + 13), []
    cco = model.ccos[1]
    for owner, name in (
        (cco, "_learn"), (cco.board, "read"), (cco, "_learn_pool"), (cco.board, "renew_priorities"), (cco, "_oblige"),
    ):  # fmt: skip
        monkeypatch.setattr(owner, name, lambda *given, name=name: order.append((name, *given)))
    monkeypatch.setattr(cco.board, "moved", lambda actions, money, luck: order.append(("moved",)) or actions)
    cco._choose(1000)
    assert [name for name, *_ in order] == ["_learn", "read", "_learn_pool", "renew_priorities", "_oblige", "moved"]
    assert [given for name, *given in order if name in ("read", "_oblige")] == [[13], [14]]


def test_homes_are_helped_a_quarter_before_the_contract_asks_for_them(monkeypatch):
    model = unequal("global_budget", "contract_duties", months=12 + 13)
    monkeypatch.setattr(of_cco.contract_duties, "floors", lambda duties, month: np.array([month / 100]))
    assert model.ccos[1]._homes_due() == 0.16
    assert unequal("global_budget").ccos[1]._homes_due() == 0


def test_a_month_moves_recruits_and_effects_and_closes_no_year_before_its_end():
    """A recruited part of .5 goes a tenth of the way to what was decided last, .2; care management begins to work."""
    model = unequal("global_budget", months=12 + 3)
    cco = model.ccos[1]
    cco.concordant, cco.hired, cco.closed = 0.5, 0.1, 777
    cco.actions[CONCORDANCE], cco.actions[CARE] = 0.2, cco.board.most[CARE]
    before = cco.board.in_effect[CARE]
    model.ledger.close_month()
    cco.settle()
    assert cco.concordant == pytest.approx(0.47)
    assert cco.board.in_effect[CARE] > before
    assert cco.closed == 0


def test_a_cco_that_leaves_is_settled_before_it_winds_up_and_threatens_no_more(monkeypatch):
    model, order = unequal("global_budget", "withhold", months=12 + 3), []
    cco = model.ccos[1]
    cco.threatens_exit = True
    monkeypatch.setattr(model.agency, "release", lambda area: order.append(("settled", area)))
    monkeypatch.setattr(cco, "_wind_up", lambda: order.append(("wound up", 1)))
    cco._leave()
    assert order == [("settled", 1), ("wound up", 1)]
    assert (cco.has_left, cco.threatens_exit) == (True, False)


def test_a_cco_compares_what_the_services_in_scope_cost(monkeypatch):
    """Without dental care eight services of 50 USD: 400 a member and month, in each rate category."""
    model, seen = unequal("global_budget", scope=SERVICES[:3] + SERVICES[4:], months=12 + 6), []
    monkeypatch.setattr(of_cco, "cost_ratio", lambda cents, months, weights: seen.append(cents / months) or np.ones(3))
    model.ccos[1]._learn()
    now, before = seen
    assert SERVICES[3] == "dental"
    assert now == pytest.approx(np.full(now.shape, 40_000))
    assert before == pytest.approx(np.full(now.shape, 40_000))


def test_what_serves_no_member_is_no_care_program(monkeypatch):
    costs = {"care_management": np.array([500, 0]), "utilization_management": np.array([30, 8])}
    bills = unequal("global_budget").bills
    monkeypatch.setattr(bills, "care_costs", lambda: costs)
    assert bills.care_programs().tolist() == [500, 0]


def test_who_is_due_for_a_visit_is_as_old_as_the_oldest_whom_the_measure_counts():
    """Members of the ages at, and a year beyond, both limits: two count, of whom one has the year's care on record."""
    work, metric = MeasureWork(REGISTRY), METRICS.index("well_child")
    youngest, oldest = int(work.youngest[metric]), int(work.oldest[metric])
    ages = [youngest, oldest, oldest + 1] + ([youngest - 1] if youngest else [])
    rows = np.zeros(len(ages), MEMBER)
    rows["status"], rows["in_cco"], rows["age_months"] = ENROLLED, 1, 12 * np.array(ages) + 5
    rows["recorded"][0] = 1 << metric
    assert work.seen_so_far(rows, 0)[metric] == 0.5


def test_actions_are_cut_back_to_the_least_that_the_contract_asks_for():
    """All cost 4 at full strength and 5 are there; steps of .25 take the first from 1 down to .6, never to .5."""
    bounds = Bounds(np.ones(2, dtype=bool), np.array([0.6, 0.0]))
    cut = cut_back(np.ones(2), bounds, lambda s: s @ [1.0, 9.0], np.array([4.0, 4.0]), 5.0, 0.25)
    assert cut.tolist() == pytest.approx([0.6, 0.5])


def test_a_cco_opens_with_a_multiple_of_what_its_own_people_require():
    """A fifth of revenue where a twentieth is required: four times the least, 2.5 million dollars for each CCO."""
    model = unequal(
        "global_budget", months=12, weights=np.array([20.0, 50.0, 40.0]), cents=500, ccos__opening_reserve=0.2,
        ccos__reserve_requirement=0.05, ccos__reserve_minimum=2_500_000,
    )  # fmt: skip
    model.agency.set_rates()
    for cco in model.ccos:
        cco.decide()
    assert [cco.reserve for cco in model.ccos] == pytest.approx([4 * 250_000_000 / weight for weight in (20, 50, 40)])
