"""Slots of two unlike areas by hand: five members of whom each stands for 4 people, and four of whom each for 9."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.cco.equity_target import NOBODY
from sim.agents.programs import equity_first, slots
from sim.agents.programs.equity_first import PutFirst, named, who_is_first
from sim.agents.programs.slots import _months_ahead
from sim.paths import conf_folder
from sim.schema import COUNTS, ENROLLED, FOOD, OFF_COVER, POCKETS, STORED
from sim.upstream.load import load_packages
from sim.upstream.package import Eligible
from tests.support.stand_in_slots import for_all, slots_of

pytestmark = pytest.mark.quick


FIRST, SECOND = for_all("first", months=3.0), for_all("second", 0.3, 0.1, None, once=True)


def people():
    """Rows 0 to 4 of the first area, 5 to 8 of the second; the first row has the luckiest key."""
    members = np.zeros(9, STORED).view(np.recarray)
    members["key"], members["area"] = np.arange(1, 10), [0] * 5 + [1] * 4
    members["status"], members["in_cco"], members["age_months"] = ENROLLED, 1, 400
    return members


@pytest.fixture(autouse=True)
def the_lowest_key_wins(monkeypatch):
    monkeypatch.setattr(slots, "package_uniforms", lambda seed, keys, *_: np.asarray(keys) / 100)


def a_world(packages=(FIRST, SECOND), members=None, month=7, numbers=None, **chosen):
    members = people() if members is None else members
    return slots_of(packages, members, month, {"upstream.cost_growth": 0.04} | (numbers or {}), **chosen)


def holds(model, row, bit, months):
    """Let a package have served a member for so many months."""
    model.served.start(model.members, np.array([row]), bit)
    model.members["package"][row] |= 1 << bit
    model.members["ever_package"][row] |= 1 << bit
    model.served.rows["package_months"][model.members["served"][row], bit] = months


def test_a_month_of_two_packages_that_lack_slots_in_one_area_and_money_in_the_other():
    """The first costs 60 and 5 a month for 3 months, the second 30 and 10; 280 and 200 may be spent.

    A first slot of row 0 goes on for 5, that of row 1 is over; a second slot of row 5 goes on for 10. Then the first
    area starts its two free slots for 130 and saves 65, what one more takes this month; the second starts the two
    that it can pay, and of the 75 that one more takes for all its months saves the 60 that are left. Of the 80 that
    the first area has left it starts two slots of the second package, for 40 each.
    """
    model, here = a_world()
    holds(model, 0, 0, 1)
    holds(model, 1, 0, 3)
    holds(model, 5, 1, 2)
    here.available[:] = [[3, 2], [4, 9]]
    here.assign(np.array([280, 200]))
    counted = {name: counts.T.tolist() for name, counts in here.counts.items()}  # by package, then by area
    assert counted == {
        "eligible": [[3, 4], [5, 3]], "asked": [[3, 4], [5, 3]], "accepted": [[3, 4], [5, 3]],
        "engaged": [[3, 4], [5, 3]], "queue": [[1, 2], [3, 3]], "no_place": [[1, 0], [3, 0]],
        "no_money": [[0, 2], [0, 3]], "started": [[2, 2], [2, 0]], "ended": [[1, 0], [0, 0]],
        "served": [[3, 2], [2, 1]], "places": [[3, 4], [2, 9]], "cents": [[135, 130], [80, 10]],
    }  # fmt: skip
    assert here.reserve.tolist() == [[65, 0], [60, 0]]
    assert here.costs_cents().tolist() == [215, 140]
    assert model.members["package"].tolist() == [0b11, 0b10, 1, 1, 0, 0b11, 1, 0, 0]
    assert model.members["ever_package"].tolist() == [0b11, 0b11, 1, 1, 0, 0b11, 1, 0, 0]
    assert here.record()["reached.eligible"][:, :7].sum(axis=1).tolist() == [3 * 4000 + 4 * 9000, 5 * 4000 + 3 * 9000]


def test_where_money_is_short_the_newest_leave_and_not_the_luckiest():
    """Three hold a slot that costs 5 a month; 10 are there for the first area, 5 for the second."""
    model, here = a_world()
    for row, months in ((0, 1), (1, 2), (2, 2), (5, 1), (6, 2)):
        holds(model, row, 0, months)
    here.assign(np.array([10, 5]))
    assert model.members["package"].tolist() == [0, 1, 1, 0, 0, 0, 1, 0, 0]
    assert here.counts["ended"][:, 0].tolist() == [1, 1]
    assert here.counts["served"][:, 0].tolist() == [2, 1]
    assert here.costs_cents().tolist() == [10, 5]


def test_prices_of_the_third_year():
    model, here = a_world(numbers={"upstream.cost_scale": 1.5, "upstream.screening_cost": 20})
    here.set_prices(25)
    assert here.start_cents == [round(60 * 1.5 * 1.0816), round(30 * 1.5 * 1.0816)]
    assert here.month_cents == [round(5 * 1.5 * 1.0816), round(10 * 1.5 * 1.0816)]
    assert here.screening_cents == round(model.registry.dollars("upstream.screening_cost") * 150 * 1.0816)
    assert here.neighborhood.price == here.pockets.price == pytest.approx(1.0816)


@pytest.mark.parametrize("packages", [(), (FIRST,)])
def test_what_needs_cost_other_sectors_rises_where_no_program_runs_too(packages):
    """Programs begin in month 30, or never."""
    _, here = a_world(packages, month=25, start=30)
    here.assign()
    assert here.neighborhood.price == here.pockets.price == pytest.approx(1.0816)


def test_slots_are_a_part_of_those_on_cover_at_the_start_rounded_by_the_luck_of_area_and_package(monkeypatch):
    """Half of .6 for each of four and of three members: 1.2 and .9 slots."""
    per_member = [0.6, 0.6]
    monkeypatch.setattr(slots, "places_per_member", lambda places, months: per_member[months - 5])
    members = people()
    members["status"][[4, 8]] = OFF_COVER
    _, here = a_world(members=members, numbers={"upstream.places_scale": 0.5}, starts={"second": 1})
    here.rounding = np.array([[0.9, 0.7], [0.05, 0.15]])
    here.open()
    assert here.available.tolist() == [[2, 1], [0, 1]]
    per_member[1] = np.inf
    here.open()
    assert here.available.tolist() == [[2, 2**31], [0, 2**31]]
    here.members_at_start[0] = 0
    here.open()
    assert here.available.tolist() == [[0, 0], [0, 2**31]]


def test_slots_open_by_the_month_in_which_their_own_package_began_while_it_is_offered(monkeypatch):
    """One package began in month 2, another in month 5; then the first is offered no longer."""
    monkeypatch.setattr(slots, "places_per_member", lambda places, months: float(months))
    _, here = a_world(starts={"second": 5})
    here.rounding[:] = 0
    here.open()
    assert here.available.tolist() == [[5 * 5, 5 * 2], [4 * 5, 4 * 2]]
    here.on_offer[0] = False
    here.open()
    assert here.available.tolist() == [[0, 5 * 2], [0, 4 * 2]]


@pytest.mark.parametrize(("lasts", "ahead"), [(None, 12), (24.0, 12), (3.0, 3), (0.2, 1)])
def test_there_is_money_for_as_long_as_a_slot_lasts_a_year_at_most(lasts, ahead):
    assert _months_ahead(for_all("x", months=lasts)) == ahead


def test_each_package_is_started_from_its_own_first_month_on_and_ends_alone_when_it_is_offered_no_longer():
    model, here = a_world(starts={"second": 8})
    here.available[:] = 1
    seen = []
    for month, on_offer in ((1, (True, True)), (7, (True, True)), (8, (True, True)), (9, (False, True))):
        model.month, here.on_offer = month, list(on_offer)
        here.assign()
        seen.append((here.counts["started"].tolist(), here.counts["ended"].tolist()))
    no, first, second = ([[0, 0]] * 2, [[1, 0]] * 2, [[0, 1]] * 2)
    assert seen == [(no, no), (first, no), (second, no), (no, first)]
    assert model.members["package"].tolist() == [0b10, 0, 0, 0, 0, 0b10, 0, 0, 0]
    assert here.rounding.tolist() == [[0.01, 0.01], [0.02, 0.02]]  # by area, and not by member


def test_what_one_part_of_a_divided_budget_leaves_the_next_may_spend():
    """A quarter of 200 for the first, which costs 25 for the one slot that anybody waits for; the second costs 175."""
    packages = for_all("first", 0.2, months=3.0), for_all("second", 1.7, months=3.0)
    members = people()
    members["ever_package"][1:] = 1
    packages = packages[0].model_copy(update={"eligible": Eligible(first_time_only=True)}), packages[1]
    for budget, begun in ((200, 1), (199, 0)):
        _, here = a_world(packages, members.copy(), allocation="shares", shares=(0.25, 0.75))
        here.available[:] = 9
        here.assign(np.array([budget, 0]))
        assert here.counts["started"].tolist() == [[1, begun], [0, 0]]


@pytest.mark.parametrize(
    ("funding", "budget", "left", "kept"),
    [
        ("state", None, [5 * 70, 4 * 70], [[10, 20], [30, 40]]),
        ("cco", [50, 0], [50, 0], [[10, 20], [0, 0]]),
        ("share", [50, 69], [20, 69], [[10, 20], [0, 0]]),  # a fund that cannot pay what is reserved frees it
        ("outside", None, None, [[10, 20], [30, 40]]),
    ],
)
def test_what_may_be_spent_beside_what_is_reserved(funding, budget, left, kept):
    """70 cents for each member of the start where the state pays."""
    _, here = a_world(funding=funding, numbers={"upstream.state_budget": 0.7})
    here.reserve[:] = [[10, 20], [30, 40]]
    purse = here._purse(None if budget is None else np.array(budget))
    assert here.reserve.tolist() == kept
    assert purse.limited == (left is not None)
    if left is not None:
        assert purse.left.tolist() == left
    assert purse.shared == (budget is None)


@pytest.mark.parametrize(("funding", "billed"), [("outside", [3, 2]), ("cco", [2, 2])])
def test_screenings_are_billed_for_those_on_cover_and_for_a_ccos_own(funding, billed):
    """Each costs 30; the first area owes 7 more, and has 50 to spend; the second has 100."""
    members = people()
    members["in_cco"][2], members["status"][[3, 7]] = 0, OFF_COVER
    _, here = a_world(members=members, funding=funding)
    here.screens, here.screening_cents, here.owed[0] = True, 30, 7
    purse = here._purse(np.array([50, 100]))
    here._pay_for_screening(np.array([0, 1, 2, 3, 5, 6, 7]), purse)
    owed = np.array([7, 0]) + 30 * np.array(billed)
    paid = np.minimum(owed, [50, 100])
    assert here.owed.tolist() == (owed - paid).tolist()
    assert purse.left.tolist() == ([50, 100] - paid).tolist()
    assert here.costs_cents().tolist() == paid.tolist()
    assert here.record()["screening_cents"].tolist() == [[cents] for cents in paid]
    here.screens = False
    here._pay_for_screening(np.array([0, 5]), here._purse(np.array([100, 100])))
    assert here.costs_cents().tolist() == (owed - paid).tolist()


def test_money_for_areas_is_a_part_of_what_programs_cost():
    (areas,) = load_packages(["community_spending"], conf_folder())
    _, here = a_world((FIRST, areas))
    here.counts["cents"][:] = [[3, 5], [7, 11]]
    assert here.area_cents().tolist() == [5, 11]
    assert here.costs_cents().tolist() == [8, 18]


def test_of_the_group_that_a_council_names_a_part_comes_first(monkeypatch):
    """Three tenths of race 1 in the first area, eight tenths of race 2 in the second."""
    boards = [SimpleNamespace(behind=1, equity_target=0.3), SimpleNamespace(behind=2, equity_target=0.8)]
    nobody = [SimpleNamespace(behind=NOBODY, equity_target=0.3)] * 2
    assert named(boards, "state") is None
    assert named(boards, "outside") is None
    assert named(nobody, "cco") is None
    for funding in ("cco", "share", "capture"):
        one = named([boards[0], nobody[0]], funding)
        assert one is not None
        assert one.group.tolist() == [1, NOBODY]
    first = named(boards, "cco")
    assert (first.group.tolist(), first.part.tolist()) == ([1, 2], [0.3, 0.8])
    members = people()
    members["race"] = [1, 1, 2, 1, 1, 2, 1, 2, 2]
    luck = np.array([0.29, 0.31, 0.1, 0.1, 0.9, 0.79, 0.1, 0.81, 0.3])
    monkeypatch.setattr(equity_first, "package_uniforms", lambda seed, keys, *_: luck[np.asarray(keys, int) - 1])
    found = who_is_first(members, np.array([8, 7, 6, 5, 3, 2, 1, 0]), first, 5, "x")
    assert found.tolist() == [True, False, False, True, True, False, False, True]


def test_who_comes_first_gets_the_slot_before_those_with_better_luck(monkeypatch):
    monkeypatch.setattr(equity_first, "package_uniforms", lambda seed, keys, *_: np.zeros(len(keys)))
    model, here = a_world()
    model.members["race"][[3, 6]] = 2
    here.available[:, 0] = 1
    groups = PutFirst(np.array([2, NOBODY]), np.array([0.5, 0.5]))
    assert here._first(0, np.arange(9), np.array([1, 1]), 7, groups).tolist() == [3, 5]
    assert here._first(0, np.arange(9), np.array([1, 4]), 7, None).tolist() == [5, 6, 7, 8, 0]
    assert here._first(0, np.arange(9), np.array([0, 1]), 7, groups).tolist() == [5]


def test_members_served_with_needs_of_others_make_the_pockets_of_the_month():
    model, here = a_world()
    model.last.needs_off_cover[:, FOOD] = 1
    here.counts["served"][:] = [[2, 1], [0, 3]]
    here.pockets.of_packages[:] = [[100], [7]]
    here.pockets.of_needs[:] = 0
    here.pockets.of_needs[FOOD] = 1000
    model.last.counts[:, COUNTS.index("food_need_months")] = [3, 0]
    found = here.record()["pocket_cents"]
    assert found.tolist() == [[4 * 1000 + 207] * len(POCKETS), [1000 + 21] * len(POCKETS)]
