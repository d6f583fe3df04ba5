"""A trial inside a world: who is randomized, who never gets the program, and what nobody notices."""

import numpy as np
import pytest

from experiments.analysis.randomized_trial import trial
from sim.model import begin
from sim.scenario import Scenario
from sim.scenario.faults import ScenarioError
from sim.schema import ENROLLED
from sim.upstream.draws import in_treatment
from tests.support.worlds import SMALL, by_key, changed
from tests.support.worlds import lived as lived_by

SIZE = ("population=classroom", "population.sample=0.0004", "population.minimum_per_cco=20", *SMALL[1:])
FOR_ALL = (
    *("upstream=cash", "upstream.funding=outside", "months=4", "capacity=unlimited"),
    *("parameters.upstream.places_scale=20", "parameters.packages.cash.places.start=2000"),
)
TRIAL = (*FOR_ALL, "upstream.trial=cash", "upstream.trial_eligible={min_age_months: 300, max_age_months: 600}")
NOBODY = ("upstream.trial=cash", "parameters.upstream.trial_share=0")


def lived(*overrides, **choices):
    return lived_by(*overrides, size=SIZE, **choices)


@pytest.fixture(scope="module")
def model():
    return lived(*TRIAL)


def test_only_the_treatment_group_gets_the_program(model):
    who, members = model.slots.randomization, np.asarray(model.members)
    served = members["key"][members["ever_package"] != 0]
    assert len(served) > 20
    assert np.isin(served, who.treatment()).all()
    assert 0.35 < len(who.treatment()) / len(who.keys) < 0.65


def test_who_is_randomized_met_the_trials_own_criteria_in_its_first_month(model):
    who = model.slots.randomization
    assert (who.months == 0).all()
    assert len(np.unique(who.keys)) == len(who.keys)
    members = by_key(model)
    ages = members["age_months"][np.isin(members["key"], who.keys)] - 4
    assert ages.min() >= 300 - 4
    assert ages.max() <= 600
    everybody = lived(*FOR_ALL, "upstream.trial=cash").slots.randomization
    assert np.isin(who.keys, everybody.keys).all()
    assert len(who.keys) < len(everybody.keys)


def test_the_draw_is_of_the_member_and_the_package_alone(model):
    who = model.slots.randomization
    everybody = lived(*FOR_ALL, "upstream.trial=cash").slots.randomization
    assert (np.isin(who.keys, everybody.treatment()) == np.isin(who.keys, who.treatment())).all()
    keys = np.arange(4000, dtype=np.uint64)
    one, more = (in_treatment(5, keys, "cash", share) for share in (0.3, 0.6))
    assert one.mean() == pytest.approx(0.3, abs=0.03)
    assert (more | ~one).all()
    assert (in_treatment(5, keys[::-1], "cash", 0.3)[::-1] == one).all()
    assert (in_treatment(5, keys, "chw", 0.3) != one).any()


def test_where_nobody_is_in_treatment_the_world_is_that_without_the_program():
    assert changed(lived("months=4", "capacity=unlimited"), lived(*FOR_ALL, *NOBODY)) == {}


def test_controls_and_others_live_as_without_the_program(model):
    """The program is paid from outside, and nobody waits: there is no way from one member to another."""
    without, members = by_key(lived("months=4", "capacity=unlimited")), by_key(model)
    both = np.intersect1d(without["key"], members["key"])
    without, members = (table[np.isin(table["key"], both)] for table in (without, members))
    treated = np.isin(members["key"], model.slots.randomization.treatment())
    assert (without[~treated] == members[~treated]).all()
    assert (without[treated] != members[treated]).any()


def test_recruiting_goes_on_for_as_long_as_is_said():
    who = lived(*TRIAL, "parameters.upstream.trial_recruits=3").slots.randomization
    assert set(who.months.tolist()) == {0, 1, 2}
    assert len(np.unique(who.keys)) == len(who.keys)
    late = lived(*TRIAL, "upstream.start=2").slots.randomization
    assert set(late.months.tolist()) == {2}


def test_the_truth_is_that_of_the_same_people_and_no_spillover_is_exactly_none():
    sizes = [word for word in SIZE if word.partition("=")[0] not in ("months", "seeds")]
    words = [word for word in TRIAL if not word.startswith("months")]
    scenario = Scenario.compose([*sizes, *words, "months=6", "seeds=1", "upstream.start=2"])
    found = trial(scenario)
    assert found.treatment + found.control > 60
    assert 0 < found.served <= found.treatment
    for one in found.findings.values():
        assert one.on_controls == one.on_others == 0
        assert np.isfinite(one.offered.value)
        assert one.true_offered * found.treatment == pytest.approx(one.true_treated * found.served, rel=0.2, abs=30)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("upstream=chw", "upstream.trial=cash"), "upstream.trial=cash: must be one of upstream.packages (chw)"),
        (("upstream=chw", "upstream.trial_eligible={min_ed: 2}"), "'min_ed' is not a criterion"),
        (("upstream=chw", "upstream.trial_eligible={min_conditions: many}"), "must be a number of count, at least 0"),
        (("upstream=chw", "upstream.trial_eligible={conditions: [diabete]}"), "conditions.0: Input should be"),
        (("upstream=community_spending", "upstream.trial=community_spending"), "nobody can be randomized to it"),
        (("upstream=chw", "upstream.trial=chw", "at.3.parameters.upstream.trial_share=0.1"), "drawn once for a run"),
    ],
)
def test_what_is_not_possible_is_refused(overrides, message):
    with pytest.raises(ScenarioError) as refused:
        Scenario.compose(list(overrides))
    assert message in str(refused.value)


def test_members_at_the_start_are_enrolled_when_they_are_randomized(model):
    members = by_key(model)
    here = members["status"][np.isin(members["key"], model.slots.randomization.keys)]
    assert (here == ENROLLED).mean() > 0.8


def test_arms_with_and_without_a_trial_share_a_warm_up():
    small = [word for word in SIZE if word.partition("=")[0] not in ("months", "seeds", "warm_up")]
    begun = begin(Scenario.compose([*small, "warm_up=1", "upstream=cash", "upstream.trial=cash"]), 0)
    assert begun.month == 0
