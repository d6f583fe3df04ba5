"""Does who governs a CCO change nothing where nothing is governed, and only what its levers reach where it is?"""

import io
from functools import cache

import numpy as np
import pytest

from sim.axes import LEVERS
from tests.support.fingerprint import fingerprint
from tests.support.worlds import EVERYTHING, beginning, changed, changed_counts, changed_decisions, lived, system

GOVERNANCE = ("balanced", "community_led", "hospital_led", "margin_only")
NOTHING_OF_CONTRACTS = "parameters.providers.pass_through=0.5"  # some options open with another part passed through
EAGER = ("parameters.ccos.reconsider=1", "parameters.ccos.opening_reserve=0.4")
BUDGET = ("payment=global_budget", *EAGER)


@cache
def ungoverned(*overrides):
    """A world without boards, lived once for all that are compared with it."""
    return lived(*overrides, "governance=none")


@pytest.mark.parametrize("governance", GOVERNANCE)
def test_without_a_budget_nobody_governs(governance):
    nobody = ungoverned()
    somebody = lived(f"governance={governance}", *EAGER)
    assert fingerprint(nobody) == fingerprint(somebody)
    assert changed(nobody, somebody) == {}


@pytest.mark.parametrize("governance", GOVERNANCE)
def test_without_levers_a_board_is_no_board(governance):
    none = ungoverned(*BUDGET, NOTHING_OF_CONTRACTS)
    frozen = lived(*BUDGET, f"governance={governance}", "governance.levers=[]", NOTHING_OF_CONTRACTS)
    assert fingerprint(none) == fingerprint(frozen)


def test_replayed_organizations_feel_no_lever():
    nobody = lived("capacity=unlimited")
    governed = lived(*BUDGET, "organizations=fixed", "capacity=unlimited", decisions=nobody.decisions)
    assert governed.actions.care_management.any()
    assert changed(nobody, governed) == {}
    assert changed_counts(nobody, governed) <= {"medicaid_cents"}


def test_levers_are_reported_month_by_month_where_there_is_a_budget():
    governed = lived(*BUDGET)
    reported = governed.result().places["levers.closed_loops"]
    assert np.array_equal(reported[-1].ravel(), np.rint(np.array(governed.actions.closed_loops) * 1e6))
    assert not any(name.startswith("levers.") for name in lived().result().places)


@pytest.mark.parametrize("lever", ["care_management", "shared_records", "closed_loops", "interpreters"])
def test_one_lever_moves_one_column(lever):
    none = ungoverned(*BUDGET)
    one = lived(*BUDGET, "governance=community_led", f"governance.levers=[{lever}]", NOTHING_OF_CONTRACTS)
    assert np.array(one.actions[lever]).any()
    still = [name for name in LEVERS if name not in (lever, "pass_through", "at_risk", "upstream")]
    assert not any(np.array(one.actions[name]).any() for name in still)
    assert changed_decisions(none, one) >= {f"areas.{lever}"}


def test_a_run_with_ccos_that_learn_and_leave_may_stop_at_any_year():
    size = ("population=classroom", "warm_up=12", "months=26", "threads=1", "seeds=1", "population.sample=0.0005")
    policy = (*EVERYTHING, *EAGER[:1], "parameters.ccos.exit_after=1", "parameters.ccos.administration=0.185")
    start = beginning(size=size)
    whole = system(*policy, start=start, size=size)
    papers = []
    for month in range(26):
        if month in (11, 12, 13, 24, 25):
            papers.append(_on_paper(whole))
        whole.step()
    assert any(cco.has_left for cco in whole.ccos)
    assert not all(cco.has_left for cco in whole.ccos)
    for paper in papers:
        again = system(*policy, start=start, size=size)
        with np.load(io.BytesIO(paper), allow_pickle=False) as arrays:
            again.restore({name: arrays[name] for name in arrays.files})
        assert fingerprint(again) == fingerprint(whole)
        assert np.array_equal(again.actions, whole.actions)


def _on_paper(model):
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **model.save())
    return file.getvalue()
