"""The agency's own arithmetic and order of a month, by hand, with rules that only note that they were called."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.state import agency
from sim.agents.state.agency import Agency
from sim.agents.state.settlement import Settlement
from sim.payment.fee_for_service import IN_CCO, OPEN_CARD
from sim.payment.ledger import ACCOUNT_INDEX, ACCOUNTS, PURPOSE_INDEX, PURPOSES
from sim.payment.tallies import ContractYear
from sim.schema import DENTAL, MEDICAID, MEDICARE, PAYERS, PRIMARY, RATE_CATEGORIES, SERVICES
from tests.support.stand_in_system import AREAS, StandIn

pytestmark = pytest.mark.quick

CARE = (2, len(RATE_CATEGORIES), len(SERVICES))
RUNS, BUDGET = np.array([True, False]), np.array([True, False])


def inside():
    found = np.zeros((2, len(SERVICES)), bool)
    found[0, PRIMARY] = True
    return found


def form(**more):
    empty = {"monthly": (), "in_december": (), "last": (), "on_exit": (), "records": None, "name": "one"}
    return SimpleNamespace(**empty | more)


class Payer:
    def __init__(self, said):
        self.said, self.matched = said, np.zeros((2, len(RATE_CATEGORIES)), np.int64)

    def transfer(self, payer, payee, cents, purpose):
        self.said.append((payer, payee, cents.tolist(), purpose))

    def claim_match(self, share):
        self.said.append(("match", share))


def agency_of(month=23, forms=()):
    """An area with a budget for primary care, and one without contracts; its words are noted in ``said``."""
    own = Agency.__new__(Agency)
    own.said = []
    own.calendar = SimpleNamespace(
        forms=forms, starts=np.array([5, 14]), has_budget=True, runs=lambda month: RUNS,
        inside=lambda month: inside(), budget=lambda month: BUDGET, leave=lambda area: own.said.append(("leave", area)),
    )  # fmt: skip
    months = np.zeros((2, 2, len(RATE_CATEGORIES)), int)
    months[:, OPEN_CARD], months[0, IN_CCO, :2], months[1, IN_CCO, :2] = 90, [10, 4], [6, 20]
    money = np.zeros((2, 2, len(RATE_CATEGORIES), len(SERVICES), len(PAYERS)), int)
    money[:, OPEN_CARD, 0, PRIMARY, MEDICAID], money[:, OPEN_CARD, 1, DENTAL, MEDICAID] = [100, 200], [30, 60]
    money[..., MEDICARE], money[:, IN_CCO, 0, PRIMARY, MEDICAID] = 1_000_000, 5_000
    state, budget, prepaid = np.zeros((3, *CARE), int)
    state[:, 0, DENTAL], state[:, 1, PRIMARY] = [4000, 600], [0, 1000]
    budget[0, 0, PRIMARY], prepaid[:, 0, PRIMARY], prepaid[:, 1, DENTAL] = 777, [500, 900], [300, 60]
    own.model = SimpleNamespace(
        month=month, area_names=("A", "B"), last=SimpleNamespace(rate_months=months, money=money),
        providers=SimpleNamespace(claims=SimpleNamespace(state=state, budget=budget, prepaid=prepaid)),
        ledger=SimpleNamespace(flows=np.zeros((2, len(ACCOUNTS), len(ACCOUNTS)), int)),
    )  # fmt: skip
    table = np.zeros(CARE)
    table[:, 0, PRIMARY], table[:, 1, PRIMARY], table[:, :, DENTAL] = [150, 70], [250, 30], 11
    own.rates = SimpleNamespace(
        table=table, risk=np.array([1.2, 0.5]), terms=SimpleNamespace(load=0.1), record=lambda: {"rate": 7}
    )
    own.withheld, own.federal_share, own._revenue, own._revenue_of = 0.05, "share", None, (0, None)
    own.administration_share, own.administration_match, own._recorded = 0.2, 0.6, {"kept": 1, "old": 2}
    own.payer = Payer(own.said)
    own.month_view = lambda: SimpleNamespace(
        month=own.model.month, runs=RUNS, budget=BUDGET, ends=np.array([False, True])
    )
    return own


def test_months_run_count_from_each_areas_start():
    assert agency_of(month=9).months_run.tolist() == [4, -5]


def test_capitation_is_of_services_inside_at_each_areas_risk_and_of_the_month_asked_for():
    """10 months at 150 and 4 at 250, times 1.2: 1,800 and 1,200, of which a twentieth is held."""
    own = agency_of()
    due, held = own.revenue()
    assert due[:, :2].tolist() == [[1800, 1200], [0, 0]]
    assert held[:, :2].tolist() == [[90, 60], [0, 0]]
    own.model.last = SimpleNamespace(rate_months=2 * own.model.last.rate_months)
    assert own.revenue().due[0, :2].tolist() == [3600, 2400]  # members lived through another month
    own.rates.table = 3 * own.rates.table
    assert own.revenue().due[0, :2].tolist() == [3600, 2400]  # still the same month
    own.model.month += 1
    assert own.revenue().due[0, :2].tolist() == [10_800, 7200]


@pytest.mark.parametrize(("month", "benefit"), [(-1, 1.0), (0, 0.25)])
def test_the_declared_dental_benefit_holds_from_month_0(month, benefit):
    own = agency_of(month)
    own.dental_benefit, own.parties = 0.25, SimpleNamespace(divide=lambda: own.said.append("divides"))
    own.rates.set = lambda month: own.said.append(("rates", month))
    own.stakes = SimpleNamespace(fees=lambda: [3, 4], refused=lambda: [5, 6])
    own.model.areas = {}
    own.set_rates()
    assert own.model.areas == {"fee": [3, 4], "refused": [5, 6], "dental_benefit": benefit}
    assert own.said == ["divides", ("rates", month)]


def test_what_care_of_cco_members_cost_the_state():
    """The state pays CCOs 9,000, what is held 400, hospitals 2,000 and administrators 5; a CCO gives back 70.

    130 were of open-card members, and a tenth of 3,000 due is no care.
    """
    own = agency_of()
    state, cco, held, hospital, outside = (
        ACCOUNT_INDEX[name] for name in ("state", "cco", "held", "hospital", "outside")
    )
    flows = own.model.ledger.flows
    flows[0, state, [cco, held, hospital, outside]], flows[0, cco, state] = [9000, 400, 2000, 5], 70
    flows[1, state, hospital], flows[1, cco, hospital] = 1000, 40
    assert own._outlay(np.array([3000, 0])).tolist() == [9000 + 400 + 2000 - 70 - 130 - 300, 1000 - 260]


@pytest.mark.parametrize(("month", "december"), [(23, ["december"]), (22, []), (24, [])])
def test_the_order_of_a_month_that_is_settled(month, december, monkeypatch):
    """The state handles 4,000 cents of claims and 300 prepaid, and 1,600 and 960; a CCO handles what is inside."""
    monkeypatch.setattr(agency, "_experience", lambda view: ("of", view.month))
    notes = {name: (lambda said: lambda view: own.said.append(said))(name) for name in ("monthly", "december", "last")}
    one = form(
        monthly=(notes["monthly"],), in_december=(notes["december"],), last=(notes["last"],),
        records=lambda view: {"kept": 5},
    )  # fmt: skip
    own = agency_of(month, (one, form(monthly=(notes["monthly"],))))
    own.experience = SimpleNamespace(
        keep=lambda month, cost: own.said.append(("keep", month, cost)),
        spent=lambda month, outlay: own.said.append(("spent", month, outlay.tolist())),
    )
    own.settlement = SimpleNamespace(settle=lambda view, due: own.said.append(("settle", due.tolist())))
    own.revenue = lambda: SimpleNamespace(due=np.array([[1800, 1200], [30, 40]]), held=np.array([[90, 60], [1, 1]]))
    own.settle()
    assert own.said == [
        "monthly", ("keep", month, ("of", month)), *december, ("settle", [3000, 0]),
        ("spent", month, [-130 - 300, -260]), "last", ("state", "outside", [860, 512], "administration"),
        ("federal", "state", [516, 307], "federal_match"), ("match", "share"),
    ]  # fmt: skip
    assert own.payer.matched[:, :3].tolist() == [[4000, 0, 0], [600, 1000, 0]]
    assert own.record() == {"kept": 5, "old": 2, "rate": 7}
    own.calendar.has_budget = False
    assert own.record() == {"kept": 5, "old": 2}


def exiting(name):
    def leaves(view, area):
        said.append((name, area))

    said = []
    return said, form(name=name, on_exit=(leaves,))


def test_contracts_that_end_are_settled_where_they_ran_and_their_match_is_claimed():
    (gone, ending), (kept, staying) = exiting("ends"), exiting("stays")
    own = agency_of(forms=(ending, staying))
    own.end_contracts(["stays", "new"])
    assert (gone, kept, own.said) == ([("ends", 0)], [], [("match", "share")])
    own.end_contracts(["stays", "ends"])
    assert (gone, own.said) == ([("ends", 0)], [("match", "share")])


def test_a_cco_that_gives_up_is_settled_matched_and_leaves():
    said, one = exiting("any")
    own = agency_of(forms=(one,))
    own.release(1)
    assert (said, own.said) == ([("any", 1)], [("match", "share"), ("leave", 1)])


def test_a_month_shows_the_party_of_the_contracts_and_what_is_prepaid_once(monkeypatch):
    """Two forms have paid for .3 and .2 of the same claims: .3 are not billed, and .2 where the second pays alone."""
    model = StandIn().month_by_month(24)
    share = np.zeros((AREAS, len(SERVICES)))
    share[0, PRIMARY] = 0.3
    other = np.zeros((AREAS, len(SERVICES)))
    other[:2, PRIMARY] = 0.2
    party, judged = SimpleNamespace(name="party"), SimpleNamespace(name="judged")
    monkeypatch.setattr(StandIn, "judged", judged)
    model.agency.parties.seen = lambda: party
    model.agency.calendar.forms = tuple(
        SimpleNamespace(name=name, prepays=value)
        for name, value in (("a", lambda view: share), ("b", None), ("c", lambda view: other))
    )
    view = model.agency.month_view()
    assert view.prepaid[:, PRIMARY].tolist() == [0.3, 0.2, 0]
    assert (view.last, view.quality, view.in_force) == (party, judged, {"a", "b", "c"})
    assert (view.month, view.year.tolist(), view.ends.any()) == (12, [1] * AREAS, False)
    model.month = 23
    assert model.agency.month_view().ends.all()


def test_the_luck_of_inspections_is_drawn_anew_each_month_for_each_area(monkeypatch):
    monkeypatch.setattr(agency, "uniforms", lambda *keys: keys)
    own = agency_of(month=8)
    own.model.seed = 31
    seed, areas, month, which = own._luck_of_inspection()
    assert (seed, areas.tolist(), month, which) == (31, [0, 1], 8, agency.INSPECTED)


def test_an_agency_goes_on_with_its_records_and_works_its_revenue_out_again():
    kept, again = StandIn(), StandIn()
    kept.agency._recorded = {"payment.some": np.array([3, 4])}
    again.agency._revenue = "of another run"
    again.agency.restore(kept.agency.snapshot())
    assert again.agency._revenue is None
    assert {name: value.tolist() for name, value in again.agency._recorded.items()} == {"payment.some": [3, 4]}


def settlement(forms=()):
    """Two areas: CCOs paid hospitals 300 and 70, and got 40 and 5 back; ones and twos are in their sums already."""
    own = Settlement.__new__(Settlement)
    ContractYear.__init__(own, 2)
    for place, name in enumerate(own.REMEMBERED):
        setattr(own, name, np.array([1 + place, 11 + place]))
    flows, purposes = np.zeros((2, len(ACCOUNTS), len(ACCOUNTS)), int), np.zeros((2, len(PURPOSES)), int)
    state, cco, held, hospital, dental = (
        ACCOUNT_INDEX[name] for name in ("state", "cco", "held", "hospital", "dental")
    )
    flows[:, cco, hospital], flows[:, dental, cco] = [300, 70], [40, 5]
    flows[:, state, cco], flows[:, held, cco], flows[:, cco, state] = [1000, 200], [30, 6], [9, 2]
    purposes[:, 0], purposes[:, 1], purposes[:, 2] = [50, 60], [7, 8], 999
    own._quality_pay = [0, 1]
    own.calendar = SimpleNamespace(forms=forms)
    own.model = SimpleNamespace(
        ledger=SimpleNamespace(flows=flows, purposes=purposes),
        bills=SimpleNamespace(care_programs=lambda: np.array([13, 17])),
        funds=SimpleNamespace(paid_by_budgets=lambda: np.array([3, 4])),
    )
    return own


def settling(ends):
    actions = np.zeros(2, [("pass_through", float), ("at_risk", float)])
    actions["pass_through"], actions["at_risk"] = [0.5, 0.25], [0.4, 0.8]
    return SimpleNamespace(actions=actions, budget=BUDGET, ends=np.array(ends))


def test_a_month_is_added_to_each_areas_own_sums():
    own = settlement()
    own.settle(settling([False, False]), np.array([800, 0]))
    assert own.due.tolist() == [1 + 800, 11]
    assert own.revenue.tolist() == [2 + 1000 + 30 - 9, 12 + 200 + 6 - 2]
    assert own.medical.tolist() == [3 + 300 - 40, 13 + 70 - 5]
    assert own.bonuses.tolist() == [4 + 57, 14]
    assert own.programs.tolist() == [5 + 13 + 3, 15]
    assert own.staked.tolist() == [pytest.approx(6 + 160), 16]


def test_a_year_that_ends_counts_what_is_shared_once_and_begins_again_in_its_area_alone():
    seen = []

    def share(month):
        own.model.ledger.flows[:, ACCOUNT_INDEX["cco"], ACCOUNT_INDEX["hospital"]] += [20, 80]

    def look(month):
        seen.append(own.medical.tolist())

    own = settlement((SimpleNamespace(after_year=(share, look)), SimpleNamespace(after_year=(look, share))))
    own.settle(settling([True, False]), np.array([800, 0]))
    assert seen == [[3 + 260 + 20, 13 + 65 + 80]]
    assert [getattr(own, name)[0] for name in own.REMEMBERED] == [0] * 6
    assert own.medical[1] == 13 + 65 + 80


def test_what_rewards_quality_is_known_whatever_the_forms_of_a_scenario():
    own = Settlement(SimpleNamespace(area_names=("A", "B")), SimpleNamespace(forms=()))
    paid = ("performance_bonus", "quality_bonus")
    assert sorted(own._quality_pay) == sorted(PURPOSE_INDEX[name] for name in paid)


def test_what_is_kept_of_a_month_does_not_change_with_the_next_one():
    cents, months, attached = np.array([[5, 6], [7, 8]]), np.array([[1, 2], [3, 4]]), np.array([[0.5, 1], [1, 2]])
    view = SimpleNamespace(claims=lambda: cents, months=lambda: months, attributed=lambda: attached, runs=RUNS)
    found = agency._experience(view)
    cents[...], months[...] = 0, 0
    assert found.cents.tolist() == [[5, 6], [7, 8]]
    assert found.months.tolist() == [[1, 2], [3, 4]]
    assert found.attributed.tolist() == [[0.5, 1], [1, 2]]
    assert found.outlay.tolist() == [0, 0]  # until the month is settled
