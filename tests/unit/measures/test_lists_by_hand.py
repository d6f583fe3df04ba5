"""Tables and lists by hand: areas of different weight, a start within a year, quarters, and who never took part."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.analysis.splines import spline_basis
from sim.measures.intervals import Estimates
from sim.measures.participation import (
    COST,
    FIRST,
    LISTED,
    MONTHS,
    PANELS,
    Lists,
    by_first_list,
    cost,
    gaps,
    lists_of,
    naive,
    still_listed,
    table,
)
from sim.measures.tables import bound_by, supply_frame

pytestmark = pytest.mark.quick


def lists(months=20, start=14):
    """Three clinicians: the first two sign in month 14, the second leaves in month 17.

    A month costs 10, 20 and 30 USD for each of 2, 4 and 8 members, and from month 14 on 5 USD less on the list.
    """
    listed = np.zeros((months, 3), dtype=bool)
    listed[start:, :2] = True
    listed[start + 3 :, 1] = False
    first = np.broadcast_to(np.array([True, True, False]), listed.shape)
    people = np.tile([2.0, 4.0, 8.0], (months, 1))
    each = 100 * np.array([10.0, 20.0, 30.0]) - 500 * listed
    each[:2] = 99_999  # long before: not in the year before
    return Lists(listed, first, people * each, people, start)


def test_costs_are_by_member_and_quarter():
    here = lists()
    assert cost(here, here.listed, slice(14, 17)) == pytest.approx(3 * (2 * 5 + 4 * 15) / 6)
    assert cost(here, ~here.listed, slice(14, 17)) == pytest.approx(3 * 30)
    assert np.isnan(cost(here, here.listed, slice(2, 14)))


def test_the_change_is_against_the_twelve_months_before():
    here = lists()
    before = 3 * (2 * 10 + 4 * 20) / 6 - 90
    assert here.gap_before() == pytest.approx(before)
    listed = 3 * (3 * (2 * 5 + 4 * 15) + 3 * 2 * 5) / (3 * 6 + 3 * 2)
    others = 3 * (3 * 8 * 30 + 3 * (4 * 20 + 8 * 30)) / (3 * 8 + 3 * 12)
    assert naive(here) == pytest.approx(listed - others - before)
    signed = 3 * (3 * (2 * 5 + 4 * 15) + 3 * (2 * 5 + 4 * 20)) / 36
    assert by_first_list(here) == pytest.approx(signed - 90 - before)


def test_gaps_by_quarter_use_the_first_list_before_the_start():
    found = gaps(lists(18, 14), lists(18, 14).listed)
    assert len(found) == 6
    assert found[1:4] == pytest.approx([0, 0, 0])  # months 3 to 11: the year before
    assert found[5] == pytest.approx(3 * (2 * (2 * 5 + 4 * 15) + 2 * 5) / 14 - 3 * (2 * 240 + 320) / 28 + 40)


def test_how_many_are_still_listed_from_the_start_on():
    left = still_listed(lists())
    assert np.isnan(left[:14]).all()
    assert left[14:].tolist() == [1, 1, 1, 0.5, 0.5, 0.5]


def test_a_row_for_each_contract_year():
    rows = table("arm", 7, lists(30, 14))
    assert [row[:4] for row in rows] == [("arm", 7, 0, 1.0), ("arm", 7, 1, 0.5)]
    assert rows[1][4:] == pytest.approx((15, 60, 90))


def run(**places):
    return SimpleNamespace(places=places, weights=np.array([2.0, 10.0]))


def test_areas_that_begin_later_and_weights_of_areas():
    """The second area begins in month 3, a month after the first: it is left out."""
    listed = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 1]])
    panels = np.tile([2, 1], (4, 1))
    first = np.tile([1, 0, 1], (4, 1))
    money, months = np.tile([5, 7, 9], (4, 1)), np.tile([1, 2, 3], (4, 1))
    found = lists_of(run(**{LISTED: listed, FIRST: first, COST: money, MONTHS: months, PANELS: panels}))
    assert found.start == 2
    assert found.cents[0].tolist() == [10, 14]
    assert found.months[0].tolist() == [2, 4]
    assert found.first[0].tolist() == [True, False]
    at_once = np.ones((4, 3))
    assert lists_of(run(**{LISTED: at_once, FIRST: first, COST: money, MONTHS: months, PANELS: panels})) is None
    assert lists_of(run()) is None


def test_what_limited_a_package_is_behind_what_more_people_wait_for():
    """A member of the second area stands for 10, of the first for 2."""
    one = {name: np.zeros((1, 2, 1), dtype=int) for name in ("places", "served", "started", "no_place")}
    queue, no_money = np.array([[[4], [1]]]), np.array([[[0], [1]]])
    frame = supply_frame(
        SimpleNamespace(
            places=one | {"queue": queue, "no_money": no_money, "cents": np.array([[[500], [50]]])},
            weights=np.array([2.0, 10.0]),
            months=1,
        ),
        ("chw",),
        (True,),
    )
    assert frame.loc[0, ["queue", "no_money", "usd"]].tolist() == [18, 10, 15]
    assert frame.loc[0, "bound_by"] == "budget"  # 10 wait for money, 8 for a place
    assert bound_by(8, 8, "places") == "places"
    assert bound_by(0, 0, "places") == "demand"


def test_an_error_of_zero_needs_no_more_replicates_and_a_difference_of_zero_never_has_enough():
    found = Estimates(
        estimate=np.array([4.0, 0.0, 0.0, 2.0, np.nan]),
        low=np.zeros(5),
        high=np.zeros(5),
        mcse=np.array([0.0, 0.0, 0.1, 0.2, np.nan]),
        replicates=np.array([3, 3, 3, 3, 1]),
    )
    assert found.still_needed(0.05).tolist()[:4] == [0, 0, np.inf, 9]
    assert np.isnan(found.still_needed(0.05)[4])


def test_places_beyond_the_values_are_taken_to_their_ends():
    values = np.linspace(2, 5, 30)
    inside = spline_basis(values, np.array([2.0, 5.0]))
    assert spline_basis(values, np.array([-7.0, 9.0])) == pytest.approx(inside)
    assert inside[0].sum() == pytest.approx(1)
    assert not np.allclose(inside[0], inside[1])
