"""The table of what packages have done for those ever served, beside that of members, by hand."""

import numpy as np
import pytest

from sim.member.served import ROWS_AT_START, Served, lift, put_back, words
from sim.schema import FRACTION_GRID, MEMBER, OF_PACKAGES, STORED, VACANT
from sim.start import Start
from tests.support.worlds import EVERYTHING, TINY, system


def people(n):
    members = np.zeros(n, STORED)
    members["key"] = np.arange(n) + 100
    return members


def copied_whole(members, served):
    """Copies of whole members, over memory that was full of other values."""
    whole = np.full((len(members), MEMBER.itemsize // 8), -1)
    lift(words(members), members["served"], words(served.rows), 0, len(members), whole)
    return whole


def test_a_whole_member_is_a_stored_row_and_one_of_packages_behind_it():
    for name in STORED.names:
        if name != "served":
            assert MEMBER.fields[name] == STORED.fields[name]
    for name in OF_PACKAGES.names:
        kind, place = OF_PACKAGES.fields[name][:2]
        assert MEMBER.fields[name] == (kind, STORED.itemsize + place)
    assert "served" not in MEMBER.names, "no rule sees where what packages have done is kept"


def test_who_was_never_served_reads_zeros():
    served, members = Served(), people(3)
    served.start(members, np.array([1]), 2)
    served.rows[members["served"][1]] = (7, 9)
    whole = served.whole(members)
    assert whole["key"].tolist() == [100, 101, 102]
    assert whole["package_months"].any(axis=1).tolist() == [False, True, False]
    assert whole["package_exposure"].any(axis=1).tolist() == [False, True, False]


def test_members_are_copied_whole_and_copied_back():
    """Of three members the first and the last were served; in the copies their months and keys go on."""
    served, members = Served(), people(3)
    served.start(members, np.array([0, 2]), 0)
    served.rows["package_months"][members["served"][[0, 2]], 0] = [4, 8]
    belongs = members["served"].copy()
    whole = copied_whole(members, served)
    there = whole.reshape(-1).view(MEMBER)
    assert there["package_months"][:, 0].tolist() == [4, 0, 8]
    there["key"] += 1
    there["package_months"][[0, 2], 0] += 1
    whole[:, STORED.fields["served"][1] // 8] |= 1 << 20  # the place of `served` in a copy, half of a word
    whole[:, STORED.fields["served"][1] // 8] |= 1 << 50
    put_back(words(members), members["served"], words(served.rows), 0, 3, whole)
    assert members["key"].tolist() == [101, 102, 103]
    assert members["served"].tolist() == belongs.tolist()
    assert served.months(members, np.arange(3), 0).tolist() == [5, 0, 9]


def test_nobody_writes_the_row_of_those_never_served():
    served, members = Served(), people(2)
    whole = copied_whole(members, served)
    whole[:, STORED.itemsize // 8 :] = 77
    put_back(words(members), members["served"], words(served.rows), 0, 2, whole)
    assert not words(served.rows).any()


def test_a_member_keeps_one_row_for_all_packages():
    served, members = Served(), people(4)
    served.start(members, np.array([0, 3]), 0)
    first = members["served"].copy()
    served.rows["package_months"][first[3], 0] = 5
    served.start(members, np.array([3]), 1)
    assert members["served"].tolist() == first.tolist()
    assert served.rows["package_months"][first[3], :2].tolist() == [5, 0]
    served.start(members, np.array([3]), 0)
    assert served.rows["package_months"][first[3], 0] == 0
    assert len(np.unique(first)) == 3  # 0 for two of them


def test_a_row_that_is_given_back_is_used_again_and_begins_with_zeros():
    served, members = Served(), people(3)
    served.start(members, np.array([0, 1]), 0)
    was = int(members["served"][0])
    served.rows[was] = (FRACTION_GRID, 12)
    served.give_back(members, np.array([0, 2]))
    assert members["served"][[0, 2]].tolist() == [0, 0]
    served.admit(members, np.array([2]))
    assert members["served"][2] == was
    assert not words(served.rows)[was].any()
    assert len(served.free) == ROWS_AT_START - 1 - 2


@pytest.mark.parametrize("n", [ROWS_AT_START - 1, ROWS_AT_START, 5000])
def test_growth_keeps_everybodys_months_and_no_two_share_a_row(n):
    served, members = Served(), people(n)
    for first in range(0, n, 700):
        rows = np.arange(first, min(first + 700, n))
        served.start(members, rows, 3)
        served.rows["package_months"][members["served"][rows], 3] = rows
    assert served.months(members, np.arange(n), 3).tolist() == list(range(n))
    assert sorted(members["served"]) == sorted(set(members["served"].tolist()) - {0})
    mine = {*members["served"].tolist(), *served.free.tolist()}
    assert mine == set(range(1, len(served.rows)))
    assert not words(served.rows)[0].any()


def test_a_copy_of_a_start_has_rows_of_its_own():
    model = system("months=1", size=TINY)
    start = model.snapshot()
    one, other = start.copy(), start.copy()
    assert isinstance(one, Start)
    one.population.served.start(one.population.members, np.array([0]), 0)
    one.population.served.rows["package_months"][1:] = 3
    assert not other.population.served.rows["package_months"].any()
    assert len(other.population.served.free) > len(one.population.served.free)


def test_what_is_restored_goes_on_as_it_would_have():
    served, members = Served(), people(9)
    served.start(members, np.arange(5), 0)
    served.give_back(members, np.array([1, 3]))
    again = Served()
    again.restore(served.snapshot())
    theirs = members.copy()
    served.start(members, np.array([6, 7, 8]), 1)
    again.start(theirs, np.array([6, 7, 8]), 1)
    assert members["served"].tolist() == theirs["served"].tolist()
    assert words(served.rows).tolist() == words(again.rows).tolist()


def test_who_comes_into_a_row_gives_back_what_belonged_to_the_one_before():
    """All vacant rows are those of dead people who were served; newcomers were never served."""
    model = system(*EVERYTHING, "months=3", size=TINY)
    vacant = np.flatnonzero(model.members["status"] == VACANT)
    model.served.start(model.members, vacant, 0)
    model.served.rows["package_months"][model.members["served"][vacant], 0] = 9
    free = len(model.served.free)
    model._let_in()
    came = vacant[model.members["status"][vacant] != VACANT]
    assert len(came) > 0
    assert not model.members["served"][came].any()
    assert not model.whole_members()["package_months"][came].any()
    assert len(model.served.free) == free + len(came)
    model.close()


def test_the_table_holds_somebody_from_the_first_who_is_served_to_the_last_who_is_gone():
    served, members = Served(), people(3)
    assert not served.holds_anybody
    served.start(members, np.array([0, 2]), 1)
    assert served.holds_anybody
    served.give_back(members, np.array([0]))
    assert served.holds_anybody
    served.give_back(members, np.array([2]))
    assert not served.holds_anybody
