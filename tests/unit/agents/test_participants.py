"""Who takes part in contracts on total cost: lists by hand, what is settled for them, what evaluators make of it."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.participants import Participants, participants_of
from sim.measures.participation import Lists, by_first_list, cost, gaps, lists_of, naive, still_listed, table
from sim.schema import ENROLLED, MEMBER, OFF_COVER
from tests.support.fingerprint import fingerprint
from tests.support.stand_in_system import AREAS, StandIn
from tests.support.worlds import SMALL, beginning, lived, system

YEAR = 12
JOINED = "parameters.participants.joined=0.5"


def members(clinicians=4, each=10):
    """Members of area 0 whose keys deal them to clinicians in turn; all attached, in the CCO, on cover."""
    rows = np.zeros(clinicians * each, dtype=MEMBER)
    rows["key"] = (np.arange(len(rows), dtype=np.uint64) + 1) << np.uint64(8)
    rows["status"], rows["in_cco"], rows["attached"] = ENROLLED, 1, 1
    return rows


def listed(contracts=("shared_savings",), without=(), panel=10, **changes):
    """Lists of three areas, of which only the first has members: four clinicians."""
    model = StandIn(contracts=contracts, response="reduced_form", **changes)
    model.registry = model.registry.override({"participants.panel": 100.0})
    model.members = members()
    lists = Participants(model, model.agency, frozenset(without))
    lists.panel = panel
    return lists, model


def lived_by_hand(lists, model, months, spent=lambda month, rows: 100):
    for month in months:
        lists.open(month)
        rows = model.members
        if month % YEAR == 0:
            rows["spend_year"] = 0
        rows["spend_year"] += np.asarray(spent(month, rows), dtype=np.int64)
        lists.close(month)


def test_members_are_dealt_to_clinicians_by_their_keys_and_areas_keep_one_at_least():
    lists, model = listed()
    lived_by_hand(lists, model, range(1))
    assert lists.panels.tolist() == [4, 1, 1]
    assert lists.month_months.tolist() == [10, 10, 10, 10, 0, 0]
    assert lists.month_cents.tolist() == [1000, 1000, 1000, 1000, 0, 0]


def test_members_of_clinics_outside_the_contract_are_on_no_list():
    lists, model = listed()
    model.members["clinic"][:30], model.members["clinic"][30:] = 0, AREAS  # two clinics of the first area
    model.clinics["apart"][0] = 1
    lived_by_hand(lists, model, range(1))
    assert lists.panels.tolist() == [1, 1, 1]
    assert lists.month_months.tolist() == [10, 0, 0]
    assert lists.month_cents.tolist() == [1000, 0, 0]


def test_a_month_costs_what_the_year_so_far_has_grown_by_whoever_sits_in_the_row():
    lists, model = listed()
    lived_by_hand(lists, model, range(3))
    assert lists.month_cents[:4].tolist() == [1000] * 4
    lists.open(3)
    newcomer = model.members[0]
    newcomer["key"], newcomer["spend_year"] = 101 << 8, 7
    model.members["status"][1] = OFF_COVER
    model.members["attached"][2] = 0
    lists.close(3)
    assert lists.month_cents.sum() == 7
    assert lists.month_months.sum() == 38


def test_all_join_unless_said_otherwise_and_nothing_is_settled_otherwise():
    lists, model = listed(start=0)
    lived_by_hand(lists, model, range(YEAR), lambda month, rows: rows["key"] >> np.uint64(8))
    assert lists.listed.all()
    benchmark, claims = np.full(AREAS, 1e6), np.full(AREAS, 9e5)
    for given, got in zip((benchmark, claims), lists.of_list(benchmark, claims), strict=True):
        assert got[0] == given[0]


def test_dear_clinicians_leave_more_often_by_hand():
    lists, model = listed(start=0)
    lived_by_hand(lists, model, range(YEAR), lambda month, rows: 1 + (rows["key"] >> np.uint64(8)) % 4)
    chance = lists._chance()[:4]
    assert np.argsort(chance).tolist() == np.argsort(lists.cents[:4]).tolist()
    rank = np.array([0.125, 0.375, 0.625, 0.875])
    assert_allclose(np.sort(chance), 0.138 * (0.304 / 0.138) ** ((rank - 0.5) / 0.49))


def test_a_clinician_in_the_middle_leaves_as_often_as_the_source_says():
    lists, model = listed(start=0)
    assert_allclose(lists.median * (lists.costly / lists.median) ** ((0.99 - 0.5) / (lists.costly_rank - 0.5)), 0.304)
    lived_by_hand(lists, model, range(1))
    lists.months[:] = 0  # of whom nothing is known
    assert_allclose(lists._chance(), 0.138)


def test_the_list_is_settled_for_its_own_members_against_the_first_list_or_its_own_past():
    lists, model = listed(start=YEAR)
    dearer = lambda month, rows: np.where((rows["key"] >> np.uint64(8)) % 4 == 0, 300, 100)  # noqa: E731
    lived_by_hand(lists, model, range(2 * YEAR), dearer)
    assert lists.base_months[:4].tolist() == lists.months[:4].tolist() == [120] * 4
    lists.listed[:4] = [False, True, True, True]  # the dear one was pruned
    benchmark, claims = np.full(AREAS, 1000.0), np.full(AREAS, 1000.0)
    lists.follows = 0.0
    promised, spent = lists.of_list(benchmark, claims)
    assert (promised[0], spent[0]) == (pytest.approx(750), pytest.approx(750 * 100 / 150))  # a saving that is none
    lists.follows = 1.0
    promised, spent = lists.of_list(benchmark, claims)
    assert promised[0] == pytest.approx(spent[0])


@pytest.mark.parametrize(("contract", "left"), [("shared_risk", True), ("shared_savings", False)])
def test_some_flee_from_losses_and_nobody_from_savings(contract, left):
    lists, model = listed(contracts=(contract,), panel=1, start=0)
    lived_by_hand(lists, model, range(1))
    assert (lists.listed.mean() < 1) == left
    assert np.array_equal(lists.first, lists.listed)  # who never took part was never on the first list


def test_they_flee_in_the_year_in_which_losses_begin_unless_that_is_switched_off():
    def of_first_area(**choices):
        lists, model = listed(("shared_risk",), panel=1, start=0, payment__losses_from_year=1, **choices)
        seen = []
        for year in range(2):
            lived_by_hand(lists, model, range(YEAR * year, YEAR * (year + 1)))
            seen.append(float(lists.listed[:40].mean()))
        return seen

    before, after = of_first_area(without=("pruning",))
    assert before == 1
    assert 0.2 < after < 0.8
    assert of_first_area(without=("pruning", "retreat")) == [1, 1]


def test_there_is_no_list_where_nobody_answers_or_nothing_is_shared():
    for contracts, response, chooses in (
        (("shared_savings",), "none", False),
        (("global_budget",), "effort", False),
        (("shared_savings",), "effort", True),
    ):
        model = StandIn(contracts=contracts, response=response)
        assert (participants_of(model, model.agency) is not None) == chooses


def by_hand(change=0.0):
    """Two clinicians, a year before and one under the contract; the first joins and is pruned after half a year."""
    months = np.full((2 * YEAR, 3), 10.0)
    cents = np.tile([400.0, 200.0, 300.0], (2 * YEAR, 1)) * 10
    cents[YEAR:, :2] += 10 * change
    first = np.tile([True, True, False], (2 * YEAR, 1))
    now = first.copy()
    now[:YEAR], now[YEAR + 6 :, 0] = False, False
    return Lists(now, first, cents, months, YEAR)


def test_estimates_by_hand():
    lists = by_hand()
    assert by_first_list(lists) == pytest.approx(0)
    listed_cost = cost(lists, lists.listed, slice(YEAR, None))
    assert listed_cost == pytest.approx(3 * (6 * 600 + 6 * 200) / 18 / 100)
    others = 3 * (12 * 300 + 6 * 400) / 18 / 100
    assert naive(lists) == pytest.approx(listed_cost - others)  # before, the gap was (400 + 200) / 2 - 300 = 0
    assert naive(lists) < 0 == pytest.approx(by_first_list(lists))
    assert by_first_list(by_hand(change=-10)) == pytest.approx(-0.3)
    assert gaps(lists, lists.first).tolist() == pytest.approx([0] * 8)
    assert np.isnan(still_listed(lists)[:YEAR]).all()
    assert still_listed(lists)[[YEAR, -1]].tolist() == [1, 0.5]
    assert table("arm", 0, lists)[0][:4] == ("arm", 0, 0, 1.0)


@pytest.mark.quick
def test_the_gap_before_is_that_of_the_twelve_months_before():
    """Of two years before the contract those on the list cost 3 USD more in the first, 1 in the second."""
    months, first = np.ones((3 * YEAR, 2)), np.tile([True, False], (3 * YEAR, 1))
    cents = np.tile([200.0, 100.0], (3 * YEAR, 1))
    cents[:YEAR, 0] = 400
    now = first & (np.arange(3 * YEAR) >= 2 * YEAR)[:, None]
    assert Lists(now, first, cents, months, 2 * YEAR).gap_before() == pytest.approx(3 * 1.0)


def test_areas_that_begin_later_are_left_out_of_both_sides():
    """Two areas of two clinicians; the second area begins half a year later, so that its year before is another."""
    listed = np.zeros((2 * YEAR, 4), dtype=np.int64)
    listed[YEAR:, 0], listed[YEAR + 6 :, 2] = 1, 1
    places = {"listed": listed, "first": np.tile(listed[-1], (2 * YEAR, 1)), "panels": np.tile([2, 2], (2 * YEAR, 1))}
    places |= {"cents": np.tile([1, 2, 4, 8], (2 * YEAR, 1)), "months": np.ones((2 * YEAR, 4), dtype=np.int64)}
    run = SimpleNamespace(places={f"participants.{name}": kept for name, kept in places.items()}, weights=np.ones(2))
    lists = lists_of(run)
    assert lists.start == YEAR
    assert lists.cents[0].tolist() == [1, 2]
    assert lists.first[0].tolist() == [True, False]


LISTS = ("payment=shared_risk", "providers=reduced_form", JOINED)


def test_lists_change_no_care_where_nothing_else_answers():
    silent = "providers.only=[pruning,retreat]"
    size = (*SMALL, "months=14")
    chosen, plain = (lived(*policy, size=size) for policy in ((*LISTS, silent), ("payment=fee_for_service",)))
    assert chosen.providers.participants.listed.any()
    assert np.array_equal(np.asarray(chosen.members), np.asarray(plain.members))


@pytest.mark.parametrize("stop", [3, YEAR, YEAR + 1])
def test_stopping_when_lists_are_renewed_changes_nothing(stop):
    size = (*SMALL, "months=14")
    whole = system(*LISTS, size=size, start=beginning())
    model = system(*LISTS, size=size, start=beginning())
    for _ in range(stop):
        model.step()
    resumed = system(*LISTS, size=size, start=beginning())
    resumed.restore(model.save())
    assert fingerprint(resumed) == fingerprint(whole)


@pytest.mark.parametrize(("share", "takes_part"), [(0.1, False), (0.19, True)])
def test_a_share_below_the_fixed_cost_moves_nobody(share, takes_part):
    """450 USD, 5 percent of it believed to be saved, a cost of 3.8: a share of .169 is the least."""
    model = StandIn(contracts=("shared_risk",), response="effort", payment__sharing_savings=share).month_by_month(24)
    assert (model.agency.incentives().at_risk > 0).any() == takes_part
    assert model.areas["log_volume"].any() == takes_part
    free = StandIn(contracts=("shared_risk",), payment__sharing_savings=share, participants__fixed_cost=0.5)
    assert (free.month_by_month(13).agency.incentives().at_risk > 0).any()  # the planted bug: taking part costs little
