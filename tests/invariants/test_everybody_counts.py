"""Does everybody alive count once in every arm, on cover or off, followed or not?"""

import numpy as np
import pytest

from sim.model import HealthSystem, begin
from sim.schema import COUNT_INDEX
from sim.start import origin_of
from tests.support.witness import live
from tests.support.worlds import SMALL, TINY, scenario

YEARS = ("months=24", "capacity=unlimited")
SIZE = (*SMALL, "warm_up=0")


def lived(renewal, forget_after):
    """People and millionths of QALYs counted over two years."""
    forget = f"parameters.enrollment.forget_after={forget_after}"
    plan = scenario(*YEARS, f"population.renewal={renewal}", forget, size=SIZE)
    with HealthSystem(plan, 0, population=begin(plan, 0)) as model:
        counts = model.run().counts.sum(axis=(0, 1))
        return {name: int(counts[i]) for name, i in COUNT_INDEX.items()}


@pytest.fixture(scope="module")
def years():
    policies = ("annual", "public_health_emergency")
    return {(policy, months): lived(policy, months) for policy in policies for months in (12, 1200)}


def everybody(count):
    return count["qaly_millionths"] + count["qaly_millionths_off_cover"]


def care(count):
    return count["listed_cents"] + count["listed_cents_off_cover"]


@pytest.mark.parametrize("what", [everybody, care])
def test_when_people_are_no_longer_followed_does_not_change_what_a_policy_adds(years, what):
    """It took a fiftieth of all life from the arm whose members leave, more than any effect of a policy."""
    added = [what(years["public_health_emergency", months]) - what(years["annual", months]) for months in (12, 1200)]
    whole = what(years["annual", 1200])
    assert abs(added[0] - added[1]) < 0.003 * whole


def test_children_of_mothers_off_cover_are_born(years):
    births = {key: count["births"] + count["births_off_cover"] for key, count in years.items()}
    assert years["annual", 12]["births_off_cover"] > 0
    assert max(births.values()) - min(births.values()) <= 2  # a mother may die in one arm and not in another


def test_everybody_is_there_in_every_arm(years):
    people = {key: count["member_months"] + count["off_cover_months"] for key, count in years.items()}
    assert max(people.values()) / min(people.values()) < 1.001


def test_all_arms_begin_with_the_same_people_whatever_the_renewal_rule():
    plans = [scenario("months=1", f"population.renewal={rule}", "warm_up=2", size=TINY) for rule in
             ("annual", "continuous_2023", "public_health_emergency")]  # fmt: skip
    assert len({origin_of(plan) for plan in plans}) == 1
    tables = [np.asarray(begin(plan, 0).population.members) for plan in plans]
    assert all(np.array_equal(table, tables[0]) for table in tables[1:])


def test_heads_add_up_where_people_are_away():
    plan = scenario("months=14", "parameters.enrollment.forget_after=12", size=TINY)
    assert live(HealthSystem(plan, 0)) == []
