"""How budgets are divided, who is seen, what reserves ask and what rates say, where no number is 1."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import schema
from sim.agents.cco.actions import ACTION_INDEX
from sim.agents.cco.objective import Horizon, Outlook, Weights, worth
from sim.agents.cco.reserves import Solvency
from sim.agents.programs import budget_shares
from sim.agents.programs.budget_shares import Allocation
from sim.agents.programs.community import Community
from sim.agents.programs.targeting import Targeting
from sim.agents.state.rates import Rates
from sim.agents.state.settlement import CCO, HELD, STATE, Settlement
from sim.payment.ledger import ACCOUNTS, PROVIDERS
from sim.payment.tallies import ContractYear
from sim.schema import FOOD, HOMELESSNESS, HOUSING, MEMBER, NEEDS, SERVICES

pytestmark = pytest.mark.quick


def number(value):
    return SimpleNamespace(value=value)


class Numbers:
    """A registry of a few numbers."""

    def __init__(self, **numbers):
        prices = np.zeros(len(SERVICES))
        prices[schema.EMERGENCY], prices[schema.INPATIENT] = 100.0, 8000.0
        self.numbers = {
            "upstream.community_priority": np.arange(float(len(NEEDS))), "upstream.council_emphasis": 3.0,
            "upstream.payer_retention": 0.98, "upstream.social_rate": 0.03, "upstream.hurdle_rate": 0.1,
            "upstream.pocket_per_need": np.full((len(NEEDS), 2), 20.0), "needs.utility_loss": 0.06,
            "upstream.qaly_value": 100_000.0, "levels.price": prices, "spending.price_level": 1.25,
            "upstream.community_rural": 0.5,
        } | numbers  # fmt: skip

    def get(self, name):
        return self.numbers[name]

    dollars = get


def an_allocation(name, packages=(), shares=None, chosen=()):
    choice = SimpleNamespace(allocation=name, packages=chosen, shares=shares)
    return Allocation(Numbers(), choice, packages)


def test_shares_belong_to_the_packages_that_are_named_with_them():
    """The scenario names b before a; bits come in the order of a and b."""
    packages = [SimpleNamespace(name="a"), SimpleNamespace(name="b")]
    assert an_allocation("shares", packages, [0.7, 0.3], ("b", "a")).shares.tolist() == [0.3, 0.7]


def test_society_discounts_by_its_own_rate_and_counts_needs_by_the_month():
    """Two sectors pay 20 each for a month with a need; .06 of a QALY of 100,000 a year are 500 a month."""
    social, payer = an_allocation("social"), an_allocation("five_years")
    assert social.discount == pytest.approx(1.03 ** (-1 / 12))
    assert payer.discount == pytest.approx(1.1 ** (-1 / 12))
    assert social.relief == pytest.approx(540)
    assert social.prices[schema.INPATIENT] == 10_000


def test_a_return_is_reckoned_from_visits_and_stays_of_a_month(monkeypatch):
    """Two people who are expected to have 24 and 36 visits and 6 and 0 stays a year: 2.5 and .25 a month."""
    seen = []
    monkeypatch.setattr(budget_shares.risk, "fit", lambda members, lived: None)
    expected = np.array([[9.0, 24.0, 6.0], [9.0, 36.0, 0.0]])
    monkeypatch.setattr(budget_shares.risk, "expected", lambda members, rows, slopes, lived: expected)
    monkeypatch.setattr(budget_shares, "return_per_dollar", lambda *given: seen.append(given) or 1.0)
    one = an_allocation("one_year", [SimpleNamespace(name="a", fade=number(0.0), lag=number(3.0))])
    assert one.order(None, [np.arange(2)], 7) == [0]
    ((_, use, fade, worth_of, horizon),) = seen
    assert (use[schema.EMERGENCY], use[schema.INPATIENT], use.sum()) == (2.5, 0.25, 2.75)
    assert (fade, horizon, worth_of.keep) == (1.0, 12, 0.98)
    assert not worth_of.relief.any()


def a_program(**effects):
    parts = {name: SimpleNamespace(per="engaged", value=value) for name, value in effects.items()}
    return SimpleNamespace(effects=parts)


def test_a_program_sees_what_screening_found_and_who_has_no_home():
    rows = np.zeros(3, MEMBER)
    rows["needs"] = [1 << FOOD | 1 << HOUSING, 1 << HOMELESSNESS, 0]
    rows["known_needs"] = [1 << FOOD, 0, 0]
    rows["rurality"] = [0, 1, 2]
    rows["ed_year"], rows["ed_last_year"] = [1, 0, 2], [6, 0, 0]
    targeting = Targeting(Numbers(), "need", [a_program(emergency=0.9, inpatient=0.75)])
    seen = targeting.see(rows, np.arange(3), 4)  # four months of this year are over: two thirds of the last count
    assert seen.known_needs.tolist() == [1 << FOOD, 1 << HOMELESSNESS, 0]
    assert seen.rural.tolist() == [False, True, True]
    assert seen.emergency.tolist() == [5, 0, 2]
    assert targeting.saved == [(pytest.approx(12.5), pytest.approx(2500))]


def test_screening_waits_for_what_the_area_owes():
    def offered(owed):
        slots = SimpleNamespace(
            start=3,
            packages=(SimpleNamespace(),) * 2,
            screens=True,
            owed=np.array([4, owed]),
            screening_probability=0.25,
            neighborhood=SimpleNamespace(onset_multipliers=lambda area: np.array([0.5, 1.5])),
        )
        areas = {"screening": np.zeros(2), "need_onset": np.zeros((2, 2)), "need_onset_highest": np.zeros(2)}
        Community.offer(SimpleNamespace(slots=slots, model=SimpleNamespace(month=12, areas=areas), area=1))
        return areas

    here, owing = offered(0), offered(5)
    assert here["screening"].tolist() == [0, 0.25]
    assert owing["screening"].tolist() == [0, 0]
    assert here["need_onset_highest"].tolist() == [0, 1.5]


TERMS = Solvency(0.2, 0.1, 5000.0, 2.5, 0.4, 0.05, 0.5, 3)  # minimum in dollars


def test_what_a_small_cco_must_hold_is_the_minimum_and_all_else_follows_from_it():
    """A member stands for ten people: 5,000 dollars are 50,000 cents, more than a tenth of 100,000."""
    assert TERMS.floor(1_000_000, 10) == 100_000
    assert TERMS.floor(100_000, 10) == 50_000
    assert TERMS.ceiling(100_000, 10) == 125_000
    assert TERMS.taken_out(225_000, 100_000, 10) == 40_000
    assert TERMS.opens(100_000, 10) == pytest.approx(0.2 * 500_000)
    assert [TERMS.cannot_go_on(reserve, 100_000, 10) for reserve in (24_999, 25_000, 49_000)] == [True, False, False]
    assert [TERMS.threatens(60_000, margin, 100_000, 10) for margin in (-0.04, -0.06)] == [False, True]


def test_hospitals_lose_all_of_a_saving_of_which_the_cco_keeps_a_part():
    """A saving of 10% of 100, half of it hospitals', of which a board keeps half after a month."""
    nothing = np.zeros(len(ACTION_INDEX))
    saving, hospital = nothing.copy(), nothing.copy()
    work = ACTION_INDEX["measure_work"]
    saving[work], hospital[work] = 0.1, 0.5
    outlook = Outlook(saving, nothing, nothing, nothing, nothing, hospital, nothing, 100.0, 0.0)
    strength = np.where(np.arange(len(nothing)) == work, 0.8, 0.0)
    horizon = Horizon(months=1, discount=0.9, churn=0.5, rebase=0.0)
    assert worth(strength, outlook, Weights(0, 0, 0, 1, 0), horizon) == pytest.approx(-0.5 * 8)
    assert worth(strength, outlook, Weights(1, 0, 0, 0, 0), horizon) == pytest.approx(0.5 * 8)


def test_the_capitation_that_is_recorded_is_of_an_areas_mix_and_risk_in_millionths_of_a_dollar():
    """300 and 500 dollars for 30 and 10 months are 350; at a relative risk of 1.2 they are 420."""
    rates = Rates.__new__(Rates)
    months = np.zeros((1, 2, 2), np.int64)
    months[0, 1] = 30, 10
    months[0, 0] = 1000  # on the open card
    rates.table = np.array([[[20_000.0, 10_000], [50_000, 7_777]]])
    rates.table[0, 1, 1] = 0
    rates.risk, rates.rule = np.array([1.2]), np.array([2])
    rates.model = SimpleNamespace(last=SimpleNamespace(rate_months=months), month=5)
    rates.calendar = SimpleNamespace(inside=lambda month: np.ones((1, 2), bool))
    found = rates.record()
    assert found["payment.capitation"].tolist() == [420_000_000]
    assert found["payment.rate_rule"].tolist() == [2]


def test_a_contract_year_adds_what_ccos_received_and_paid_less_what_came_back():
    """Paid 100, 20 of what was held, less 7 given back; hospitals 60 less 5 given back; quality money of one area."""
    flows = np.zeros((2, len(ACCOUNTS), len(ACCOUNTS)), np.int64)
    hospital = ACCOUNTS.index("hospital")
    assert "hospital" in PROVIDERS
    flows[0, STATE, CCO], flows[0, HELD, CCO], flows[0, CCO, STATE] = 100, 20, 7
    flows[0, CCO, hospital], flows[0, hospital, CCO] = 60, 5
    purposes = np.tile(np.array([4, 9]), (2, 1))
    year = Settlement.__new__(Settlement)
    ContractYear.__init__(year, 2)
    year._quality_pay = [0]
    year.model = SimpleNamespace(
        ledger=SimpleNamespace(flows=flows, purposes=purposes),
        bills=SimpleNamespace(care_programs=lambda: np.array([11, 11])),
        funds=SimpleNamespace(paid_by_budgets=lambda: np.array([3, 3])),
    )
    actions = np.zeros(2, [("pass_through", "f8"), ("at_risk", "f8")])
    actions["pass_through"], actions["at_risk"] = 0.5, 0.4
    month = SimpleNamespace(actions=actions, budget=np.array([True, False]))
    for _ in range(2):
        year._add(month, np.array([100, 0]))
    assert year.due.tolist() == [200, 0]
    assert year.revenue.tolist() == [226, 0]
    assert year.medical.tolist() == [110, 0]
    assert year.bonuses.tolist() == [8, 0]
    assert year.programs.tolist() == [28, 0]
    assert year.staked.tolist() == [pytest.approx(40), 0]
