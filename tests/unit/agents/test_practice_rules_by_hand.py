"""Rules of practices by hand where the telling case is easily left out: unequal areas, one thing at stake, clocks."""

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.cco.learning import cost_ratio
from sim.agents.providers.capacity import RATIONED, Capacity, CapacityTerms
from sim.agents.providers.opioid_slots import OpioidSlots, SlotTerms
from sim.agents.providers.participants import Participants
from sim.agents.providers.staffing import Staffing
from sim.agents.providers.waits import WaitCurve, Waits
from sim.axes import MEANS
from sim.payment.fee_for_service import sort_claims
from sim.payment.forms.contract_duties import Floors, floors, held_back
from sim.payment.forms.medical_loss_ratio import loss_ratio, rebate
from sim.payment.incentives import Incentives, is_neutral, no_incentives
from sim.schema import CONDITIONS, ENROLLED, MEDICAID, MEMBER, METRICS, OPIOID_USE, PAYERS, SERVICES
from tests.support.stand_in_system import AREAS, StandIn

pytestmark = pytest.mark.quick

SLOTS = SlotTerms(slots=1.1, offer=1.0, spare=0.2, growth=0.25, leaving=0.1)


def register(*known_and_treated):
    found = np.zeros((len(known_and_treated), len(CONDITIONS), 3), dtype=np.int64)
    found[:, OPIOID_USE] = [(2 * known, known, treated) for known, treated in known_and_treated]
    return found


def test_slots_of_treatment_are_those_of_the_start_and_grow_with_who_finds_none():
    """100 treated: 132 slots, of which 42 come free. A quarter of 400 ask, 58 too many; 58 / .1 slots are missing."""
    slots = OpioidSlots(2, SLOTS, ready=0.25)
    assert slots.open_part(register((500, 100), (110, 100))) == pytest.approx([0.42, 1.0])
    assert slots.slots == pytest.approx([132 + 0.25 * 580, 132])
    # next month: 277 slots, 150 treated, 142 free, 87.5 ask
    assert slots.open_part(register((500, 150), (110, 0))) == pytest.approx([1.0, 1.0])
    assert slots.slots == pytest.approx([277, 132])
    # 400 are treated: nothing comes free, 25 ask
    assert slots.open_part(register((500, 400), (110, 0)))[0] == 0
    assert slots.slots[0] == pytest.approx(277 + 0.25 * 250)


@pytest.mark.parametrize(("slots", "doors"), [(0.5, 1.0), (1.0, 1.0), (1.5, 1.5), (2.5, 2.0), (4.0, 2.0)])
def test_more_slots_than_in_the_baseline_world_open_more_doors(slots, doors):
    """Half of those who ask are offered treatment: with twice the slots everybody is, with more nobody else."""
    terms = SlotTerms(slots=slots, offer=0.5, spare=1.0, growth=0.0, leaving=0.1)
    assert OpioidSlots(1, terms, ready=0.01).open_part(register((200, 100))) == pytest.approx([doors])


def test_evening_hours_avoid_what_a_cco_could_avoid_by_them_and_not_twice():
    """All clinics open in the evening take .15 off the log of avoidable visits; half of them half of that."""
    for open_part, avoidable in ((0.0, 1.0), (0.5, np.exp(-0.075)), (1.0, np.exp(-0.15))):
        model = StandIn(contracts=(), response="none", equity__evening_hours=open_part).month_by_month(13)
        assert model.areas["avoidable"] == pytest.approx([avoidable] * AREAS)
    model.ccos[0].measures.in_effect[MEANS.index("access"), METRICS.index("emergency_visits")] = 0.5
    model.ccos[1].measures.in_effect[MEANS.index("access"), METRICS.index("emergency_visits")] = 1.0
    model.providers._write_answers(model.areas, model.providers.decided)
    assert model.areas["avoidable"] == pytest.approx([avoidable] * AREAS)


def test_an_area_without_anybody_in_treatment_begins_with_slots_for_one():
    slots = OpioidSlots(1, SLOTS, ready=0.25)
    assert slots.open_part(register((2, 0))).tolist() == [1.0]
    assert slots.slots == pytest.approx([1.32])


CURVE = WaitCurve(wait=7, at=0.85, cap=90, patience=60, highest=0.98)
STAFF = Staffing(demand=0.5, fills=0.1, fills_behavioral=0.05, leaves=0.2)


def test_what_was_booked_beyond_what_was_foreseen_is_luck_and_counts_as_at_full_size():
    """A member stands for 4. 180 visits were foreseen, of 200 less a tenth, 220 booked: 200 count, 190 are given."""
    capacity = Capacity(np.zeros(1, np.int16), np.full(1, 4.0), CURVE, CapacityTerms(0.88, 0.25, 30), STAFF, seed=3)
    rows = 1 + len(RATIONED)
    capacity.set_from(np.full(rows, 200.0))
    capacity.whole, capacity.capacity = np.full(rows, 190.0), np.full(rows, 100.0)
    lost = np.full(rows, 0.1)
    capacity.waits = Waits(0 * lost, 0 * lost, lost)
    posts = capacity._start()
    given = capacity.observe(np.full(rows, 250.0), np.full(rows, 220.0))
    assert given == pytest.approx(np.full(rows, 190.0))
    assert capacity.backlog == pytest.approx(np.full(rows, 10.0))
    assert capacity.expected == pytest.approx(np.full(rows, 0.75 * 200 + 0.25 * 250))
    # posts grow with the square root of expected visits; a tenth of the open ones is filled, of behavioral care .05
    wanted = posts * (212.5 / 200) ** 0.5
    filled = np.array([0.1, 0.1, 0.05, 0.1])
    assert capacity.capacity == pytest.approx(100 + filled * (wanted - 100))
    capacity.capacity = np.full(rows, 300.0)
    capacity.observe(np.full(rows, 212.5), np.full(rows, 150.0))
    assert capacity.capacity == pytest.approx(300 + 0.2 * (wanted - 300))
    # 165 is what 191.25 foreseen and 150 booked come to beside 10 left over: no backlog
    assert capacity.backlog == pytest.approx(np.zeros(rows))


def test_a_pay_that_brings_posts_brings_them_by_practice():
    staff = Staffing(demand=1.0, fills=0.5, fills_behavioral=0.5, leaves=0.25)
    posts = staff.posts(np.array([100.0, 100.0]), np.array([1.0, 1.5]), np.log([1.2, 0.5]))
    assert posts == pytest.approx([120, 75])
    assert staff.after_a_month(np.array([100.0, 100.0]), posts, np.full(2, 0.5)) == pytest.approx([110, 93.75])


@pytest.mark.parametrize(
    ("field", "where", "value", "neutral"),
    [
        ("fee", (1, 3), 1.1, [True, False]),
        ("at_risk", (0, 2), 0.3, [False, True]),
        ("capitated", 0, 0.5, [False, True]),
        ("bonus", 1, 0.04, [True, False]),
        ("hospital_budget", 0, 1.0, [False, True]),
        ("risk_adjusted", 1, 1.0, [True, False]),
        ("coordination_fee", 0, 4.0, [True, True]),
        ("members", 0, 0.8, [True, True]),
        ("inside", (0, 1), True, [True, True]),
    ],
)
def test_one_thing_at_stake_is_enough_for_an_area_to_be_under_other_incentives(field, where, value, neutral):
    at_stake = {one.name: np.array(getattr(no_incentives(2), one.name)) for one in fields(Incentives)}
    at_stake[field][where] = value
    assert is_neutral(replace(no_incentives(2), **at_stake)).tolist() == neutral


def test_a_fixed_payment_takes_off_the_bills_of_those_for_whom_the_contract_holds():
    """Of 1,000 cents of CCO members 400 are of clinics under the contract: three quarters of these are not billed."""
    money = np.zeros((1, 2, 1, len(SERVICES), len(PAYERS)), dtype=np.int64)
    money[0, 0, 0, 2, MEDICAID], money[0, 1, 0, 2, MEDICAID] = 50, 1000
    under = np.zeros_like(money)
    under[0, 1, 0, 2, MEDICAID] = 400
    share = np.full((1, len(SERVICES)), 0.75)
    inside = np.ones((1, len(SERVICES)), dtype=bool)
    for of_contract, left in ((under, 700), (None, 250)):
        claims = sort_claims(money, inside, share, of_contract)
        assert claims.budget.sum() == left
        assert claims.prepaid.sum() == 1000 - left
        assert claims.state.sum() == 50
    assert sort_claims(money, ~inside, share, under).state.sum() == 750


def test_a_cco_that_cost_nothing_or_whose_members_are_expected_to_cost_nothing_has_no_ratio():
    cents, months = np.array([[0.0, 0.0], [600.0, 0.0], [0.0, 0.0]]), np.array([[2.0, 0.0], [2.0, 1.0], [0.0, 5.0]])
    assert cost_ratio(cents, months, np.array([1.0, 2.0, 1.0])).tolist() == [1.0, 600 / (2 * 1200 / 6), 1.0]


@pytest.mark.parametrize(
    ("month", "least"), [(0, [0.1, 0.0, 0.6]), (1, [0.15, 0.5, 0.6]), (2, [0.2, 0.5, 0.6]), (9, [0.3, 0.5, 0.6])]
)
def test_a_floor_rises_from_its_first_value_to_its_last_by_its_date(month, least):
    """The first by month 4, the second by month 1, the third from the start."""
    duty = Floors(np.array([0.1, 0.0, 0.2]), np.array([0.3, 0.5, 0.6]), np.array([4.0, 1.0, 0.0]))
    assert floors(duty, month).tolist() == pytest.approx(least)


def test_capitation_is_kept_back_once_the_time_to_cure_is_over():
    kept = held_back(np.full((3, 2), 1000), np.array([-1, 6, 7]), 6, 0.02)
    assert kept.tolist() == [[0, 0], [0, 0], [20, 20]]


def test_a_loss_ratio_without_revenue_is_one_and_with_a_cent_is_what_it_is():
    ratio = loss_ratio(np.array([5.0, 1.0, 80.0]), np.array([0.0, 1.0, 100.0]))
    assert ratio.tolist() == [1.0, 1.0, 0.8]
    assert loss_ratio(np.array([0.25]), np.array([0.5])).tolist() == [0.5]
    assert rebate(ratio, np.array([0.0, 1.0, 100.0]), 0.85) == pytest.approx([0, 0, 5])


def clinicians(*panels, contracts=("shared_risk",), starts=None, **changes):
    model = StandIn(contracts=contracts, response="reduced_form", starts=starts, **changes)
    lists = Participants(model, model.agency, frozenset())
    lists.panels = np.array(panels)
    n = sum(panels)
    lists.listed, lists.first = np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    lists.cents, lists.months = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    lists.base_cents, lists.base_months = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    return lists, model


def test_members_go_to_clinicians_of_their_own_area_where_areas_have_different_numbers():
    lists, _ = clinicians(2, 3, 1)
    members = np.zeros(6, MEMBER)
    members["area"] = [0, 0, 1, 1, 1, 2]
    members["key"] = np.array([4, 5, 3, 4, 5, 9], dtype=np.uint64) << np.uint64(8)
    assert lists._clinician(members).tolist() == [0, 1, 2, 3, 4, 5]


def test_luck_of_a_clinician_is_its_own_place_in_the_area_whatever_the_others_have():
    few, many = clinicians(2, 3, 1)[0], clinicians(7, 3, 1)[0]
    assert few._luck(1, 5)[2:5].tolist() == many._luck(1, 5)[7:10].tolist()
    assert len(set(few._luck(1, 5).tolist())) == 6


def test_the_list_is_part_of_an_area_by_member_months_and_settled_at_its_own_cost():
    """Two of three clinicians are listed: 60 of 100 months, 200 cents a month; the third costs 350."""
    lists, _ = clinicians(3, 1, 1)
    lists.listed[:3] = lists.first[:3] = [True, True, False]
    lists.months[:], lists.cents[:] = [20, 40, 40, 10, 0], [6000, 6000, 14_000, 500, 0]
    lists.base_months[:], lists.base_cents[:] = [20, 20, 10, 10, 0], [4000, 8000, 500, 500, 0]
    assert lists.share().tolist() == pytest.approx([60 / 100, 1.0, 1.0])
    benchmark, cost = lists.of_list(np.array([1000.0, 100.0, 50.0]), np.array([2600.0, 90.0, 0.0]))
    assert cost[0] == pytest.approx(2600 * 0.6 * 200 / 260)
    assert benchmark[0] == pytest.approx(1000 * 0.6 * 300 / 250)


def test_the_year_before_the_start_is_the_base_of_each_area_and_the_years_after_its_own():
    """The first area begins in month 0 and has no year before; the second in month 14: months 2 to 13 are its base."""
    lists, model = clinicians(1, 1, 1, starts={"CCO 1": 14, "CCO 2": 99})
    model.members = np.zeros(3, MEMBER)
    model.members["status"], model.members["in_cco"], model.members["attached"] = ENROLLED, 1, 1
    model.members["area"] = [0, 1, 2]
    model.members["key"] = np.arange(1, 4, dtype=np.uint64) << np.uint64(8)
    lists.refusal = lists.median = 0.0
    lists._chance = lambda: np.zeros(3)
    for month in range(17):
        lists.open(month)
        if month % 12 == 0:
            model.members["spend_year"] = 0
        model.members["spend_year"] += month + 1
        lists.close(month)
    assert lists.base_months.tolist() == [12, 12, 0]  # a base that is missing is that of the first year
    assert lists.base_cents.tolist() == [sum(range(1, 13)), sum(range(3, 15)), 0]
    assert lists.months.tolist() == [5, 3, 0]
    assert lists.cents.tolist() == [sum(range(13, 18)), sum(range(15, 18)), 0]


def test_dear_clinicians_are_dear_for_their_area():
    """Cost over the area's mean: .5 and 1.5 in the first, .9 and 1.1 in the second, though all of it costs more."""
    lists, _ = clinicians(2, 2, 1)
    lists.median, lists.costly, lists.costly_rank = 0.1, 0.2, 0.875
    lists.months[:4], lists.cents[:4] = 10, [500, 1500, 9000, 11_000]
    lists.listed[4] = False
    ranks = np.array([1, 7, 3, 5]) / 8
    assert lists._chance()[:4] == pytest.approx(0.1 * 2 ** ((ranks - 0.5) / 0.375))
    assert lists._chance()[4] == pytest.approx(0.1)


def test_nothing_is_decided_for_a_world_without_members_of_a_list():
    lists, _ = clinicians(1, 1, 1)
    lists.panels = np.zeros(0, dtype=np.int64)
    assert lists.share().tolist() == [1, 1, 1]
    assert lists.record() == {}
    seen = SimpleNamespace(benchmark=np.array([5.0, 6, 7]), cost=np.array([1.0, 2, 3]))
    assert lists.of_list(seen.benchmark, seen.cost) == (seen.benchmark, seen.cost)
