"""Does a policy that does nothing change nobody, to the bit?

What a program writes about a member who was asked or served is its own bookkeeping and may differ: the columns are
named below. Nothing else of any member may.
"""

import numpy as np
import pytest

from sim.agents.programs.slots import Slots
from tests.support.worlds import EVERYTHING, changed, changed_counts, lived

ASKED = {"known_needs", "since_screened", "given", "recorded"}  # the bit of screening for needs
SERVED = {"package", "ever_package", "package_months", "package_exposure"}
COUNTED = {"known_need_months", "served_months"}

PORTFOLIO = ("upstream=portfolio", "parameters.upstream.places_scale=5")
BUDGET = ("payment=global_budget", "providers=savings_trend")
PACKAGES = ("screening", "navigation", "chw", "groceries", "rent_support", "supportive_housing")
NO_EFFECT = "parameters.upstream.effect_scale=0"
NO_TAKE_UP = "parameters.upstream.reach_scale=0"
AFTER = 8  # the horizon of the small world

NO_EFFECTS = [
    *((f"upstream={name}", "parameters.upstream.places_scale=5", NO_EFFECT) for name in PACKAGES),
    (*PORTFOLIO, NO_EFFECT),
    (*PORTFOLIO, NO_EFFECT, "organizations=fixed"),
    (*PORTFOLIO, NO_EFFECT, "upstream.funding=outside"),
    (*PORTFOLIO, NO_EFFECT, *BUDGET, "upstream.funding=cco", "organizations=fixed"),
    (*PORTFOLIO, NO_EFFECT, "parameters.upstream.screening_probability=1", "upstream.start=3"),
]
NO_TAKE_UPS = [
    (*PORTFOLIO, NO_TAKE_UP),
    (*PORTFOLIO, NO_TAKE_UP, "organizations=fixed"),
    (*PORTFOLIO, NO_TAKE_UP, "upstream.funding=outside"),
    (*PORTFOLIO, NO_TAKE_UP, *BUDGET, "upstream.funding=cco", "organizations=fixed"),
]
TOO_LATE = [
    (*PORTFOLIO, f"upstream.start={AFTER}"),
    (*PORTFOLIO, f"upstream.start={AFTER}", "upstream.funding=cco"),
    (*BUDGET, f"payment.start={AFTER}"),
    (*BUDGET, *PORTFOLIO, f"payment.start={AFTER}", f"upstream.start={AFTER}"),
    ("payment=global_budget", "organizations=fixed"),
    ("providers=savings_trend",),
]


@pytest.fixture(scope="module")
def nothing():
    return lived()


def test_there_are_twenty_of_them():
    assert len(NO_EFFECTS) + len(NO_TAKE_UPS) + len(TOO_LATE) >= 20


@pytest.mark.parametrize("policy", NO_EFFECTS, ids=" ".join)
def test_packages_without_effect_change_only_their_own_books(nothing, policy):
    served = lived(*policy, decisions=nothing.decisions)
    assert set(changed(nothing, served)) <= ASKED | SERVED
    assert changed_counts(nothing, served) <= COUNTED
    assert served.result().places["served"].sum() > 0  # it was offered, and taken


@pytest.mark.parametrize("policy", NO_TAKE_UPS, ids=" ".join)
def test_packages_that_nobody_takes_up_leave_only_the_answers_to_screening(nothing, policy):
    offered = lived(*policy, decisions=nothing.decisions)
    assert set(changed(nothing, offered)) == ASKED
    assert changed_counts(nothing, offered) <= COUNTED
    assert offered.result().places["served"].sum() == 0


@pytest.mark.parametrize("policy", TOO_LATE, ids=" ".join)
def test_a_policy_that_has_not_begun_changes_nothing_at_all(nothing, policy):
    waiting = lived(*policy, decisions=nothing.decisions)
    assert changed(nothing, waiting) == {}
    assert changed_counts(nothing, waiting) == set()


def test_the_same_policies_with_effect_are_seen(nothing):
    served = lived(*PORTFOLIO, decisions=nothing.decisions)
    assert "exposure" in changed(nothing, served)
    assert "spend_year" in changed(nothing, lived(*EVERYTHING))


def test_planted_a_policy_that_uses_up_the_luck_of_members_is_found(nothing, monkeypatch):
    """As with one stream of random numbers for all: each place given moves everybody's luck along."""
    assign = Slots.assign

    def greedy(self, *args, **choices):
        assign(self, *args, **choices)
        self.model._system().seed += int(np.sum(self.counts["started"]))

    monkeypatch.setattr(Slots, "assign", greedy)
    served = lived(*PORTFOLIO, NO_EFFECT, decisions=nothing.decisions)
    assert not set(changed(nothing, served)) <= ASKED | SERVED


def test_planted_a_package_that_keeps_a_trace_of_its_effect_is_found(nothing, monkeypatch):
    """An effect of one in a hundred on use is enough."""
    import sim.model

    compile_packages = sim.model.compile_packages

    def leaky(*args):
        arrays = compile_packages(*args)
        arrays["package_log_effect"] += 0.01
        return arrays

    monkeypatch.setattr(sim.model, "compile_packages", leaky)
    served = lived(*PORTFOLIO, NO_EFFECT, "parameters.upstream.places_scale=20", decisions=nothing.decisions)
    assert not set(changed(nothing, served)) <= ASKED | SERVED
