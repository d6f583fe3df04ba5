"""Points of several levers, the scenario of each arm at each point, and what a study leaves to luck: by hand."""

import pytest

from sim.scenario import Scenario, ScenarioError
from sim.scenario.levers import points_of
from sim.scenario.overrides import overlap

pytestmark = pytest.mark.quick

P = "parameters."
CAP, FOOD, SHARE = "payment.growth_cap", "needs.food_onset", "payment.withhold_share"


def composed(**choices):
    return Scenario(population="classroom", **choices)


LEVERS = {
    f"{P}{CAP}": [0.02, 0.03],
    "program": {"none": [], "meals": ["upstream=meals", f"{P}{FOOD}=0.01"]},
    "world": {"hungry": [f"{P}{FOOD}=0.02", f"{P}needs.housing_onset=0.002"], "usual": [f"{P}{FOOD}=0.011"]},
    "rule": {"yearly": ["population.renewal=annual"], "never": ["population.renewal=continuous_2023"]},
}


def test_a_point_has_a_setting_of_each_lever_and_the_last_lever_turns_fastest():
    """Two caps, two worlds, two rules. Settings of numbers alone set numbers; others make another scenario."""
    levers = {name: LEVERS[name] for name in (f"{P}{CAP}", "world", "rule")}
    found = composed(levers=levers).points
    assert [point.in_words for point in found] == [
        f"{CAP}={cap}, world={world}, rule={rule}"
        for cap in (0.02, 0.03) for world in ("hungry", "usual") for rule in ("yearly", "never")
    ]  # fmt: skip
    hungry, usual = {FOOD: 0.02, "needs.housing_onset": 0.002}, {FOOD: 0.011}
    assert [dict(point.values) for point in found] == [
        {CAP: cap} | world for cap in (0.02, 0.03) for world in (hungry, hungry, usual, usual)
    ]
    assert [point.key for point in found] == ["rule=yearly", "rule=never"] * 4


def test_two_levers_that_choose_make_a_scenario_of_each_pair():
    """A setting that sets a number and chooses a program is a choice as a whole."""
    levers = {name: LEVERS[name] for name in ("program", "rule")}
    study = composed(levers=levers, arms={"claims": [], "budget": ["payment=global_budget", "payment.start=7"]})
    assert [point.key for point in study.points] == [
        "rule=yearly", "rule=never", "program=meals, rule=yearly", "program=meals, rule=never",
    ]  # fmt: skip
    for arm, contracts in (("claims", ()), ("budget", ("global_budget",))):
        cells = [study.cell(arm, point) for point in study.points]
        assert [cell.payment.contracts for cell in cells] == [contracts] * 4
        assert [cell.upstream.packages for cell in cells] == [(), (), ("meals",), ("meals",)]
        assert [cell.population.renewal for cell in cells] == ["annual", "continuous_2023"] * 2
        assert [cell.registry.get(FOOD) == 0.01 for cell in cells] == [False, False, True, True]
    assert study.cell("budget", study.points[2]).payment.start == 7


BUDGET = {"arms": {"claims": [], "budget": ["payment=global_budget", f"{P}{CAP}=0.03"]}}
LATER = {"arms": {"claims": [], "budget": ["payment=global_budget", f"at.24.{P}{CAP}=0.03"]}}


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (BUDGET | {"levers": {f"{P}{CAP}": [0.02, 0.04]}}, f"levers.{CAP}: arm budget"),
        (LATER | {"levers": {f"{P}{CAP}": [0.02, 0.04]}}, f"levers.{CAP}: arm budget"),
        (BUDGET | {"levers": {"payment": ["oregon_2012", "shared_savings"]}}, "lever of payment: arm budget"),
        ({"upstream": "chw", "levers": {"upstream": ["meals", "chw"]}}, "lever of upstream: arm run"),
        ({"levers": {f"{P}payment.fee_ratio": [0.9, 1.1], f"{P}payment.fee_ratio.dental": [0.8, 1.2]}}, "both set"),
    ],
)
def test_what_a_lever_and_an_arm_both_set_is_refused(choices, said):
    with pytest.raises(ScenarioError, match=said):
        composed(**choices)


def test_what_a_study_sets_anywhere_is_not_drawn():
    """By an option of a group, an arm, an arm's option, its timeline, a lever's number and a lever's choice."""
    asked = {"uncertainties": [CAP]}
    for known in (
        {"payment": "global_budget", "at": {24: {f"{P}{CAP}": 0.03}}},
        BUDGET,
        LATER,
        {"levers": {f"{P}{CAP}": [0.02, 0.04]}},
        {"levers": {"x": {"a": ["upstream=meals", f"{P}{CAP}=0.02"], "b": ["upstream=chw"]}}},
    ):
        with pytest.raises(ScenarioError, match=f"uncertainties.{CAP}: .* is set by the scenario, an arm or a lever"):
            composed(**known, **asked)
    for known in ({"payment": "oregon_2012"}, {"arms": {"claims": [], "first": ["payment=oregon_2012"]}}):
        with pytest.raises(ScenarioError, match=f"uncertainties.{SHARE}"):
            composed(**known, uncertainties=[SHARE])
    drawn = composed(arms={"a": [], "b": [f"{P}{FOOD}=0.02"]}, uncertainties=["needs.food_*", "needs.housing_onset"])
    assert FOOD not in {one.name for one in drawn.uncertain}
    assert "needs.housing_onset" in {one.name for one in drawn.uncertain}


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("payment.fee_ratio", "payment.fee_ratio.dental", True),
        ("payment.fee_ratio.dental", "payment.fee_ratio", True),
        ("payment.fee", "payment.fee_ratio", False),  # the name of one is the start of the other's
        ("payment.fee_ratio", "payment.fee", False),
        ("payment.fee_ratio.dental", "payment.fee_ratio.primary", False),
    ],
)
def test_a_table_and_a_part_of_it_are_the_same_thing(one, other, both):
    assert overlap(one, other) == both


STUDY = {"levers": {f"{P}{CAP}": [0.02, 0.03]}, "uncertainties": [FOOD]}
CHOOSING = {"levers": {"x": {"a": ["upstream=meals"], "b": ["upstream=chw"]}}}


@pytest.mark.parametrize(
    ("study", "other"),
    [
        (STUDY, {"levers": {f"{P}{CAP}": [0.02, 0.025]}}),
        (STUDY, {"uncertainties": {FOOD: {"high": 0.012}}}),
        (STUDY, {"uncertainties": ["needs.housing_onset"]}),
        (STUDY, {"design": {"draws": 7}}),
        (STUDY, {"design": {"seed": 3}}),
        (STUDY, {"keep": "months"}),
        (STUDY, {"stop": {"outcome": "pmpm_total", "half_width": 3.0, "at_most": 40}}),
        (CHOOSING, {"levers": {"x": {"a": ["upstream=meals"], "b": ["upstream=cash"]}}}),
        (CHOOSING, {"structures": ["x"]}),
        ({"at": {24: [f"{P}{CAP}=0.02"]}}, {"at": {25: [f"{P}{CAP}=0.02"]}}),
        ({"at": {24: [f"{P}{CAP}=0.02"]}}, {"at": {24: [f"{P}{CAP}=0.03"]}}),
        ({}, {"capacity": "unlimited"}),
        ({}, {"organizations": "fixed"}),
        ({"arms": {"a": [], "b": ["payment=global_budget"]}}, {"arms": {"a": [], "b": ["payment=oregon_2012"]}}),
        ({"arms": {"a": [], "b": ["upstream=chw"]}}, {"baseline": "b"}),
    ],
)
def test_a_study_that_would_come_out_otherwise_has_another_digest(study, other):
    assert composed(**study).digest() != composed(**study | other).digest()


def test_a_run_is_the_same_under_another_baseline_and_a_name_of_an_arm():
    one = composed(arms={"a": [], "b": ["upstream=chw"]})
    other = composed(arms={"a": [], "b": ["upstream=chw"]}, baseline="b")
    assert one.run_digest() == other.run_digest()
    assert one.arm("b").run_digest() == composed(upstream="chw").run_digest()


def test_no_lever_is_one_point():
    assert len(points_of({}, composed().registry, Scenario, [])) == 1
