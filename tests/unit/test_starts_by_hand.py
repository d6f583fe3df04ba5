"""Where a run begins, by hand: what counts as policy, what a start depends on, and whose memory it is."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim import start
from sim.schema import AREA
from sim.start import (
    Start,
    before_policy,
    is_by_policy,
    is_policy_free,
    origin_of,
    quiet_areas,
    with_outside_money,
    without_policy,
)

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("name", "by_policy"),
    [
        ("upstream.help_wanted", True),
        ("packages.chw.cost.month", True),
        ("ccos.step", True),
        ("participants.panel", True),
        ("payment.sharing_minimum", True),
        ("payment.load", False),
        ("payment.upstream_match", False),
        ("payment.trend", False),
        ("payment.cap_pattern", False),
        ("payment.growth_cap", False),
        ("payment.risk_weights", False),
        ("payment.withhold_share", False),
        ("effort.ease", False),
        ("practices.visit_cost", False),
        ("providers.sees_steps", True),
        ("providers.response_inertia", False),
        ("economics.discount_rate", True),
        ("economics.inequality_aversion", True),
        ("economics.willingness_to_pay", True),
        ("economics.price_growth", False),
        ("needs.food_onset", False),
    ],
)
def test_which_numbers_change_nothing_before_a_policy(name, by_policy):
    assert is_by_policy(name) == by_policy


class Part(SimpleNamespace):
    def model_copy(self, update):
        return Part(**vars(self) | update)


class World(Part):
    """A scenario of two phases; a change throughout is one of itself and of each phase."""

    def model_copy(self, update):
        return World(**vars(self) | update)

    def throughout(self, change):
        phases = [SimpleNamespace(scenario=change(phase.scenario)) for phase in self.phases]
        return change(self).model_copy({"phases": phases})


def a_phase(contracts=(), packages=(), funding="cco", **parts):
    payment, upstream = Part(contracts=contracts, start=4), Part(packages=packages, funding=funding, start=7)
    population = Part(name="classroom", renewal="continuous", margins="m")
    usual = {
        "population": population,
        "organizations": "fixed",
        "capacity": "limited",
        "warm_up": 3,
        "packages_ever": packages,
        "phases": [],
    }
    return World(payment=payment, upstream=upstream, **usual | parts)


def a_world(*phases, **parts):
    return a_phase(phases=[SimpleNamespace(scenario=one) for one in phases], **parts)


REFORM = a_world(a_phase(("withhold",), ("chw",)), contracts=("global_budget",), packages=("meals",))


def test_without_policy_all_phases_pay_claims_have_no_programs_and_organizations_that_live():
    found = without_policy(REFORM)
    for one in (found, found.phases[0].scenario):
        assert (one.payment.contracts, one.upstream.packages, one.organizations) == ((), (), "live")
        assert (one.payment.start, one.upstream.start, one.upstream.funding) == (4, 7, "cco")
        assert one.population.renewal == "continuous"
    assert REFORM.payment.contracts == ("global_budget",)


def test_before_policy_cover_is_renewed_by_the_rule_of_before():
    found = before_policy(REFORM)
    assert (found.payment.contracts, found.upstream.packages) == ((), ())
    assert vars(found.population) == {"name": "classroom", "renewal": "annual", "margins": "m"}


def test_programs_paid_from_outside_stay_as_they_are_otherwise():
    found = with_outside_money(REFORM)
    for one, packages, contracts in (
        (found, ("meals",), ("global_budget",)),
        (found.phases[0].scenario, ("chw",), ("withhold",)),
    ):
        assert (one.upstream.funding, one.upstream.packages, one.payment.contracts) == ("outside", packages, contracts)
        assert one.organizations == "fixed"


@pytest.mark.parametrize(
    ("world", "is_free"),
    [
        (a_world(a_phase()), True),
        (a_world(a_phase(), contracts=("withhold",)), False),
        (a_world(a_phase(), a_phase(("withhold",))), False),
        (a_world(a_phase(), packages_ever=("chw",)), False),  # in a later phase
    ],
)
def test_a_world_without_policy_has_neither_contracts_nor_programs_in_any_phase(world, is_free):
    assert is_policy_free(world) == is_free


def test_a_start_depends_on_people_capacity_warm_up_and_numbers_that_are_no_policy(monkeypatch, tmp_path):
    monkeypatch.setattr(start, "file_digest", lambda file: f"contents of {file.relative_to(tmp_path)}")

    def origin(values=None, **parts):
        numbers = {"needs.food_onset": 0.1, "payment.load": 0.2, "ccos.step": 0.3} | (values or {})
        registry = [SimpleNamespace(name=name, value=np.array(value)) for name, value in numbers.items()]
        return origin_of(a_world(registry=registry, folder=tmp_path, **parts))

    usual = origin()
    assert usual.population == "classroom"
    assert "contents of population/margins/m.csv" in usual.rest
    assert origin({"ccos.step": 0.9}) == usual
    assert origin(population=Part(name="classroom", renewal="annual", margins="m")) == usual  # that is policy
    assert origin(contracts=("withhold",), packages=("chw",), funding="state") == usual
    others = [origin({name: 0.9}) for name in ("needs.food_onset", "payment.load")]
    others += [origin(warm_up=4), origin(capacity="unlimited")]
    assert len({one.rest for one in (usual, *others)}) == 5


@dataclass
class Population:
    members: Any
    served: Any
    clinics: Any
    joint: Any


def test_a_start_is_copied_unless_nobody_else_holds_it():
    def population():
        return Population(np.array([1, 2]), SimpleNamespace(copy=lambda: "a copy"), np.array([3]), "a joint")

    kept = Start(population(), {"agency": 1}, None, 5, None, 7)
    mine = kept.copy()
    mine.population.members[0], mine.population.clinics[0] = 9, 9
    assert (kept.population.members.tolist(), kept.population.clinics.tolist()) == ([1, 2], [3])
    assert (mine.population.served, mine.population.joint) == ("a copy", "a joint")
    assert (mine.organizations, mine.month, mine.seed) == ({"agency": 1}, 5, 7)
    given = Start(population(), {}, None, 5, None, 7, is_given_away=True)
    assert given.copy() is given


def test_quiet_areas_multiply_by_one_and_add_nothing():
    areas = quiet_areas(2)
    ones = {name for name in AREA.names if (areas[name] == 1).all()}
    assert ones == {
        "price_index", "cco_price", "fee", "need_onset", "need_onset_highest", "avoidable", "dental_benefit",
        "opioid_open",
    }  # fmt: skip
    assert not any(areas[name].any() for name in set(AREA.names) - ones)
