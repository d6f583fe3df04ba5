"""Whatever is asked for, the answer is a scenario or a list of faults that names each key."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError
from sim.scenario.declared import declared_parameters
from sim.scenario.overrides import EXPERIMENT, GROUPS, options
from sim.scenario.request import settable_keys

CONF = conf_folder()
KEYS = [
    *settable_keys(Scenario),
    *GROUPS,
    EXPERIMENT,
    "arms.a",
    "parameters",
    "payment.name",
    "hydra.run.dir",
    *(f"parameters.{path}" for path in list(declared_parameters(CONF).paths())[::20]),
]
VALUES = [
    *("", "null", "true", "0", "1", "-1", "0.5", "1e999", ".nan", "[]", "{}", "[1,2]", "[1,1]", "{a: 1}", "[[1]]"),
    *("../x", "${oc.env:HOME}", "{_target_: x}", "!!python/name:os.system", "&a [*a]", "12" * 30, "2020-01-01", "0x1f"),
    *(
        "fee_for_service",
        "global_budget",
        "[payment=global_budget]",
        "['upstream.packages=[navigation]']",
        "[months=3]",
    ),
    *(option for group in (*GROUPS, EXPERIMENT) for option in options(CONF, group)),
]
TEXT = st.text(string.printable + "é\x00\u202e𝟙", max_size=30)
OVERRIDE = st.one_of(
    st.builds("{}={}".format, st.sampled_from(KEYS), st.sampled_from(VALUES)),
    st.builds("{}={}".format, st.sampled_from(KEYS), TEXT),
    st.builds("{}={}".format, TEXT, st.sampled_from(VALUES)),
    TEXT,
)


def answer(make):
    """The scenario, or the faults; any other error is one of ours."""
    try:
        return make(), []
    except ScenarioError as fault:
        return None, fault.messages


@settings(max_examples=400, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OVERRIDE, max_size=5))
def test_anything_is_answered(overrides):
    scenario, faults = answer(lambda: Scenario.compose(overrides))
    assert (scenario is None) == bool(faults)
    assert all(message and "\n" not in message and len(message) < 1000 for message in faults)
    assert scenario is None or len(scenario.digest()) == 64


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=4))
def test_any_keywords_are_answered(choices):
    scenario, faults = answer(lambda: Scenario(**choices))
    assert (scenario is None) == bool(faults)


ODD = [{1: 2}, {"months": object()}, {"arms": {1: [2]}}, {"parameters": {1: {2: 3}}}, 3, None, [], "months=3"]


@pytest.mark.parametrize("choices", ODD, ids=range(len(ODD)))
def test_keywords_of_any_kind_are_answered(choices):
    with pytest.raises(ScenarioError):
        Scenario.model_validate(choices)
