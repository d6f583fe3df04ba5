"""When contracts begin and end, and what was spent before: by hand, for areas that begin in different months."""

import numpy as np
import pytest

from sim.payment.contract_calendar import Calendar
from sim.payment.experience import Experience, MemberCost
from sim.schema import DENTAL, PRIMARY, RATE_CATEGORIES, SERVICES

pytestmark = pytest.mark.quick

NAMES = ("North", "South", "East")
C, S = len(RATE_CATEGORIES), len(SERVICES)


def calendar(*contracts, scope=None, only=()):
    """North begins in month 5, South in month 14, East in month 0; dental care is in scope from month 9."""
    scope = scope if scope is not None else {"primary": 0, "dental": 9}
    return Calendar(NAMES, contracts, 5, {"South": 14, "East": 0}, scope, only)


@pytest.mark.parametrize(
    ("month", "runs", "year", "begins", "ends"),
    [
        (0, [0, 0, 1], [-1, -2, 0], [0, 0, 1], [0, 0, 0]),
        (1, [0, 0, 1], [-1, -2, 0], [0, 0, 0], [0, 0, 0]),  # a year before South begins, less a month
        (2, [0, 0, 1], [-1, -1, 0], [0, 0, 0], [0, 0, 0]),
        (4, [0, 0, 1], [-1, -1, 0], [0, 0, 0], [0, 0, 0]),
        (5, [1, 0, 1], [0, -1, 0], [1, 0, 0], [0, 0, 0]),
        (11, [1, 0, 1], [0, -1, 0], [0, 0, 0], [0, 0, 1]),
        (13, [1, 0, 1], [0, -1, 1], [0, 0, 0], [0, 0, 0]),
        (14, [1, 1, 1], [0, 0, 1], [0, 1, 0], [0, 0, 0]),
        (16, [1, 1, 1], [0, 0, 1], [0, 0, 0], [1, 0, 0]),
        (17, [1, 1, 1], [1, 0, 1], [1, 0, 0], [0, 0, 0]),
        (25, [1, 1, 1], [1, 0, 2], [0, 0, 0], [0, 1, 0]),
        (26, [1, 1, 1], [1, 1, 2], [0, 1, 0], [0, 0, 0]),
    ],
)
def test_contract_years_count_from_each_areas_own_start(month, runs, year, begins, ends):
    dates = calendar("global_budget")
    assert dates.runs(month).tolist() == runs
    assert dates.budget(month).tolist() == runs
    assert dates.year(month).tolist() == year
    assert dates.year_begins(month).tolist() == begins
    assert dates.year_ends(month).tolist() == ends


@pytest.mark.parametrize(
    ("month", "primary", "dental"),
    [(4, [0, 0, 1], [0, 0, 0]), (8, [1, 0, 1], [0, 0, 0]), (9, [1, 0, 1], [1, 0, 1]), (14, [1, 1, 1], [1, 1, 1])],
)
def test_a_service_is_inside_from_its_own_month_and_not_before_the_contract(month, primary, dental):
    for contract, inside in (("global_budget", True), ("shared_savings", False)):
        dates = calendar(contract)
        assert dates.covered(month)[:, PRIMARY].tolist() == primary
        assert dates.covered(month)[:, DENTAL].tolist() == dental
        assert dates.inside(month)[:, PRIMARY].tolist() == [inside and one for one in primary]
        assert dates.inside(month)[:, DENTAL].tolist() == [inside and one for one in dental]
        assert dates.covered(month).sum() == sum(primary) + sum(dental)


def test_a_form_without_services_covers_none_and_without_a_form_nothing_runs():
    assert not calendar("fee_schedule").covered(20).any()
    assert calendar("fee_schedule").runs(20).all()
    assert not calendar("fee_schedule").budget(20).any()
    assert not calendar().runs(20).any()


def test_who_leaves_or_has_no_clinic_is_out_at_once_and_other_months_are_other_months():
    dates = calendar("global_budget")
    assert (dates.runs(14).sum(), dates.inside(14)[:, PRIMARY].sum()) == (3, 3)
    dates.leave(1)
    assert (dates.runs(14).tolist(), dates.inside(14)[:, PRIMARY].tolist()) == ([True, False, True],) * 2
    dates.leave_out(np.array([True, False, False]))
    assert (dates.budget(14).tolist(), dates.runs(4).tolist()) == ([False, False, True],) * 2
    assert dates.year(14).tolist()[::2] == [0, 1]
    assert dates.year(30).tolist()[::2] == [2, 2]


def test_contracts_hold_in_the_areas_that_are_named():
    dates = calendar("global_budget", only=("South", "East"))
    assert dates.runs(20).tolist() == [False, True, True]
    assert not dates.left.any()


def test_an_area_without_a_clinic_under_contract_has_none():
    dates = calendar("global_budget")
    dates.empty[2] = True
    assert dates.runs(20).tolist() == [True, True, False]


def test_a_cco_that_leaves_leaves_for_good_and_the_others_go_on():
    dates = calendar("global_budget")
    dates.leave(0)
    assert dates.left.tolist() == [True, False, False]
    assert dates.runs(40).tolist() == [False, True, True]
    assert dates.inside(40).sum(axis=1).tolist() == [0, 2, 2]


def of_month(month):
    """A month of two areas: ``month`` cents of each service and category in area 0, ten times that in area 1."""
    cents = np.multiply.outer([month, 10 * month], np.ones((C, S), dtype=np.int64))
    months = np.multiply.outer([2, 3], np.ones(C, dtype=np.int64))
    return MemberCost(cents, months, months / 2.0, np.array([month, 7]))


def known(*months, kinds=None):
    found = Experience(kinds)
    for month in months:
        found.keep(month, of_month(month))
    return found


def test_sums_are_of_the_months_that_were_simulated_and_of_no_other():
    found = known(*range(9, 30))
    year = found.year(4)  # months 4 to 15, of which 9 to 15 were simulated: 84 cents in all
    assert year.count == 7
    assert year.cents[:, 0, 0].tolist() == [84, 840]
    assert year.months[:, 0].tolist() == [14, 21]
    assert year.attributed[:, 0].tolist() == [7.0, 10.5]
    assert year.outlay.tolist() == [84, 49]
    assert found.year(10).cents[0, 0, 0] == sum(range(10, 22))
    assert found.between(10, 12).cents[0, 0, 0] == 21


@pytest.mark.parametrize(("first", "last", "sums"), [(2, 10, 19), (9, 9, 9), (2, 8, None), (11, 10, None)])
def test_what_was_spent_since_a_month_up_to_and_with_the_last(first, last, sums):
    found = known(*range(9, 30)).since(first, last)
    assert (None if found is None else found.cents[0, 0, 0]) == sums


def test_a_year_of_which_nothing_was_simulated_is_refused():
    with pytest.raises(ValueError, match="month 30"):
        known(9, 29).year(30)


def test_what_is_settled_later_and_a_month_that_is_kept_again_are_in_the_next_sum():
    found = known(9, 10)
    assert found.year(9).outlay.tolist() == [19, 14]
    found.spent(10, np.array([100, 1]))
    assert found.year(9).outlay.tolist() == [109, 8]
    found.keep(11, of_month(11))
    assert found.year(9).cents[0, 0, 0] == 30
    again = Experience()
    again.keep(9, of_month(900))
    assert again.year(9).cents[0, 0, 0] == 900
    again.restore(found.snapshot())
    assert again.year(9).cents[:, 0, 0].tolist() == [30, 300]
    assert again.year(9).outlay.tolist() == [120, 15]


def test_contracts_for_some_kinds_of_members_count_these_alone():
    kinds = np.arange(C) == 1
    year = known(9, 10, kinds=kinds).year(9)
    assert year.cents[:, :, 0].tolist() == [[0, 19, *[0] * (C - 2)], [0, 190, *[0] * (C - 2)]]
    assert year.months.tolist() == [[0, 4, *[0] * (C - 2)], [0, 6, *[0] * (C - 2)]]
    assert year.attributed[:, :2].tolist() == [[0, 2], [0, 3]]
    assert year.outlay.tolist() == [19, 14]
    assert year.count == 2


def test_what_is_expected_is_of_the_services_in_scope_alone():
    """Months 9 and 10, dental care alone: 19 cents of 4 months and 190 of 6 in each category, and every one credible.

    Area 0 costs 4.75 PMPM and area 1 31.67: with dental care of all services the scale would be that of all.
    """
    scope = np.arange(S) == DENTAL
    found = known(9, 10).expected(9, scope, np.array([2.0, 5.0]), credible_months=0.0)
    assert found[:, :, DENTAL] == pytest.approx(np.outer([19 / 4, 190 / 6], np.ones(C)))
    assert found.sum() == pytest.approx(found[:, :, DENTAL].sum())
    assert not found[:, :, ~scope].any()
