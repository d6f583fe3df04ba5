"""Returns, reach, purses, exposure and risk of programs by hand, where steps, scales and horizons are not 1."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import schema
from sim.upstream import risk
from sim.upstream.budget import Purse
from sim.upstream.channels import CHANNELS, Settings, per_engaged
from sim.upstream.portfolio import Worth, month_at_full_effect, priority, return_per_dollar
from sim.upstream.window import exposure_path
from tests.support.stand_in_places import people

pytestmark = pytest.mark.quick

NEEDS, SERVICES = len(schema.NEEDS), len(schema.SERVICES)


def number(value):
    return SimpleNamespace(value=value)


def a_relief(**parts):
    return SimpleNamespace(**{"met": False, "relief": None} | parts)


def a_package(targets=(), **parts):
    """A package of which only what is asked of it is known."""
    usual = {"effects": {}, "need_relief": {}, "enrollment": None, "wear": None, "window": None}
    return SimpleNamespace(targets=lambda: targets, **usual | parts)


@pytest.mark.parametrize(
    ("per", "accepted", "ratio"), [("offered", number(0.5), 0.5), ("offered", None, 0.6875), ("engaged", None, 0.9)]
)
def test_an_effect_on_the_offered_is_larger_on_those_who_accept_and_engage(per, accepted, ratio):
    """A tenth less among all: half accept and two fifths of them engage, so a half less; or eight in ten accept."""
    package = a_package(reach=SimpleNamespace(accepted=accepted, engaged=number(0.4)))
    assert per_engaged(package, SimpleNamespace(per=per), 0.9, help_wanted=0.8) == pytest.approx(ratio)


def test_a_dollar_returns_what_lasts_beyond_service_for_what_service_costs():
    """Two months of service at 50 after 100, for a payer that keeps half of its members from month to month.

    Half of a visit of 100 dollars a month: months of effect are 1 + .5 in service, and a half and a quarter of .25
    and .125 after it; the second month costs half.
    """
    prices, use = np.zeros(SERVICES), np.zeros(SERVICES)
    prices[schema.EMERGENCY], use[schema.EMERGENCY] = 100, 1
    package = a_package(
        effects={"emergency": SimpleNamespace(per="engaged", value=0.5)},
        duration=SimpleNamespace(months=number(2.0)),
        cost=SimpleNamespace(start=number(100.0), month=number(50.0)),
    )
    worth = Worth(prices, keep=0.5, discount=1.0, relief=np.zeros(NEEDS))
    effect = 1 + 0.5 + 0.5 * 0.25 + 0.25 * 0.125
    assert return_per_dollar(package, use, 0.5, worth, 4) == pytest.approx(50 * effect / (100 + 50 * 1.5))


def test_relief_counts_for_the_needs_that_a_package_is_for_and_a_council_ranks_by_the_highest():
    relief = np.zeros(NEEDS)
    relief[schema.FOOD], relief[schema.HOUSING] = 300, 1000
    package = a_package(
        (schema.FOOD,), need_relief={"food": a_relief(relief=number(0.5)), "housing": a_relief(met=True)}
    )
    worth = Worth(np.zeros(SERVICES), 1.0, 1.0, relief)
    assert month_at_full_effect(package, np.zeros(SERVICES), worth) == 150
    weights = np.arange(float(NEEDS))
    both = a_package((schema.FOOD, schema.HOUSING))
    assert priority(both, weights) == max(schema.FOOD, schema.HOUSING)


def test_exposure_of_those_who_lose_their_slot_after_a_year_fades_in_the_same_month():
    """Nobody leaves in the first year, half in each month after it; half of the effect is gone in a month."""
    ends = SimpleNamespace(months=None, exit_first_year=None, exit_later=number(0.5))
    path = exposure_path(a_package(lag=number(0.0), fade=number(1.0), duration=ends), 14)
    assert path[:12] == pytest.approx(1)
    assert path[12:].tolist() == [0.5 + 0.5 * 0.5, 0.25 + (0.25 + 0.25) * 0.5]


def test_visits_that_case_finding_brings_follow_the_scale_of_effects():
    (channel,) = [one for one in CHANNELS if one.name == "package_enrollment"]
    settings = Settings(SimpleNamespace(get=lambda name: np.array(4.0)), 0, 0.25)
    assert channel.row(a_package(enrollment=number(0.5)), settings) == 0.25 * 0.5 * 4


def test_records_of_three_months_are_a_quarter_of_a_year():
    rows = people(2_000)
    rows["months_covered"], rows["spend_year"] = 24, 10_000 * rows["ed_last_year"] + 5_000
    assert risk.fit(rows, 3) == pytest.approx(4 * risk.fit(rows, 12), abs=2.5)


def test_a_package_spends_no_more_than_is_left_whatever_its_part_is():
    """Slots of 60 and 5 a month: 100 are left today, and in twelve months 1,200 make ten."""
    purse = Purse(np.array([100]), np.zeros((1, 1), np.int64))
    purse.ceiling = np.array([500])
    assert purse.affordable(0, 60, 5, 12, np.array([99])).tolist() == [1]
    purse.ceiling = np.array([50])
    assert purse.affordable(0, 60, 5, 12, np.array([99])).tolist() == [0]


def test_of_a_common_account_the_area_that_lacks_least_gets_the_slot():
    """Slots of 100: one area has 30 of this month, the other 80; reserves of 30 in all make one of them."""
    purse = Purse(np.array([30, 80]), np.array([[15], [15]]), shared=True)
    assert purse.affordable(0, 100, 0, 1, np.array([1, 1])).tolist() == [0, 1]
