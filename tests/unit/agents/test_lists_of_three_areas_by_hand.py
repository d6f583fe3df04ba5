"""Who is on the lists of three unlike areas, and what is settled for them, by hand: no clinician is like another."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.providers import participants
from sim.agents.providers.participants import JOIN, LEAVE, REFUSE, Participants
from sim.engine.draws import ONCE
from sim.schema import ENROLLED, MEMBER
from tests.support.stand_in_system import StandIn

pytestmark = pytest.mark.quick


def lists(*panels, **more):
    own = Participants.__new__(Participants)
    own.panels = np.array(panels)
    n = sum(panels)
    for name in ("cents", "months", "base_cents", "base_months"):
        setattr(own, name, np.array(more.pop(name, [0] * n)))
    own.listed, own.first = (np.array(more.pop(name, [0] * n), bool) for name in ("listed", "first"))
    own.model = SimpleNamespace(weights=np.ones(len(panels)), seed=19)
    for name, value in more.items():
        setattr(own, name, value)
    return own


def settled():
    return lists(
        2, 3, 1, first=[1, 1, 1, 0, 1, 0], listed=[0, 1, 1, 0, 0, 1], follows=0.25,
        base_months=[10, 30, 0, 0, 0, 0], base_cents=[1000, 6000, 0, 0, 0, 0],
        months=[20, 60, 5, 10, 15, 0], cents=[4000, 24_000, 100, 300, 900, 0],
    )  # fmt: skip


def test_the_part_of_members_whose_clinician_takes_part_now():
    assert settled().share() == pytest.approx([60 / 80, 5 / 30, 1])  # one of whom nothing is known counts as one


def test_a_list_is_settled_against_a_benchmark_that_follows_it_by_a_quarter():
    """Area 0 cost 175 a month before, the second clinician 200; now 350 and 400. Area 1 was not there before: this
    year counts, 1,300 in 30 months, the first list 1,000 in 20, the list of now 100 in 5."""
    benchmark, cost = settled().of_list(np.array([1000.0, 2000, 3000]), np.array([800.0, 1900, 100]))
    usual = 1300 / 30
    assert benchmark == pytest.approx(
        [1000 * 0.75 * (0.75 + 0.25 * 200 / 175), 2000 / 6 * (0.75 * 50 + 0.25 * 20) / usual, 0]
    )
    assert cost == pytest.approx([800 * 0.75 * 400 / 350, 1900 / 6 * 20 / usual, 0])


def renewing(base=0, **switches):
    """Month 12: area 0 begins its second year, area 1 is in the middle of its second, area 2 begins its first.

    The fourth of area 0 is not on the list any more, and would have joined.
    """
    luck = {
        (JOIN, ONCE): [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.5, 0.7, 0.1],
        (LEAVE, 12): [0.9, 0.2, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0, 0.0],
        (REFUSE, ONCE): [0.1, 0.9, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0, 0.0],
    }
    usual = {"prunes": True, "retreats": True, "two_sided": True, "losses_from": 1}
    own = lists(
        4, 2, 3, listed=[1, 1, 1, 0, 1, 0, 0, 0, 0], first=[1, 1, 0, 0, 1, 0, 0, 0, 0], joined=0.6, refusal=0.3,
        cents=[7, 8, 9, 6, 10, 11, 12, 13, 14], months=[1, 2, 3, 9, 4, 5, 6, 7, 8],
        base_cents=[base * 100] * 4 + [0] * 5, base_months=[base] * 4 + [0] * 5, **usual | switches,
    )  # fmt: skip
    own.calendar = SimpleNamespace(
        year_begins=lambda month: np.array([True, False, True]), year=lambda month: np.array([1, 1, 0])
    )

    def drawn(decision, month):
        assert (decision, month) in luck
        return np.array(luck[decision, month])

    own._luck = drawn
    own._chance = lambda: np.full(9, 0.4)
    own._worth_it = lambda month: np.array([True, True, switches.get("worth", True)])
    own._renew(12)
    return own


@pytest.mark.parametrize(
    ("switches", "listed"),
    [
        ({}, [0, 0, 1, 0, 1, 0, 1, 0, 1]),
        ({"worth": False}, [0, 0, 1, 0, 1, 0, 0, 0, 0]),
        ({"prunes": False}, [0, 1, 1, 0, 1, 0, 1, 0, 1]),
        ({"retreats": False}, [1, 0, 1, 0, 1, 0, 1, 0, 1]),
        ({"two_sided": False}, [1, 0, 1, 0, 1, 0, 1, 0, 1]),
        ({"losses_from": 0}, [1, 0, 1, 0, 1, 0, 0, 0, 0]),  # in area 2 all refuse; in area 0 losses began a year ago
    ],
)
def test_clinicians_join_leave_and_refuse_where_a_year_begins(switches, listed):
    """Of area 0 the first refuses (.1 < .3) and the second leaves (.2 < .4); of area 2 two join (.5 and .1 < .6)."""
    own = renewing(**switches)
    assert own.listed.tolist() == listed
    assert own.first.tolist() == [1, 1, 0, 0, 1, 0, *listed[6:]]


@pytest.mark.parametrize(("base", "cents", "months"), [(0, [7, 8, 9, 6], [1, 2, 3, 9]), (5, [500] * 4, [5] * 4)])
def test_a_first_year_is_the_base_where_the_run_has_none_before(base, cents, months):
    own = renewing(base)
    assert own.base_cents.tolist() == [*cents, *[0] * 5]
    assert own.base_months.tolist() == [*months, *[0] * 5]
    assert own.cents.tolist() == [0, 0, 0, 0, 10, 11, 0, 0, 0]
    assert own.months.tolist() == [0, 0, 0, 0, 4, 5, 0, 0, 0]


def test_whether_taking_part_pays_is_judged_by_the_dollars_of_the_year_before(monkeypatch):
    """12,000 cents in 4 months and 6,000 in 6: 30 and 10 dollars."""
    said = []
    monkeypatch.setattr(participants, "pays_to_take_part", lambda *words: said.append(words) or "worth it")
    year = SimpleNamespace(
        cents=np.array([[[7000, 1000], [0, 4000]], [[2000, 3000], [1000, 0]]]), months=np.array([[3, 1], [2, 4]])
    )
    asked = []
    own = lists(1, 1, sharing=0.4, believed=0.02, cost=3.5)
    own.experience = SimpleNamespace(since=lambda first, last: asked.append((first, last)) or year)
    assert own._worth_it(14) == "worth it"
    assert asked == [(2, 13)]
    ((sharing, pmpm, believed, cost),) = said
    assert (sharing, believed, cost, pmpm.tolist()) == (0.4, 0.02, 3.5, [30, 10])


def test_the_dear_for_their_area_leave_more_often():
    """Of area 0 the second costs 1.5 of what is usual there, the first .5; of area 1 .25 and 1.25, and who is not
    listed is not ranked, nor who had nobody. Ranks of .125 to .875; .1 leave in the middle and .4 at a rank of .9."""
    own = lists(
        2, 3, 1, cents=[1000, 3000, 50, 250, 300, 0], months=[10, 10, 5, 5, 5, 0], listed=[1, 1, 1, 1, 0, 1],
        median=0.1, costly=0.4, costly_rank=0.9,
    )  # fmt: skip
    rank = np.array([0.375, 0.875, 0.125, 0.625, 0.5, 0.5])
    assert own._chance() == pytest.approx(0.1 * 4 ** ((rank - 0.5) / 0.4))


@pytest.mark.parametrize(
    ("response", "organizations", "contract", "chooses"),
    [
        ("effort", "live", "shared_savings", True),
        ("effort", "fixed", "shared_savings", False),  # replayed
        ("effort", "live", "global_budget", False),
        ("none", "live", "shared_savings", False),
    ],
)
def test_clinicians_choose_where_providers_answer_and_savings_are_shared(response, organizations, contract, chooses):
    model = StandIn(contracts=(contract,), response=response)
    model.scenario.organizations = organizations
    assert (participants.participants_of(model, model.agency) is not None) == chooses


def test_each_clinician_draws_by_its_area_and_its_place_in_it(monkeypatch):
    monkeypatch.setattr(participants, "uniforms", lambda *words: words)
    seed, keys, month, which = lists(2, 3)._luck(LEAVE, 12)
    assert (seed, month, which) == (19, 12, LEAVE)
    assert keys.tolist() == [0, 1, 2**32, 2**32 + 1, 2**32 + 2]


@pytest.mark.parametrize(
    ("month", "cents", "base"),
    [(4, [1, 1, 1], [3, 5, 1]), (5, [3, 1, 1], [1, 5, 1]), (3, [1, 1, 1], [3, 1, 1])],
)
def test_a_month_counts_as_the_year_of_the_contract_or_as_the_one_before(month, cents, base):
    """Contracts begin in months 5, 16 and 30: the year before the second is from month 4 on."""
    own = lists(1, 1, 1, cents=[1] * 3, base_cents=[1] * 3, months=[1] * 3, base_months=[1] * 3, _before=())
    own.calendar = SimpleNamespace(starts=np.array([5, 16, 30]))
    own._here = lambda members: np.array([True, True, False, True])
    own._clinician = lambda members: np.array([0, 1, 2])
    own._cost = lambda members, month: np.array([2, 4, 99, 6])
    own.model.members = np.zeros(4, MEMBER)
    own.close(month)
    assert own.cents.tolist() == cents
    assert own.base_cents.tolist() == base
    assert own.months.tolist() == [1 + (now > 1) for now in cents]
    assert own.base_months.tolist() == [1 + (before > 1) for before in base]
    assert own.month_cents.tolist() == [2, 4, 6]


def test_a_list_opens_in_month_0_and_ends_where_a_cco_has_left():
    own = lists(2, 1, listed=[1, 1, 1], _before=None)
    own.calendar = SimpleNamespace(left=np.array([False, True]))
    own._renew = lambda month: None
    own.model.members = np.zeros(2, MEMBER)
    own.model.members["key"], own.model.members["spend_year"] = [5, 6], [70, 80]
    own.open(-1)
    assert own._before is None
    own.open(0)
    assert own.listed.tolist() == [True, True, False]
    assert [part.tolist() for part in own._before] == [[5, 6], [70, 80]]


def test_who_counts_and_how_many_clinicians_they_are():
    """Five members of area 0, three of a panel of 2 in it count: a clinician and a half, two; of area 1 none: one."""
    rows = np.zeros(7, MEMBER)
    rows["area"], rows["status"], rows["in_cco"], rows["attached"] = [0, 0, 0, 0, 0, 0, 1], ENROLLED, 1, 1
    rows["status"][0], rows["in_cco"][1], rows["attached"][2] = ENROLLED + 1, 0, 0
    own = lists(1, 1, panel=2.0, parties=SimpleNamespace(hold_for=lambda rows: np.array([True] * 6 + [False])))
    own.model.members = rows
    assert own._here(rows).tolist() == [False, False, False, True, True, True, False]
    own._assign()
    assert own.panels.tolist() == [2, 1]


@pytest.mark.parametrize(("month", "cost"), [(13, [30, 50]), (12, [70, 50])])
def test_a_month_costs_what_is_new_in_the_year_and_a_newcomer_what_it_has(month, cost):
    own = lists(1, _before=(np.array([5, 6], np.uint64), np.array([40, 20])))
    rows = np.zeros(2, MEMBER)
    rows["key"], rows["spend_year"] = [5, 9], [70, 50]
    assert own._cost(rows, month).tolist() == cost
