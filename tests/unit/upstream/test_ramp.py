"""Places by month: closed forms against the story told month by month."""

import pytest

from sim.upstream.capacity import PER, places_per_member, workers_per_member
from sim.upstream.package import Ramp, Units, Unlimited, Workforce

pytestmark = pytest.mark.quick


def number(value, unit):
    return {"value": value, "low": value, "high": value, "unit": unit, "kind": "assumption"}


def workforce(start, target, hiring, turnover, cases=10):
    return Workforce(
        kind="workforce",
        start=number(start, "count"),
        target=number(target, "count"),
        hiring=number(hiring, "probability per month"),
        turnover=number(turnover, "probability per year"),
        cases=number(cases, "count"),
    )


def test_a_ramp_goes_from_its_start_to_its_plateau():
    ramp = Ramp(kind="ramp", start=number(0.001, "share"), plateau=number(0.012, "share"), months=number(30, "months"))
    path = [places_per_member(ramp, month) for month in range(60)]
    assert path[0] == pytest.approx(0.001)
    assert path[15] == pytest.approx((0.001 + 0.012) / 2)  # a logistic curve is symmetric
    assert set(path[30:]) == {0.012}
    assert path == sorted(path)


@pytest.mark.parametrize(("hiring", "turnover"), [(0.06, 0.25), (0.02, 0.25), (0.04, 0.0)])
def test_workers_are_hired_and_leave_as_counted_month_by_month(hiring, turnover):
    places = workforce(2, 20, hiring, turnover)
    staying, workers = (1 - turnover) ** (1 / 12), 2.0
    for month in range(120):
        assert workers_per_member(places, month) * PER == pytest.approx(workers)
        workers = workers * staying + min(hiring * 20, 20 - workers * staying)
    assert places_per_member(places, 12) == pytest.approx(10 * workers_per_member(places, 12))


def test_where_turnover_outruns_hiring_the_target_is_never_met():
    places = workforce(2, 20, 0.02, 0.25)
    assert workers_per_member(places, 1000) * PER == pytest.approx(0.02 * 20 / (1 - 0.75 ** (1 / 12)))


def test_homes_come_after_the_time_to_build():
    units = Units(kind="units", start=number(20, "count"), new=number(2.5, "count"), build=number(24, "months"))
    assert places_per_member(units, 24) == pytest.approx(20 / PER)
    assert places_per_member(units, 34) == pytest.approx(45 / PER)


def test_before_the_start_there_is_nothing():
    assert places_per_member(Unlimited(kind="unlimited"), -1) == 0.0
    assert places_per_member(Unlimited(kind="unlimited"), 0) == float("inf")
