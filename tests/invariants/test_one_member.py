"""Does one member more, or one member treated, change anybody else?

With ``organizations=fixed`` and ``capacity=unlimited``: nobody, to the bit. With limited capacity only through waits,
with few places only through places, and never beyond the member's own area under fee-for-service.
"""

import numpy as np
import pytest

import sim.model
from sim.engine.draws import child_keys
from sim.member.month import live_rows
from sim.population.flow import NEWBORN_SALT
from sim.schema import ENROLLED, FRACTION_GRID, VACANT
from tests.support.worlds import (
    UNTOUCHED,
    beginning,
    by_key,
    changed,
    changed_decisions,
    lived,
    system,
    who_changed,
)

STRANGER = np.uint64(0xC0FFEE_0000_0001)
AMPLE = ("upstream=portfolio", "upstream.funding=outside", "parameters.upstream.places_scale=20")
NOBODY_ELSE = ("upstream=portfolio", "upstream.funding=outside", "parameters.upstream.reach_scale=0")
BUDGET = ("payment=global_budget", "providers=savings_trend", "parameters.reduced_form.trend_lag=0")
SERVED = {"package", "ever_package", "package_months", "package_exposure"}
TREATED = 10
KEY = 0  # the word of a stored row that holds it
PACKAGES_OF_THE_PORTFOLIO = 5


@pytest.fixture(scope="module")
def free():
    """The people of a world in which nobody waits."""
    return beginning(0, "capacity=unlimited")


def let_in(*like):
    """An edit that lets in strangers, each the image of an enrolled member."""

    def edit(model):
        rows = model.members
        enrolled = np.flatnonzero(rows["status"] == ENROLLED)
        vacant = np.flatnonzero(rows["status"] == VACANT)
        for i, image in enumerate(like):
            rows[vacant[i]] = rows[enrolled[image]]
            rows["key"][vacant[i]], rows["served"][vacant[i]] = STRANGER + np.uint64(i), 0

    return edit


def let_in_one_area(area, many):
    """An edit that lets many strangers into one area."""

    def edit(model):
        enrolled = np.flatnonzero(model.members["status"] == ENROLLED)
        here = np.flatnonzero(model.members["area"][enrolled] == area)
        let_in(*here[:many])(model)

    return edit


def treat(key, package):
    """An edit that gives one member a place in a package at the height of its effect, and meets the member's needs."""

    def edit(model):
        row = np.flatnonzero(model.members["key"] == key)
        model.members["package"][row] |= 1 << package
        model.members["ever_package"][row] |= 1 << package
        model.served.admit(model.members, row)
        model.served.rows["package_exposure"][model.members["served"][row], package] = FRACTION_GRID
        model.members["needs"][row] = 0

    return edit


def family(key, months):
    """The keys of a member and of every child that the member could have."""
    salts = [NEWBORN_SALT + month * 0x100 for month in range(months)]
    return (int(key), *(int(child_keys(np.array([key], np.uint64), salt)[0]) for salt in salts))


BOTH = (*BUDGET, *AMPLE)


@pytest.fixture(scope="module")
def undisturbed():
    """Each policy's world without a stranger is lived once."""
    worlds = {}

    def world(policy, start):
        if policy not in worlds:
            worlds[policy] = lived(*policy, *UNTOUCHED, start=start)
        return worlds[policy]

    return world


@pytest.mark.parametrize(
    ("policy", "like"),
    [((), 0), (BUDGET, 1234), (AMPLE, 4321), (BOTH, 0), (BOTH, 1234), (BOTH, 4321)],
    ids=["none", "budget", "upstream", "both-0", "both-1234", "both-4321"],
)
def test_one_member_more_changes_nobody_else(free, undisturbed, policy, like):
    before = undisturbed(policy, free)
    after = lived(*policy, *UNTOUCHED, start=free, decisions=before.decisions, edit=let_in(like))
    assert changed(before, after, leave_out=family(STRANGER, 8)) == {}


def test_one_member_treated_changes_nobody_else(free):
    """Ten times one member, two with each package; they change themselves, beyond being served."""
    policy = (*NOBODY_ELSE, *UNTOUCHED, "months=4")
    before = lived(*policy, start=free)
    needy = free.population.members[(free.population.members["needs"] > 0) & (free.population.members["status"] == 1)]
    keys = needy["key"][:: len(needy) // TREATED][:TREATED]
    themselves = 0
    for i, key in enumerate(keys):
        edit = treat(key, i % PACKAGES_OF_THE_PORTFOLIO)
        after = lived(*policy, start=free, decisions=before.decisions, edit=edit)
        assert changed(before, after, leave_out=family(key, 8)) == {}
        themselves += not set(changed(before, after)) <= SERVED
    assert len(keys) == TREATED
    assert themselves >= TREATED // 2


def test_where_capacity_is_limited_strangers_are_felt_through_waits_alone():
    before = lived()
    crowded = lived(edit=let_in_one_area(3, 60))
    assert changed_decisions(before, crowded) <= {
        "areas.lost",
        "clinics.lost",
        "clinics.wait_days",
        "clinics.capacity",  # practices hire for those who ask
    }
    assert "clinics.lost" in changed_decisions(before, crowded)
    touched = who_changed(before, crowded)
    assert len(touched) > 0
    assert set(touched["area"]) == {3}


def test_where_waits_are_replayed_strangers_are_not_felt():
    policy = ("payment=global_budget", "organizations=fixed")
    before = lived(*policy, decisions=lived().decisions)
    crowded = lived(*policy, decisions=before.decisions, edit=let_in_one_area(3, 60))
    strangers = tuple(key for i in range(60) for key in family(STRANGER + np.uint64(i), 8))
    assert changed(before, crowded, leave_out=strangers) == {}


def test_where_places_are_few_strangers_are_felt_in_their_own_area_alone(free):
    few = ("upstream=portfolio", "upstream.funding=outside", *UNTOUCHED)
    before = lived(*few, start=free)
    crowded = lived(*few, start=free, decisions=before.decisions, edit=let_in_one_area(3, 60))
    touched = who_changed(before, crowded)
    assert set(touched["area"]) <= {3}


def _by_row(tables, first, last, areas, clinics, params, seed, room):
    """Luck that belongs to a row of the table and not to the member in it."""
    keys = tables[0][first:last, KEY].copy()
    tables[0][first:last, KEY] = np.arange(first, last) + 1
    live_rows(tables, first, last, areas, clinics, params, seed, room)
    tables[0][first:last, KEY] = keys


def test_planted_draws_keyed_by_row_are_found(free, monkeypatch):
    """A stranger takes a vacant row, the next newcomer another one: with luck by row that is another life."""
    monkeypatch.setattr(sim.model, "live_rows", _by_row)
    before = lived(*UNTOUCHED, start=free)
    after = lived(*UNTOUCHED, start=free, edit=let_in(0))
    assert changed(before, after, leave_out=family(STRANGER, 8)) != {}


def test_planted_luck_shared_with_those_who_are_treated_is_found(free, monkeypatch):
    """One count of all who are served, let into the luck of everybody."""

    def shared(tables, first, last, areas, clinics, params, seed, room):
        served = np.uint64(np.count_nonzero(tables[1]))
        live_rows(tables, first, last, areas, clinics, params, seed + served, room)

    monkeypatch.setattr(sim.model, "live_rows", shared)
    before = lived(*NOBODY_ELSE, *UNTOUCHED, start=free)
    key = by_key(system(*UNTOUCHED, start=free))["key"][7]
    after = lived(*NOBODY_ELSE, *UNTOUCHED, start=free, decisions=before.decisions, edit=treat(key, 0))
    assert changed(before, after, leave_out=family(key, 8)) != {}
