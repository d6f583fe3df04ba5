"""What the state puts at stake and whom its contracts hold for, by hand: no two areas or services share a number."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.state import parties
from sim.agents.state.incentives import Stakes
from sim.agents.state.parties import Parties
from sim.engine.draws import ONCE
from sim.payment.authorization import Authorization
from sim.payment.contract_calendar import Calendar
from sim.payment.ledger import PROVIDERS
from sim.payment.parties import ALL, DRAWN, LARGEST, SMALLEST
from sim.schema import (
    BEHAVIORAL,
    CLINIC,
    DENTAL,
    EMERGENCY,
    INPATIENT,
    MEMBER,
    PRIMARY,
    RATE_CATEGORIES,
    SERVICES,
    SPECIALIST,
)

pytestmark = pytest.mark.quick

SHOWN = [PRIMARY, SPECIALIST, INPATIENT]


def services(**of_area):
    """A flag for each of three areas and each service; a name is of a service, its value the flags of the areas."""
    found = np.zeros((3, len(SERVICES)), bool)
    for name, flags in of_area.items():
        found[:, SERVICES.index(name)] = flags
    return found


def authorization():
    """One primary visit in ten and half of all stays are asked for; of these .4 are lost for good; a dollar each."""
    own = Authorization.__new__(Authorization)
    own.requested = np.zeros(len(SERVICES))
    own.requested[PRIMARY], own.requested[INPATIENT] = 0.1, 0.5
    own.denied, own.restored, own.cost = 0.5, 0.2, 100.0
    own.price = np.full(len(SERVICES), 100.0)
    own.price[INPATIENT] = 1000.0
    return own


def scheduled(registry):
    fee = np.ones(len(SERVICES))
    fee[PRIMARY] = 1.5
    return fee, 0.1


def stakes(organizations="live", apart=False):
    """Two areas with contracts: the first manages at half strength and does not pay for stays, the second does not
    manage. The third has none any more, and what its CCO had decided still stands there."""
    own = Stakes.__new__(Stakes)
    runs = np.array([True, True, False])
    own.calendar = SimpleNamespace(
        runs=lambda month: runs & (month == 5), budget=lambda month: runs & (month == 5),
        inside=lambda month: services(primary=[1, 1, 0], specialist=[1, 1, 0], inpatient=[0, 1, 0]) & (month == 5),
        covered=lambda month: services(primary=[1, 1, 0], behavioral=[1, 0, 0], dental=[0, 1, 0]) & (month == 5),
        has=lambda form: apart and form.name == "separate_plans", forms=(SimpleNamespace(fees=scheduled, stakes=None),),
    )  # fmt: skip
    mix = np.zeros((3, len(SERVICES)))
    mix[:, SHOWN] = [4000, 1000, 2000], [3000, 500, 9000], [700, 300, 4000]
    months = np.zeros((3, 2, len(RATE_CATEGORIES)), int)
    months[:, 0, 0], months[:, 1, 1], months[:, 1, 2] = [12, 5, 2], [3, 2, 5], [1, 3, 1]
    own.model = SimpleNamespace(
        month=5, area_names=("A", "B", "C"), registry=None, scenario=SimpleNamespace(organizations=organizations),
        actions={"utilization_management": np.array([0.04, 0.0, 0.08])}, providers=SimpleNamespace(mix=mix),
        party=SimpleNamespace(rate_months=months),
    )  # fmt: skip
    own.rates = SimpleNamespace(squeeze=np.log([0.81, 0.64, 0.25]))
    own.cap_into_prices, own.denied_today, own.most_denied = 0.5, 0.2, 0.08
    own.authorization = authorization()
    return own


def test_medicaid_pays_by_the_schedule_where_contracts_run_and_ccos_deny_of_their_own():
    """Of billed value .1 instead of .2 is denied: 9/8, for primary care 3/2 of that.

    The first CCO denies .04 more: .02 of primary visits are refused before, so .02 of them are given and not paid.
    """
    fees = stakes().fees()[:, :, SHOWN]
    runs = [1.5 * 0.9 / 0.8, 0.9 / 0.8, 0.9 / 0.8]
    assert fees[:, 0] == pytest.approx(np.array([runs, runs, [1, 1, 1]]))
    managed = [1.5 * 0.88 / 0.8, 0.86 / 0.8, 0.9 / 0.8]
    assert fees[:, 1] == pytest.approx(np.array([managed, runs, [1, 1, 1]]))


def test_a_cco_whose_decisions_are_replayed_denies_nothing_of_its_own():
    fees = stakes("fixed").fees()
    assert fees[:, 1] == pytest.approx(fees[:, 0])
    assert not stakes("fixed").refused().any()


def test_a_cco_refuses_as_hard_as_it_manages_and_only_what_it_pays_for():
    refused = np.zeros((3, len(SERVICES)))
    refused[0, PRIMARY] = 0.5 * 0.1 * 0.5 * 0.8
    assert stakes().refused() == pytest.approx(refused)


def test_the_cap_takes_a_part_of_its_squeeze_off_prices_inside_a_budget():
    logs = np.log([[0.9, 0.9, 1], [0.8, 0.8, 0.8], [1, 1, 1]])
    assert stakes().squeezed()[:, SHOWN] == pytest.approx(logs)


def view(own):
    months = np.array([[3, 0], [2, 0], [5, 0]])
    prepaid = np.zeros((3, len(SERVICES)))
    prepaid[:, PRIMARY], prepaid[:, EMERGENCY] = [0.3, 0.6, 0], [0.2, 0.7, 0]
    last = SimpleNamespace(rate_months=np.ones((3, 2, len(RATE_CATEGORIES))))  # of some kinds of members alone
    return SimpleNamespace(month=own.model.month, prepaid=prepaid, months=lambda: months, last=last)


def test_what_providers_feel_of_fees():
    """Members of CCOs are 4 of 16, 5 of 10 and 6 of 8. Asking: 4 visits and 1 stay, 5 dollars of 50, at half strength.

    Prices of the first two CCOs are .9 and .8 where they pay.
    """
    own = stakes()
    felt = own.of_month(lambda: view(own)).fee[:, SHOWN]
    open_card = np.array([1.5 * 0.9 / 0.8, 0.9 / 0.8, 0.9 / 0.8])
    first = np.array([1.5 * 0.88 / 0.8 * 0.9 * 0.95, 0.86 / 0.8 * 0.9 * 0.95, 0.9 / 0.8])
    assert felt[0] == pytest.approx(0.75 * open_card + 0.25 * first)
    assert felt[1] == pytest.approx(0.5 * open_card + 0.5 * 0.8 * open_card)
    assert felt[2].tolist() == [1, 1, 1]


def test_stakes_of_forms_add_up_each_rule_once():
    def both(month):
        return {"bonus": np.array([0.01, 0.02, 0.0]), "at_risk": np.full((3, len(PROVIDERS)), 0.3)}

    own = stakes()
    own.calendar.forms = tuple(
        SimpleNamespace(fees=None, stakes=rule)
        for rule in (both, lambda month: {"bonus": np.array([0.04, 0, 0])}, None, both)
    )
    found = own.of_month(lambda: view(own))
    assert found.bonus == pytest.approx([0.05, 0.02, 0])
    assert found.at_risk == pytest.approx(np.full((3, len(PROVIDERS)), 0.3))
    assert found.capitated.tolist() == [0.3, 0.6, 0]
    assert found.hospital_budget.tolist() == [0.2, 0.7, 0]
    assert found.members == pytest.approx([3 / 16, 2 / 10, 0])


@pytest.mark.parametrize("apart", [False, True])
def test_practices_answer_for_the_services_of_the_plan_that_pays_them(apart):
    own = stakes(apart=apart)
    inside = own.of_month(lambda: view(own)).inside
    assert inside[:, PRIMARY].tolist() == [True, True, False]
    assert inside[:, BEHAVIORAL].tolist() == [not apart, False, False]
    assert inside[:, DENTAL].tolist() == [False, not apart, False]


def test_where_no_contract_runs_nothing_is_at_stake_and_fees_are_todays():
    own = stakes()
    own.model.month = 4
    assert (own.of_month(lambda: None).fee == 1).all()
    assert (own.fees() == 1).all()


AREA = [0, 1, 1, 0, 1, 1]
SIZES = np.array([5.0, 3.0, 1.0, 9.0, 7.0, 2.0])


def divides(order, month, kinds=None):
    own = Parties.__new__(Parties)
    clinics = np.zeros(6, CLINIC)
    clinics["area"], clinics["apart"] = AREA, 1
    own.calendar = Calendar("ABC", (), 0, {}, {})
    own.calendar.empty = np.array([False, True, False])
    own.model = SimpleNamespace(
        clinics=clinics, month=month, weights=np.ones(3), seed=11, providers=SimpleNamespace(clinic_sizes=SIZES)
    )
    own.order, own.clinic_share, own.kinds = order, 0.5, kinds
    return own


@pytest.mark.parametrize(
    ("order", "month", "apart", "empty"),
    [
        (LARGEST, 0, [1, 0, 1, 0, 0, 1], [False, False, True]),  # 9 of two, 7 and 3 of four, none of none
        (SMALLEST, 3, [0, 1, 0, 1, 1, 0], [False, False, True]),
        (LARGEST, -1, [0] * 6, [False, True, False]),
        (ALL, 3, [0] * 6, [False, True, False]),
    ],
)
def test_half_of_each_areas_clinics_are_under_contracts_from_month_0(order, month, apart, empty):
    own = divides(order, month)
    own.divide()
    assert own.model.clinics["apart"].tolist() == apart
    assert own.calendar.empty.tolist() == empty


def test_places_and_rounding_are_drawn_once_each_by_its_own_decision(monkeypatch):
    """Half of two clinics and a luck of .2 are one; half of four and .9 are two; half of one and .3 are none."""
    drawn = {
        (parties.ROUNDED, 3): np.array([0.2, 0.9, 0.3]),
        (parties.PLACE, 7): np.array([0.4, 0.1, 0.8, 0.3, 0.9, 0.2, 0.5]),
    }

    def uniforms(seed, of, when, which):
        assert (seed, when, of.tolist()) == (11, ONCE, list(range(len(of))))
        assert (which, len(of)) in drawn
        return drawn[which, len(of)]

    monkeypatch.setattr(parties, "uniforms", uniforms)
    own = divides(DRAWN, 7)
    own.model.clinics = np.zeros(7, CLINIC)
    own.model.clinics["area"] = [*AREA, 2]
    own.divide()
    assert own.model.clinics["apart"].tolist() == [1, 0, 1, 0, 1, 0, 1]
    assert own.calendar.empty.tolist() == [False, False, True]


@dataclass
class Seen:
    money: np.ndarray
    rate_months: np.ndarray
    other: str


def test_contracts_for_some_kinds_see_no_other_members_of_ccos():
    """The second and the last kind alone; members with an open card stay."""
    kinds = np.zeros(len(RATE_CATEGORIES), bool)
    kinds[[1, -1]] = True
    own = divides(ALL, 3, kinds)
    money = 1 + np.arange(3 * 2 * len(kinds)).reshape(3, 2, len(kinds))
    own.model.party, own.model.last = (Seen(more + money, more + 100 + money, "kept") for more in (0, 7))
    seen = own.seen()
    assert seen.other == "kept"
    for found, given in ((seen.money, money), (seen.rate_months, 100 + money)):
        assert found[:, 0].tolist() == given[:, 0].tolist()
        assert found[:, 1].tolist() == (given[:, 1] * kinds).tolist()
    own.kinds = None
    assert own.seen() is own.model.party


def test_contracts_hold_for_members_of_their_kinds_at_clinics_under_them(monkeypatch):
    kinds = np.zeros(len(RATE_CATEGORIES), bool)
    kinds[4] = True
    monkeypatch.setattr(parties, "rate_categories", lambda members: np.array([4, 3, 4, 3]))
    members = np.zeros(4, MEMBER)
    members["clinic"] = [0, 0, 1, 1]
    for known, hold in ((None, [False, False, True, True]), (kinds, [False, False, True, False])):
        own = divides(ALL, 3, known)
        own.model.clinics["apart"] = [1, 0, 1, 1, 1, 1]
        assert own.hold_for(members).tolist() == hold
