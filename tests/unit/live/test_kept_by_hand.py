"""What is kept of a run, by hand: four people over four months, under a rule that says whose numbers it was given."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import schema
from sim.live import kept as kept_module
from sim.live.kept import Kept
from sim.live.lives import Lives
from sim.member.month import MONTHS_IN_ROOM, make_scratch
from sim.schema import AWAY, COUNT_INDEX, COUNTS, ENROLLED, MEDICAID, MEMBER, N_STRATA, OFF_COVER, VACANT

pytestmark = pytest.mark.quick

MONTHS, CENTS, SO_FAR = (COUNT_INDEX[name] for name in ("member_months", "medicaid_cents", "listed_cents"))
PARAMS = np.dtype([("month", "i8"), ("month_of_year", "i8"), ("price", "i8")])
AREA, CLINIC = np.dtype([("premium", "i8")]), np.dtype([("fee", "i8")])
FIRST = 5  # month of the run


def a_month(members, first, last, areas, clinics, params, seed, scratch):
    """Cost a thousand cents for each month of the run, the price, the area's premium and the clinic's fee."""
    assert seed == 3
    p = params[0]
    assert p.month_of_year == p.month % 12
    for place, row in enumerate(range(first, last)):
        m = members[row]
        cents = 1000 * p.month + p.price + areas[m.area].premium + clinics[m.clinic].fee
        scratch[MONTHS_IN_ROOM][place].cents[MEDICAID] = cents
        members.spend_year[row] += cents
        cell = scratch[0][m.area, m.race]
        cell[[MONTHS, CENTS, SO_FAR]] += [1, cents, members.spend_year[row]]


def room_for(areas, clinics):
    """The real working arrays; the sums of cells come first, where the rule above finds them."""
    cells = np.full((areas, N_STRATA, len(COUNTS)), 7, np.int64)  # as a block before would leave them
    return (cells, *make_scratch(areas, clinics)[0][1:]), (cells,)


def write(table, row, **values):
    for name, value in values.items():
        table[name][row] = value


def grown(table, rows):
    longer = np.zeros(rows, MEMBER)
    longer[: len(table)] = table
    return longer


class Small:
    """A system of which nothing is there but what is kept of it."""

    slots = SimpleNamespace(packages=(SimpleNamespace(label="chw"), SimpleNamespace(label="cash")))

    def __init__(self):
        self.seed, self.month = 3, FIRST
        self.members = np.zeros(3, MEMBER)
        self.params, self.areas, self.clinics = np.zeros(1, PARAMS), np.zeros(2, AREA), np.zeros(2, CLINIC)
        self.kept = Kept()

    def whole_members(self):
        return self.members.copy()

    def simulate(self, price, premiums, fees):
        self.params["month"], self.params["month_of_year"], self.params["price"] = self.month, self.month % 12, price
        self.areas["premium"], self.clinics["fee"] = premiums, fees
        self.kept.before_members(self)
        here = self.members.view(np.recarray)
        scratch, _ = room_for(2, 2)
        for row in np.flatnonzero(self.members["status"] != VACANT):
            areas, clinics, params = (x.view(np.recarray) for x in (self.areas, self.clinics, self.params))
            a_month(here, row, row + 1, areas, clinics, params, self.seed, scratch)
        self.kept.after_members(self)
        self.month += 1


@pytest.fixture
def system(monkeypatch):
    """Person 10 in area 0; 20 in area 1, gone in month 7; 30 is born in month 6; 40 comes in month 8, in 20's row."""
    monkeypatch.setattr(kept_module, "live_chunk", a_month)
    monkeypatch.setattr(kept_module, "make_scratch", room_for)
    one = Small()
    write(one.members, 0, key=10, status=ENROLLED, area=0, clinic=0, county=0, race=1)
    write(one.members, 1, key=20, status=OFF_COVER, area=1, clinic=1, county=1)
    one.simulate(1, [10, 20], [100, 200])
    one.members["clinic"][0] = 1  # somebody moves 10 to the other clinic
    one.members = grown(one.members, 5)
    write(one.members, 3, key=30, status=ENROLLED, area=1, clinic=0, county=1)
    one.simulate(1, [11, 21], [100, 200])
    one.members["status"][1] = VACANT
    one.members["spend_year"][3] = 0  # somebody begins 30's year anew
    one.counties_half_way = one.kept.by_county(2)
    one.simulate(4, [11, 21], [100, 200])
    write(one.members, 1, key=40, status=ENROLLED, area=0, clinic=1, county=0, spend_year=9)
    one.simulate(4, [11, 21], [150, 250])
    return one


LIVES = {
    10: ([5, 6, 7, 8], [5111, 6212, 7215, 8265], [0, 5111, 11323, 18538]),
    20: ([5, 6], [5221, 6222], [0, 5221]),
    30: ([6, 7, 8], [6122, 7125, 8175], [0, 0, 7125]),
    40: ([8], [8265], [9]),
    99: ([], [], []),
}
"""By key: months, what each cost, and the year's cents with which each began."""


@pytest.mark.parametrize("key", LIVES)
def test_a_life_has_its_months_what_it_met_in_each_and_how_it_was_before_and_after(system, key):
    months, cents, before = LIVES[key]
    diary = system.kept.diary(key)
    assert diary.months.tolist() == months
    assert diary.events["cents"][:, MEDICAID].tolist() == cents
    assert diary.members["spend_year"].tolist() == [a + b for a, b in zip(before, cents, strict=True)]
    assert diary.members["key"].tolist() == [key] * len(months)
    starts = system.kept.before(key)
    assert [month for month, _ in starts] == months
    assert [int(start["spend_year"][0]) for _, start in starts] == before
    assert system.kept.packages == ("chw", "cash")


def test_rules_are_given_what_was_decided_for_the_month_and_its_clock(system):
    given = system.kept.given(7, np.zeros(1, MEMBER))
    assert (given.params.month[0], given.params.month_of_year[0], given.params.price[0]) == (7, 7, 4)
    assert (given.areas.premium.tolist(), given.clinics.fee.tolist()) == ([11, 21], [100, 200])
    first = system.kept.given(FIRST, np.zeros(1, MEMBER))
    next_one = system.kept.given(FIRST + 1, np.zeros(1, MEMBER))  # with the same parameters
    assert (next_one.params.month[0], next_one.params.price[0]) == (6, 1)
    assert (first.params.month[0], first.params.price[0], first.areas.premium.tolist()) == (5, 1, [10, 20])


def test_counties_are_counted_again_by_area_whenever_they_are_asked_for(system):
    """County 0 has 10 and, in month 8, 40, both of area 0; county 1 has 20 and 30, both of area 1."""
    counts = system.kept.by_county(2)
    expected = np.zeros((4, 2, 2, 3), int)
    expected[:, 0, 0] = [[1, 5111, 5111], [1, 6212, 11323], [1, 7215, 18538], [2, 16530, 26803 + 8274]]
    expected[:, 1, 1] = [[1, 5221, 5221], [2, 12344, 11443 + 6122], [1, 7125, 7125], [1, 8175, 15300]]
    assert counts[..., [MONTHS, CENTS, SO_FAR]].tolist() == expected.tolist()
    assert system.counties_half_way.tolist() == counts[:2].tolist()
    assert system.kept.by_county(2).tolist() == counts.tolist()


def people(*rows):
    table = np.zeros(len(rows), MEMBER)
    for row, (key, status, needs, stays) in enumerate(rows):
        write(table, row, key=key, status=status, needs=needs, stays_year=stays)
    return table


@pytest.fixture
def lives():
    """Two months of two arms, whose tables are in another order; needs and stays of the year differ, one at a time."""
    systems = tuple(SimpleNamespace(kept=None, members=None, weights=np.array(w)) for w in ([2.0, 5.0], [3.0, 7.0]))
    both = Lives(systems)
    a, b = systems
    a.members = people((30, OFF_COVER, 0, 0), (10, ENROLLED, 1, 0), (20, ENROLLED, 0, 0), (50, AWAY, 0, 0))
    b.members = people(
        (50, AWAY, 0, 2), (20, ENROLLED, 0, 0), (40, ENROLLED, 7, 0), (10, ENROLLED, 2, 0), (30, OFF_COVER, 0, 1)
    )
    both.note(3)
    a.members["needs"][2] = 4
    both.note(4)
    return both


def test_lives_part_once_in_the_first_month_that_differs(lives):
    assert [tuple(one) for one in lives.parted()] == [(10, 3), (30, 3), (20, 4)]
    asked = np.array([20, 30, 40, 10, 99, 5], np.uint64)
    assert lives.month_of(asked).tolist() == [4, 3, -1, 3, -1, -1]
    assert all(isinstance(system.kept, Kept) for system in lives._systems)
    assert lives._systems[0].kept is not lives._systems[1].kept


def test_counties_are_weighted_by_their_arms_areas_and_members_are_those_of_the_last_month(lives):
    def counted(*months):
        found = np.zeros((len(months), 2, 2, len(COUNTS)), np.int64)
        found[..., MONTHS] = months
        return SimpleNamespace(by_county=lambda counties: found[:, :counties])

    a = counted([[40, 1], [6, 30]], [[10, 2], [5, 50]])
    b = counted([[9, 9], [9, 9]], [[8, 3], [20, 40]])
    lives._kept = (a, b)
    of_a, of_b = (found[:, MONTHS].tolist() for found in lives.by_county(2))
    assert of_a == [50 * 2 + 3 * 5, 11 * 2 + 80 * 5]
    assert of_b == [17 * 3 + 12 * 7, 29 * 3 + 49 * 7]
    assert lives.members_by_county(2).tolist() == [11, 55]


def test_no_month_is_no_county():
    assert Kept().by_county(2).shape == (0, 2, 0, len(schema.COUNTS))
